#include "adapters/ehr/upstream.hpp"

#include <boost/test/unit_test.hpp>

#include "adapters/ehr/link.hpp"
#include "tests/unit/adapters/ehr/fixture.hpp"

using namespace ehr_test;

namespace {

using Instead = std::optional<core::Result<Answer>>;

std::string header(const Call& call, std::string_view name) {
  for (const auto& each : call.headers)
    if (each.name == name) return each.value;
  return {};
}

std::string smart(const std::string& more = "") {
  return R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"interval_s":10,"auth":{"type":"smart","client_id":"us","key":{"env":"KEY"})" + more + "}}";
}

// A SMART server: gives tokens t1, t2 ... and accepts the newest only.
struct Smart {
  Pulled p;
  int given = 0, expires = 300;
  std::vector<std::string> claims;
  std::string accepted = "t1";
  Smart() {
    p.config = smart();
    p.sign = [this](const adapters::ehr::Assertion& assertion) -> core::Result<std::string> {
      BOOST_TEST(assertion.key == "KEY");
      if (assertion.claims != "{}") claims.push_back(assertion.claims);  // beside the trial at start
      return std::string("a.b.c");
    };
    p.server.put("Patient/1", patient("One"));
    p.server.instead = [this](const Call& call, const std::string& path) -> Instead {
      if (path == "/.well-known/smart-configuration") return p.server.json(R"({"token_endpoint":"https://auth.example/token"})");
      if (call.url == "https://auth.example/token") {
        BOOST_TEST(has(call.body, "client_assertion=a.b.c"));
        BOOST_TEST(has(call.body, "grant_type=client_credentials"));
        BOOST_TEST(header(call, "Authorization").empty());
        return p.server.json(R"({"access_token":"t)" + std::to_string(++given) + R"(","token_type":"bearer","expires_in":)" + std::to_string(expires) + "}");
      }
      if (header(call, "Authorization") != "Bearer " + accepted) return p.server.json(FakeServer::outcome(), 401);
      return std::nullopt;
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ehr_upstream)

BOOST_AUTO_TEST_CASE(basic_and_bearer_credentials_go_with_every_call) {
  Pulled p;
  p.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"auth":{"type":"basic","user":"Aladdin","password":{"env":"open sesame"}}})";
  p.settle();
  for (const Call& call : p.server.whole_calls) BOOST_TEST(header(call, "Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  Pulled q;
  q.config = R"({"base_url":"https://ehr.example/fhir","types":["Patient"],"auth":{"type":"bearer","token":{"env":"abc"}}})";
  q.settle();
  for (const Call& call : q.server.whole_calls) BOOST_TEST(header(call, "Authorization") == "Bearer abc");
}

BOOST_AUTO_TEST_CASE(a_smart_token_is_asked_for_once_and_kept) {
  Smart s;
  BOOST_TEST(s.p.settle());
  BOOST_TEST(s.given == 1);
  BOOST_TEST(s.p.count("Patient") == 1);
  const auto claims = fhir::json::parse(s.claims.at(0));
  BOOST_REQUIRE(claims);
  BOOST_TEST(claims->root().text("iss") == "us");
  BOOST_TEST(claims->root().text("sub") == "us");
  BOOST_TEST(claims->root().text("aud") == "https://auth.example/token");
  BOOST_TEST(claims->root().text("jti").size() == 32);
  const auto lasts = std::stoll(std::string(claims->root().text("exp"))) - std::stoll(std::string(claims->root().text("iat")));
  BOOST_TEST((lasts > 0 && lasts <= 300));
}

BOOST_AUTO_TEST_CASE(a_token_is_renewed_before_it_ends) {
  Smart s;
  s.p.settle();
  s.accepted = "t2";
  s.p.later(280);
  BOOST_TEST(s.given == 2);
  BOOST_TEST(s.p.partner->status().failures == 0);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_refused_is_replaced_once) {
  Smart s;
  s.p.settle();
  s.accepted = "t2";  // the server forgot ours
  BOOST_TEST(s.p.later());
  BOOST_TEST(s.given == 2);
  s.accepted = "none";
  s.p.clock.at.ms += 11'000;
  const auto due = s.p.attempt();
  BOOST_REQUIRE(!due);
  BOOST_TEST((due.error().kind == core::Kind::unauthenticated));
  BOOST_TEST(s.given == 3);
}

BOOST_AUTO_TEST_CASE(a_token_endpoint_without_tls_is_not_trusted_with_an_assertion) {
  Pulled p;
  p.config = smart();
  p.sign = [](const adapters::ehr::Assertion&) -> core::Result<std::string> { return std::string("a.b.c"); };
  p.server.instead = [&](const Call& call, const std::string& path) -> Instead {
    BOOST_TEST(!call.url.starts_with("http:"));
    if (path == "/.well-known/smart-configuration") return p.server.json(R"({"token_endpoint":"http://auth.example/token"})");
    return std::nullopt;
  };
  BOOST_TEST(!p.settle());
}

BOOST_AUTO_TEST_CASE(retry_after_is_waited_for_and_nobody_asks_meanwhile) {
  for (const int status : {429, 503}) {
    Pulled p;
    p.server.put("Patient/1", patient("One"));
    bool busy = true;
    p.server.instead = [&](const Call&, const std::string& path) -> Instead {
      if (!busy || path == "/metadata") return std::nullopt;
      Answer answer = p.server.json("", status);
      answer.headers.push_back({"Retry-After", "120"});
      return answer;
    };
    const auto due = p.attempt();
    BOOST_REQUIRE(due);
    BOOST_TEST(due->ms == p.clock.at.ms + 120'000);
    busy = false;
    const std::size_t calls = p.server.calls.size();
    p.later(60);
    BOOST_TEST(p.server.calls.size() == calls);
    p.later(61);
    BOOST_TEST(p.count("Patient") == 1);
  }
}

BOOST_AUTO_TEST_CASE(retry_after_as_a_date_is_read_by_the_servers_own_clock) {
  Pulled p;
  p.server.clock.ms = p.clock.at.ms - 86'400'000;
  p.server.instead = [&](const Call&, const std::string&) -> Instead {
    Answer answer = p.server.json("", 503);
    answer.headers.push_back({"Retry-After", http_date_of({p.server.clock.ms + 30'000})});
    return answer;
  };
  const auto due = p.attempt();
  BOOST_REQUIRE(due);
  BOOST_TEST(due->ms == p.clock.at.ms + 30'000);
}

BOOST_AUTO_TEST_CASE(a_next_link_to_another_place_is_not_followed) {
  for (const char* elsewhere : {"https://evil.example/fhir/Patient?page=1", "http://ehr.example/fhir/Patient?page=1", "//evil.example/x",
                                "https://ehr.example@evil.example/x", "https://ehr.example:8443/fhir/Patient"}) {
    Pulled p;
    p.server.instead = [&](const Call& call, const std::string& path) -> Instead {
      BOOST_TEST(call.url.starts_with("https://ehr.example/fhir/"), call.url);
      if (!path.starts_with("/Patient?")) return std::nullopt;
      return p.server.json(std::string(R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":")") + elsewhere +
                           R"("}],"entry":[{"resource":{"resourceType":"Patient","id":"1"}}]})");
    };
    BOOST_TEST(p.settle());
    BOOST_TEST(p.count("Patient") == 1);
    BOOST_TEST(has(p.partner->status().why, "another place"));
  }
}

BOOST_AUTO_TEST_CASE(a_relative_next_link_is_followed) {
  Pulled p;
  p.server.instead = [&](const Call&, const std::string& path) -> Instead {
    if (path.starts_with("/Patient?_count"))
      return p.server.json(R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"?pages=second"}],"entry":[{"resource":{"resourceType":"Patient","id":"1"}}]})");
    if (path == "/Patient?pages=second")
      return p.server.json(R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"2"}}]})");
    return std::nullopt;
  };
  p.settle();
  BOOST_TEST(p.count("Patient") == 2);
}

