// Scored linking through the API: who is put to a person, what a decision does and undoes, what is never done without one.
#include "fhir/care/linking.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/care/elements.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;
namespace care = fhir::care;

struct Someone {
  std::string given = "Anna", family = "de Wit", birth = "1960-05-11", gender = "female", postal = "3511 AB", street = "Oudegracht 12";
  std::string more = {};  // further members
};

std::string body_of(const std::string& id, const Someone& s) {
  return R"({"resourceType":"Patient","id":")" + id + R"(","gender":")" + s.gender + R"(","birthDate":")" + s.birth + R"(","name":[{"family":")" + s.family +
         R"(","given":[")" + s.given + R"("]}],"address":[{"postalCode":")" + s.postal + R"(","line":[")" + s.street + R"("]}])" + s.more + "}";
}

void put(House& house, const std::string& id, const Someone& someone) { house.write("PUT", "/Patient/" + id, body_of(id, someone)); }

std::string bsn(const std::string& value) { return R"(,"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":")" + value + R"("}])"; }

std::vector<json::Document> candidates(House& house, const std::string& status = "requested") {
  const json::Document bundle = house.read("/$link-candidates?status=" + status);
  std::vector<json::Document> tasks;
  for (const json::Value& entry : bundle.root()["entry"].elements())
    if (entry["search"].text("mode") == "match") {
      tasks.emplace_back();
      tasks.back().root() = tasks.back().copy(entry["resource"]);
    }
  return tasks;
}

std::string pairs(House& house, const std::string& status = "requested") {
  std::string all;
  for (const json::Document& task : candidates(house, status)) {
    const care::Pair pair = care::pair_from(task.root());
    all += (all.empty() ? "" : ", ") + pair.first.substr(8) + " and " + pair.second.substr(8);
  }
  return all;
}

int decide(House& house, const std::string& a, const std::string& b, const std::string& decision) {
  const std::string id = care::link_task_id(care::pair_of("Patient/" + a, "Patient/" + b));
  const auto response = house.call("POST", "/Task/" + id + "/$decide-link", R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":")" + decision +
                                                                                R"("},{"name":"by","valueReference":{"reference":"Practitioner/vos"}},{"name":"reason","valueString":"as asked"}]})");
  house.follow();
  return response.status;
}

bool one_person(House& house, const std::string& a, const std::string& b) {
  return house.surveillance->reading([&](const auto& population, const auto&) { return population.find("Patient/" + a) == population.find("Patient/" + b); });
}

std::size_t links(House& house, const std::string& id) { return house.read("/Patient/" + id).root()["link"].size(); }

const care::LinkingSetting review{0.8, 0};

BOOST_AUTO_TEST_SUITE(care_linking)

BOOST_AUTO_TEST_CASE(off_as_shipped_nobody_is_compared) {
  House house;
  put(house, "a", {});
  put(house, "b", {});
  BOOST_TEST(pairs(house) == "");
  BOOST_TEST(json::write(house.read("/$link-candidates").root()).find("identity.review_from") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_records_alike_are_put_to_a_person_and_not_joined) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {.given = "Ana"});
  put(house, "c", {.given = "Johanna", .family = "Bakker", .birth = "1981-01-31", .postal = "9712 XX", .street = "Herestraat 1"});
  BOOST_TEST(pairs(house) == "a and b");
  BOOST_TEST(!one_person(house, "a", "b"));
  BOOST_TEST(links(house, "a") + links(house, "b") == 0u);
  const json::Document task = std::move(candidates(house).front());
  BOOST_TEST(task.root().text("status") == "requested");
  BOOST_TEST(task.root().text("description").find("birth date agrees") != std::string::npos);
  BOOST_TEST(task.root().text("description").find("de Wit") == std::string::npos);  // who may see the Task need not see the record
  BOOST_TEST(!task.root().find("for"));                                             // it is no fact of either person
  BOOST_TEST(house.read("/$link-candidates").root()["entry"].size() == 3u);         // the Task and both Patients
}

