// How real case systems behave, one by one, and that a referral arrives once and ends right all the same.
#include <boost/test/unit_test.hpp>

#include "tests/unit/adapters/zgw/town.hpp"

using namespace zgw_test;

namespace {

using Instead = std::optional<core::Result<Answer>>;

bool is(const Call& call, std::string_view method, std::string_view collection) {
  return call.method == method && call.url.find("/api/v1/" + std::string(collection)) != std::string::npos;
}

// Once: the next call of this kind fails so, before or after it has its effect.
std::function<Instead(const Call&, bool)> once(std::string method, std::string collection, bool after,
                                               core::Result<Answer> with) {
  return [=, done = std::make_shared<bool>(false)](const Call& call, bool is_after) -> Instead {
    if (*done || is_after != after || !is(call, method, collection)) return std::nullopt;
    *done = true;
    return with;
  };
}

const core::Error no_answer{core::Kind::busy, "not reached", ""};

}  // namespace

BOOST_AUTO_TEST_SUITE(zgw_real_systems)

BOOST_AUTO_TEST_CASE(a_referral_becomes_a_case_with_its_person_and_first_status) {
  Referring r;
  r.refer("t1");
  r.run();
  BOOST_TEST(r.status() == "received");
  BOOST_TEST(r.town.all("zaken").size() == 1u);
  BOOST_TEST(r.town.all("rollen").size() == 1u);
  BOOST_TEST(r.town.all("statussen").size() == 1u);
  BOOST_TEST(r.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_taken_is_looked_up_and_no_second_case_is_made) {
  Referring r;
  r.refer("t1");
  r.run();
  {  // as if what we knew of it had been lost
    core::store::Batch batch;
    batch.forgotten.push_back("zgw/t/case/t1");
    BOOST_REQUIRE(r.store->commit(std::move(batch)).ok());
  }
  r.refer("t1", "received");
  r.run();
  BOOST_TEST(r.town.all("zaken").size() == 1u);
  BOOST_TEST(r.town.all("rollen").size() == 1u);
  BOOST_TEST(r.status() == "received");
  BOOST_TEST(r.letters().empty());
}

BOOST_AUTO_TEST_CASE(a_500_although_the_case_is_kept_makes_no_second_one) {
  for (const char* collection : {"zaken", "rollen", "statussen"}) {
    Referring r;
    r.town.instead = once("POST", collection, true, Town::problem(500, "error"));
    r.refer("t1");
    r.run(120);
    BOOST_TEST(r.town.all("zaken").size() == 1u, collection);
    BOOST_TEST(r.town.all("rollen").size() == 1u, collection);
    BOOST_TEST(r.town.all("statussen").size() == 1u, collection);
    BOOST_TEST(r.status() == "received", collection);
    BOOST_TEST(r.waiting() == 0u, collection);
  }
}

BOOST_AUTO_TEST_CASE(no_answer_at_all_makes_no_second_one_either_also_after_a_restart) {
  for (const bool restarts : {false, true})
    for (const char* collection : {"zaken", "rollen", "statussen"}) {
      Referring r;
      r.town.instead = once("POST", collection, true, no_answer);
      r.refer("t1");
      r.run();
      if (restarts) r.restart();
      r.run(180);
      BOOST_TEST(r.town.all("zaken").size() == 1u, collection);
      BOOST_TEST(r.town.all("rollen").size() == 1u, collection);
      BOOST_TEST(r.town.all("statussen").size() == 1u, collection);
      BOOST_TEST(r.status() == "received", collection);
    }
}

BOOST_AUTO_TEST_CASE(a_case_that_is_not_visible_is_parked_in_words_after_some_tries) {
  Referring r;
  r.refer("t1");
  r.run();
  core::store::Batch batch;
  batch.forgotten.push_back("zgw/t/case/t1");
  BOOST_REQUIRE(r.store->commit(std::move(batch)).ok());
  r.town.hides_cases = true;
  r.refer("t1", "received");
  r.run(600);
  BOOST_REQUIRE(r.letters().size() == 1u);
  BOOST_TEST(r.letters()[0].why.find("not visible for this client (its confidentiality?)") != std::string::npos);
  BOOST_TEST(r.town.all("zaken").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_case_with_our_number_about_somebody_else_is_not_taken) {
  Referring r;
  r.town.instead = [&](const Call& call, bool after) -> Instead {
    if (!after || !is(call, "POST", "zaken") || !r.town.all("rollen").empty()) return std::nullopt;
    const std::string zaak(r.town.all("zaken")[0]->text("url"));
    r.town.rows.push_back(
        {"rollen", "x",
         std::move(*json::parse(
             R"({"omschrijvingGeneriek":"initiator","betrokkeneIdentificatie":{"inpBsn":"111222333"},"zaak":")" + zaak +
             "\"}"))});
    return core::Result<Answer>(no_answer);
  };
  r.refer("t1");
  r.run(120);
  BOOST_REQUIRE(r.letters().size() == 1u);
  BOOST_TEST(r.letters()[0].why == "the case with this referral's number is about somebody else");
}

BOOST_AUTO_TEST_CASE(filters_that_are_ignored_bring_nobody_elses_case) {
  Referring r;
  r.refer("other");
  r.run();
  r.town.ignores_filters = true;
  r.town.instead = once("POST", "zaken", true, no_answer);
  r.refer("t1");
  r.run(120);
  BOOST_TEST(r.town.all("zaken").size() == 2u);
  BOOST_TEST(r.town.all("rollen").size() == 2u);
  BOOST_TEST(r.status() == "received");
}

BOOST_AUTO_TEST_CASE(a_person_is_never_searched_for_and_a_bsn_stands_in_no_url) {
  Referring r;
  r.town.instead = once("POST", "zaken", true, no_answer);
  r.refer("t1");
  r.run(120);
  for (const Call& call : r.town.calls) {
    BOOST_TEST(call.url.find("_zoek") == std::string::npos);
    BOOST_TEST(call.url.find("999990019") == std::string::npos);
    BOOST_TEST(call.body.find("\"inpBsn\":\"\"") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_person_without_a_bsn_is_not_sent_with_an_empty_one) {
  Referring r;
  r.put(
      R"({"resourceType":"Patient","id":"p","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":""},{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"12345678"}]})");
  r.refer("t1");
  r.run();
  BOOST_TEST(r.town.count("POST", "") == 0u);
  BOOST_TEST(r.task().root()["businessStatus"].text("text").find("no BSN") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(etags_go_stale_so_no_request_is_conditional) {
  Referring r;
  r.refer("t1");
  r.run(200);
  for (const Call& call : r.town.calls)
    for (const char* name : {"If-Match", "If-None-Match", "If-Modified-Since"})
      BOOST_TEST(header_of(call, name).empty());
}

BOOST_AUTO_TEST_CASE(every_call_names_its_coordinate_system_or_would_get_412) {
  Referring r;
  r.refer("t1");
  r.run();
  for (const Call& call : r.town.calls) {
    BOOST_TEST(header_of(call, "Accept-Crs") == "EPSG:4326");
    BOOST_TEST(header_of(call, "Content-Crs") == "EPSG:4326");
  }
}

BOOST_AUTO_TEST_CASE(a_403_is_told_by_its_code_and_the_referral_waits) {
  Referring r;
  r.run();
  r.town.instead = [](const Call& call, bool) -> Instead {
    if (!is(call, "POST", "zaken")) return std::nullopt;
    return Town::problem(403, "jwt-expired");
  };
  r.refer("t1");
  r.run(10);
  BOOST_TEST(r.partner->status().why == "the case system refuses the call: 403 jwt-expired");
  BOOST_TEST(r.waiting() == 1u);
  r.town.instead = nullptr;
  r.run(120);
  BOOST_TEST(r.status() == "received");
}

BOOST_AUTO_TEST_CASE(error_texts_are_dutch_and_may_name_people_so_codes_are_told_and_words_never) {
  Referring r;
  r.town.instead = [](const Call& call, bool) -> Instead {
    if (!is(call, "POST", "zaken")) return std::nullopt;
    return Town::problem(400, "max_length", "toelichting");
  };
  r.refer("t1");
  r.run();
  BOOST_REQUIRE(r.letters().size() == 1u);
  BOOST_TEST(r.letters()[0].why.find("400 invalid: toelichting max_length") != std::string::npos);
  BOOST_TEST(r.letters()[0].why.find("Jan") == std::string::npos);
  BOOST_TEST(json::write(r.task().root()).find("Jan") == std::string::npos);
  for (const std::string& line : r.reports) BOOST_TEST(line.find("Jan") == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(a_status_is_never_of_the_future_also_for_a_clock_that_is_behind_ours) {
  Referring r;
  r.town.slow = {300'000};
  r.refer("t1");
  r.run(300);
  BOOST_TEST(r.town.all("statussen").size() == 1u);
  BOOST_TEST(r.status() == "received");
  BOOST_TEST(r.letters().empty());
}

BOOST_AUTO_TEST_CASE(a_status_that_is_sent_again_has_the_same_instant) {
  Referring r;
  r.town.instead = once("POST", "statussen", false, no_answer);
  r.refer("t1");
  r.run(200);
  std::vector<std::string> instants;
  for (const Call& call : r.town.calls)
    if (is(call, "POST", "statussen"))
      instants.push_back(std::string(json::parse(call.body)->root().text("datumStatusGezet")));
  BOOST_REQUIRE(instants.size() == 2u);
  BOOST_TEST(instants[0] == instants[1]);
  BOOST_TEST(instants[0].ends_with("Z"));
}

BOOST_AUTO_TEST_CASE(einddatum_says_that_a_case_is_closed_whatever_its_status_says) {
  Referring r;
  r.refer("t1");
  r.run();
  const std::string zaak(r.town.all("zaken")[0]->text("url"));
  r.town.official("resultaten", "toegekend");
  r.run(70);
  BOOST_TEST(r.status() == "received");  // a result alone ends nothing
  r.town.official("statussen", "klaar");
  r.town.close(zaak, "");
  r.run(70);
  BOOST_TEST(r.status() == "in-progress");  // nor does an end status
  r.town.official("statussen", "bezig", "2026-01-01T00:00:07Z");
  r.town.close(zaak, "2026-01-03");
  r.run(70);
  BOOST_TEST(r.status() == "completed");  // the day does
}

BOOST_AUTO_TEST_CASE(a_case_that_is_opened_again_keeps_its_result_and_its_task_goes_on) {
  Referring r;
  r.refer("t1");
  r.run();
  const std::string zaak(r.town.all("zaken")[0]->text("url"));
  r.town.official("resultaten", "toegekend");
  r.town.official("statussen", "klaar");
  r.run(70);
  BOOST_TEST(r.status() == "completed");
  r.town.official("statussen", "bezig", "2026-01-01T00:01:00Z");
  r.ring();
  r.run();
  BOOST_TEST(r.status() == "in-progress");
  r.town.close(zaak, "2026-01-04");
  r.ring();
  r.run();
  BOOST_TEST(r.status() == "completed");
}

BOOST_AUTO_TEST_CASE(cancelling_sets_the_result_before_the_end_status_and_leaves_a_result_of_theirs) {
  Referring r;
  r.refer("t1");
  r.run();
  r.refer("t1", "cancelled");
  r.run(70);
  std::vector<std::string> order;
  for (const Call& call : r.town.calls)
    if (call.method == "POST") order.push_back(call.url.substr(call.url.rfind('/') + 1));
  BOOST_TEST(order == (std::vector<std::string>{"zaken", "rollen", "statussen", "resultaten", "statussen"}),
             boost::test_tools::per_element());
  BOOST_TEST(r.town.all("zaken")[0]->text("einddatum") == "2026-01-02");
  BOOST_TEST(r.status() == "cancelled");

  Referring other;
  other.refer("t1");
  other.run();
  other.town.official("resultaten", "toegekend");
  other.refer("t1", "cancelled");
  other.run(70);
  BOOST_TEST(other.town.all("resultaten").size() == 1u);
  BOOST_TEST(other.town.count("POST", "statussen") == 1u);  // they are closing it
}

BOOST_AUTO_TEST_CASE(one_initiator_is_added_whoever_was_first) {
  Referring r;
  r.town.instead = [&](const Call& call, bool after) -> Instead {
    if (after || !is(call, "POST", "rollen")) return std::nullopt;
    if (r.town.all("rollen").empty()) {  // somebody adds the person while we do
      Town::Row role{"rollen", "x", std::move(*json::parse(call.body))};
      role.body.set(role.body.root(), "omschrijvingGeneriek", role.body.string("initiator"));
      r.town.rows.push_back(std::move(role));
    }
    return std::nullopt;
  };
  r.refer("t1");
  r.run(70);
  BOOST_TEST(r.town.all("rollen").size() == 1u);
  BOOST_TEST(r.status() == "received");
  BOOST_TEST(r.letters().empty());
}

BOOST_AUTO_TEST_CASE(their_urls_are_sent_back_as_they_spell_them_and_called_as_we_were_told) {
  Referring r;
  r.town.own_base = "http://intern.zaak.local:8000";
  r.refer("t1");
  r.run(70);
  BOOST_TEST(r.status() == "received");
  for (const Call& call : r.town.calls) {
    BOOST_TEST(call.url.starts_with("https://zaak.example/"), call.url);
    if (is(call, "POST", "statussen"))
      BOOST_TEST(json::parse(call.body)->root().text("zaak").starts_with("http://intern.zaak.local:8000/"));
  }
}

BOOST_AUTO_TEST_CASE(open_cases_are_looked_at_in_one_list_by_their_source_since_no_filter_knows_what_changed) {
  Referring r;
  for (const char* id : {"t1", "t2", "t3"}) r.refer(id);
  r.run();
  r.town.calls.clear();
  r.clock.at.ms += 60'000;
  r.run();
  BOOST_TEST(r.town.count("GET", "/zaken?kenmerk__bron=panelbridge&einddatum__isnull=true") == 1u);
  BOOST_TEST(r.town.calls.size() == 1u);  // nothing has changed: nothing else is asked
  r.town.official("statussen", "bezig", "2026-01-01T00:02:00Z");
  r.clock.at.ms += 60'000;
  r.run();
  BOOST_TEST(r.status("t3") == "in-progress");
  BOOST_TEST(r.status("t1") == "received");
}

BOOST_AUTO_TEST_CASE(closed_cases_cost_no_calls_and_one_that_is_opened_again_without_a_notification_is_seen) {
  Referring r;
  for (const char* id : {"t1", "t2", "t3"}) r.refer(id);
  r.run();
  for (const char* id : {"t1", "t2", "t3"}) r.refer(id, "cancelled");
  r.run(70);
  for (const json::Value* zaak : r.town.all("zaken")) BOOST_TEST(zaak->text("einddatum") == "2026-01-02");
  r.town.calls.clear();
  r.run(60 * 40);
  BOOST_TEST(r.town.calls.size() <= 41u + 8u);  // one list each time, and the catalogue once
  r.town.close(r.town.all("zaken")[1]->text("url"), "");
  r.town.calls.clear();
  r.run(70);
  BOOST_TEST(r.town.count("GET", "/zaken/00000000") >= 1u);
}

BOOST_AUTO_TEST_CASE(notifications_that_repeat_our_own_writes_change_nothing) {
  Referring r;
  r.refer("t1");
  r.run();
  const auto before = r.store->last();
  for (int i = 0; i < 3; ++i) BOOST_TEST(r.ring() == 204);
  r.run();
  auto view = r.store->snapshot();
  BOOST_TEST((*(*view)->read({"Task", "t1"}))->version == 2);
  BOOST_TEST(r.town.count("POST", "") == 3u);
  BOOST_TEST((*view)->sequence() >= before);
}

BOOST_AUTO_TEST_CASE(a_notification_is_taken_from_who_knows_the_token_alone) {
  Referring r;
  r.refer("t1");
  r.run();
  BOOST_TEST(r.ring("other") == 403);
  BOOST_TEST(r.ring("") == 403);
  BOOST_TEST(r.ring() == 204);
}

BOOST_AUTO_TEST_CASE(a_text_longer_than_its_field_is_cut_where_everybody_sees_it) {
  Referring r;
  std::string longest;
  for (int i = 0; i < 900; ++i) longest += "\xC3\xA9\xC3\xA9 ";
  r.refer("t1", "requested", R"("description":")" + longest + R"(",)");
  r.run();
  const json::Value& zaak = *r.town.all("zaken")[0];
  const auto characters = [](std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  };
  BOOST_TEST(characters(zaak.text("toelichting")) == 1'000);
  BOOST_TEST(zaak.text("toelichting").ends_with("\xE2\x80\xA6"));
  BOOST_TEST(characters(zaak.text("omschrijving")) <= 80);
  BOOST_TEST(zaak.text("identificatie").size() <= 40u);
}

BOOST_AUTO_TEST_CASE(a_system_that_is_down_is_asked_again_and_the_others_keep_their_turn) {
  Referring r;
  r.run();
  r.town.instead = [](const Call&, bool) -> Instead { return core::Result<Answer>(no_answer); };
  for (int i = 0; i < 20; ++i) r.refer("t" + std::to_string(i));
  r.town.calls.clear();
  r.run(600);
  BOOST_TEST(r.town.calls.size() < 200u);  // not twenty at a time
  BOOST_TEST(r.waiting() == 20u);
  r.town.instead = nullptr;
  r.run(120);
  BOOST_TEST(r.waiting() == 0u);
  BOOST_TEST(r.town.all("zaken").size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_job_that_never_gets_an_answer_while_all_else_does_is_parked_and_can_be_tried_again) {
  Referring r;
  r.town.instead = [](const Call& call, bool) -> Instead {
    if (!is(call, "POST", "rollen")) return std::nullopt;
    return core::Result<Answer>(core::Error{core::Kind::busy, "the worker ended during the call", ""});
  };
  r.refer("t1");
  r.run(1'800);
  BOOST_REQUIRE(r.letters().size() == 1u);
  BOOST_TEST(r.letters()[0].why == "the worker ended during the call");
  BOOST_TEST(r.letters()[0].attempts >= 20u);
  r.town.instead = nullptr;
  {
    core::store::Batch batch;
    core::outbox::revive(batch, "zgw-t", r.letters()[0], r.clock.now());
    BOOST_REQUIRE(r.store->commit(std::move(batch)).ok());
  }
  r.run(10);
  BOOST_TEST(r.status() == "received");
  BOOST_TEST(r.town.all("zaken").size() == 1u);
  BOOST_TEST(r.letters().empty());
}

BOOST_AUTO_TEST_CASE(whoever_was_referred_before_the_partner_was_there_is_found_by_reference_and_by_identifier) {
  Referring r;
  r.refer("t1");
  r.put(
      R"({"resourceType":"Task","id":"t2","status":"requested","intent":"order","code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},"for":{"reference":"Patient/p"},"owner":{"identifier":{"system":"urn:oin","value":"1"}}})");
  r.put(
      R"({"resourceType":"Task","id":"t3","status":"requested","intent":"order","code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},"for":{"reference":"Patient/p"},"owner":{"identifier":{"system":"urn:other","value":"1"}}})");
  r.refer("t4", "rejected");
  r.run(10);
  BOOST_TEST(r.status("t1") == "received");
  BOOST_TEST(r.status("t2") == "received");
  BOOST_TEST(r.status("t3") == "requested");
  BOOST_TEST(r.town.all("zaken").size() == 2u);
  r.settings.organization = "Organization/h";  // another one is configured: its earlier ones are found too
  r.put(R"({"resourceType":"Organization","id":"h","identifier":[{"system":"urn:other","value":"1"}]})");
  r.restart();
  r.run(10);
  BOOST_TEST(r.status("t3") == "received");
}

BOOST_AUTO_TEST_CASE(a_need_that_the_house_does_not_know_is_said_and_stops_nothing) {
  Referring r;
  r.settings.needs = {{"*", "HULP"}, {"housing", "HULP"}, {"hosing", "HULP"}};
  r.refer("t1");
  r.run();
  BOOST_TEST(r.status() == "received");
  const auto remarks = r.partner->status().remarks;
  BOOST_TEST(std::count_if(remarks.begin(), remarks.end(), [](const auto& each) { return each.starts_with("needs."); }) == 1);
  const auto findings = r.partner->test();
  BOOST_TEST(std::count_if(findings.begin(), findings.end(), [](const auto& each) {
               return !each.good && each.text.starts_with("needs.hosing: no need of the house has this code");
             }) == 1);
}

BOOST_AUTO_TEST_CASE(a_catalogue_put_right_lets_go_what_was_parked_for_want_of_it) {
  Referring r;
  bool lacking = true;
  r.town.instead = [&](const Call& call, bool after) -> Instead {
    if (!lacking || after || !is(call, "GET", "roltypen")) return std::nullopt;
    return Answer{200, {{"Content-Type", "application/json"}}, R"({"count":0,"next":null,"previous":null,"results":[]})"};
  };
  r.refer("t1");
  r.run(30);
  BOOST_TEST(r.letters().size() == 1u);
  lacking = false;  // an official has added the role
  r.run(400);
  BOOST_TEST(r.letters().empty());
  BOOST_TEST(r.town.all("rollen").size() == 1u);
  BOOST_TEST(r.town.all("zaken").size() == 1u);
  BOOST_TEST(r.status() == "received");
}

BOOST_AUTO_TEST_SUITE_END()
