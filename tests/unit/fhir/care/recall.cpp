// A decision against a gap takes back what was asked for it, whether it came by $decide or by writing the status.
#include "fhir/care/recall.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
using fhir::care::test::must;
namespace json = fhir::json;

constexpr std::string_view item = "https://w3id.org/panelbridge/fhir/CodeSystem/item%7Csupport-housing";

struct Housed : House {
  Housed() {
    write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1980-01-01"})");
    write("PUT", "/Condition/c",
          R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"onsetDateTime":"2026-05-01",
     "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
     "code":{"coding":[{"system":"http://snomed.info/sct","code":"105531004"}]}})");
    gap = std::string(read("/Task?patient=p&code=" + std::string(item)).root()["entry"][0]["resource"].text("id"));
  }
  void decide(const std::string& decision, const std::string& more = "") {
    write("POST", "/Task/" + gap + "/$decide",
          R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":")" + decision +
              R"("},{"name":"by","valueReference":{"reference":"Practitioner/d"}})" + more + "]}");
  }
  void refer(const std::string& to = "Organization/town") {
    decide("approve", R"(,{"name":"referTo","valueReference":{"reference":")" + to + R"("}})");
  }
  std::string the(const std::string& kind) {  // the id of the one child of this kind
    const json::Document found = read("/Task?part-of=Task/" + gap + "&code=" + kind);
    BOOST_REQUIRE(found.root()["entry"].size() == 1);
    return std::string(found.root()["entry"][0]["resource"].text("id"));
  }
  std::string status(const std::string& task) { return std::string(read("/Task/" + task).root().text("status")); }
  std::string aborts() { return std::string(read("/Task?code=abort").root().text("total")); }
  void step(const std::string& task, const std::string& to, const std::string& more = "") {
    write("PATCH", "/Task/" + task, R"({"status":")" + to + '"' + more + "}");
  }
  void put_status(const std::string& to) {
    json::Document now = read("/Task/" + gap);
    now.set(now.root(), "status", now.string(to));
    write("PUT", "/Task/" + gap, json::write(now.root()));
  }
  std::string gap;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(recall)

BOOST_AUTO_TEST_CASE(every_road_that_sets_a_gap_aside_cancels_its_referral) {
  for (const std::string to : {"on-hold", "rejected", "requested"})
    for (const bool patch : {true, false}) {
      Housed house;
      house.refer();
      const std::string referral = house.the("fulfill");
      BOOST_REQUIRE(house.status(referral) == "requested");
      patch ? house.step(house.gap, to) : house.put_status(to);
      BOOST_TEST(house.status(house.gap) == to);
      BOOST_TEST(house.status(referral) == "cancelled", (patch ? "PATCH to " : "PUT to ") << to);
      BOOST_TEST(house.aborts() == "0");
    }
}

BOOST_AUTO_TEST_CASE(the_owner_of_a_started_referral_is_asked_to_stop_once) {
  Housed house;
  house.refer();
  const std::string referral = house.the("fulfill");
  house.step(referral, "accepted");
  house.step(referral, "in-progress");
  BOOST_REQUIRE(house.status(house.gap) == "in-progress");
  house.step(house.gap, "rejected");
  BOOST_TEST(house.status(referral) == "in-progress");
  BOOST_TEST(house.aborts() == "1");
  house.step("abort-" + referral, "rejected", R"(,"statusReason":{"text":"nearly done"})");
  house.wake();  // a sweep of everyone does not ask again what was answered
  BOOST_TEST(house.status("abort-" + referral) == "rejected");
  BOOST_TEST(house.status(house.gap) == "rejected");
}

BOOST_AUTO_TEST_CASE(a_contact_is_taken_back_too) {
  Housed house;
  house.decide("approve");
  const std::string contact = house.the("outreach");
  house.step(house.gap, "on-hold");
  BOOST_TEST(house.status(contact) == "cancelled");
}

