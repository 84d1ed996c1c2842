// Charlson comorbidity index. Weights: Charlson 1987 (J Chronic Dis 40:373), Quan 2011 (Am J Epidemiol 173:676; AIDS 4);
// codes: Quan 2005 (Med Care 43:1130); age: Charlson 1994 (J Clin Epidemiol 47:1245); LACE's own weights: van Walraven 2010.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/panel/risk_codes.hpp"
#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

struct Found {
  std::map<std::size_t, std::vector<std::string>> groups;  // group -> plain ICD-10 (or ICPC) codes that put it there
  std::set<std::string> unmapped;                          // SNOMED CT codes that no map knows
};

const std::size_t* group_of(const CharlsonTables& tables, const population::Coding& coding, std::string& plain, bool& mapped) {
  mapped = true;
  if (is_icd10(coding.system)) {
    plain = plain_code(coding.code);
    return longest_prefix(tables.icd10, plain);
  }
  if (is_icpc1(coding.system)) {
    plain = plain_code(coding.code);
    return tables.use_icpc1 ? longest_prefix(tables.icpc1, plain) : nullptr;
  }
  if (coding.system != snomed_system) return nullptr;
  const auto icd10 = tables.snomed.find(coding.code);
  mapped = icd10 != tables.snomed.end();
  if (!mapped) return nullptr;
  plain = plain_code(icd10->second);
  return longest_prefix(tables.icd10, plain);
}

Found find_groups(const CharlsonTables& tables, Reader& reader) {
  Found found;
  for (std::size_t i = 0; i < reader.inputs().size(); ++i) {
    const Input& input = reader.inputs()[i];
    const auto* coding = input.name == "diagnosis" ? std::get_if<population::Coding>(&input.value) : nullptr;
    if (!coding) continue;
    std::string plain;
    bool mapped = true;
    if (const std::size_t* group = group_of(tables, *coding, plain, mapped)) {
      found.groups[*group].push_back(plain);
      reader.use(i);
    } else if (!mapped) {
      found.unmapped.insert(coding->code);
    }
  }
  return found;
}

bool only_mild_renal(const CharlsonTables& tables, const std::vector<std::string>& codes) {
  return std::all_of(codes.begin(), codes.end(), [&](const std::string& code) {
    return std::any_of(tables.mild_renal.begin(), tables.mild_renal.end(),
                       [&](const std::string& mild) { return code_below(code, plain_code(mild)); });
  });
}

double age_points(double age) { return age < 50 ? 0 : age < 60 ? 1 : age < 70 ? 2 : age < 80 ? 3 : 4; }

void add_notes(const CharlsonTables& tables, const Found& found, Assessment& a) {
  a.notes.emplace_back(minimum_note);
  if (tables.use_icpc1) {
    a.notes.emplace_back("ICPC-1 cannot tell complicated diabetes, severe liver disease and metastases apart");
  }
  if (found.unmapped.empty()) return;
  std::string note = "not mapped:";
  for (const std::string& code : found.unmapped) note += ' ' + code;
  a.notes.push_back(std::move(note));
}

}  // namespace

Assessment assess_charlson(const RiskTables& all, std::span<const Input> inputs) {
  const CharlsonTables& tables = all.charlson;
  Reader reader(inputs);
  if (!reader.optional<bool>("record").value_or(false)) reader.miss("record");
  if (!reader.complete()) return reader.not_computable();
  Found found = find_groups(tables, reader);

  std::vector<std::string> present;
  double charlson1987 = 0, quan2011 = 0, lace2010 = 0;
  for (const auto& [index, codes] : found.groups) {
    const CharlsonTables::Group& group = tables.groups[index];
    const bool silenced = std::any_of(found.groups.begin(), found.groups.end(), [&](const auto& other) {
      return tables.groups[other.first].code == group.suppressed_by;
    });
    if (silenced) continue;
    present.push_back(group.code);
    charlson1987 += group.charlson1987;
    quan2011 += group.quan2011;
    lace2010 += group.code == "rend" && only_mild_renal(tables, codes) ? tables.mild_renal_lace : group.lace2010;
  }
  std::sort(present.begin(), present.end());

  const auto age = reader.number("age");
  Assessment a = reader.computed();
  a.score = quan2011;
  set_band(all, "charlson", a);
  a.details = {{"groups", present}, {"charlson1987", charlson1987}, {"quan2011", quan2011}, {"lace2010", lace2010}};
  if (age) {
    const double with_age = charlson1987 + age_points(*age);
    a.details.push_back({"age_points", age_points(*age)});
    a.details.push_back({"charlson_age", with_age});
    a.details.push_back({"survival10y", std::pow(0.983, std::exp(0.9 * with_age))});
  }
  add_notes(tables, found, a);
  return a;
}

}  // namespace core::panel
