// A programme as the core decides by it: cohort, items, what closes each, how often, what excludes. Data, made by
// fhir/care/programme.cpp from PlanDefinition + ActivityDefinition + ValueSets. Never: FHIR. Threads: plain values.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/gap/rule.hpp"
#include "core/population/fact.hpp"

namespace core::gap {

// A named set of codes. ICD-10 and ICPC entries match by prefix (E10 matches E10.9), others exactly.
struct CodeSet {
  struct Entry {
    std::string system, code;
    bool prefix = false;
    std::string answer{};  // sets of question and answer pairs (NEED-x-answers, NEED-x-no): code is the question, this the answer
  };
  struct Conversion {  // value * factor + offset gives the set's unit
    std::string unit;
    double factor = 1, offset = 0;
  };
  std::string name;  // "A1C": what rules say
  std::string url;   // canonical of the ValueSet
  std::vector<Entry> entries;
  std::string unit;  // UCUM; values in another unit that no conversion knows are unusable ("could not be evaluated")
  std::vector<Conversion> conversions;
  bool needs_value = false;           // evidence must carry a value (laboratory tests)
  bool lowest_of_day = false;         // blood pressure: of the newest day the lowest
  bool outside_hospital = false;      // not from EMER or IMP encounters
};

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
  std::vector<std::string> evidence_sets;  // sets looked for (for explain and for naming the evidence)
  std::optional<Rule> met;            // -> boolean: satisfied as long as it is true (targets, stop items, drugs on)
  std::optional<Rule> every;          // -> days until it is due again; absent: once
  std::optional<Rule> start;          // -> day the need began (default: the cohort's first fact, else the day of birth + age limit, else today)
  int delay_days = 0;                 // due this long after start when there is no evidence
  int grace_days = 0;                 // open this long before it is overdue
  int soon_days = 30;                 // due-soon this long before it is due
  int effort_minutes = 10;
  int urgency_days = 0;               // moves the rank earlier
};

struct Programme {
  std::string id, url, version, title;
  Rule cohort;
  std::vector<Exclusion> exclusions;
  std::vector<Item> items;
  bool active = true;
};

struct Programmes {
  std::vector<Programme> programmes;
  std::map<std::string, CodeSet> sets;
  std::map<std::string, std::vector<std::string>> needs;  // house need -> sets: {condition set, answer ...} see profiles/README.md
};

}  // namespace core::gap
