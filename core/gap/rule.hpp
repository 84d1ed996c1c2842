// The rules of programmes as a tree: what a PlanDefinition's expressions become (fhir/care/programme.cpp parses FHIRPath syntax
// into it). Three-valued like FHIRPath: true, false, empty; empty is "could not be evaluated", never false.
// Every function sees only facts that count (State) and are dated up to the day of evaluation. Threads: plain values.
// A call's arguments are in `arguments`; a set's or need's name is an argument of its own with Op::text.
// Types: boolean, number, day. day - day and day - number work; `today() - 90` is 90 days ago. Mixed types are errors of the plan.
// Source: FHIRPath N1 section 6.5 (three-valued logic); the functions are the house's, listed in profiles/README.md.
#pragma once
#include <string>
#include <vector>

namespace core::gap {

struct Rule {
  enum class Op : unsigned char {
    // literals and logic
    empty, truth, number, day, text,       // truth: number 0 or 1; day: number is the Day; text: argument of a function
    and_, or_, xor_, implies, not_, iif,   // iif(condition, then, else): as in FHIRPath an empty condition takes else
    equal, not_equal, less, less_or_equal, greater, greater_or_equal,
    add, subtract, multiply, divide, exists, coalesce,
    earliest, latest,  // earliest(a, b ...): the smallest; empty when one is (all are needed). latest(...): the largest there is
    // the person
    age,            // age(): completed years on the day; empty when birth is unknown
    age_days,       // age_days()
    female, male,   // empty when sex is not male or female
    today,          // today()
    born,           // born(): day of birth
    birthday,       // birthday(n): the day the person turns n
    season_start,   // season_start(month, day): the latest such date on or before today
    // conditions
    open,           // open('SET'): a Condition of the set is open on the day
    onset,          // onset('SET'): earliest onset among the open ones (day)
    ever,           // ever('SET'): any valid fact of the set, of any kind, on or before the day
    first,          // first('SET'): its first day
    // evidence
    last,           // last('SET' [, from]): day of the newest fact that counts as evidence [not before day `from`]
    within,         // within('SET', days): one in the last n days (day - n < d <= day)
    count,          // count('SET', days): distinct days with one in the last n days; count('SET') ever
    value,          // value('SET' [, days]): newest value in the set's unit [in the last n days]; empty when none usable
    previous,       // previous('SET', n): value before the newest by n results (previous('A1C', 1))
    lowest, highest,  // lowest('SET', days): extreme value in the window
    twice_below,    // twice_below('SET', limit, days): two values under the limit, dated at least that many days apart
    answer,         // answer('SET', 'ANSWERSET'): true/false: newest answer to a question of SET is in ANSWERSET; empty: not asked
    declined,       // declined('SET'): newest statement about it is a refusal (State::declined)
    // running things
    on,             // on('DRUGSET'): medication on: active, or ordered within 365 days and not stopped
    on_since,       // on_since('DRUGSET'): day of the first order of the running one
    drugs,          // drugs(): distinct medicines on; drugs('DRUGSET'): those of the set
    under_way,      // under_way('SET'): active CarePlan, ServiceRequest or Task of the set
    // social
    need,           // need('housing'): open confirmed need by Condition or newest answer; empty when every answer was declined
    need_since,     // day it was first known in this stretch
    supported,      // supported('housing'): support under way for it
    // risk
    tier,           // tier(): 0 low, 1 rising, 2 high, 3 very-high; tier('charlson') of one algorithm
    score           // score('charlson')
  };
  Op op = Op::empty;
  double number = 0;
  std::string text;
  std::vector<Rule> arguments;
  std::size_t position = 0;  // in the source expression, for messages
};

}  // namespace core::gap
