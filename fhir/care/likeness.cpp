#include "fhir/care/likeness.hpp"

#include <algorithm>
#include <map>

#include "fhir/care/elements.hpp"

namespace fhir::care {
namespace {

using core::Done;
using core::Result;
using core::population::Likeness;

constexpr std::size_t most_of_one_key = 1'000;
constexpr std::size_t most_families = 10, most_identifiers = 20;  // of one record: each is a search of its own
constexpr std::string_view own_name = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";

// The first characters of a UTF-8 text, never half a one.
std::string beginning(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  while (end < text.size() && characters > 0) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    --characters;
  }
  return std::string(text.substr(0, end));
}

// As a value of a search parameter: what separates values there is meant as itself.
std::string literal(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == ',' || c == '|' || c == '$' || c == '\\') plain += '\\';
    plain += c;
  }
  return plain;
}

void add_family(Likeness& like, std::string_view family) {
  if (family.empty() || family == like.family) return;
  if (like.family.empty()) {
    like.family = family;
    return;
  }
  auto& others = like.other_families;
  if (others.size() < most_families && std::find(others.begin(), others.end(), family) == others.end()) others.emplace_back(family);
}

void read_names(const json::Value& patient, Likeness& like) {
  for (const bool official : {true, false})
    for (const json::Value& name : patient["name"].elements()) {
      if ((name.text("use") == "official") != official) continue;
      add_family(like, name.text("family"));
      for (const json::Value& each : name["_family"]["extension"].elements())
        if (each.text("url") == own_name) add_family(like, each.text("valueString"));
      if (like.given.empty()) like.given = std::string(name["given"][0].text());
    }
}

struct Way {
  search::Parameters key;
  bool narrows = false;  // when too many share the key: those whose family name begins alike
};

std::vector<Way> ways(const json::Value& patient, const Likeness& like) {
  std::vector<Way> all;
  for (const auto& identifier : like.identifiers) all.push_back({{{"identifier", literal(identifier.system) + "|" + literal(identifier.code)}}});
  if (like.birth != core::population::no_day && like.birth_exact) {
    all.push_back({{{"birthdate", std::string(patient.text("birthDate"))}}, true});
    const core::Civil civil = core::civil_from(like.birth);
    if (civil.day <= 12 && civil.day != civil.month)  // day and month swapped
      all.push_back({{{"birthdate", core::text(core::day_from(core::Civil{civil.year, civil.day, civil.month}))}}, true});
  }
  std::vector<std::string> families = like.other_families;
  if (!like.family.empty()) families.push_back(like.family);
  for (const std::string& family : families) {
    if (!like.given.empty()) all.push_back({{{"family", literal(family)}, {"given", literal(beginning(like.given, 3))}}});
    if (!like.postal_code.empty()) all.push_back({{{"address-postalcode", literal(like.postal_code)}, {"family", literal(beginning(family, 2))}}});
  }
  if (!like.postal_code.empty() && !like.given.empty())
    all.push_back({{{"address-postalcode", literal(like.postal_code)}, {"given", literal(beginning(like.given, 3))}}});
  return all;
}

Result<std::vector<core::store::Record>> sharing(core::store::Snapshot& snapshot, const search::Index& index, const search::Parameters& key, bool& complete) {
  auto parsed = search::parse(index, "Patient", key, {});
  if (!parsed) return parsed.error();
  parsed->query.limit = most_of_one_key;
  auto found = snapshot.find(parsed->query);
  if (!found) return found.error();
  complete = found->complete;
  return snapshot.load(found->matches);
}

}  // namespace

Likeness likeness_of(const json::Value& patient, const std::vector<std::string>& trusted) {
  Likeness like;
  read_names(patient, like);
  const When birth = when(patient["birthDate"]);
  like.birth = birth.day;
  like.birth_exact = birth.exact;
  const std::string_view gender = patient.text("gender");
  like.sex = gender == "male" ? 'm' : gender == "female" ? 'f' : 'u';
  for (const json::Value& address : patient["address"].elements()) {
    if (!like.postal_code.empty()) break;
    like.postal_code = std::string(address.text("postalCode"));
    const std::string line(address["line"][0].text());
    const std::size_t digit = line.find_first_of("0123456789");
    if (digit != std::string::npos) like.house_number = line.substr(digit, line.find_first_not_of("0123456789", digit) - digit);
  }
  for (const json::Value& identifier : patient["identifier"].elements()) {
    const std::string system(identifier.text("system"));
    if (!trusted.empty() && std::find(trusted.begin(), trusted.end(), system) == trusted.end()) continue;
    if (!identifier.text("value").empty() && like.identifiers.size() < most_identifiers) like.identifiers.push_back({system, std::string(identifier.text("value"))});
  }
  return like;
}

Result<std::vector<Alike>> alike(core::store::Snapshot& snapshot, const search::Index& index, const json::Value& patient,
                                 const std::vector<std::string>& trusted, std::size_t records, double least, std::string_view except) {
  const Likeness wanted = likeness_of(patient, trusted);
  std::map<std::string, Alike> found;
  for (const Way& way : ways(patient, wanted)) {
    bool complete = true;
    auto rows = sharing(snapshot, index, way.key, complete);
    if (rows && !complete && way.narrows && !wanted.family.empty()) {
      search::Parameters narrower = way.key;
      narrower.emplace_back("family", literal(beginning(wanted.family, 2)));
      rows = sharing(snapshot, index, narrower, complete);
    }
    if (!rows) return rows.error();
    for (core::store::Record& record : *rows) {
      if (record.key.id == except || found.contains(record.key.id)) continue;
      const auto document = json::parse(record.body);
      if (!document) return document.error();
      Alike other{record.key.id, {}, core::population::compare(wanted, likeness_of(document->root(), trusted)), 0};
      other.probability = core::population::probability(other.score, records);
      if (other.probability >= least) other.body = std::move(record.body);
      found.emplace(record.key.id, std::move(other));
    }
  }
  std::vector<Alike> all;
  for (auto& [id, other] : found)
    if (other.probability >= least) all.push_back(std::move(other));
  std::stable_sort(all.begin(), all.end(), [](const Alike& a, const Alike& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.score.weight > b.score.weight;
  });
  return all;
}

}  // namespace fhir::care