BOOST_AUTO_TEST_CASE(a_confirmed_pair_is_one_person_by_a_link_that_says_who_decided) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  BOOST_TEST(decide(house, "a", "b", "same-person") == 200);
  BOOST_TEST(one_person(house, "a", "b"));
  BOOST_TEST(links(house, "a") + links(house, "b") == 1u);
  const json::Document a = house.read("/Patient/a");
  BOOST_TEST(a.root()["link"][0].text("type") == "seealso");
  BOOST_TEST(json::write(a.root()["link"][0]["extension"]).find(care::link_task_id({"Patient/a", "Patient/b"})) != std::string::npos);
  BOOST_TEST(pairs(house) == "");
  const json::Document task = std::move(candidates(house, "completed").front());
  BOOST_TEST(care::link_from(task.root()["note"][0]["authorReference"]) == "Practitioner/vos");
  BOOST_TEST(house.read("/Patient?_summary=count").root().text("total") == "2");  // no record came or went
  BOOST_TEST(json::write(house.read("/Provenance?target=Patient/b").root()).find("joined") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_decision_turned_round_parts_them_again) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  decide(house, "a", "b", "same-person");
  BOOST_TEST(decide(house, "a", "b", "different-people") == 200);
  BOOST_TEST(!one_person(house, "a", "b"));
  BOOST_TEST(links(house, "a") + links(house, "b") == 0u);
  BOOST_TEST(decide(house, "a", "b", "different-people") == 422);  // it is decided so already
  BOOST_TEST(decide(house, "a", "b", "same-person") == 200);
  BOOST_TEST(one_person(house, "a", "b"));
}

BOOST_AUTO_TEST_CASE(a_rejected_pair_stays_rejected_whatever_changes) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {.given = "Ana"});
  BOOST_TEST(decide(house, "a", "b", "different-people") == 200);
  put(house, "b", {});  // now alike in everything
  put(house, "a", {.street = "Oudegracht 12 bis"});
  house.wake();  // and after a restart
  house.follow();
  BOOST_TEST(pairs(house) == "");
  BOOST_TEST(pairs(house, "rejected") == "a and b");
}

BOOST_AUTO_TEST_CASE(a_source_that_writes_the_record_anew_does_not_undo_the_decision) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  decide(house, "a", "b", "same-person");
  put(house, "a", {});  // without the link
  BOOST_TEST(one_person(house, "a", "b"));
  BOOST_TEST(links(house, "a") + links(house, "b") == 1u);
}

BOOST_AUTO_TEST_CASE(the_link_is_written_on_the_record_that_no_source_owns) {
  House house({}, review);
  put(house, "a", {.more = R"(,"meta":{"source":"https://ehr.example/fhir"})"});
  put(house, "b", {});
  decide(house, "a", "b", "same-person");
  BOOST_TEST(links(house, "a") == 0u);
  BOOST_TEST(links(house, "b") == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_source_writes_anew_keeps_the_links_that_were_decided_here) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  decide(house, "a", "b", "same-person");
  const json::Document stored = house.read("/Patient/a");
  json::Document fresh = care::test::must(json::parse(body_of("a", {})));
  care::keep_decided_links(stored.root(), fresh);
  care::keep_decided_links(stored.root(), fresh);  // once is enough
  BOOST_TEST(fresh.root()["link"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(twins_and_members_of_a_family_at_one_address_are_not_asked_about) {
  House house({}, review);
  put(house, "anna", {});
  put(house, "twin", {.given = "Maria"});
  put(house, "twin-brother", {.given = "Pieter", .gender = "male"});
  put(house, "sister", {.given = "Sofie", .birth = "1963-02-20"});
  put(house, "son", {.given = "Jan", .birth = "1988-03-04", .gender = "male"});
  put(house, "father", {.given = "Jan", .birth = "1931-12-24", .gender = "male"});
  BOOST_TEST(pairs(house) == "");
}

BOOST_AUTO_TEST_CASE(a_name_change_on_marriage_is_found_when_the_old_name_is_known) {
  House house({}, review);
  put(house, "before", {});
  house.write("PUT", "/Patient/after", R"({"resourceType":"Patient","id":"after","gender":"female","birthDate":"1960-05-11","name":[
    {"use":"official","family":"Bakker","given":["Anna"]},{"use":"maiden","family":"de Wit"}],"address":[{"postalCode":"9712 XX","line":["Herestraat 1"]}]})");
  BOOST_TEST(pairs(house) == "after and before");
}

BOOST_AUTO_TEST_CASE(the_own_name_of_a_dutch_double_name_counts) {
  House house({}, review);
  put(house, "before", {});
  house.write("PUT", "/Patient/after", R"({"resourceType":"Patient","id":"after","gender":"female","birthDate":"1960-05-11","name":[
    {"family":"Bakker-de Wit","given":["Anna"],"_family":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"de Wit"}]}}]})");
  BOOST_TEST(pairs(house) == "after and before");
}

