// The first hour of samples/README.md over HTTP: its requests, and what follows from each.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "fhir/json/json.hpp"
#include "tests/story/server.hpp"

namespace {

namespace json = fhir::json;

const std::string samples = PANELBRIDGE_SOURCE "/samples";
const std::string bsn = "http://fhir.nl/fhir/NamingSystem/bsn%7C";

// The sample population on its day, served.
struct Linde {
  story::Folder folder;
  std::unique_ptr<story::Server> server;
  std::unique_ptr<story::Client> client;

  Linde() {
    const auto imported = import();
    BOOST_REQUIRE_MESSAGE(imported.exit == 0, imported.err);
    server = std::make_unique<story::Server>(folder / "data", std::vector<std::string>{"--today", "2026-11-24"});
    client = std::make_unique<story::Client>(server->port());
    BOOST_REQUIRE(soon([&] { return server->log().find("swept ") != std::string::npos; }));
  }
  story::Finished import() const { return story::panelbridge({"import", "--data", folder / "data", samples + "/population"}); }

  json::Document get(const std::string& path) {
    const story::Reply reply = client->call("GET", "/fhir/" + path);
    BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return std::move(*json::parse(reply.body));
  }
  std::string post(const std::string& request) {  // the address of what it created
    const story::Reply reply = client->call("POST", "/fhir", story::text_of(samples + "/requests/" + request + ".json"));
    BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const auto document = json::parse(reply.body);
    const std::string location(document->root()["entry"][0]["response"].text("location"));
    return location.substr(0, location.find("/_history"));
  }

  // "status business-status reasons" of the one Task of a person for a clinical code.
  std::string task(const std::string& person, const std::string& code, const std::string& item) {
    const auto found = get("Task?patient.identifier=" + person + "&code=" + code);
    std::string said;
    for (const json::Value& entry : found.root()["entry"].elements()) {
      const json::Value& one = entry["resource"];
      if (one["code"]["coding"][1].text("code") != item) continue;
      if (!said.empty()) said += "; ";
      said += std::string(one.text("status")) + " " + std::string(one["businessStatus"]["coding"][0].text("code")) + " " + std::to_string(one["input"].size());
    }
    return said;
  }
  template <class Holds>
  static bool soon(Holds&& holds) {
    for (int i = 0; i < 500; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  void becomes(const std::string& person, const std::string& code, const std::string& item, const std::string& wanted) {
    std::string said;
    const bool came = soon([&] { return (said = task(person, code, item)) == wanted; });
    BOOST_TEST(came, item << " is '" << said << "', not '" << wanted << "'");
  }
};

std::string person(const std::string& file) {
  const auto bundle = json::parse(story::text_of(samples + "/population/" + file + ".json"));
  for (const json::Value& identifier : bundle->root()["entry"][0]["resource"]["identifier"].elements()) {
    if (identifier.text("system").ends_with("/bsn")) return bsn + std::string(identifier.text("value"));
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(samples_story)

BOOST_AUTO_TEST_CASE(importing_the_population_again_adds_nothing) {
  const story::Folder folder;
  BOOST_TEST(story::panelbridge({"import", "--data", folder / "data", samples + "/population"}).exit == 0);
  const auto again = story::panelbridge({"import", "--data", folder / "data", samples + "/population"});
  BOOST_TEST(again.exit == 0);
  BOOST_TEST((again.out + again.err).find(" 0 created") != std::string::npos, again.out + again.err);
}

BOOST_AUTO_TEST_CASE(the_first_hour_goes_as_the_page_says) {
  Linde linde;
  const std::string anna = person("01-anna-de-wit"), jan = person("05-jan-smit"), fatma = person("04-fatma-yilmaz");

  linde.becomes(anna, "4548-4", "a1c", "requested overdue 1");
  const std::string result = linde.post("hba1c-of-anna");
  linde.becomes(anna, "4548-4", "a1c", "completed satisfied 1");
  BOOST_TEST(linde.client->call("DELETE", "/fhir/" + result).status == 204);
  linde.becomes(anna, "4548-4", "a1c", "requested overdue 1");
  linde.post("hba1c-of-anna");
  linde.becomes(anna, "4548-4", "a1c", "completed satisfied 1");

  linde.becomes(jan, "14959-1", "acr", "requested overdue 2");
  linde.post("preliminary-albumin-of-jan");
  linde.post("albumin-of-jan");
  linde.becomes(jan, "14959-1", "acr", "completed satisfied 2");

  linde.becomes(fatma, "4548-4", "a1c", "requested not-evaluable 1");
  linde.post("hba1c-of-fatma-with-unit");
  linde.becomes(fatma, "4548-4", "a1c", "completed satisfied 1");
}

BOOST_AUTO_TEST_CASE(what_two_sides_know_of_one_citizen_comes_together) {
  Linde linde;
  const std::string visser = person("02-greetje-visser");
  linde.becomes(visser, "710911006", "support-housing", "requested overdue 1");
  linde.becomes(visser, "91251008", "falls-plan", "requested overdue 1");
  linde.post("referral-of-greetje");
  linde.becomes(visser, "710911006", "support-housing", "completed satisfied 1");
}

BOOST_AUTO_TEST_CASE(nobody_in_a_hospice_is_asked_for_anything) {
  Linde linde;
  const auto tasks = linde.get("Task?patient.identifier=" + person("03-willem-bakker") + "&status=requested,accepted,in-progress");
  for (const json::Value& entry : tasks.root()["entry"].elements()) {
    const std::string_view item = entry["resource"]["code"]["coding"][1].text("code");
    BOOST_TEST((item == "needs-asked" || item == "violence-asked" || item == "flu"), item);
  }
}

BOOST_AUTO_TEST_SUITE_END()