BOOST_AUTO_TEST_CASE(page_links_in_a_circle_and_without_end_are_noticed) {
  for (const bool circle : {true, false}) {
    Pulled p;
    int page = 0;
    p.server.instead = [&](const Call&, const std::string& path) -> Instead {
      if (!path.starts_with("/Patient?")) return std::nullopt;
      return p.server.json(R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://ehr.example/fhir/Patient?page=)" +
                           std::to_string(circle ? ++page % 2 : ++page) + R"("}]})");
    };
    BOOST_TEST(p.settle());
    BOOST_TEST(has(p.partner->status().why, circle ? "circle" : "do not end"));
    BOOST_TEST(p.server.count("GET /Patient?") < 150);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_page_is_an_error_that_names_the_type) {
  for (const char* body : {"<html>login</html>", "{\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Bundle\",\"type\":\"transaction\"}", "", "[]",
                           "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"security\",\"diagnostics\":\"Jan\"}]}"}) {
    Pulled p;
    p.server.instead = [&](const Call&, const std::string& path) -> Instead {
      if (!path.starts_with("/Patient?")) return std::nullopt;
      return p.server.json(body);
    };
    BOOST_TEST(p.settle());
    BOOST_TEST(has(p.partner->status().why, "Patient: "), body);
    BOOST_TEST(p.partner->status().failing == 0u);  // Observation gets through
    BOOST_TEST(!has(p.partner->status().why, "Jan"));
  }
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_is_asked_for_in_smaller_ones) {
  Pulled p;
  p.server.put("Patient/1", patient("One"));
  p.server.instead = [&](const Call&, const std::string& path) -> Instead {
    if (has(path, "_count=250")) return core::fault("the answer is too large");
    return std::nullopt;
  };
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 1);
  BOOST_TEST(p.server.count("GET /Patient?_count=62") == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_be_reached_is_an_error_of_the_step) {
  Pulled p;
  p.server.instead = [](const Call&, const std::string&) -> Instead { return core::Error{core::Kind::busy, "not reached", ""}; };
  const auto due = p.attempt();
  BOOST_REQUIRE(!due);
  BOOST_TEST((due.error().kind == core::Kind::busy));
  BOOST_TEST(p.partner->status().failures == 1);
  BOOST_TEST(!p.partner->settling());
}

