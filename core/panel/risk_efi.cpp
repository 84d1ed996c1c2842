// Electronic frailty index: deficits present of 36. Clegg 2016, Age Ageing 45:353. A deficit counts once and stays, except
// polypharmacy. The code list is loaded by the operator; without it nothing is computed, and that is said.
#include <algorithm>
#include <array>
#include <set>

#include "core/panel/risk_codes.hpp"
#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

using Present = std::set<std::string>;

void add_suggestions(const EfiTables& tables, const population::Coding& coding, Present& present) {
  const bool icd10 = is_icd10(coding.system);
  if (!icd10 && !is_icpc1(coding.system)) return;
  const std::string plain = plain_code(coding.code);
  for (const EfiTables::Deficit& deficit : tables.deficits) {
    for (const std::string& prefix : icd10 ? deficit.icd10 : deficit.icpc1) {
      if (code_below(plain, plain_code(prefix))) present.insert(deficit.code);
    }
  }
}

void add_diagnoses(const EfiTables& tables, Reader& reader, Present& present) {
  for (std::size_t i = 0; i < reader.inputs().size(); ++i) {
    const Input& input = reader.inputs()[i];
    const auto* coding = input.name == "diagnosis" ? std::get_if<population::Coding>(&input.value) : nullptr;
    if (!coding) continue;
    const std::size_t before = present.size();
    if (const auto listed = tables.codes.find(coding->system + '|' + coding->code); listed != tables.codes.end()) {
      present.insert(listed->second.begin(), listed->second.end());
      reader.use(i);
    } else if (tables.use_suggestions) {
      add_suggestions(tables, *coding, present);
      if (present.size() != before) reader.use(i);
    }
  }
}

bool beyond(double value, const EfiTables::Limit& limit) {
  if (limit.comparison == "<") return value < limit.value;
  if (limit.comparison == "<=") return value <= limit.value;
  if (limit.comparison == ">") return value > limit.value;
  return limit.comparison == ">=" && value >= limit.value;
}

std::optional<double> converted(const Measured& measured, const EfiTables::Limit& limit) {
  if (measured.unit == limit.unit) return measured.value;
  const auto factor = limit.factors.find(measured.unit);
  return factor == limit.factors.end() ? std::nullopt : std::optional(measured.value * factor->second);
}

// Sex is only asked when it decides: one sex's limit is passed, the other's is not, and nothing else shows the deficit.
void add_values(const EfiTables& tables, Reader& reader, std::string_view sex, Present& present, Present& between) {
  for (std::size_t i = 0; i < reader.inputs().size(); ++i) {
    const Input& input = reader.inputs()[i];
    const auto* measured = input.name == "observation" ? std::get_if<Measured>(&input.value) : nullptr;
    if (!measured) continue;
    std::map<std::string, std::array<int, 2>> by_sex;  // deficit -> limits passed, limits looked at
    for (const EfiTables::Limit& limit : tables.limits) {
      if (std::find(limit.codes.begin(), limit.codes.end(), measured->code) == limit.codes.end()) continue;
      const auto value = converted(*measured, limit);
      if (!value) continue;
      if (limit.sex.empty() || limit.sex == sex) {
        if (beyond(*value, limit)) present.insert(limit.deficit), reader.use(i);
      } else if (sex.empty()) {
        auto& [passed, looked] = by_sex[limit.deficit];
        passed += beyond(*value, limit) ? 1 : 0;
        ++looked;
      }
    }
    for (const auto& [deficit, seen] : by_sex) {
      if (seen[0] == seen[1]) present.insert(deficit), reader.use(i);
      else if (seen[0] > 0) between.insert(deficit);
    }
  }
}

}  // namespace

Assessment assess_efi(const RiskTables& all, std::span<const Input> inputs) {
  const EfiTables& tables = all.efi;
  Reader reader(inputs);
  const auto age = reader.number("age");
  if (age && *age < tables.minimum_age) return reader.not_applicable("age");
  if (!reader.optional<bool>("record").value_or(false)) reader.miss("record");
  if (tables.codes.empty()) reader.miss("efi-codes");
  if (!reader.complete()) return reader.not_computable();

  std::string sex = reader.optional<std::string>("sex").value_or("");
  if (sex != "male" && sex != "female") sex.clear();
  Present present, between;
  add_diagnoses(tables, reader, present);
  add_values(tables, reader, sex, present, between);
  const bool undecided = std::any_of(between.begin(), between.end(), [&](const auto& d) { return !present.contains(d); });
  if (undecided) reader.miss("sex");
  if (const auto medicines = reader.optional<double>("distinct_medicines_12m"); !medicines) reader.miss("medication");
  else if (*medicines >= tables.polypharmacy_from) present.insert("polypharmacy");

  Assessment a = reader.computed();
  const double count = static_cast<double>(present.size());
  a.score = count / tables.divisor;
  set_band(all, "efi", a);
  a.details = {{"deficits", std::vector<std::string>(present.begin(), present.end())},
               {"count", count}, {"score", a.score}, {"category", a.category}};
  a.notes.emplace_back(minimum_note);
  return a;
}

}  // namespace core::panel
