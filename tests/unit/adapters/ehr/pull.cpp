#include "adapters/ehr/pull.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/adapters/ehr/fixture.hpp"

using namespace ehr_test;

BOOST_AUTO_TEST_SUITE(ehr_pull)

BOOST_AUTO_TEST_CASE(everything_of_the_types_asked_for_is_loaded_page_by_page) {
  Pulled p;
  for (int i = 0; i < 7; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  p.server.put("Observation/o", observation("Patient/3"));
  p.server.put("Encounter/e", R"("status":"finished","class":{"code":"AMB"})");
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 7);
  BOOST_TEST(p.count("Observation") == 1);
  BOOST_TEST(p.count("Encounter") == 0);
  BOOST_TEST(p.server.count("GET /Patient?") == 4);
  BOOST_TEST(p.server.calls.front() == "GET /metadata");
  BOOST_TEST(p.partner->status().received == 8);
  BOOST_TEST(p.partner->status().last_success.has_value());
  BOOST_TEST(p.partner->status().progress.empty());
}

BOOST_AUTO_TEST_CASE(a_type_that_the_server_did_not_have_is_pulled_once_it_says_so) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Observation/o", observation("Patient/1"));
  p.server.types = {"Patient"};  // as while it starts
  p.settle();
  BOOST_TEST(p.count("Observation") == 0);
  BOOST_TEST(p.remarked("Observation: the server does not have it"));
  p.server.types = {"Patient", "Observation"};
  for (int i = 0; i < 40; ++i) p.later();
  BOOST_TEST(p.count("Observation") == 1);
  BOOST_TEST(!p.remarked("Observation: the server does not have it"));
  BOOST_TEST(p.server.count("GET /metadata") == 2u);
}

BOOST_AUTO_TEST_CASE(a_type_that_r4_does_not_have_is_told_with_its_key) {
  Pulled p;
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient","Pateint"]})";
  p.open();
  const auto fits = p.partner->fits();
  BOOST_REQUIRE(!fits);
  BOOST_TEST(fits.error().message == "partners[0].types names what is no resource type of FHIR R4: Pateint");
  Pulled good;
  good.open();
  BOOST_TEST(good.partner->fits().ok());
}

BOOST_AUTO_TEST_CASE(the_next_page_is_asked_for_before_this_one_is_stored_and_only_that_one) {
  Pulled p;
  for (int i = 0; i < 7; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  p.server.put("Observation/o", observation("Patient/3"));
  std::vector<std::string> ahead;
  std::vector<std::int64_t> stored;
  p.server.begun = [&](const Call& call) {
    ahead.push_back(call.url);
    stored.push_back(p.count("Patient"));
  };
  BOOST_TEST(p.settle());
  BOOST_TEST(stored == (std::vector<std::int64_t>{0, 2, 4}), boost::test_tools::per_element());
  std::vector<std::string> asked;
  for (const Call& call : p.server.whole_calls)
    if (call.url.find("/Patient?") != std::string::npos) asked.push_back(call.url);
  BOOST_REQUIRE(asked.size() == 4);
  BOOST_TEST(ahead == std::vector<std::string>(asked.begin() + 1, asked.end()), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_change_is_asked_for_by_last_updated_and_arrives) {
  Pulled p;
  p.server.put("Patient/1", patient("Before"));
  p.server.put("Patient/2", patient("Other"));
  p.settle();
  p.server.clock.ms += 600'000;
  p.server.put("Patient/1", patient("After"));
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "After"));
  BOOST_TEST(p.version("Patient/1") == 2);
  BOOST_TEST(p.version("Patient/2") == 1);
  BOOST_TEST(has(p.server.calls.back(), "_lastUpdated=ge"));
}

