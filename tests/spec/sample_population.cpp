// The programmes over the sample population on the demo's day: every item finds somebody, and somebody has what it asks for.
// PANELBRIDGE_SHOW=1 prints the table, PANELBRIDGE_SHOW=KEY the decisions of one sample person.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "core/gap/decide.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/programme.hpp"
#include "fhir/care/risk.hpp"
#include "fhir/care/risk_tables.hpp"
#include "fhir/json/json.hpp"

namespace {

namespace json = fhir::json;
using core::gap::Status;

const core::Day demo_day = *core::day_from("2026-11-24");

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> sample_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(PANELBRIDGE_SOURCE "/samples/population")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

struct Clinic {
  core::gap::Plan plan;
  core::population::Population people;
  std::map<std::string, std::string> key_of;  // Patient/id -> sample's file name

  static core::gap::Plan compiled() {
    auto programmes = fhir::care::programmes_in(PANELBRIDGE_SOURCE "/profiles/programmes");
    const auto tables = fhir::care::load_risk_tables(PANELBRIDGE_SOURCE "/profiles/house/risk");
    BOOST_REQUIRE(programmes.ok() && tables.ok());
    auto plan = core::gap::Plan::compile(std::move(*programmes), {fhir::care::risk_codes(*tables)});
    BOOST_REQUIRE(plan.ok());
    return std::move(*plan);
  }

  Clinic() : plan(compiled()), people(plan.vocabulary()) {
    for (const auto& file : sample_files()) add(file);
    people.settle();
    stratify();
  }

  // As a transaction would: every urn:uuid of the Bundle becomes Type/id.
  void add(const std::filesystem::path& file) {
    std::string text = read(file);
    const auto first = json::parse(text);
    BOOST_REQUIRE_MESSAGE(first.ok(), file);
    std::map<std::string, std::string> ids;
    for (const json::Value& entry : first->root()["entry"].elements()) {
      const std::string full(entry.text("fullUrl"));
      ids[full] = std::string(entry["resource"].text("resourceType")) + "/" + full.substr(9);
    }
    for (const auto& [full, id] : ids) replace_all(text, "\"reference\": \"" + full + '"', "\"reference\": \"" + id + '"');
    json::Document document = std::move(*json::parse(text));
    for (json::Value& entry : document.elements(*document.find(document.root(), "entry"))) {
      json::Value& resource = *document.find(entry, "resource");
      const std::string key = ids[std::string(entry.text("fullUrl"))];
      document.set(resource, "id", document.string(key.substr(key.find('/') + 1)));
      people.load(key, fhir::care::digest_from(resource));
      if (key.starts_with("Patient/")) key_of[key] = file.stem().string();
    }
  }