BOOST_AUTO_TEST_CASE(it_is_found_after_a_restart_between_the_two) {
  Housed house;
  house.refer();
  const std::string referral = house.the("fulfill");
  const auto response = house.call("PATCH", "/Task/" + house.gap, R"({"status":"rejected"})");  // and nobody follows
  BOOST_REQUIRE(response.status == 200);
  BOOST_REQUIRE(house.status(referral) == "requested");
  house.wake();
  BOOST_TEST(house.status(referral) == "cancelled");
}

BOOST_AUTO_TEST_CASE(what_was_referred_after_it_stays) {
  Housed house;
  house.step(house.gap, "on-hold");
  house.write(
      "PUT", "/Task/later",
      R"({"resourceType":"Task","id":"later","status":"requested","intent":"order","for":{"reference":"Patient/p"},
     "code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},
     "owner":{"reference":"Organization/town"},"partOf":[{"reference":"Task/)" +
          house.gap + R"("}]})");
  house.wake();
  BOOST_TEST(house.status("later") == "requested");
  house.step(house.gap, "rejected");  // a new decision against it
  BOOST_TEST(house.status("later") == "cancelled");
}

BOOST_AUTO_TEST_CASE(what_is_referred_in_one_transaction_with_it_stays) {
  Housed house;
  house.refer();
  const std::string before = house.the("fulfill");
  json::Document gap = house.read("/Task/" + house.gap);
  gap.set(gap.root(), "status", gap.string("on-hold"));  // until the other one is through
  house.write(
      "POST", "",
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Task","status":"requested","intent":"order",
     "for":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},
     "owner":{"reference":"Organization/other"},"partOf":[{"reference":"Task/)" +
          house.gap + R"("}]},"request":{"method":"POST","url":"Task"}},
     {"resource":)" +
          json::write(gap.root()) + R"(,"request":{"method":"PUT","url":"Task/)" + house.gap + R"("}}]})");
  house.wake();
  BOOST_TEST(house.status(house.gap) == "on-hold");
  BOOST_TEST(house.status(before) == "cancelled");
  BOOST_TEST(house.read("/Task?part-of=Task/" + house.gap + "&code=fulfill&status=requested").root()["entry"].size() ==
             1);
}

BOOST_AUTO_TEST_CASE(a_referral_that_nobody_decided_on_goes_on) {
  Housed house;
  house.write(
      "PUT", "/Task/free",
      R"({"resourceType":"Task","id":"free","status":"requested","intent":"order","for":{"reference":"Patient/p"},
     "code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},
     "owner":{"reference":"Organization/town"},"partOf":[{"reference":"Task/)" +
          house.gap + R"("}]})");
  house.write("PATCH", "/Task/" + house.gap, R"({"note":[{"text":"seen"}]})");
  house.wake();
  BOOST_TEST(house.status("free") == "requested");
}

BOOST_AUTO_TEST_CASE(a_gap_that_comes_back_by_itself_takes_nothing_back) {
  Housed house;
  house.refer("Organization/a");
  const std::string first = house.the("fulfill");
  house.decide("approve");  // and somebody calls as well
  const std::string contact = house.the("outreach");
  house.step(first, "rejected", R"(,"statusReason":{"text":"no place"})");
  BOOST_REQUIRE(house.status(house.gap) == "requested");
  house.wake();
  BOOST_TEST(house.status(contact) == "requested");
}

BOOST_AUTO_TEST_CASE(approved_again_the_new_referral_stays) {
  Housed house;
  house.refer();
  const std::string first = house.the("fulfill");
  house.step(house.gap, "on-hold");
  BOOST_REQUIRE(house.status(first) == "cancelled");
  house.refer();
  const json::Document all = house.read("/Task?part-of=Task/" + house.gap + "&code=fulfill&status=requested");
  BOOST_TEST(all.root()["entry"].size() == 1);
  house.wake();
  BOOST_TEST(house.read("/Task?part-of=Task/" + house.gap + "&code=fulfill&status=requested").root()["entry"].size() ==
             1);
}

BOOST_AUTO_TEST_SUITE_END()