BOOST_AUTO_TEST_CASE(what_has_not_changed_writes_nothing) {
  Pulled p;
  p.server.put("Patient/1", patient("Same"));
  p.server.put("Observation/o", observation("Patient/1"));
  p.settle();
  const auto before = p.store->last();
  p.server.put("Patient/1", patient("Same"));  // a new version that says the same
  p.later();
  p.later(2'000);  // and a full comparison
  BOOST_TEST(p.store->last() == before);
}

BOOST_AUTO_TEST_CASE(a_resource_that_changes_at_the_very_instant_of_the_last_one_is_seen) {
  Pulled p;
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"interval_s":10,"overlap_s":0})";
  p.server.put("Patient/1", patient("One"));
  p.settle();
  p.server.resources["Patient/2"].push_back({patient("Two"), p.server.resources["Patient/1"].back().updated, 1});
  p.later();
  BOOST_TEST(p.count("Patient") == 2);
}

BOOST_AUTO_TEST_CASE(the_clocks_may_differ_by_days) {
  for (const std::int64_t days : {-30, 30}) {
    Pulled p;
    p.server.clock.ms = p.clock.at.ms + days * 86'400'000;
    p.server.put("Patient/1", patient("One"));
    p.settle();
    p.server.put("Patient/1", patient("Two"));
    p.later();
    BOOST_TEST(has(p.body("Patient/1"), "Two"), days << " days apart");
  }
}

BOOST_AUTO_TEST_CASE(a_resource_dated_in_the_future_does_not_hide_later_changes) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.resources["Patient/9"].push_back({patient("Future"), Instant{4'000'000'000'000}, 1});
  p.settle();
  p.server.put("Patient/1", patient("Two"));
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Two"));
}

BOOST_AUTO_TEST_CASE(a_source_that_is_quiet_is_not_read_again_and_again) {
  Pulled p;
  p.server.page_size = 100;
  for (int i = 0; i < 20; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  p.settle();
  p.later(400);
  p.later(100);
  const std::string last = p.server.calls.at(p.server.calls.size() - 2);
  BOOST_TEST(has(last, "GET /Patient?"));
  const auto asked = core::moment_from(last.substr(last.find("=ge") + 3));
  BOOST_REQUIRE(asked);
  BOOST_TEST((asked->low > p.server.resources["Patient/19"].back().updated));
}

BOOST_AUTO_TEST_CASE(a_source_whose_clock_goes_back_is_compared_as_a_whole) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.settle();
  p.server.clock.ms -= 40LL * 86'400'000;  // restored from a backup
  p.server.resources.clear();
  p.server.put("Patient/1", patient("Older"));
  p.later();
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Older"));
}

BOOST_AUTO_TEST_CASE(a_version_that_goes_back_is_taken_at_the_next_full_comparison) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Patient/1", patient("Two"));
  p.settle();
  p.server.resources["Patient/1"].pop_back();
  p.later(1'001);
  BOOST_TEST(has(p.body("Patient/1"), "One"));
}

BOOST_AUTO_TEST_CASE(deletions_come_by_history_where_it_is_offered) {
  Pulled p;
  p.server.offers_history = true;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Patient/2", patient("Two"));
  p.settle();
  p.server.remove("Patient/1");
  p.server.put("Patient/2", patient("Three"));
  p.server.put("Patient/2", patient("Four"));
  p.later();
  BOOST_TEST(!p.record("Patient/1"));
  BOOST_TEST(has(p.body("Patient/2"), "Four"));
  BOOST_TEST(p.version("Patient/2") == 2);  // the older version of the same walk is not written
  BOOST_TEST(p.server.count("GET /Patient/_history?") >= 1);
  BOOST_TEST(p.server.count("GET /Patient?_count=250&_lastUpdated") == 0);
}

BOOST_AUTO_TEST_CASE(a_deleted_resource_that_comes_back_comes_back) {
  Pulled p;
  p.server.offers_history = true;
  p.server.put("Patient/1", patient("One"));
  p.settle();
  p.server.remove("Patient/1");
  p.later();
  BOOST_TEST(!p.record("Patient/1"));
  p.server.put("Patient/1", patient("Again"));
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Again"));
}

