// The numbers and codes behind the risk algorithms, as plain data. They arrive from profiles/house/risk/*.json through
// fhir/care/risk_tables.cpp; an operator may change them there. Never: logic. Threads: const after load.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/population/fact.hpp"

namespace core::panel {

struct CharlsonTables {
  struct Group {
    std::string code, title;
    double charlson1987 = 0, quan2011 = 0, lace2010 = 0;
    std::string suppressed_by;  // group whose presence silences this one
  };
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> icd10;      // prefix without dot -> group
  std::unordered_map<std::string, std::string> snomed;     // code -> ICD-10
  std::unordered_map<std::string, std::size_t> icpc1;      // prefix without dot -> group
  bool use_icpc1 = false;                                  // unverified: only when the operator says so
  std::vector<std::string> mild_renal;                     // ICD-10 prefixes that weigh `mild_renal_lace` in LACE
  double mild_renal_lace = 2;
};

struct EfiTables {
  struct Deficit {
    std::string code, title;
    std::vector<std::string> icd10, icpc1;  // unverified suggestions, prefixes
  };
  struct Limit {  // a measured value that counts as a deficit
    std::string deficit;
    std::vector<std::string> codes;  // LOINC; empty: the operator has to name one
    std::string sex;                 // "male", "female", "" both
    std::string comparison;          // < <= > >=
    double value = 0;
    std::string unit;
    std::map<std::string, double> factors;  // other unit -> factor to `unit`; the unit itself is 1
  };
  std::vector<Deficit> deficits;
  std::vector<Limit> limits;
  // "system|code" -> deficits. The list may need a licence, so the operator loads it; empty: not loaded.
  std::unordered_map<std::string, std::vector<std::string>> codes;
  bool use_suggestions = false;  // ICD-10 and ICPC-1 columns
  double divisor = 36;
  double minimum_age = 65;
  double polypharmacy_from = 5;
};

struct Score2Tables {
  struct Coefficients {
    double baseline_survival = 1, mean = 0;
    double age = 0, smoker = 0, sbp = 0, diabetes = 0, cholesterol = 0, hdl = 0;
    double smoker_age = 0, sbp_age = 0, diabetes_age = 0, cholesterol_age = 0, hdl_age = 0;
  };
  struct Scale {
    double a = 0, b = 1;
  };
  struct Precision {                                              // one set of published or full numbers
    std::map<std::string, Coefficients> coefficients;             // by sex
    std::map<std::string, std::map<std::string, Scale>> scales;   // by sex, by region
  };
  struct Model {
    std::string title;  // "SCORE2", "SCORE2-OP"
    double age_from = 0, age_to = 0;
    double age_centre = 0, age_unit = 1, sbp_centre = 0, sbp_unit = 1;
    double cholesterol_centre = 0, cholesterol_unit = 1, hdl_centre = 0, hdl_unit = 1;
    bool diabetes_is_input = false;  // false: a person with diabetes is outside the model
    Precision published, full;
  };
  struct Category {
    double age_from = 0, age_to = 0, high_from = 0, very_high_from = 0;  // percent
  };
  std::vector<Model> models;
  std::vector<Category> categories;
  std::map<std::string, std::string> region_of_country;  // ISO 3166 -> region
};

// Social needs as the composite counts them: from answers and from Conditions.
struct NeedTables {
  struct Row {
    std::string need, system, code, answer;  // answer: LOINC answer of the question `code`; empty: a Condition's code
    bool urgent = false;
  };
  std::vector<Row> rows;
  std::set<std::string> declined_answers;
  int look_back_days = 731;
  double needs_to_lift = 2;
};

// Where a band of scores begins, and the tier and category from there on. Bands ascend.
struct Band {
  std::optional<double> from;  // absent: reached by its category only
  bool above = false;          // begins just above `from`, not at it
  std::string tier, category;
};

// How facts become one named input: which codes say so, and how old they may be.
struct InputRule {
  enum class Form : unsigned char { diagnosis, measurement, answer, medication } form = Form::diagnosis;
  std::vector<population::Coding> codes;      // Condition codes, LOINC of the measurement or question, drugs (ATC by prefix)
  std::vector<population::Coding> yes, no;    // answers; any other answer is "not known"
  std::string unit;                           // the input's unit
  std::map<std::string, double> factors;      // unit as sent -> factor
  int look_back_days = 0;                     // 0: ever
};

struct RiskTables {
  CharlsonTables charlson;
  EfiTables efi;
  Score2Tables score2;
  NeedTables needs;
  std::map<std::string, std::vector<Band>> bands;  // by algorithm
  std::map<std::string, InputRule> inputs;         // by input name
};

}  // namespace core::panel
