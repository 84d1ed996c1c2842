// Dutch: every text that a shipped programme shows has one, and nothing of what is shown around them stays English.
#include "fhir/care/language.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "core/panel/allocate.hpp"
#include "fhir/care/elements.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

namespace care = fhir::care;
namespace json = fhir::json;
using care::Language;
using care::test::House;
using care::test::must;
using care::test::shelf;

constexpr const char* programmes = PANELBRIDGE_SOURCE "/profiles/programmes";

core::gap::Programmes texts(Language language) { return must(care::programmes_from(must(care::resources_in(programmes)), language)); }

// Words that no Dutch sentence here has.
std::string english_in(const std::string& text) {
  for (const char* word : {" the ", "The ", " is not ", " with ", "none ", "None ", " since ", "Asked", "open:", " need", "known", "person ", "Done", "Left out", " or a ", "Monitoring",
                           "Review by", "Referral", "Waits", "What fits"})
    if (text.find(word) != std::string::npos) return std::string(word) + "in: " + text;
  return {};
}

BOOST_AUTO_TEST_SUITE(care_language)

BOOST_AUTO_TEST_CASE(every_text_of_a_shipped_programme_is_there_in_dutch) {
  const std::set<std::string> same{"HbA1c", "COPD", "Diabetes", "Prediabetes", "Body mass index"};
  const auto english = texts(Language::english), dutch = texts(Language::dutch);
  BOOST_REQUIRE(english.programmes.size() == dutch.programmes.size());
  const auto differ = [&](const std::string& a, const std::string& b, const std::string& where) {
    BOOST_TEST((a != b || same.contains(a)), where << ": '" << a << "' has no Dutch");
  };
  for (std::size_t p = 0; p < english.programmes.size(); ++p) {
    const auto &one = english.programmes[p], &other = dutch.programmes[p];
    differ(one.title, other.title, one.id);
    for (std::size_t i = 0; i < one.exclusions.size(); ++i) differ(one.exclusions[i].reason, other.exclusions[i].reason, one.id);
    for (std::size_t i = 0; i < one.items.size(); ++i) {
      differ(one.items[i].title, other.items[i].title, one.items[i].code);
      differ(one.items[i].closes, other.items[i].closes, one.items[i].code);
      for (std::size_t e = 0; e < one.items[i].exclusions.size(); ++e) differ(one.items[i].exclusions[e].reason, other.items[i].exclusions[e].reason, one.items[i].code);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_text_without_translation_stays_as_it_is) {
  const json::Document element = must(json::parse(R"({"title":"Weigh","_title":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/translation",
    "extension":[{"url":"lang","valueCode":"nl-NL"},{"url":"content","valueString":"Wegen"}]}]},"textEquivalent":"A weight."})"));
  BOOST_TEST(care::text_in(element.root(), "title", Language::dutch) == "Wegen");
  BOOST_TEST(care::text_in(element.root(), "title", Language::english) == "Weigh");
  BOOST_TEST(care::text_in(element.root(), "textEquivalent", Language::dutch) == "A weight.");
}

BOOST_AUTO_TEST_CASE(what_allocation_says_is_said_in_dutch) {
  core::panel::Situation situation;
  situation.overruled = true;
  situation.needs = {{"housing", true, false}, {"food", true, false}, {"money", false, false}};
  using core::gap::ItemKind;
  using core::gap::Status;
  situation.gaps = {{"a", "a", ItemKind::do_, Status::overdue, ""},        {"b", "b", ItemKind::target, Status::open, ""}, {"c", "c", ItemKind::stop, Status::open, ""},
                    {"d", "d", ItemKind::do_, Status::not_evaluable, ""},  {"e", "e", ItemKind::do_, Status::open, "c"}};
  situation.contact_prohibited = true;
  situation.under_way = {core::panel::Intervention::care_management};
  for (int tier = -1; tier <= 3; ++tier) {
    situation.tier = tier;
    const auto allocation = core::panel::allocate(situation);
    BOOST_TEST(!allocation.interventions.empty());
    for (const auto& each : allocation.interventions)
      for (const std::string& reason : each.reasons) BOOST_TEST(english_in(" " + care::said(reason, Language::dutch)) == "", reason);
    for (const std::string& each : allocation.contradictions) BOOST_TEST(english_in(care::said(each, Language::dutch)) == "", each);
  }
}