BOOST_AUTO_TEST_CASE(day_and_month_swapped_is_found_without_the_birth_date_agreeing) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {.birth = "1960-11-05"});
  BOOST_TEST(pairs(house) == "a and b");
}

BOOST_AUTO_TEST_CASE(two_different_trusted_numbers_are_two_people_and_one_number_needs_no_score) {
  House house({}, review);
  put(house, "a", {.more = bsn("999990019")});
  put(house, "b", {.more = bsn("999990020")});
  put(house, "c", {.family = "Wit", .more = bsn("999990019")});
  BOOST_TEST(pairs(house) == "");
  BOOST_TEST(one_person(house, "a", "c"));
  BOOST_TEST(!one_person(house, "a", "b"));
}

BOOST_AUTO_TEST_CASE(a_question_that_has_answered_itself_is_withdrawn_and_may_come_back) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  BOOST_TEST(pairs(house) == "a and b");
  put(house, "b", {.given = "Johanna", .birth = "1981-01-31"});  // it was another person's data
  BOOST_TEST(pairs(house) == "");
  BOOST_TEST(pairs(house, "cancelled") == "a and b");
  BOOST_TEST(decide(house, "a", "b", "same-person") == 422);
  put(house, "b", {});
  BOOST_TEST(pairs(house) == "a and b");
  put(house, "a", {.more = bsn("999990019")});
  put(house, "b", {.more = bsn("999990019")});  // one by the number
  BOOST_TEST(pairs(house) == "");
  house.write("DELETE", "/Patient/b", "");
  BOOST_TEST(pairs(house) == "");
}

BOOST_AUTO_TEST_CASE(above_the_second_threshold_they_are_linked_at_once_and_it_says_so) {
  House house({}, {0.8, 0.999});
  put(house, "a", {});
  put(house, "b", {});
  put(house, "twin", {.given = "Maria"});
  BOOST_TEST(one_person(house, "a", "b"));
  BOOST_TEST(!one_person(house, "a", "twin"));
  BOOST_TEST(candidates(house, "completed").front().root()["note"][0].text("text").find("nobody is asked") != std::string::npos);
  BOOST_TEST(decide(house, "a", "b", "different-people") == 200);  // a person has the last word
  put(house, "a", {});
  BOOST_TEST(!one_person(house, "a", "b"));
}

BOOST_AUTO_TEST_CASE(a_review_is_decided_by_its_operation_only) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  json::Document task = std::move(candidates(house).front());
  const std::string url = "/Task/" + std::string(task.root().text("id"));
  task.set(task.root(), "status", task.string("completed"));
  const auto refused = house.call("PUT", url, json::write(task.root()));
  BOOST_TEST(refused.status == 422);
  BOOST_TEST(refused.body->find("$decide-link") != std::string::npos);
  BOOST_TEST(decide(house, "a", "b", "perhaps") == 400);
  BOOST_TEST(house.call("POST", "/Task/nothing/$decide-link", R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"same-person"},
    {"name":"by","valueReference":{"reference":"Practitioner/vos"}}]})").status == 404);
  task.set(task.root(), "id", task.string("mine"));
  BOOST_TEST(house.call("PUT", "/Task/mine", json::write(task.root())).status == 422);  // nobody else makes one
}

BOOST_AUTO_TEST_CASE(dutch_installations_read_dutch) {
  care::GapSetting dutch;
  dutch.language = care::Language::dutch;
  House house(dutch, review);
  put(house, "a", {});
  put(house, "b", {.birth = "1960-11-05"});
  BOOST_TEST(candidates(house).front().root().text("description").find("geboortedatum lijkt") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_restart_and_other_thresholds_compare_anew_without_doubling) {
  House house({}, review);
  put(house, "a", {});
  put(house, "b", {});
  const auto before = house.store->last();
  house.wake();
  house.follow();
  BOOST_TEST(house.store->last() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
