#include "fhir/care/risk_tables.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>

#include "core/panel/risk_codes.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {
namespace {

using namespace core::panel;
using json::Value;

// Walks a table and keeps the first fault, so that reading code stays a list of members.
class Table {
 public:
  explicit Table(std::string file) : file_(std::move(file)) {}

  double number(const Value& object, std::string_view name) { return number_of(member(object, name), name); }
  double number_of(const Value& value, std::string_view name) {
    double number = 0;
    const std::string_view digits = value.text();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!value.is_number() || error != std::errc() || end != digits.data() + digits.size()) fail("a number is expected", name);
    return number;
  }
  std::string word(const Value& object, std::string_view name) {
    const Value& value = member(object, name);
    if (!value.is_string()) fail("a text is expected", name);
    return std::string(value.text());
  }
  bool truth(const Value& object, std::string_view name) {
    const Value& value = member(object, name);
    if (!value.is_boolean()) fail("true or false is expected", name);
    return value.is_boolean() && value.boolean();
  }
  std::vector<std::string> words(const Value& object, std::string_view name) {
    std::vector<std::string> words;
    for (const Value& value : list(object, name)) words.emplace_back(value.text());
    return words;
  }
  std::map<std::string, double> numbers(const Value& object) {
    std::map<std::string, double> numbers;
    for (const json::Member& member : object.members()) numbers[std::string(member.name)] = number_of(member.value, member.name);
    return numbers;
  }
  std::span<const Value> list(const Value& object, std::string_view name) {
    const Value& value = member(object, name);
    if (!value.is_array()) fail("a list is expected", name);
    return value.elements();
  }
  const Value& member(const Value& object, std::string_view name) {
    const Value* value = object.find(name);
    if (!value) fail("missing member", name);
    return object[name];
  }
  void fail(std::string_view message, std::string_view name) {
    if (!fault_) fault_ = core::invalid(std::string(message), file_ + ": " + std::string(name));
  }
  const std::optional<core::Error>& fault() const { return fault_; }

 private:
  std::string file_;
  std::optional<core::Error> fault_;
};

void read_charlson(Table& t, const Value& root, RiskTables& tables) {
  CharlsonTables& charlson = tables.charlson;
  charlson.use_icpc1 = t.truth(root, "use_icpc1");
  charlson.mild_renal = t.words(root["mild_renal"], "icd10");
  charlson.mild_renal_lace = t.number(root["mild_renal"], "lace2010");
  for (const Value& group : t.list(root, "groups")) {
    const std::size_t index = charlson.groups.size();
    charlson.groups.push_back({t.word(group, "code"), t.word(group, "title"), t.number(group, "charlson1987"), t.number(group, "quan2011"),
                               t.number(group, "lace2010"), t.word(group, "suppressed_by")});
    for (const std::string& code : t.words(group, "icd10")) {
      if (!charlson.icd10.emplace(plain_code(code), index).second) t.fail("an ICD-10 code stands in two groups", code);
    }
    for (const std::string& code : t.words(group, "icpc1")) charlson.icpc1.emplace(plain_code(code), index);
  }
  for (const json::Member& row : t.member(root, "snomed").members()) {
    charlson.snomed.emplace(row.name, row.value.text());
  }
}

void read_efi(Table& t, const Value& root, RiskTables& tables) {
  EfiTables& efi = tables.efi;
  efi.use_suggestions = t.truth(root, "use_suggestions");
  efi.minimum_age = t.number(root, "minimum_age");
  efi.divisor = t.number(root, "divisor");
  efi.polypharmacy_from = t.number(root, "polypharmacy_from");
  if (efi.divisor <= 0) t.fail("a positive number is expected", "divisor");
  for (const Value& deficit : t.list(root, "deficits")) {
    efi.deficits.push_back({t.word(deficit, "code"), t.word(deficit, "title"), t.words(deficit, "icd10"), t.words(deficit, "icpc1")});
  }
  for (const Value& limit : t.list(root, "limits")) {
    efi.limits.push_back({t.word(limit, "deficit"), t.words(limit, "codes"), t.word(limit, "sex"), t.word(limit, "comparison"),
                          t.number(limit, "value"), t.word(limit, "unit"), t.numbers(limit["factors"])});
  }
}

