// The pure parts of a partner of kind zgw: keys, texts, bodies, calls, and what a case makes of a Task.
#include <boost/test/unit_test.hpp>
#include <deque>

#include "adapters/auth/jwt.hpp"
#include "adapters/zgw/bodies.hpp"
#include "adapters/zgw/catalogue.hpp"
#include "adapters/zgw/client.hpp"
#include "adapters/zgw/progress.hpp"
#include "adapters/zgw/settings.hpp"
#include "adapters/zgw/texts.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"

using namespace adapters::zgw;
namespace json = fhir::json;

namespace {

const fhir::partner::Source source{
    [](const json::Value&, const std::string&) -> core::Result<std::string> { return std::string("geheim"); },
    [](const std::string&, const std::string&) -> core::Result<std::string> { return std::string(); }};

const std::string whole =
    R"({"organization":"Organization/g","zaken_url":"https://zaak/zaken/api/v1","catalogi_url":"https://zaak/catalogi/api/v1","client_id":"c","secret":{"env":"S"},"rsin":"517439943",
  "needs":{"housing":{"zaaktype":"WONEN"},"*":{"zaaktype":"HULP"}},"status":{"Ontvangen":"received","In behandeling":"in-progress","Klaar":"completed"},
  "result":{"Toegekend":{"status":"completed","outcome":"granted"},"Afgewezen":{"status":"rejected"},"Vervallen":{"status":"completed","closes_need":false}},"cancel_result":"Ingetrokken"})";

struct Read {
  explicit Read(const std::string& text)
      : document(json::parse(text)), keys(&document->root(), "partners[0]", source), settings(settings_from(keys)) {}
  std::string mistake() {
    const auto finished = keys.finish();
    return finished ? "" : finished.error().message;
  }
  core::Result<json::Document> document;
  fhir::partner::Keys keys;
  Settings settings;
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

struct Fixed final : core::Clock {
  core::Instant now() const override { return {1'700'000'000'000}; }
  core::Day today() const override { return core::day_of(now()); }
};

struct Fake final : fhir::partner::Outgoing {
  std::deque<fhir::partner::Answer> answers;
  std::vector<fhir::partner::Call> calls;
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call& call) override {
    calls.push_back(call);
    if (answers.empty()) return core::Error{core::Kind::busy, "not reached", ""};
    auto answer = answers.front();
    answers.pop_front();
    return answer;
  }
  void add(int status, std::string body) { answers.push_back({status, {}, std::move(body)}); }
};

struct Wire {
  Read read{whole};
  Crypto crypto{adapters::auth::jwt_hs256, adapters::auth::same_secret};
  Fixed clock;
  Fake fake;
  Client client{read.settings, crypto, clock, fake};
};

json::Document parsed(const std::string& text) {
  auto document = json::parse(text);
  BOOST_REQUIRE_MESSAGE(document.ok(), text);
  return std::move(*document);
}

json::Document task(const std::string& status, const std::string& more = "") {
  return parsed(R"({"resourceType":"Task","id":"t","status":")" + status + R"(","intent":"order")" + more + "}");
}

Case open_case(const std::string& status) {
  Case found;
  found.number = "PB-t";
  found.status_name = status;
  return found;
}

Case closed_case(const std::string& result, const std::string& words = "") {
  Case found = open_case("Klaar");
  found.end = "2026-01-01";
  found.result_name = result;
  found.words = words;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zgw)

BOOST_AUTO_TEST_CASE(a_whole_configuration_is_read_and_closes_need_follows_completed_alone) {
  Read read(whole);
  BOOST_TEST(read.mistake() == "");
  BOOST_TEST(read.settings.result["Toegekend"].closes_need);
  BOOST_TEST(!read.settings.result["Afgewezen"].closes_need);
  BOOST_TEST(!read.settings.result["Vervallen"].closes_need);
  BOOST_TEST(read.settings.secret == "geheim");
}

BOOST_AUTO_TEST_CASE(a_mistake_names_its_key) {
  BOOST_TEST(Read(with(whole, "\"517439943\"", "\"12\"")).mistake() == "partners[0].rsin must have nine digits");
  BOOST_TEST(
      Read(with(whole, "\"in-progress\"", "\"busy\"")).mistake().starts_with("partners[0].status.In behandeling"));
  BOOST_TEST(Read(with(whole, "\"rejected\"", "\"requested\""))
                 .mistake()
                 .starts_with("partners[0].result.Afgewezen.status must be one of"));
  BOOST_TEST(
      Read(with(whole, "\"zaaktype\":\"HULP\"", "\"zaak\":\"HULP\"")).mistake().starts_with("partners[0].needs.*"));
  BOOST_TEST(Read(with(whole, "\"Organization/g\"", "\"g\"")).mistake().starts_with("partners[0].organization"));
}

