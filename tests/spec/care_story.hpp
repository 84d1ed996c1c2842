// One written case: its lines done one after the other, each by the row of a table that its words match.
// Never: skips a line. Threads: one. Source: tests/spec/README.md lists what a line may say.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/spec/care_world.hpp"

namespace spec::care {

struct Line {
  int number = 0;
  std::string text;
};

struct Case {
  std::string file, title;
  int number = 0;  // of its "case:" line
  std::vector<Line> lines;
};

std::vector<Case> cases_in(const std::string& file,
                           std::string_view text);  // a Failure when lines stand before the first case
std::optional<std::string> run(const Case& story);  // nothing: it holds; else file:line, the line, why

class Story {
 public:
  using Groups = std::vector<std::string>;  // what the pattern's groups matched, from 0
  struct Row {
    const char* pattern;
    void (Story::*act)(const Groups&);
  };
  void line(std::string text);
  void end();  // after the last line

 private:
  // events: care_events.cpp
  void standing_order(const Groups&);
  void set_today(const Groups&);
  void days_pass(const Groups&);
  void new_person(const Groups&);
  void add_fact(const Groups&);
  void drop(const Groups&);
  void change_state(const Groups&);
  void person_event(const Groups&);
  void decide(const Groups&);
  void set_task(const Groups&);
  void set_outreach(const Groups&);
  void contact(const Groups&);
  void same_person(const Groups&);
  void overrule(const Groups&);
  void member_by_hand(const Groups&);
  // expectations: care_expectations.cpp
  void expect_gap(const Groups&);
  void expect_task(const Groups&);
  void expect_no_task(const Groups&);
  void expect_tasks(const Groups&);
  void expect_outreach(const Groups&);
  void expect_no_outreach(const Groups&);
  void expect_calls(const Groups&);
  void expect_plan(const Groups&);
  void expect_member(const Groups&);
  void expect_panel(const Groups&);
  void expect_tier(const Groups&);
  void expect_explanation(const Groups&);
  void expect_refused(const Groups&);
  void expect_work_list(const Groups&);

  static const std::vector<Row>& table();
  World& world();
  void move_to(const std::string& date);
  std::string patient(const std::string& name) const;  // "Patient/anna"
  std::string actor(const std::string& words);         // "doctor Vos" -> "Practitioner/doctor-vos", made when new
  std::string last(const std::string& kind) const;     // "Observation/1"
  std::string name_of(const std::string& reference) const;
  std::string panel(const std::string& name, const std::string& owner);
  fhir::json::Document tasks(const std::string& item, const std::string& person);
  // The Task that a line speaks of: the one that stands, else the newest; nothing when there is none.
  std::optional<fhir::json::Document> task(const std::string& item, const std::string& person);
  fhir::json::Document the_task(const std::string& item, const std::string& person);
  std::vector<fhir::json::Document> children(const std::string& task);
  void edit(const std::string& reference, const std::function<void(fhir::json::Document&)>& change);
  void may_be_refused(const fhir::rest::Response& response);
  void check_all(const fhir::json::Value& task, const std::string& attributes);
  void check(const fhir::json::Value& task, const std::string& attribute);

  fhir::care::GapSetting setting_;                 // said before the first day
  std::unique_ptr<World> world_;
  std::string date_;                               // of the line
  std::map<std::string, std::string> people_;      // name -> "Patient/anna"
  std::map<std::string, std::string> last_;        // kind -> reference
  std::map<std::string, std::string> seen_tasks_;  // item of person -> id, at the last expectation
  std::string newest_person_, refused_;
  int expectations_ = 0;
};

}  // namespace spec::care