Score2Tables::Precision read_precision(Table& t, const Value& precision) {
  Score2Tables::Precision read;
  for (const json::Member& sex : t.member(precision, "coefficients").members()) {
    auto c = t.numbers(sex.value);
    read.coefficients[std::string(sex.name)] = {c["baseline_survival"], c["mean"], c["age"], c["smoker"], c["sbp"], c["diabetes"],
                                                c["cholesterol"], c["hdl"], c["smoker_age"], c["sbp_age"], c["diabetes_age"],
                                                c["cholesterol_age"], c["hdl_age"]};
    if (c["baseline_survival"] <= 0 || c["baseline_survival"] >= 1) t.fail("a number between 0 and 1 is expected", "baseline_survival");
  }
  for (const json::Member& sex : t.member(precision, "scales").members()) {
    for (const json::Member& region : sex.value.members()) {
      if (region.value.size() != 2) t.fail("two numbers are expected", region.name);
      else read.scales[std::string(sex.name)][std::string(region.name)] = {t.number_of(region.value[0], "scales"), t.number_of(region.value[1], "scales")};
    }
  }
  return read;
}

std::pair<double, double> read_pair(Table& t, const Value& object, std::string_view name) {
  const auto pair = t.list(object, name);
  if (pair.size() == 2) return {t.number_of(pair[0], name), t.number_of(pair[1], name)};
  t.fail("two numbers are expected", name);
  return {0, 1};
}

void read_score2(Table& t, const Value& root, RiskTables& tables) {
  for (const Value& value : t.list(root, "models")) {
    Score2Tables::Model model;
    model.title = t.word(value, "title");
    model.diabetes_is_input = t.truth(value, "diabetes_is_input");
    std::tie(model.age_from, model.age_to) = read_pair(t, value, "age");
    const Value& centre = t.member(value, "centre");
    std::tie(model.age_centre, model.age_unit) = read_pair(t, centre, "age");
    std::tie(model.sbp_centre, model.sbp_unit) = read_pair(t, centre, "sbp");
    std::tie(model.cholesterol_centre, model.cholesterol_unit) = read_pair(t, centre, "cholesterol");
    std::tie(model.hdl_centre, model.hdl_unit) = read_pair(t, centre, "hdl");
    model.published = read_precision(t, t.member(value, "published"));
    model.full = read_precision(t, t.member(value, "full"));
    tables.score2.models.push_back(std::move(model));
  }
  for (const json::Member& region : t.member(root, "regions").members()) {
    for (const Value& country : region.value.elements()) tables.score2.region_of_country[std::string(country.text())] = region.name;
  }
  for (const Value& value : t.list(root, "categories")) {
    Score2Tables::Category category;
    std::tie(category.age_from, category.age_to) = read_pair(t, value, "age");
    category.high_from = t.number(value, "high_from");
    category.very_high_from = t.number(value, "very_high_from");
    tables.score2.categories.push_back(category);
  }
}

void read_needs(Table& t, const Value& root, RiskTables& tables) {
  tables.needs.look_back_days = static_cast<int>(t.number(root, "look_back_days"));
  tables.needs.needs_to_lift = t.number(root, "needs_to_lift");
  for (const std::string& answer : t.words(root, "declined_answers")) tables.needs.declined_answers.insert(answer);
  for (const Value& row : t.list(root, "rows")) {
    tables.needs.rows.push_back({t.word(row, "need"), t.word(row, "system"), t.word(row, "code"), std::string(row.text("answer")), t.truth(row, "urgent")});
  }
}

void read_bands(Table& t, const Value& root, RiskTables& tables) {
  for (const json::Member& algorithm : t.member(root, "bands").members()) {
    auto& bands = tables.bands[std::string(algorithm.name)];
    for (const Value& value : algorithm.value.elements()) {
      Band band;
      band.above = value.find("above") != nullptr;
      if (band.above || value.find("from")) band.from = t.number(value, band.above ? "above" : "from");
      band.tier = t.word(value, "tier");
      band.category = value.text("category");
      bands.push_back(std::move(band));
    }
  }
}

std::vector<core::population::Coding> read_codings(Table& t, const Value& systems) {
  std::vector<core::population::Coding> codings;
  for (const json::Member& system : systems.members()) {
    if (!system.value.is_array()) t.fail("a list of codes is expected", system.name);
    for (const Value& code : system.value.elements()) codings.push_back({std::string(system.name), std::string(code.text())});
  }
  return codings;
}