  void stratify() {
    const auto tables = fhir::care::load_risk_tables(PANELBRIDGE_SOURCE "/profiles/house/risk");
    fhir::care::RiskReader reader(*tables, people, "low");
    for (core::population::PersonId person = 0; person < people.end(); ++person) {
      if (!people.is_person(person)) continue;
      for (const auto& risk : reader.risks(person, demo_day)) {
        if (risk.assessment.status != core::panel::RiskStatus::computed) continue;
        const int tier = risk.assessment.tier ? static_cast<int>(*risk.assessment.tier) : -1;
        const std::string_view code = risk.algorithm->code == "composite" ? "" : risk.algorithm->code;
        people.set_risk(person, code, {tier, static_cast<float>(risk.assessment.score), true});
      }
    }
  }
};

struct Tally {
  std::map<std::string, std::map<Status, std::set<std::string>>> by_item;  // item -> status -> sample files
};

Tally tally(const Clinic& clinic) {
  Tally result;
  core::gap::sweep(clinic.plan, clinic.people, 0, clinic.people.end(), demo_day, [&](core::population::PersonId person, std::span<const core::gap::Decision> decisions) {
    const std::string key = clinic.key_of.at(clinic.people.patient(person));
    for (const auto& decision : decisions) result.by_item[clinic.plan.items()[decision.item].source->code][decision.status].insert(key);
  });
  return result;
}

const Clinic& clinic() {
  static const Clinic clinic;
  return clinic;
}

const Tally& counted() {
  static const Tally result = tally(clinic());
  return result;
}

bool has(const std::string& item, Status status, const std::string& key) {
  const auto found = counted().by_item.find(item);
  if (found == counted().by_item.end()) return false;
  const auto people = found->second.find(status);
  return people != found->second.end() &&
         std::any_of(people->second.begin(), people->second.end(), [&](const auto& file) { return file.find(key) != std::string::npos; });
}

bool is_open(const std::string& item, const std::string& key) { return has(item, Status::open, key) || has(item, Status::overdue, key); }
bool is_done(const std::string& item, const std::string& key) { return has(item, Status::satisfied, key) || has(item, Status::due_soon, key); }

void show() {
  const char* wanted = std::getenv("PANELBRIDGE_SHOW");
  if (!wanted) return;
  for (const auto& item : clinic().plan.items()) {
    std::cout << item.source->code << ':';
    for (const auto& [status, people] : counted().by_item.find(item.source->code)->second) {
      std::cout << ' ' << core::gap::code_of(status) << '=' << people.size();
      for (const auto& person : people)
        if (person.find(wanted) != std::string::npos) std::cout << " <" << person << '>';
    }
    std::cout << '\n';
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sample_population)

BOOST_AUTO_TEST_CASE(every_item_finds_somebody_and_somebody_has_what_it_asks_for) {
  std::size_t items = 0;
  for (const auto& item : clinic().plan.items()) {
    const std::string& code = item.source->code;
    ++items;
    BOOST_TEST((is_open(code, "") || has(code, Status::not_evaluable, "")), code << " finds nobody");
    BOOST_TEST((is_done(code, "")), code << " is satisfied by nobody");
  }
  BOOST_TEST(items >= 100u);
  show();
}

BOOST_AUTO_TEST_CASE(the_story_of_the_samples_holds) {
  BOOST_TEST(is_open("dm-a1c", "anna-de-wit"));
  for (const char* item : {"dm-egfr", "dm-acr", "dm-bp", "dm-ldl", "dm-statin", "dm-eye", "dm-foot", "ht-target", "cv-statin", "cv-antipl"}) {
    BOOST_TEST(is_done(item, "anna-de-wit"), item);
  }
  BOOST_TEST(is_open("soc-housing", "greetje-visser"));
  BOOST_TEST(is_open("soc-isolation", "greetje-visser"));
  BOOST_TEST(is_open("old-falls-fu", "greetje-visser"));
  BOOST_TEST(has("dm-a1c", Status::excluded, "willem-bakker"));
  BOOST_TEST(has("dm-a1c", Status::not_evaluable, "fatma-yilmaz"));
  BOOST_TEST(is_open("dm-acr", "jan-smit"));
  BOOST_TEST(is_open("ckd-acr", "jan-smit"));
  for (const auto& item : clinic().plan.items()) {
    if (item.source->code.starts_with("dm-")) BOOST_TEST(is_done(item.source->code, "karin-hendriks"), item.source->code);
  }
  for (const char* item : {"dm-acr", "ht-target", "copd-spiro", "cv-statin", "ov-tight"}) BOOST_TEST(is_open(item, "pieter-mulder"), item);
  BOOST_TEST(has("ic-rv", Status::excluded, "finn-hoekstra"));
}

BOOST_AUTO_TEST_CASE(two_records_of_one_citizen_are_one_person) {
  std::size_t of_visser = 0;
  for (core::population::PersonId person = 0; person < clinic().people.end(); ++person) {
    if (!clinic().people.is_person(person)) continue;
    if (clinic().key_of.at(clinic().people.patient(person)).find("visser") != std::string::npos) ++of_visser;
  }
  BOOST_TEST(of_visser == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