BOOST_AUTO_TEST_CASE(task_plan_and_explanation_are_dutch_where_dutch_is_configured) {
  care::GapSetting setting;
  setting.language = Language::dutch;
  House house(setting);
  must(house.surveillance->replan(std::make_shared<const core::gap::Plan>(must(core::gap::Plan::compile(texts(Language::dutch), {care::risk_codes(*shelf().risk)})))));
  house.sweep();
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1960-05-05","gender":"male","generalPractitioner":[{"reference":"Practitioner/vos"}]})");
  house.write("PUT", "/Condition/dm", R"({"resourceType":"Condition","id":"dm","subject":{"reference":"Patient/p"},"clinicalStatus":{"coding":[{"code":"active",
    "system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01"})");
  const json::Document tasks = house.read("/Task?patient=Patient/p&_count=100");
  BOOST_TEST(tasks.root()["entry"].size() > 5u);
  for (const json::Value& entry : tasks.root()["entry"].elements()) BOOST_TEST(english_in(std::string(entry["resource"].text("description"))) == "");
  const json::Document foot = house.read("/Task?patient=Patient/p&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7Cfoot");
  const std::string description(foot.root()["entry"][0]["resource"].text("description"));
  BOOST_TEST(description == "Voeten bij diabetes: te laat, nodig sinds 2015-01-01. Er is er geen bekend. Een voetonderzoek: monofilament of pulsaties. Gevraagd door: Diabetes.");
  const json::Document plan = house.read("/CarePlan?patient=Patient/p");
  const json::Value& given = plan.root()["entry"][0]["resource"];
  BOOST_TEST(english_in(std::string(given.text("title"))) == "");
  for (const json::Value& activity : given["activity"].elements()) {
    BOOST_TEST(english_in(std::string(activity["detail"].text("description"))) == "");
    BOOST_TEST(english_in(std::string(activity["detail"]["code"].text("text"))) == "");
  }
  const json::Document told = house.read("/Patient/p/$explain?item=dm-foot");
  for (const json::Value& each : told.root()["parameter"].elements())
    if (each.text("name") == "text") {
      BOOST_TEST(each.text("valueString").starts_with(description));  // the same text as in the Task
      BOOST_TEST(each.text("valueString").find("Gevraagd: ") != std::string::npos);
    }
  const std::string gap(foot.root()["entry"][0]["resource"].text("id"));
  house.write("POST", "/Task/" + gap + "/$decide", R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"approve"},
    {"name":"by","valueReference":{"reference":"Practitioner/vos"}}]})");
  const std::string outreach(house.read("/Task?part-of=Task/" + gap).root()["entry"][0]["resource"].text("id"));
  for (const char* day : {"2026-11-20", "2026-11-21", "2026-11-22"})
    house.write("POST", "/Communication", R"({"resourceType":"Communication","status":"not-done","subject":{"reference":"Patient/p"},"medium":[{"text":"telefoon"}],
      "basedOn":[{"reference":"Task/)" + outreach + R"("}],"sent":")" + day + R"(T10:00:00Z","statusReason":{"text":"niet thuis"}})");
  const json::Document back = house.read("/Task/" + gap), ended = house.read("/Task/" + outreach);
  BOOST_TEST(ended.root()["statusReason"].text("text") == "Niet bereikt in 3 pogingen, de laatste per telefoon op 2026-11-22.");
  BOOST_TEST(back.root()["statusReason"].text("text") == "Niet bereikt in 3 pogingen, de laatste per telefoon op 2026-11-22. Terug op de lijst van de arts.");
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1960-05-05","gender":"male","deceasedDateTime":"2026-11-20"})");
  const json::Document after = house.read("/Task?patient=Patient/p&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7Cfoot");
  BOOST_TEST(after.root()["entry"][0]["resource"].text("description") == "Voeten bij diabetes: Niet meer van toepassing: de persoon is overleden.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