BOOST_AUTO_TEST_CASE(without_history_a_deletion_is_found_when_everything_is_compared_and_confirmed_by_a_read) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Patient/2", patient("Two"));
  p.settle();
  p.server.remove("Patient/1");
  p.later();
  BOOST_TEST(p.record("Patient/1").has_value());
  p.later(1'001);
  BOOST_TEST(!p.record("Patient/1"));
  BOOST_TEST(p.record("Patient/2").has_value());
  BOOST_TEST(p.server.count("GET /Patient/1") == 1);
}

BOOST_AUTO_TEST_CASE(what_a_page_left_out_but_a_read_finds_is_not_removed) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Patient/2", patient("Two"));
  p.settle();
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (!path.starts_with("/Patient?")) return std::nullopt;
    return p.server.json(R"({"resourceType":"Bundle","type":"searchset","total":2,"entry":[]})");
  };
  p.later(1'001);
  BOOST_TEST(p.count("Patient") == 2);
  BOOST_TEST(p.server.count("GET /Patient/1") == 1);
}

BOOST_AUTO_TEST_CASE(a_source_that_lost_most_of_its_data_is_believed_the_second_time_only) {
  Pulled p;
  p.server.page_size = 100;
  for (int i = 0; i < 150; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  p.settle();
  p.server.resources.clear();
  p.later(1'001);
  BOOST_TEST(p.count("Patient") == 150);
  BOOST_TEST(p.remarked("missing"));
  p.later(1'001);
  BOOST_TEST(p.count("Patient") == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_ignores_last_updated_is_noticed_and_compared_as_a_whole) {
  Pulled p;
  p.server.heeds_updated = false;
  p.server.put("Patient/1", patient("Old"));
  p.server.put("Patient/2", patient("Two"));
  p.server.put("Patient/3", patient("Three"));
  p.server.clock.ms += 3'600'000;
  p.server.put("Patient/4", patient("New"));
  p.settle();
  p.server.forget("Patient/2");
  p.server.put("Patient/3", patient("Drei"));
  p.later();
  BOOST_TEST(p.remarked("does not heed _lastUpdated"));
  BOOST_TEST(has(p.body("Patient/3"), "Drei"));
  BOOST_TEST(!p.record("Patient/2"));
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_last_updated_is_compared_as_a_whole) {
  Pulled p;
  p.server.refuses_updated = true;
  p.server.put("Patient/1", patient("One"));
  p.settle();
  p.server.put("Patient/1", patient("Two"));
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Two"));
  BOOST_TEST(p.remarked("does not heed _lastUpdated"));
  BOOST_TEST(p.partner->status().why.empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_claims_history_and_refuses_it_is_asked_by_last_updated) {
  Pulled p;
  p.server.offers_history = p.server.refuses_history = true;
  p.server.put("Patient/1", patient("One"));
  p.settle();
  p.server.put("Patient/1", patient("Two"));
  p.later();
  BOOST_TEST(has(p.body("Patient/1"), "Two"));
  BOOST_TEST(p.remarked("refuses _history"));
}

BOOST_AUTO_TEST_CASE(a_type_that_the_server_does_not_have_is_left_out_and_said) {
  Pulled p;
  p.server.types = {"Patient"};
  p.server.put("Patient/1", patient("One"));
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 1);
  BOOST_TEST(p.server.count("GET /Observation") == 0);
  BOOST_TEST(p.remarked("Observation: the server does not have it"));
}

BOOST_AUTO_TEST_CASE(a_server_of_another_release_is_refused_in_words) {
  Pulled p;
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (path != "/metadata") return std::nullopt;
    return p.server.json(R"({"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"})");
  };
  const auto due = p.attempt();
  BOOST_REQUIRE(!due);
  BOOST_TEST(has(due.error().message, "3.0.2"));
}

BOOST_AUTO_TEST_CASE(a_server_without_a_capability_statement_is_pulled_by_searches) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (path != "/metadata") return std::nullopt;
    return p.server.json("<html>", 404);
  };
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 1);
}