BOOST_AUTO_TEST_CASE(texts_are_cut_visibly_by_characters) {
  BOOST_TEST(cut("kort", 4) == "kort");
  BOOST_TEST(cut("langer", 4) == "lan\xE2\x80\xA6");
  BOOST_TEST(cut("\xC3\xA9\xC3\xA9\xC3\xA9", 3) == "\xC3\xA9\xC3\xA9\xC3\xA9");
  BOOST_TEST(cut("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\xC3\xA9\xE2\x80\xA6");
}

BOOST_AUTO_TEST_CASE(a_case_number_is_the_same_each_time_and_fits) {
  BOOST_TEST(case_number("018c2f3e-0000-7000-8000-000000000001") == "PB-018c2f3e-0000-7000-8000-000000000001");
  const std::string longest(64, 'x'), dotted = "a.b";
  BOOST_TEST(case_number(longest).size() <= 40U);
  BOOST_TEST(case_number(longest) == case_number(longest));
  BOOST_TEST(case_number(longest) != case_number(std::string(63, 'x')));
  BOOST_TEST(case_number(dotted).find('.') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bsn_has_nine_digits_and_is_never_empty) {
  BOOST_TEST(bsn_from("999990019").has_value());
  for (const char* wrong : {"", "000000000", "12345678", "1234567890", "12345678x"})
    BOOST_TEST(!bsn_from(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(each_call_has_a_fresh_token_and_the_headers_of_coordinates) {
  Wire wire;
  wire.fake.add(200, "{}");
  BOOST_REQUIRE(wire.client.get("https://zaak/x").ok());
  std::string token, accept, content;
  for (const auto& header : wire.fake.calls[0].headers) {
    if (header.name == "Authorization") token = header.value;
    if (header.name == "Accept-Crs") accept = header.value;
    if (header.name == "Content-Crs") content = header.value;
    BOOST_TEST(header.name != "If-None-Match");
  }
  BOOST_TEST(token.starts_with("Bearer eyJ"));
  BOOST_TEST(token.find(adapters::auth::base64url(R"({"iss":"c","iat":1699999940)").substr(0, 30)) !=
             std::string::npos);
  BOOST_TEST(accept == "EPSG:4326");
  BOOST_TEST(content == "EPSG:4326");
}

BOOST_AUTO_TEST_CASE(a_failure_tells_codes_and_fields_and_no_values) {
  Wire wire;
  wire.fake.add(403, R"({"code":"jwt-expired","detail":"Token voor 999990019 is verlopen"})");
  const auto refused = wire.client.get("https://zaak/x");
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.error().kind == core::Kind::forbidden));
  BOOST_TEST(refused.error().message.find("jwt-expired") != std::string::npos);
  BOOST_TEST(refused.error().message.find("999990019") == std::string::npos);
  wire.fake.add(
      400,
      R"({"code":"invalid","invalidParams":[{"name":"identificatie","code":"identificatie-niet-uniek","reason":"999990019"}]})");
  const auto invalid = wire.client.post("https://zaak/x", parsed("{}").root());
  BOOST_REQUIRE(invalid.ok());
  BOOST_TEST(invalid->has_code("identificatie-niet-uniek"));
  BOOST_TEST(invalid->problem() == "400 invalid: identificatie identificatie-niet-uniek");
  for (int i = 0; i < 3; ++i) wire.fake.add(500, "<html>");
  const auto broken = wire.client.get("https://zaak/x");
  BOOST_TEST((broken.error().kind == core::Kind::busy));
}

BOOST_AUTO_TEST_CASE(a_list_is_read_page_by_page) {
  Wire wire;
  wire.fake.add(200, R"({"next":"https://elsewhere/x?page=2","results":[{"a":1},{"a":2}]})");
  wire.fake.add(200, R"({"next":null,"results":[{"a":3}]})");
  const auto all = wire.client.list("https://zaak/x?b=1");
  BOOST_REQUIRE(all.ok());
  BOOST_TEST(all->root().size() == 3U);
  BOOST_TEST(wire.fake.calls[1].url == "https://zaak/x?b=1&page=2");  // never another host, whatever they say
}

BOOST_AUTO_TEST_CASE(a_mapping_that_names_what_is_not_there_is_told_in_words) {
  Wire wire;
  const std::string types =
      R"([{"url":"https://zaak/catalogi/api/v1/zaaktypen/1","identificatie":"HULP","beginGeldigheid":"2020-01-01","concept":false}])";
  wire.fake.add(200, types);  // "*"
  wire.fake.add(
      200,
      R"([{"url":"s1","omschrijving":"Ontvangen","volgnummer":1},{"url":"s2","omschrijving":"Klaar","volgnummer":2,"isEindstatus":true}])");
  wire.fake.add(200, R"([{"url":"r1","omschrijving":"Toegekend"}])");
  wire.fake.add(200, R"([{"url":"o1","omschrijvingGeneriek":"belanghebbende"}])");
  wire.fake.add(200, "[]");  // housing
  const auto catalogue = Catalogue::load(wire.client, wire.read.settings, wire.clock.today());
  BOOST_REQUIRE(catalogue.ok());
  std::string all;
  for (const std::string& problem : catalogue->problems()) all += problem + "\n";
  BOOST_TEST(all.find("needs.housing.zaaktype: the catalogue has no published case type 'WONEN'") != std::string::npos,
             all);
  BOOST_TEST(all.find("status: no case type has a status 'In behandeling'") != std::string::npos, all);
  BOOST_TEST(all.find("result: no case type has a result 'Afgewezen'") != std::string::npos, all);
  BOOST_TEST(all.find("no role of the generic kind initiator") != std::string::npos, all);
  BOOST_TEST(all.find("cancel_result") != std::string::npos, all);
  BOOST_TEST(catalogue->for_need("food")->end_status == "s2");
  BOOST_TEST(catalogue->for_need("housing") == nullptr);
}

BOOST_AUTO_TEST_CASE(an_open_case_moves_its_task_by_its_status_and_an_end_waits_for_einddatum) {
  Read read(whole);
  BOOST_TEST(progress_of(open_case("Ontvangen"), read.settings).status == "received");
  BOOST_TEST(progress_of(open_case("In behandeling"), read.settings).status == "in-progress");
  BOOST_TEST(progress_of(open_case("Klaar"), read.settings).status == "in-progress");
  BOOST_TEST(progress_of(open_case("Onbekend"), read.settings).status == "");
  BOOST_TEST(progress_of(closed_case("Toegekend"), read.settings).status == "completed");
  BOOST_TEST(progress_of(closed_case("Afgewezen", "vol"), read.settings).words == "Afgewezen: vol");
  const Progress unknown = progress_of(closed_case("Iets anders"), read.settings);
  BOOST_TEST(unknown.status == "completed");  // by the status's mapping
}

BOOST_AUTO_TEST_CASE(a_closed_case_completes_its_task_whatever_was_missed) {
  Read read(whole);
  const Case found = closed_case("Toegekend");
  const json::Document before = task("requested");
  const auto after = moved(before.root(), progress_of(found, read.settings), found, "housing", {1'700'000'000'000});
  BOOST_REQUIRE(after.has_value());
  BOOST_TEST(after->task.root().text("status") == "completed");
  BOOST_TEST(fhir::care::closes_need(after->task.root()));
  BOOST_TEST(fhir::care::need_of(after->task.root()) == "housing");
  BOOST_TEST(after->task.root()["executionPeriod"].find("end") != nullptr);
  BOOST_TEST(!moved(after->task.root(), progress_of(found, read.settings), found, "housing", {1'800'000'000'000})
                  .has_value());  // nothing new
}

BOOST_AUTO_TEST_CASE(a_rejection_has_a_reason_and_leaves_the_need_open) {
  Read read(whole);
  const Case found = closed_case("Afgewezen", "geen plaats");
  const auto after = moved(task("in-progress").root(), progress_of(found, read.settings), found, "", {0});
  BOOST_REQUIRE(after.has_value());
  BOOST_TEST(after->task.root().text("status") == "rejected");
  BOOST_TEST(after->task.root()["statusReason"].text("text") == "Afgewezen: geen plaats");
  BOOST_TEST(!fhir::care::closes_need(after->task.root()));
}

BOOST_AUTO_TEST_CASE(a_cancelled_task_stays_cancelled_while_its_case_is_still_open) {
  Read read(whole);
  const Case found = open_case("In behandeling");
  const auto after = moved(task("cancelled").root(), progress_of(found, read.settings), found, "", {0});
  BOOST_TEST((!after || after->task.root().text("status") == "cancelled"));
}

BOOST_AUTO_TEST_CASE(a_body_says_the_need_and_the_person_once_and_nothing_empty) {
  Read read(whole);
  CaseType type;
  type.url = "https://zaak/catalogi/api/v1/zaaktypen/1";
  type.initiator = "https://zaak/catalogi/api/v1/roltypen/1";
  Visible visible;
  visible.need = "housing";
  visible.task =
      parsed(R"({"priority":"urgent","authoredOn":"2023-11-01T10:00:00Z","description":"Graag een woning"})");
  visible.patient = parsed(
      R"({"identifier":[{"system":"x","value":"999990019"}],"name":[{"family":"Jansen","given":["Anna","Berta"]}],"birthDate":"1960-05-05","gender":"female"})");
  const std::string body = json::write(case_body(visible, type, read.settings, "PB-t", Fixed().today()).root());
  BOOST_TEST(body.find("Behoefte: huisvesting") != std::string::npos, body);
  BOOST_TEST(body.find("Spoed: spoed") != std::string::npos);
  BOOST_TEST(body.find("\"startdatum\":\"2023-11-01\"") != std::string::npos);
  BOOST_TEST(body.find("999990019") == std::string::npos);
  BOOST_TEST(body.find("\"\"") == std::string::npos);
  const std::string role = json::write(role_body(visible, type, "https://zaak/zaken/api/v1/zaken/1").root());
  BOOST_TEST(role.find("\"inpBsn\":\"999990019\"") != std::string::npos);
  BOOST_TEST(role.find("\"voorletters\":\"A.B.\"") != std::string::npos);
  BOOST_TEST(role.find("\"geslachtsaanduiding\":\"v\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