void read_inputs(Table& t, const Value& root, RiskTables& tables) {
  static const std::map<std::string_view, InputRule::Form> forms{{"diagnosis", InputRule::Form::diagnosis},
                                                                 {"measurement", InputRule::Form::measurement},
                                                                 {"answer", InputRule::Form::answer},
                                                                 {"medication", InputRule::Form::medication}};
  for (const json::Member& input : t.member(root, "inputs").members()) {
    InputRule rule;
    const auto form = forms.find(input.value.text("form"));
    if (form == forms.end()) t.fail("diagnosis, measurement, answer or medication is expected", "form");
    else rule.form = form->second;
    rule.codes = read_codings(t, input.value["codes"]);
    rule.yes = read_codings(t, input.value["yes"]);
    rule.no = read_codings(t, input.value["no"]);
    rule.unit = input.value.text("unit");
    rule.factors = t.numbers(input.value["factors"]);
    if (input.value.find("look_back_days")) rule.look_back_days = static_cast<int>(t.number(input.value, "look_back_days"));
    tables.inputs.emplace(input.name, std::move(rule));
  }
}

core::Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return core::not_found("cannot be read", path.string());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The next field of a CSV line: quoted fields keep commas, a doubled quote is one.
std::string take_field(std::string_view& line) {
  std::string field;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < line.size() && (quoted || line[i] != ','); ++i) {
    if (line[i] != '"') field += line[i];
    else if (quoted && i + 1 < line.size() && line[i + 1] == '"') field += line[i++];
    else quoted = !quoted;
  }
  line.remove_prefix(std::min(i + 1, line.size()));
  return field;
}

std::vector<std::string> fields_of(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  std::vector<std::string> fields;
  while (!line.empty()) fields.push_back(take_field(line));
  return fields;
}

}  // namespace

core::Result<RiskTables> load_risk_tables(const std::filesystem::path& folder) {
  using Read = void (*)(Table&, const Value&, RiskTables&);
  static constexpr std::pair<const char*, Read> files[] = {{"charlson.json", read_charlson}, {"efi.json", read_efi},
                                                           {"score2.json", read_score2},     {"social-needs.json", read_needs},
                                                           {"tiers.json", read_bands},       {"inputs.json", read_inputs}};
  RiskTables tables;
  for (const auto& [name, read] : files) {
    const std::filesystem::path path = folder / name;
    const auto text = read_file(path);
    if (!text) return text.error();
    const auto document = json::parse(*text);
    if (!document) return core::invalid(document.error().message, path.string() + ": " + document.error().where);
    Table table(path.string());
    read(table, document->root(), tables);
    if (table.fault()) return *table.fault();
  }
  return tables;
}

core::Result<std::size_t> add_efi_codes(std::string_view csv, EfiTables& tables, bool known_deficits) {
  std::size_t added = 0, row = 0;
  std::map<std::string, std::size_t> columns;
  while (!csv.empty()) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    const auto fields = fields_of(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    if (fields.empty()) continue;
    if (row++ == 0) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
      for (const char* name : {"deficit", "system", "code"}) {
        if (!columns.contains(name)) return core::invalid("the heading has no such column", name);
      }
      continue;
    }
    const auto field = [&](const char* name) {
      const auto column = columns.find(name);
      return column == columns.end() || column->second >= fields.size() ? std::string() : fields[column->second];
    };
    if (field("system") != "snomed" || field("use") == "no" || field("code").empty()) continue;
    const bool known = std::any_of(tables.deficits.begin(), tables.deficits.end(), [&](const auto& d) { return d.code == field("deficit"); });
    if (known_deficits && !known) return core::invalid("no such deficit: " + field("deficit"), "row " + std::to_string(row));
    tables.codes[std::string(snomed_system) + '|' + field("code")].push_back(field("deficit"));
    ++added;
  }
  if (row == 0) return core::invalid("the file is empty");
  return added;
}

core::Result<std::size_t> load_efi_codes(const std::filesystem::path& file, EfiTables& tables) {
  const auto text = read_file(file);
  if (!text) return text.error();
  auto added = add_efi_codes(*text, tables);
  if (!added) return core::invalid(added.error().message, file.string() + ": " + added.error().where);
  return added;
}

}  // namespace fhir::care
