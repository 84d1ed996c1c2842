#include "adapters/ehr/intake.hpp"

#include <boost/test/unit_test.hpp>

#include "adapters/ehr/guard.hpp"
#include "fhir/care/surveillance.hpp"
#include "tests/unit/adapters/ehr/fixture.hpp"

using namespace ehr_test;

namespace {

std::string literal(const Pulled& p, const std::string& source) {
  return R"("reference":")" + source.substr(0, source.find('/')) + "/" + p.local(source) + "\"";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ehr_intake)

BOOST_AUTO_TEST_CASE(a_pulled_resource_says_where_it_came_from) {
  Pulled p;
  p.server.put("Patient/1", patient("One", R"(,"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}])"));
  p.settle();
  const std::string body = p.body("Patient/1");
  BOOST_TEST(has(body, R"("source":"https://ehr.example/fhir/Patient/1")"));
  BOOST_TEST(has(body, R"({"system":"https://w3id.org/panelbridge/fhir/CodeSystem/source","code":"hospital"})"));
  BOOST_TEST(has(body, R"({"system":"https://w3id.org/panelbridge/fhir/source","value":"https://ehr.example/fhir/Patient/1"})"));
  BOOST_TEST(has(body, R"({"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"})"));
  BOOST_TEST(adapters::ehr::partner_of(body) == "hospital");
}

BOOST_AUTO_TEST_CASE(two_sources_with_the_same_ids_never_collide) {
  Pulled a, b;  // b ends first: the store's clock is a's
  b.id = "clinic";
  a.server.put("Patient/1", patient("OfHospital"));
  b.server.put("Patient/1", patient("OfClinic"));
  a.settle();
  a.partner.reset();
  b.store = std::move(a.store);  // both pull into one
  b.settle();
  BOOST_TEST(b.count("Patient") == 2);
  BOOST_TEST(has(b.body("Patient/1"), "OfClinic"));
}

BOOST_AUTO_TEST_CASE(a_derived_id_is_stable_legal_and_of_its_type) {
  using adapters::ehr::local_id;
  BOOST_TEST(local_id("hospital", "Patient", "1") == local_id("hospital", "Patient", "1"));
  BOOST_TEST(local_id("hospital", "Patient", "1") != local_id("hospital", "Observation", "1"));
  BOOST_TEST(local_id("a", "Patient", "1") != local_id("b", "Patient", "1"));
  BOOST_TEST(local_id(std::string(64, 'x'), "Patient", std::string(64, 'y')).size() <= 64);
  std::string hex;
  for (const auto byte : adapters::ehr::sha256("abc")) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    hex += two;
  }
  BOOST_TEST(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(references_in_every_form_lead_to_our_ids) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  int n = 0;
  for (const char* form : {"Patient/1", "https://ehr.example/fhir/Patient/1", "Patient/1/_history/7"})
    p.server.put("Observation/" + std::to_string(++n), observation(form));
  p.settle();
  for (int i = 1; i <= n; ++i)
    BOOST_TEST(has(p.body("Observation/" + std::to_string(i)), literal(p, "Patient/1")), p.body("Observation/" + std::to_string(i)));
  BOOST_TEST(p.values("wait/").empty());
}

BOOST_AUTO_TEST_CASE(references_below_the_name_that_the_server_gives_itself_are_its_own) {
  Pulled p;
  p.server.own_base = "https://ehr.example:443/fhir";
  p.server.put("Patient/1", patient("One"));
  p.server.put("Observation/1", observation("https://ehr.example:443/fhir/Patient/1"));
  p.settle();
  BOOST_TEST(has(p.body("Observation/1"), literal(p, "Patient/1")));
}

BOOST_AUTO_TEST_CASE(contained_and_foreign_references_are_left_as_they_are) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Observation/1",
               observation("Patient/1", R"(,"contained":[{"resourceType":"Device","id":"d","owner":{"reference":"Organization/x"}}],"device":{"reference":"#d"},)"
                                        R"("performer":[{"reference":"https://other.example/fhir/Practitioner/1"},{"reference":"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"}])"));
  p.settle();
  const std::string body = p.body("Observation/1");
  BOOST_TEST(has(body, R"("reference":"#d")"));
  BOOST_TEST(has(body, R"("id":"d")"));
  BOOST_TEST(has(body, R"("reference":"https://other.example/fhir/Practitioner/1")"));
  BOOST_TEST(has(body, R"("reference":"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7")"));
  BOOST_TEST(has(body, R"("valueString":"Organization/x")"));  // what contained resources refer to moves like the rest
}

BOOST_AUTO_TEST_CASE(a_reference_without_target_is_logical_and_heals_when_the_target_arrives) {
  Pulled p;
  p.server.put("Observation/1", observation("Patient/late", R"(,"performer":[{"reference":"Practitioner/never","display":"Dr N"}])"));
  p.settle();
  std::string body = p.body("Observation/1");
  BOOST_TEST(!has(body, "\"reference\""));
  BOOST_TEST(has(body, R"("identifier":{"system":"https://w3id.org/panelbridge/fhir/source","value":"https://ehr.example/fhir/Patient/late"})"));
  BOOST_TEST(has(body, R"("valueString":"Patient/late")"));
  BOOST_TEST(has(body, R"("display":"Dr N")"));
  p.server.put("Patient/late", patient("Late"));
  p.later();
  body = p.body("Observation/1");
  BOOST_TEST(has(body, literal(p, "Patient/late")));
  BOOST_TEST(!has(body, "Patient/late\""));
  BOOST_TEST(has(body, R"("valueString":"Practitioner/never")"));
  BOOST_TEST(p.version("Observation/1") == 2);
  BOOST_TEST(p.values("heal/").empty());
  BOOST_TEST(p.values("wait/").size() == 1);
  p.later(2'000);  // compared as a whole: the healed form is the same
  BOOST_TEST(p.version("Observation/1") == 2);
}

BOOST_AUTO_TEST_CASE(more_waiting_references_than_one_transaction_takes_all_heal) {
  Pulled p;
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Observation"],"interval_s":10})";
  p.server.page_size = 400;
  for (int i = 0; i < 1'203; ++i) p.server.put("Observation/" + std::to_string(i), observation("Patient/1"));
  p.settle();
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient","Observation"],"interval_s":10})";
  p.server.put("Patient/1", patient("One"));
  p.partner.reset();
  p.settle();
  int healed = 0;
  for (int i = 0; i < 1'203; ++i) healed += has(p.body("Observation/" + std::to_string(i)), literal(p, "Patient/1"));
  BOOST_TEST(healed == 1'203);
  BOOST_TEST(p.values("wait/").empty());
  BOOST_TEST(p.values("heal/").empty());
}

BOOST_AUTO_TEST_CASE(a_reference_with_a_business_identifier_keeps_it) {
  Pulled p;
  p.server.put("Observation/1", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/gone","identifier":{"system":"urn:bsn","value":"1"}})");
  p.settle();
  BOOST_TEST(has(p.body("Observation/1"), R"("identifier":{"system":"urn:bsn","value":"1"})"));
  BOOST_TEST(has(p.body("Observation/1"), R"("valueString":"Patient/gone")"));
}

BOOST_AUTO_TEST_CASE(a_malformed_resource_is_a_dead_letter_with_its_place_and_the_rest_is_kept) {
  Pulled p;
  p.server.put("Patient/1", patient("Good"));
  p.server.put("Patient/2", R"("birthDate":"yesterday")");
  p.server.put("Patient/3", R"("colour":"blue")");
  p.server.put("Patient/4", patient("Good too"));
  p.settle();
  BOOST_TEST(p.count("Patient") == 2);
  BOOST_TEST(p.partner->status().dead == 2);
  const auto letters = p.letters();
  BOOST_REQUIRE(letters.size() == 2);
  BOOST_TEST(letters[0].key == "Patient.2");
  BOOST_TEST(has(letters[0].why, "Patient.birthDate"));
  BOOST_TEST(has(letters[0].why, "Patient, page 1, entry 1"));
  BOOST_TEST(!has(letters[0].why, "yesterday"));  // what a record says does not stand in lists and logs
  p.server.put("Patient/2", R"("birthDate":"1950-01-01")");
  p.later();
  BOOST_TEST(p.count("Patient") == 3);
  BOOST_TEST(p.letters().size() == 1);
  p.partner.reset();
  p.settle();
  BOOST_TEST(p.partner->status().dead == 1);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_that_an_operator_revives_is_read_again) {
  Pulled p;
  p.server.put("Patient/1", R"("birthDate":"yesterday")");
  p.settle();
  BOOST_REQUIRE(p.letters().size() == 1);
  p.server.resources["Patient/1"].back().body = patient("Corrected");  // without a new version: no walk would see it
  const auto revive = [&] {
    core::store::Batch batch;
    core::outbox::revive(batch, p.id, p.letters().at(0), p.clock.at);
    BOOST_REQUIRE(p.store->commit(std::move(batch)));
  };
  revive();
  p.later(6);
  BOOST_TEST(has(p.body("Patient/1"), "Corrected"));
  BOOST_TEST(p.letters().empty());
  p.server.put("Patient/2", R"("birthDate":"yesterday")");
  p.later();
  revive();
  p.later(6);
  BOOST_TEST(p.letters().size() == 1);  // still wrong: parked again
  p.server.remove("Patient/2");
  revive();
  p.later(6);
  BOOST_TEST(p.letters().empty());
  BOOST_TEST(p.partner->status().dead == 0);
}

BOOST_AUTO_TEST_CASE(entries_that_are_no_resources_are_remarked_on_and_passed_over) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.extra_entries =
      R"({"resource":)" + FakeServer::outcome() + R"(,"search":{"mode":"outcome"}},{},{"resource":{"resourceType":"Unicorn","id":"1"}},{"resource":{"resourceType":"Patient"}})";
  p.settle();
  BOOST_TEST(p.count("Patient") == 1);
  BOOST_TEST(p.remarked("error: not-supported"));
  BOOST_TEST(p.remarked("entries of pages are no resources"));
  for (const std::string& remark : p.partner->status().remarks) BOOST_TEST(!has(remark, "Jan de Vries"));
  BOOST_TEST(p.partner->status().dead >= 1U);  // a Patient without id
}

BOOST_AUTO_TEST_CASE(what_a_panel_core_computed_is_not_taken) {
  Pulled p;
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Task","Patient"],"interval_s":10})";
  p.server.types = {"Task", "Patient"};
  const std::string open = R"("status":"requested","intent":"proposal")";
  p.server.put("Task/own", open);
  p.server.put("Task/gap", open + R"(,"identifier":[{"system":"https://w3id.org/panelbridge/fhir/gap","value":"x"}])");
  p.server.put("Task/plain", open);
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (!path.starts_with("/Task?")) return std::nullopt;
    return p.server.json(R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Task","id":"own","meta":{"tag":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/origin","code":"panelbridge"}]},)" + open +
                         R"(}},{"resource":{"resourceType":"Task","id":"gap",)" + open + R"(,"identifier":[{"system":"https://w3id.org/panelbridge/fhir/gap","value":"x"}]}},{"resource":{"resourceType":"Task","id":"plain",)" + open + "}}]}");
  };
  p.settle();
  BOOST_TEST(p.count("Task") == 1);
  BOOST_TEST(p.record("Task/plain").has_value());
  BOOST_TEST(p.partner->status().dead == 0);
}

BOOST_AUTO_TEST_CASE(tags_and_identifiers_of_the_house_are_ours_to_give) {
  Pulled p;
  p.server.put("Patient/1", patient("One", R"(,"identifier":[{"system":"https://w3id.org/panelbridge/fhir/source","value":"https://other.example/fhir/Patient/7"}])"));
  p.settle();
  BOOST_TEST(!has(p.body("Patient/1"), "other.example"));
}

BOOST_AUTO_TEST_CASE(what_is_not_this_sources_is_not_overwritten) {
  Pulled p;
  const auto own = fhir::json::parse(R"({"resourceType":"Patient","id":")" + p.local("Patient/1") + R"(","name":[{"family":"Ours"}]})");
  core::store::Batch batch;
  batch.ops.push_back(fhir::care::op_from(own->root(), index()));
  BOOST_REQUIRE(p.store->commit(std::move(batch)));
  p.server.put("Patient/1", patient("Theirs"));
  p.settle();
  BOOST_TEST(has(p.body("Patient/1"), "Ours"));
  BOOST_TEST(p.partner->status().dead == 1);
  p.server.offers_history = true;
  p.partner.reset();
  p.server.remove("Patient/1");
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Ours"));
}

BOOST_AUTO_TEST_CASE(pulled_resources_are_read_only_for_clients_and_say_why) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.settle();
  fhir::rest::Services services;
  services.definitions = definitions();
  services.index = &index();
  services.store = p.store.get();
  services.clock = &p.clock;
  services.base_url = "http://here.example/fhir";
  adapters::ehr::protect(services);
  fhir::rest::Api api(services);
  const auto call = [&](const std::string& method, const std::string& path, const std::string& body) {
    fhir::rest::Request request;
    request.method = method;
    request.path = path;
    request.headers = {{"Content-Type", "application/fhir+json"}};
    request.body = body;
    return api.handle(request);
  };
  const std::string path = "/Patient/" + p.local("Patient/1"), id = p.local("Patient/1");
  const std::string changed = R"({"resourceType":"Patient","id":")" + id + R"(","name":[{"family":"Changed"}]})";
  const auto refused = call("PUT", path, changed);
  BOOST_TEST(refused.status == 403);
  BOOST_REQUIRE(refused.body);
  BOOST_TEST(has(*refused.body, "hospital"));
  BOOST_TEST(call("DELETE", path, "").status == 403);
  BOOST_TEST(call("PATCH", path, R"({"active":false})").status == 403);
  BOOST_TEST(call("POST", "", R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + changed + R"(,"request":{"method":"PUT","url":"Patient/)" + id + R"("}}]})").status == 403);
  BOOST_TEST(call("POST", "/Patient", p.body("Patient/1")).status == 422);  // a copy that would pass for pulled
  BOOST_TEST(call("GET", path, "").status == 200);
  BOOST_TEST(call("POST", "/Task", R"({"resourceType":"Task","status":"requested","intent":"order","for":{"reference":"Patient/)" + id + R"("}})").status == 201);
  BOOST_TEST(call("PUT", "/Patient/own", R"({"resourceType":"Patient","id":"own"})").status == 201);
  BOOST_TEST(call("PUT", "/Patient/own", R"({"resourceType":"Patient","id":"own","active":true})").status == 200);
  BOOST_TEST(call("DELETE", "/Patient/own", "").status == 204);
  BOOST_TEST(has(p.body("Patient/1"), "One"));
}

BOOST_AUTO_TEST_CASE(a_write_that_came_between_is_seen_by_the_next_attempt) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Patient/2", patient("Two"));
  p.settle();
  p.server.put("Patient/1", patient("Three"));
  auto view = p.store->snapshot();  // a reader that stays open does not hold the pull up
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Three"));
}

BOOST_AUTO_TEST_SUITE_END()
