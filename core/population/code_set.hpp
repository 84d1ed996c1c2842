// A named set of codes: what rules speak of ("A1C", "DM") and the only way a code means anything to the core.
// Never: FHIR; made by fhir/care/programme.cpp from a ValueSet (table in profiles/README.md). Threads: plain values.
// Source of the matching rule: ICD-10, ICPC and ATC are compared by prefix, dots ignored, letters in any case; all else exactly.
#pragma once
#include <string>
#include <vector>

namespace core::population {

struct CodeSet {
  struct Entry {
    std::string system, code;
    bool prefix = false;       // ICD-10, ICPC, ATC: this code and everything below it (E10 matches E10.9)
    std::string answer;        // given: the fact must also carry this coded answer, of any system (question and answer pair)
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
  bool needs_value = false;       // evidence must carry a usable value (laboratory tests)
  bool lowest_of_day = false;     // blood pressure: of the newest day the lowest
  bool outside_hospital = false;  // not on a day the person spent in an EMER or IMP encounter
};

}  // namespace core::population