BOOST_AUTO_TEST_CASE(http_dates_and_origins_are_read_as_written) {
  using namespace adapters::ehr;
  BOOST_TEST(core::text(*http_date("Tue, 15 Nov 1994 08:12:31 GMT")) == "1994-11-15T08:12:31.000Z");
  for (const char* wrong : {"", "Tue, 15 Nov 1994 08:12:31", "Tue, 31 Feb 1994 08:12:31 GMT", "1994-11-15T08:12:31Z", "Tue, 15 Nov 1994 99:12:31 GMT"})
    BOOST_TEST(!http_date(wrong), wrong);
  BOOST_TEST(same_origin("https://A.example/x", "https://a.example:443/y"));
  BOOST_TEST(!same_origin("https://a.example", "http://a.example"));
  BOOST_TEST(!same_origin("", ""));
  BOOST_TEST(*retry_after_s("999999", {}) == 3'600);
  BOOST_TEST(!retry_after_s("soon", core::Instant{0}));
}

BOOST_AUTO_TEST_CASE(a_server_that_calls_itself_by_another_name_is_asked_by_ours) {
  Pulled p;
  p.server.own_base = "http://internal:8080/r4";  // behind a proxy; in its fullUrls and in its links
  for (int i = 0; i < 5; ++i) p.server.put("Patient/" + std::to_string(i), patient("A"));
  p.server.put("Observation/o", observation("http://internal:8080/r4/Patient/1"));
  BOOST_TEST(p.settle());
  BOOST_TEST(p.count("Patient") == 5);
  BOOST_TEST(has(p.body("Observation/o"), p.local("Patient/1")));
  for (const Call& call : p.server.whole_calls) BOOST_TEST(call.url.starts_with("https://ehr.example/fhir/"), call.url);
}

BOOST_AUTO_TEST_SUITE_END()
