// A programme as the core decides by it: cohort, items, what closes each, how often, what excludes. Data, made by
// fhir/care/programme.cpp from PlanDefinition + ActivityDefinition + ValueSets. Never: FHIR. Threads: plain values.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/gap/rule.hpp"
#include "core/population/code_set.hpp"
#include "core/population/fact.hpp"

namespace core::gap {

using population::CodeSet;

struct Exclusion {
  Rule when;
  std::string reason;  // in plain words
  std::string code;    // "X1"
};

enum class ItemKind : unsigned char { do_, target, stop, support };

struct Item {
  std::string code;        // "dm-a1c": unique over all programmes
  std::string family;      // "a1c": the house item code; one Task per person, family and interval
  population::Coding clinical;  // LOINC 4548-4
  std::string title;
  std::string closes;      // what would close it, in plain words
  std::string activity;    // ActivityDefinition canonical|version
  ItemKind kind = ItemKind::do_;
  Rule applies;            // who, beyond the cohort; Op::truth 1 when everyone
  std::vector<Exclusion> exclusions;  // beside the programme's
  std::optional<Rule> evidence;       // -> day of what closes it; empty: nothing does yet
  std::vector<std::string> evidence_sets;  // sets looked for (for explain and for naming the evidence); without `evidence`
                                           // and `met` the newest fact of any of them is the evidence
  std::optional<Rule> met;            // -> boolean: satisfied as long as it is true (targets, stop items, drugs on)
  std::optional<Rule> every;          // -> days until it is due again; absent: once
  std::optional<Rule> start;          // -> day the need began (default: the cohort's first fact, else the birthday of the age limit but
                                      // not before anything is known of the person, else today)
  int delay_days = 0;                 // due this long after start when there is no evidence
  int grace_days = 0;                 // open this long before it is overdue
  int soon_days = 30;                 // due-soon this long before it is due
  int effort_minutes = 10;
  int urgency_days = 0;               // moves the rank earlier
  std::string standing_by;            // "Practitioner/1": outreach is made at once in this physician's name; empty: a decision is waited for
  std::vector<std::string> yields_to;  // codes of stop items that this one waits for while they are open (two items whose
                                       // `met` asks the same drug on and off are found without it)
};

struct Programme {
  std::string id, url, version, title;
  Rule cohort;
  std::vector<Exclusion> exclusions;
  std::vector<Item> items;
  bool active = true;
  Day covers_from = population::no_day;  // nothing is due before it: the programme was not in force; no_day: always was
  int ramp = 0;                        // at most so many new Tasks per owner and week; 0: no limit
};

struct Programmes {
  std::vector<Programme> programmes;
  std::map<std::string, CodeSet> sets;
  std::map<std::string, std::vector<std::string>> needs;  // house need -> its sets by name. need('x') reads NEED-x (Conditions),
                          // NEED-x-answers, NEED-x-no; supported('x') SUPPORT-x, linked by NEED-x or NEED-x-about
};

}  // namespace core::gap