BOOST_AUTO_TEST_CASE(a_restarted_pull_goes_on_where_the_first_load_was_cut_off) {
  Pulled p;
  for (int i = 0; i < 7; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  int pages = 0;
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (path.starts_with("/Patient?") && ++pages > 2) return core::Error{core::Kind::busy, "cut off", ""};
    return std::nullopt;
  };
  BOOST_TEST(!p.settle());
  BOOST_TEST(p.count("Patient") == 4);
  p.server.instead = nullptr;
  p.server.calls.clear();
  p.partner.reset();
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 7);
  BOOST_TEST(p.server.count("GET /Patient?") == 2);  // the two pages that were missing
}

BOOST_AUTO_TEST_CASE(a_page_link_that_has_expired_begins_the_walk_anew) {
  Pulled p;
  for (int i = 0; i < 5; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  int expired = 0;
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (has(path, "page=1") && expired++ == 0) return p.server.json(FakeServer::outcome(), 410);
    return std::nullopt;
  };
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 5);
  BOOST_TEST(p.store->last() == 5);
}

BOOST_AUTO_TEST_CASE(other_queries_begin_anew_and_what_they_leave_out_goes) {
  Pulled p;
  p.server.put("Patient/1", patient("One", R"(,"active":true)"));
  p.server.put("Patient/2", patient("Two", R"(,"active":false)"));
  p.settle();
  BOOST_TEST(p.count("Patient") == 2);
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"queries":{"Patient":"active=true"},"interval_s":10})";
  p.partner.reset();
  p.settle();
  BOOST_TEST(p.record("Patient/1").has_value());
  BOOST_TEST(!p.record("Patient/2"));
}

BOOST_AUTO_TEST_CASE(several_queries_of_a_type_are_walked_one_after_the_other) {
  Pulled p;
  p.config =
      R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"queries":{"Patient":["active=true","active=false"]},"interval_s":10})";
  p.server.offers_history = true;
  for (int i = 0; i < 6; ++i) p.server.put("Patient/" + std::to_string(i), patient("A", i % 2 ? R"(,"active":true)" : R"(,"active":false)"));
  p.settle();
  BOOST_TEST(p.count("Patient") == 6);
  p.server.remove("Patient/1");
  p.server.put("Patient/x", patient("Out of what is asked for"));
  p.later();
  BOOST_TEST(p.count("Patient") == 5);  // the deletion came by history, and nothing else did
}

BOOST_AUTO_TEST_CASE(one_type_that_fails_does_not_hold_up_the_others) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.put("Observation/o", observation("Patient/1"));
  p.server.instead = [&](const Call&, const std::string& path) -> std::optional<core::Result<Answer>> {
    if (path.starts_with("/Patient?")) return p.server.json(FakeServer::outcome(), 500);
    return std::nullopt;
  };
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Observation") == 1);
  BOOST_TEST(has(p.partner->status().why, "Patient: it answers 500"));
  BOOST_TEST(!has(p.partner->status().why, "Jan"));  // the server's own words may be about people
  p.server.instead = nullptr;
  p.later();
  BOOST_TEST(p.count("Patient") == 1);
  BOOST_TEST(p.partner->status().why.empty());
}

BOOST_AUTO_TEST_CASE(partners_test_walks_the_configuration_in_words) {
  Pulled p;
  p.server.types = {"Patient"};
  p.server.put("Patient/1", patient("One"));
  p.open();
  const auto findings = p.partner->test();
  BOOST_REQUIRE(findings.size() >= 3);
  BOOST_TEST(findings[0].good);
  BOOST_TEST(has(findings[0].text, "FHIR 4.0.1"));
  bool left_out = false, heeds = false;
  for (const auto& finding : findings) {
    left_out = left_out || (!finding.good && has(finding.text, "Observation"));
    heeds = heeds || (finding.good && has(finding.text, "_lastUpdated is heeded"));
  }
  BOOST_TEST(left_out);
  BOOST_TEST(heeds);
  BOOST_TEST(p.store->last() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
