#include "adapters/ehr/setting.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "adapters/server/partner_kinds.hpp"
#include "fhir/json/json.hpp"

using adapters::ehr::Setting;

namespace {

struct Read {
  Setting setting;
  std::string where, message;  // of the mistake
};

Read read(const std::string& json) {
  const auto document = fhir::json::parse(json);
  BOOST_REQUIRE(document);
  fhir::partner::Source source;
  source.secret = [](const fhir::json::Value& value, const std::string& path) -> core::Result<std::string> {
    if (!value.is_object()) return core::invalid(path + " must be a secret", path);
    return std::string(value.text("env"));
  };
  fhir::partner::Keys keys(&document->root(), "partners[0]", source);
  Read result{adapters::ehr::setting_from("a", keys), "", ""};
  if (const auto finished = keys.finish(); !finished) result.where = finished.error().where, result.message = finished.error().message;
  return result;
}

std::string with(const std::string& more) { return R"({"base_url":"https://ehr.example/fhir")" + more + "}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(ehr_setting)

BOOST_AUTO_TEST_CASE(every_mistake_names_its_key) {
  const std::pair<std::string, std::string> cases[] = {
      {"{}", "partners[0].base_url"},
      {R"({"base_url":"ftp://x"})", "partners[0].base_url"},
      {with(R"(,"interval_s":0)"), "partners[0].interval_s"},
      {with(R"(,"interval_s":"soon")"), "partners[0].interval_s"},
      {with(R"(,"reconcile_s":-1)"), "partners[0].reconcile_s"},
      {with(R"(,"page_size":100000)"), "partners[0].page_size"},
      {with(R"(,"types":["patient"])"), "partners[0].types"},
      {with(R"(,"types":["Patient","Patient"])"), "partners[0].types"},
      {with(R"(,"types":"Patient")"), "partners[0].types"},
      {with(R"(,"types":["Patient"],"queries":{"Group":"a=b"})"), "partners[0].queries.Group"},
      {with(R"(,"types":["Patient"],"queries":{"Patient":"?a=b"})"), "partners[0].queries.Patient"},
      {with(R"(,"types":["Patient"],"queries":{"Patient":["a=b","c d"]})"), "partners[0].queries.Patient"},
      {with(R"(,"auth":{"type":"magic"})"), "partners[0].auth.type"},
      {with(R"(,"auth":{"type":"basic","user":"u"})"), "partners[0].auth.password"},
      {with(R"(,"auth":{"type":"basic","user":"u","password":"literal"})"), "partners[0].auth.password"},
      {with(R"(,"auth":{"type":"none","token":{"env":"x"}})"), "partners[0].auth.token"},
      {with(R"(,"auth":{"type":"smart","client_id":"c","key":{"env":"k"},"algorithm":"none"})"), "partners[0].auth.algorithm"},
      {with(R"(,"speed":1)"), "partners[0].speed"},
  };
  for (const auto& [json, where] : cases) BOOST_TEST(read(json).where == where, json << " -> " << read(json).where);
}

BOOST_AUTO_TEST_CASE(what_is_referred_to_is_pulled_before_what_refers_to_it) {
  const Read result = read(with(R"(,"types":["Observation","Encounter","Patient","Practitioner"])"));
  BOOST_REQUIRE(result.message.empty());
  std::string order;
  for (const auto& wanted : result.setting.types) order += wanted.type + " ";
  BOOST_TEST(order == "Practitioner Patient Encounter Observation ");
}

BOOST_AUTO_TEST_CASE(a_full_comparison_comes_every_twenty_intervals_unless_said_otherwise) {
  BOOST_TEST(read(with(R"(,"interval_s":7)")).setting.reconcile_s == 140);
  BOOST_TEST(read(with(R"(,"interval_s":7,"reconcile_s":30)")).setting.reconcile_s == 30);
}

BOOST_AUTO_TEST_CASE(without_types_everything_that_the_panel_core_reads_is_pulled) {
  std::set<std::string> types;
  for (const auto& wanted : read(with("")).setting.types) types.insert(wanted.type);
  for (const char* type : {"Patient", "Condition", "Observation", "Practitioner", "QuestionnaireResponse"}) BOOST_TEST(types.contains(type));
  BOOST_TEST(!types.contains("Task"));
}

BOOST_AUTO_TEST_CASE(the_schema_of_the_configuration_knows_the_same_keys) {
  std::ifstream file(std::string(PANELBRIDGE_SOURCE) + "/profiles/house/config.schema.json");
  const auto schema = fhir::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  BOOST_REQUIRE(schema);
  std::set<std::string> written, read;
  for (const auto& kind : schema->root()["properties"]["partners"]["items"]["oneOf"].elements())
    if (kind["properties"]["kind"].text("const") == "fhir")
      for (const auto& member : kind["properties"].members()) written.emplace(member.name);
  for (const auto& kind : adapters::server::partner_kinds())
    if (kind.name == "fhir")
      for (const std::string& key : adapters::server::partner_keys(kind)) read.insert(key);
  BOOST_TEST(read == written, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
