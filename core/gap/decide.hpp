// Step 3 of the loop: what does a person need on a day? Decider::decide answers for every item of every programme, merge() joins
// what several programmes ask into one need, explain() says why, next_change() when to ask again, sweep() asks for many.
// Pure: the same facts and day give the same answer, whether asked after a change, on a date or in a sweep.
// Never: reads a clock, stores, knows Tasks. Threads: a Decider is one thread's; plan and population are only read.
//
// Identity. A need is (person, family, interval). The interval is the day of the evidence that last satisfied it, else the day
// its `start` rule gives, else none ("initial"). Evidence that arrives moves the interval on, so what stood under the old one is
// done; evidence that is withdrawn leads back to it, so that one is open again.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/gap/plan.hpp"
#include "core/population/population.hpp"

namespace core::gap {

using population::no_day;
using population::PersonId;
using population::Population;

enum class Status : std::uint8_t { satisfied, due_soon, open, overdue, excluded, not_applicable, not_evaluable };
std::string_view code_of(Status status);  // "due-soon"

// Why: which rule decided.
enum class Cause : std::uint8_t {
  evidence,      // its date
  no_evidence,   // none is known: counted from the start
  met, not_met,  // the `met` rule
  cohort, applies, exclusion, met_unknown, every_unknown,  // that rule is the reason (excluded), or could not be evaluated
  unusable,      // a newer fact has no usable date, value or unit, and could close it
  dead, inactive, unborn
};

struct Decision {
  std::uint16_t item = 0;
  Status status = Status::not_applicable;
  Cause cause = Cause::cohort;
  std::uint16_t exclusion = 0;      // cause exclusion: number among the programme's, then the item's
  Day due = no_day;                 // no_day: satisfied for good
  Day since = no_day;               // since when it stands open (or: the day that satisfied it)
  Day interval = no_day;            // identity; no_day: initial
  Day last = no_day;                // newest evidence day there is
  Day declined = no_day;            // newest refusal after it: changes what is shown, not the status
  std::int32_t row = -1;            // the evidence's row in the view, -1: none
};

// One need of a person: all programmes that ask for the same family, the strictest due date.
struct Need {
  std::uint16_t family = 0;
  Status status = Status::satisfied;
  std::uint16_t item = 0;           // the strictest one: its words, its activity
  Day due = no_day, since = no_day, interval = no_day, last = no_day, declined = no_day;
  std::int32_t row = -1;
  std::uint16_t first = 0, count = 0;   // its decisions in Needs::asking: those that ask, the strictest first
  std::int32_t waits_for = -1;      // a stop item that contradicts this one: the stop item wins
};

struct Needs {
  std::vector<Need> needs;
  std::vector<std::uint16_t> asking;  // indexes of decisions
};

struct Explanation {
  Decision decision;
  struct Call {
    std::string text;               // "last('A1C')"
    std::string result;             // "2024-01-31", "true", "7.2", "empty"
  };
  std::vector<Call> calls;          // what the rules asked, in order, each once
  std::vector<std::string> used;    // sources of facts that counted
  struct Unused {
    std::string source, why;        // "preliminary", "no usable value", "no usable date", "declined", "planned", "not done" ...
  };
  std::vector<Unused> unused;       // facts of the item's sets that were seen and did not count
  std::vector<std::string> missing; // sets looked for and not found
  std::string reason;               // in plain words
};

class Decider {
 public:
  Decider(const Plan& plan, const Population& population);
  ~Decider();
  Decider(Decider&&) noexcept;

  // Decisions for every item that applies, by item; items left out do not apply. Valid until the next call.
  std::span<const Decision> decide(PersonId person, Day as_of);
  // The same, and the first later day on which it may answer differently (next_change) at little more than the price of one.
  std::span<const Decision> decide(PersonId person, Day as_of, Day& next);
  // Why nothing applies at all: dead, inactive or unborn on the day; otherwise Cause::applies.
  Cause barred(PersonId person, Day as_of);
  // The first day after `as_of` on which decide() may answer differently, if no new fact arrives; open_end: never.
  Day next_change(PersonId person, Day as_of);
  Explanation explain(PersonId person, std::uint16_t item, Day as_of);
  // A rule compiled by Plan::rule, for this person: true, false or nothing.
  std::optional<bool> holds(std::span<const Step> rule, PersonId person, Day as_of);
  // The same for many rules at once, in their order; gives the first day after `as_of` on which one may answer differently.
  Day holds(std::span<const std::vector<Step>> rules, PersonId person, Day as_of, std::vector<std::optional<bool>>& answers);

  std::string source(const Decision& decision) const;   // of the person last decided: "Observation/17" or empty
  std::string source(const Need& need) const;
  // "Condition/7": the earliest open Condition of the sets that the item's programme speaks of; of the person last decided.
  std::string condition(std::uint16_t item) const;

 private:
  friend class Block;
  struct State;
  std::unique_ptr<State> state_;
};

Needs merge(const Plan& plan, std::span<const Decision> decisions);
void merge(const Plan& plan, std::span<const Decision> decisions, Needs& into);  // the same without allocating anew

std::string reason(const Plan& plan, const Decision& decision);  // in plain words, English: why excluded, why not evaluable

// decide() for the people in [first, last), in order: sink(PersonId, std::span<const Decision>) for each, the dead with none.
void sweep_blocks(const Plan& plan, const Population& population, PersonId first, PersonId last, Day as_of,
                  const std::function<void(PersonId, std::span<const Decision>)>& sink);

template <class Sink>
void sweep(const Plan& plan, const Population& population, PersonId first, PersonId last, Day as_of, Sink&& sink) {
  sweep_blocks(plan, population, first, last, as_of, [&](PersonId person, std::span<const Decision> decisions) { sink(person, decisions); });
}

}  // namespace core::gap
