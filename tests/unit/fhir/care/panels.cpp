// Panels by more than a rule: tier, practice, place, an owner of their own, room for so many.
#include "fhir/care/panels.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/care/elements.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

namespace care = fhir::care;
namespace json = fhir::json;
using care::test::House;
using care::test::must;
using care::test::shelf;

const std::string own = "https://w3id.org/panelbridge/fhir/";

std::string criterion(const std::string& name, const std::string& value) {
  return R"({"code":{"coding":[{"system":")" + own + R"(CodeSystem/panel-criterion","code":")" + name + "\"}]}," + value + R"(,"exclude":false})";
}

std::string group(const std::string& characteristics, const std::string& more = {}) {
  return R"({"resourceType":"Group","id":"south","name":"The south","type":"person","actual":false,"characteristic":[)" + characteristics + "]" + more + "}";
}

core::panel::PanelDefinition definition(const std::string& text) { return must(care::panel_definition_from(must(json::parse(text)).root())); }

std::string refusal(const std::string& text) {
  const json::Document document = must(json::parse(text));
  const auto made = care::panel_definition_from(document.root());
  return made ? std::string() : made.error().message;
}

// The Group that a definition gives for these people, whoever owns it.
json::Document review(House& house, const core::panel::PanelDefinition& definition) {
  auto panels = must(care::Panels::open(*shelf().plan, {definition}));
  std::string id;
  house.surveillance->reading([&](const core::population::Population& population, const core::gap::Plan& plan) {
    std::vector<core::population::PersonId> people;
    for (core::population::PersonId person = 0; person < population.end(); ++person) people.push_back(person);
    panels.review(plan, population, people, {}, "", house.clock.day);
  });
  for (const std::string& each : panels.changed())
    if (each.starts_with("panel-south-")) id = each;
  BOOST_REQUIRE_MESSAGE(!id.empty(), "nobody belongs to the panel");
  return panels.group_of(id);
}

std::string members(const json::Document& group) {
  std::string all;
  for (const json::Value& member : group.root()["member"].elements()) all += (all.empty() ? "" : " ") + std::string(member["entity"].text("reference").substr(8));
  return all;
}

void people(House& house) {
  const auto put = [&](const std::string& id, const std::string& postal, const std::string& practice) {
    house.write("PUT", "/Patient/" + id, R"({"resourceType":"Patient","id":")" + id + R"(","birthDate":"1960-05-05","managingOrganization":{"reference":"Organization/)" + practice +
                                             R"("},"address":[{"country":"NL","postalCode":")" + postal + R"("}]})");
  };
  put("a", "6211 AB", "linden");
  put("b", "6211 XX", "beuk");
  put("c", "9712 AB", "linden");
}

BOOST_AUTO_TEST_SUITE(care_panels)

BOOST_AUTO_TEST_CASE(place_and_practice_say_who_belongs) {
  House house;
  people(house);
  const std::string south = criterion("postal-code", R"("valueCodeableConcept":{"text":"62"})");
  core::panel::PanelDefinition place = definition(group(south));
  place.owner = "Organization/regio";
  BOOST_TEST(members(review(house, place)) == "a b");
  core::panel::PanelDefinition both = definition(group(south + "," + criterion("practice", R"("valueReference":{"reference":"Organization/linden"})")));
  BOOST_TEST(members(review(house, both)) == "a");
  BOOST_TEST(members(review(house, definition(group(criterion("country", R"("valueCodeableConcept":{"text":"NL"})"), R"(,"managingEntity":{"reference":"Organization/regio"})")))) == "a b c");
}

BOOST_AUTO_TEST_CASE(an_owner_of_its_own_and_its_room_stand_on_the_group) {
  House house;
  people(house);
  const std::string text = group(criterion("postal-code", R"("valueCodeableConcept":{"text":"62"})"),
                                 R"(,"managingEntity":{"reference":"Organization/regio"},"extension":[{"url":")" + own + R"(StructureDefinition/panel-capacity","valueInteger":1}])");
  const json::Document made = review(house, definition(text));
  BOOST_TEST(made.root()["managingEntity"].text("reference") == "Organization/regio");
  BOOST_TEST(made.root().text("quantity") == "2");  // nobody is put out beyond the room there is
  const json::Value* capacity = care::extension(made.root(), own + "StructureDefinition/panel-capacity");
  BOOST_REQUIRE(capacity);
  BOOST_TEST(capacity->text("valueInteger") == "1");
  BOOST_TEST(json::write(made.root()["characteristic"]).find("postal-code") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tiers_by_their_codes) {
  const auto high = definition(group(criterion("tier", R"("valueCodeableConcept":{"coding":[{"code":"high"},{"code":"very-high"}]})")));
  BOOST_TEST((high.tiers == std::vector<int>{2, 3}));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_named) {
  BOOST_TEST(refusal(group(criterion("tier", R"("valueCodeableConcept":{"coding":[{"code":"enormous"}]})"))).find("enormous") != std::string::npos);
  BOOST_TEST(refusal(group(criterion("shoe-size", R"("valueCodeableConcept":{"text":"44"})"))).find("shoe-size") != std::string::npos);
  BOOST_TEST(refusal(group(criterion("country", R"("valueBoolean":true)"))).find("has no value") != std::string::npos);
  BOOST_TEST(refusal(R"({"resourceType":"Group","id":"x","type":"person","actual":false})").find("who is in it") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
