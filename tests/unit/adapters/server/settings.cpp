#include "adapters/server/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fhir/json/json.hpp"

using namespace adapters::server;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("panelbridge-settings-" + std::to_string(::getpid()))) { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  fs::path path;
};

core::Error error_of(std::string_view json) {
  auto settings = settings_from_text(json, "/nowhere");
  return settings ? core::Error{} : settings.error();
}

void leaves(const fhir::json::Value& schema, const std::string& prefix, std::vector<std::string>& out) {
  for (const fhir::json::Member& member : schema["properties"].members()) {
    const std::string path = prefix + std::string(member.name);
    if (member.value.find("properties") != nullptr) leaves(member.value, path + ".", out);
    else out.push_back(path);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(nothing_said_is_the_defaults) {
  const auto settings = settings_from_text("{}", "");
  BOOST_REQUIRE(settings.ok());
  BOOST_TEST(settings->limits.body_bytes == 64UL << 20);
  BOOST_TEST(settings->language == "en");
  BOOST_TEST(settings->certificate.empty());
}

BOOST_AUTO_TEST_CASE(what_is_said_is_taken) {
  Folder folder;
  folder.write("chain.pem", "the chain");
  folder.write("key.pem", "the key");
  folder.write("config.json", R"({"tls": {"certificate": "chain.pem", "key": {"file": "key.pem"}},
    "limits": {"body_bytes": 5000, "workers": 3, "idle_seconds": 7}, "threads": 2, "time_zone": 120, "language": "nl",
    "identity": {"review_from": 0.8, "link_from": 0.9999}, "covers_from": "2026-01-01", "evaluation": {"surveys": ["urn:s|nps"]},
    "default_owner": "Organization/1", "log": {"level": "warning", "requests": false}})");
  const auto settings = settings_from((folder.path / "config.json").string());
  BOOST_REQUIRE_MESSAGE(settings.ok(), (settings.ok() ? "" : settings.error().message));
  BOOST_TEST(settings->certificate == "the chain");
  BOOST_TEST(settings->key == "the key");
  BOOST_TEST(settings->limits.body_bytes == 5000);
  BOOST_TEST(settings->limits.workers == 3);
  BOOST_TEST((settings->limits.idle_time == std::chrono::seconds(7)));
  BOOST_TEST(settings->threads == 2);
  BOOST_TEST(settings->zone_minutes.value() == 120);
  BOOST_TEST(settings->language == "nl");
  BOOST_TEST(settings->default_owner == "Organization/1");
  BOOST_TEST(settings->review_from == 0.8);
  BOOST_TEST(settings->link_from == 0.9999);
  BOOST_TEST((settings->covers_from == core::day_from("2026-01-01")));
  BOOST_TEST(settings->surveys.size() == 1u);
  BOOST_TEST((settings->log_level == Level::warning));
  BOOST_TEST(!settings->log_requests);
}

BOOST_AUTO_TEST_CASE(a_secret_comes_from_a_file_or_the_environment_and_never_stands_there) {
  Folder folder;
  folder.write("chain.pem", "x");
  setenv("PANELBRIDGE_TEST_KEY", "from the environment", 1);
  const std::string begin = R"({"tls": {"certificate": "chain.pem", "key": )";
  const auto good = settings_from_text(begin + R"({"env": "PANELBRIDGE_TEST_KEY"}}})", folder.path.string());
  BOOST_REQUIRE(good.ok());
  BOOST_TEST(good->key == "from the environment");
  for (const char* bad : {R"("literal")", R"({"env": "PANELBRIDGE_NOT_SET"})", R"({"file": "not-there"})", R"({"file": "chain.pem", "env": "A"})",
                          R"({"file": 1})", R"({})"}) {
    const auto settings = settings_from_text(begin + bad + "}}", folder.path.string());
    BOOST_REQUIRE_MESSAGE(!settings.ok(), bad);
    BOOST_TEST(settings.error().where.starts_with("tls.key"), settings.error().where << " for " << bad);
    BOOST_TEST(settings.error().message.find("literal") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_error_names_the_path_of_its_key) {
  struct Case {
    std::string json, where;
  };
  const Case cases[] = {
      {R"({"limit": {}})", "limit"},
      {R"({"limits": {"body_byte": 1}})", "limits.body_byte"},
      {R"({"limits": 5})", "limits"},
      {R"({"limits": {"body_bytes": "5000"}})", "limits.body_bytes"},
      {R"({"limits": {"body_bytes": 5000.5}})", "limits.body_bytes"},
      {R"({"limits": {"body_bytes": 0}})", "limits.body_bytes"},
      {R"({"limits": {"body_bytes": -5}})", "limits.body_bytes"},
      {R"({"time_zone": "Mars/Olympus"})", "time_zone"},
      {R"({"time_zone": "../../etc/passwd"})", "time_zone"},
      {R"({"time_zone": 5000})", "time_zone"},
      {R"({"language": "xx"})", "language"},
      {R"({"default_owner": "Patient/1"})", "default_owner"},
      {R"({"default_owner": "Organization/"})", "default_owner"},
      {R"({"identity": {"review_from": 1}})", "identity.review_from"},
      {R"({"identity": {"review_from": 0.2}})", "identity.review_from"},
      {R"({"identity": {"review_from": "0.9"}})", "identity.review_from"},
      {R"({"identity": {"link_from": 0.999}})", "identity.link_from"},
      {R"({"identity": {"review_from": 0.9, "link_from": 0.95}})", "identity.link_from"},
      {R"({"identity": {"review_from": 0.995, "link_from": 0.992}})", "identity.link_from"},
      {R"({"covers_from": "2026"})", "covers_from"},
      {R"({"covers_from": "2026-02-30"})", "covers_from"},
      {R"({"evaluation": {"surveys": "nps"}})", "evaluation.surveys"},
      {R"({"evaluation": {"surveys": ["nps"]}})", "evaluation.surveys"},
      {R"({"risk": {"region": "everywhere"}})", "risk.region"},
      {R"({"risk": {"efi_codes": "nowhere.csv"}})", "risk.efi_codes"},
      {R"({"risk": {"charlson": 1}})", "risk.charlson"},
      {R"({"log": {"level": "loud"}})", "log.level"},
      {R"({"log": {"requests": "yes"}})", "log.requests"},
      {R"({"tls": {"certificate": "not-there.pem"}})", "tls.certificate"},
      {R"({"clients": []})", "clients"},
      {R"({"partners": {}})", "partners"},
      {R"({"partners": [{"kind": "fhir"}]})", "partners[0].id"},
      {R"({"partners": [{"id": "a/b", "kind": "fhir"}]})", "partners[0].id"},
      {R"({"partners": [{"id": "a", "kind": "pigeon"}]})", "partners[0].kind"},
      {R"({"partners": [{"id": "a", "kind": "pigeon", "allow_private_address": "yes"}]})", "partners[0].allow_private_address"},
      {R"({"partners": [{"id": "a", "kind": "pigeon", "ca_file": "not-there.pem"}]})", "partners[0].ca_file"},
  };
  for (const Case& c : cases) {
    const core::Error error = error_of(c.json);
    BOOST_TEST(error.where == c.where, c.json << " is blamed on '" << error.where << "'");
    BOOST_TEST(!error.message.empty());
  }
}

BOOST_AUTO_TEST_CASE(the_schema_names_the_keys_of_every_kind_of_partner) {
  std::ifstream file(std::string(PANELBRIDGE_SOURCE) + "/profiles/house/config.schema.json");
  const auto schema = fhir::json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  BOOST_REQUIRE(schema.ok());
  const auto described = schema->root()["properties"]["partners"]["items"]["oneOf"].elements();
  BOOST_TEST(described.size() == partner_kinds().size());
  for (const PartnerKind& kind : partner_kinds()) {
    std::vector<std::string> names;
    for (const fhir::json::Value& each : described) {
      if (each["properties"]["kind"].text("const") != kind.name) continue;
      for (const fhir::json::Member& member : each["properties"].members()) names.emplace_back(member.name);
    }
    std::sort(names.begin(), names.end());
    BOOST_TEST(names == partner_keys(kind), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_not_json_is_an_error_with_a_place) {
  for (const char* text : {"", "{", "[]", "{\"threads\": 1,}", "{\"threads\": 1, \"threads\": 2}", "{} x"}) {
    BOOST_TEST(!settings_from_text(text, "").ok(), text);
  }
  const auto missing = settings_from("/nowhere/config.json");
  BOOST_REQUIRE(!missing.ok());
  BOOST_TEST(missing.error().message.find("/nowhere/config.json") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_schema_and_the_program_know_the_same_keys) {
  std::ifstream file(std::string(PANELBRIDGE_SOURCE) + "/profiles/house/config.schema.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto schema = fhir::json::parse(text);
  BOOST_REQUIRE(schema.ok());
  std::vector<std::string> described, understood = settings_keys();
  leaves(schema->root(), "", described);
  std::sort(described.begin(), described.end());
  std::sort(understood.begin(), understood.end());
  BOOST_TEST(described == understood, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
