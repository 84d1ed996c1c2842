// Every operation that is served has its definition: the house's own ship with it, and the capability statement names each.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <unistd.h>

#include "adapters/server/system.hpp"
#include "fhir/json/json.hpp"

using namespace adapters::server;
namespace fs = std::filesystem;
namespace json = fhir::json;

namespace {

constexpr std::string_view house = "https://w3id.org/panelbridge/fhir/OperationDefinition/";

std::map<std::string, json::Document> shipped() {
  std::map<std::string, json::Document> all;
  for (const auto& entry : fs::directory_iterator(PANELBRIDGE_SOURCE "/profiles/house")) {
    if (!entry.path().filename().string().starts_with("operationdefinition-")) continue;
    std::ifstream file(entry.path());
    auto document = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    BOOST_REQUIRE_MESSAGE(document.ok(), entry.path());
    std::string url(document->root().text("url"));
    all.emplace(std::move(url), std::move(*document));
  }
  return all;
}

// A server with all that adds operations, but for partners: $partner-status comes with the first of them.
Setup everything(const fs::path& folder) {
  Setup setup;
  setup.data = folder / "data";
  setup.partners = setup.exports = true;
  setup.settings.notifications.targets.push_back({"http://127.0.0.1:9/hooks", std::nullopt});
  return setup;
}

bool of_type(const json::Value& definition, std::string_view type) {
  for (const json::Value& each : definition["resource"].elements())
    if (each.text() == (type.empty() ? "Resource" : type)) return true;
  return definition["resource"].elements().empty() && type.empty();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operations_table)

BOOST_AUTO_TEST_CASE(every_operation_served_is_defined_as_it_is_served_and_stands_in_the_capability_statement) {
  const fs::path folder = fs::temp_directory_path() / ("panelbridge-operations-" + std::to_string(::getpid()));
  fs::create_directories(folder / "data");
  {
    Log log(Level::off);
    auto system = System::open(everything(folder), log);
    BOOST_REQUIRE_MESSAGE(system.ok(), (system ? "" : system.error().message));
    auto definitions = shipped();
    fhir::rest::Request request;
    request.method = "GET";
    request.path = "/metadata";
    const fhir::rest::Response answer = (*system)->api().handle(request);
    BOOST_REQUIRE(answer.status == 200);
    auto statement = json::parse(*answer.body);
    const json::Value& rest = statement->root()["rest"][0];
    std::set<std::string> told;  // "type name definition"; type empty: the system
    for (const json::Value& operation : rest["operation"].elements())
      told.insert(' ' + std::string(operation.text("name")) + ' ' + std::string(operation.text("definition")));
    for (const json::Value& resource : rest["resource"].elements())
      for (const json::Value& operation : resource["operation"].elements())
        told.insert(std::string(resource.text("type")) + ' ' + std::string(operation.text("name")) + ' ' +
                    std::string(operation.text("definition")));
    std::set<std::string> seen, served;
    for (const fhir::rest::Operation& operation : (*system)->api().operations()) {
      const std::string name = operation.name + ' ' + operation.definition;
      BOOST_TEST(!operation.definition.empty(), operation.name);
      served.insert(operation.definition);
      if (operation.system) BOOST_TEST(told.contains(' ' + name), name);
      if (operation.instance || operation.type_level)
        BOOST_TEST(told.contains((operation.type.empty() ? "Basic" : operation.type) + ' ' + name), name);
      if (!operation.definition.starts_with(house)) continue;
      const auto found = definitions.find(operation.definition);
      BOOST_TEST_REQUIRE((found != definitions.end()), operation.definition << " is not shipped");
      const json::Value& definition = found->second.root();
      BOOST_TEST(definition.text("code") == operation.name);
      BOOST_TEST(definition["system"].boolean() == operation.system, name);
      BOOST_TEST(definition["type"].boolean() == operation.type_level, name);
      BOOST_TEST(definition["instance"].boolean() == operation.instance, name);
      const bool anywhere = operation.type.empty() && !operation.instance && !operation.type_level;
      BOOST_TEST((anywhere ? definition.find("resource") == nullptr : of_type(definition, operation.type)), name);
      const bool reads_too = operation.name == "worklist-csv";  // GET gives the list, POST takes it back
      if (definition["affectsState"].boolean()) BOOST_TEST((operation.affects_state || reads_too), name);
      seen.insert(operation.definition);
    }
    const json::Value& partners = definitions.at(std::string(house) + "partner-status").root();
    BOOST_TEST((partners["system"].boolean() && !partners["type"].boolean() && !partners["instance"].boolean()));
    seen.insert(std::string(house) + "partner-status");
    for (const auto& [url, definition] : definitions) BOOST_TEST(seen.contains(url), url << " is shipped and not served");
    for (const std::string& one : told)
      BOOST_TEST(served.contains(one.substr(one.rfind(' ') + 1)), one << " is told and not served");
  }
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
