// Step 4 of the loop: what came of it, for one panel and period. Effect (targets met, gaps closed), experience (survey scores),
// cost (contacts, encounters, stays), process (contacts by type, time to decision and to close, overrules, work over capacity),
// each with its denominator and split by age band, sex and social need.
// Never: fetches anything; the history is handed in. Threads: pure. Source: the triple aim; process measures of KP's panels.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/gap/decide.hpp"

namespace core::evaluation {

using population::no_day;
using population::open_end;

struct Period {
  Day start = 0, end = 0;  // both inside
};

enum class SocialNeed : std::uint8_t { none, some, unknown };

struct Member {
  std::string patient;
  Day from = no_day, until = open_end;  // until: first day no longer a member
  Day birth = no_day;
  char sex = 'u';
  SocialNeed need = SocialNeed::unknown;
};

// What one item was like for a person on the last day of the period.
struct Outcome {
  std::string patient, item;
  gap::ItemKind kind = gap::ItemKind::do_;
  gap::Status status = gap::Status::open;
};

// One gap Task over its life, as far as it lies before the end of the period.
struct TaskHistory {
  std::string patient, item;
  Day opened = no_day, decided = no_day, closed = no_day;
  bool by_evidence = false;  // closed by evidence, not cancelled
  bool declined = false;     // decided against: decline, not appropriate
};

struct Contact {
  std::string patient, medium;  // "phone", "letter" ...; empty: not said
  Day day = no_day;
  bool reached = true;
};

struct Use {
  enum class Kind : std::uint8_t { ambulatory, emergency, stay };
  std::string patient;
  Kind kind = Kind::ambulatory;
  Day day = no_day;
  int days = 0;  // of a stay
  std::optional<double> cost;
};

struct Expense {
  std::string patient;
  Day day = no_day;
  double amount = 0;
};

struct SurveyScore {
  std::string patient, survey;  // code of the survey or question
  Day day = no_day;
  double value = 0;
};

struct Overrule {
  std::string patient;
  Day day = no_day;
};

struct History {
  std::vector<Member> members;  // everyone who was a member at some time in the period
  std::vector<Outcome> outcomes;
  std::vector<TaskHistory> tasks;
  std::vector<Contact> contacts;
  std::vector<Use> uses;
  std::vector<Expense> expenses;  // beside the costs of uses
  std::vector<SurveyScore> scores;
  std::vector<Overrule> overrules;
  std::optional<double> places;   // people that the panel's owner can serve
  std::optional<double> work_minutes, capacity_minutes;  // asked of the floor, and what it had
};

enum class Aim : std::uint8_t { effect, experience, cost, process };
std::string_view code_of(Aim aim);

struct Stratum {
  std::string stratifier, code;  // "age" "18-39"; "sex" "female"; "social-need" "some"
  double numerator = 0, denominator = 0, per = 1;
  std::optional<double> score() const;
};

// A proportion, a rate or a mean: score = per * numerator / denominator; nothing when the denominator is 0.
struct Figure {
  Aim aim = Aim::effect;
  std::string code, title;  // "targets-met"
  std::string unit;         // "%", "/100 people and month", "d" ...
  double numerator = 0, denominator = 0, per = 1;
  std::vector<Stratum> strata;
  std::optional<double> score() const;
};

std::vector<Figure> evaluate(const History& history, Period period);

std::string age_band(Day birth, Day on);  // "0-17" "18-39" "40-64" "65-74" "75+" "unknown"

}  // namespace core::evaluation
