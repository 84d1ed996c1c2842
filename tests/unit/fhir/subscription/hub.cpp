#include "fhir/subscription/hub.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using namespace fhir::subscription;
using rest::Response;

namespace {

const partner::Disclosure& disclosure() {
  static const partner::Disclosure table = [] {
    auto loaded = partner::Disclosure::load(PANELBRIDGE_SOURCE "/profiles");
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }();
  return table;
}

// A server with subscriptions, whose endpoint is this test.
struct Listening : rest::test::Server {
  explicit Listening(std::int64_t failures = 3) : rest::test::Server(with_rule()), failures_(failures) { open(); }

  rest::Services with_rule() {
    rest::Services services;
    services.rule = [this](const json::Value* before, const json::Value& after, const core::access::Caller&,
                           validate::Issues& issues) {
      if (after.text("resourceType") == "Subscription") hub->check(before, after, issues);
    };
    services.rule_types = {"Subscription"};
    return services;
  }

  void open() {  // again: a restart
    Hub::Parts parts;
    parts.store = store.get();
    parts.clock = &clock;
    parts.ground = {&rest::test::index(),
                    &disclosure(),
                    {{"http://ehr.test/", partner::Recipient::practice},
                     {"http://own.test", std::nullopt},
                     {"http://club.test", partner::Recipient::community}},
                    "http://test/fhir"};
    parts.failures_until_error = failures_;
    parts.report = [](const std::string&, const core::Error*) {};
    hub = std::make_unique<Hub>(std::move(parts));
    BOOST_REQUIRE(hub->load().ok());
    for (rest::Operation& operation : hub->operations()) api.add(std::move(operation));
  }

  void follow() {
    for (;;) {
      auto looked = hub->follow();
      BOOST_REQUIRE_MESSAGE(looked.ok(), (looked.ok() ? "" : looked.error().message));
      if (*looked == 0) return;
    }
  }
  // Follows and delivers until nothing is due; the clock is moved on between.
  void run(std::int64_t patience_ms = 0) {
    const auto send = [this](const std::string& id, const partner::Call& call) -> core::Result<partner::Answer> {
      if (status == 0) return core::Error{core::Kind::busy, "not reached", {}};
      if (status < 300) calls.push_back({id, call});
      else ++refused;
      partner::Answer answer;
      answer.status = status;
      return answer;
    };
    follow();
    clock.skip(patience_ms);
    for (int i = 0; i < 200; ++i) {
      auto sent = hub->deliver(send);
      BOOST_REQUIRE_MESSAGE(sent.ok(), (sent.ok() ? "" : sent.error().message));
      if (!*sent) {
        if (i > 0 && status >= 300) return;
        follow();
        clock.skip(1'000);
        if (sent = hub->deliver(send); !*sent) return;
      }
      follow();
    }
  }

  std::string subscription_status(const std::string& id) {
    return std::string(rest::test::parsed(get("/Subscription/" + id)).root().text("status"));
  }
  Response put_ok(const std::string& url, const std::string& body) {
    Response response = put(url, body);
    BOOST_REQUIRE_MESSAGE(response.status < 300, rest::test::body(response));
    return response;
  }
  void task(const std::string& id, const std::string& owner, const std::string& status_ = "requested",
            const std::string& more = {}) {
    put_ok("/Task/" + id, R"({"resourceType":"Task","id":")" + id + R"(","status":")" + status_ +
                              R"(","intent":"order","owner":{"reference":")" + owner + R"("})" + more + "}");
  }

  struct Sent {
    std::string id;
    partner::Call call;
    json::Document body() const {
      auto document = json::parse(call.body);
      if (!document) throw std::runtime_error(document.error().message + call.body);
      return std::move(*document);
    }
    // A parameter of the status.
    std::string says(std::string_view name) const {
      const json::Document bundle = body();
      for (const json::Value& p : bundle.root()["entry"][0]["resource"]["parameter"].elements())
        if (p.text("name") == name)
          for (const json::Member& member : p.members())
            if (member.name.starts_with("value")) return std::string(member.value.text());
      return {};
    }
    std::vector<std::string> numbers() const {
      std::vector<std::string> out;
      const json::Document bundle = body();
      for (const json::Value& p : bundle.root()["entry"][0]["resource"]["parameter"].elements())
        if (p.text("name") == "notification-event") out.emplace_back(p["part"][0].text("valueString"));
      return out;
    }
  };
  std::unique_ptr<Hub> hub;
  std::vector<Sent> calls;
  int status = 200, refused = 0;

 private:
  std::int64_t failures_;
};

std::string classic(const std::string& criteria, const std::string& endpoint, const std::string& payload = {}) {
  return R"({"resourceType":"Subscription","id":"s","status":"requested","reason":"test","criteria":")" + criteria +
         R"(","channel":{"type":"rest-hook","endpoint":")" + endpoint + R"(","header":["X-Key: 1"])" +
         (payload.empty() ? "" : R"(,"payload":")" + payload + '"') + "}}";
}

std::string topical(const std::string& content, const std::string& filter = "Task?owner=Practitioner/1",
                    const std::string& more = {}, const std::string& topic = "task") {
  const std::string base(backport);
  return R"({"resourceType":"Subscription","id":"t","meta":{"profile":[")" + base +
         R"(backport-subscription"]},"status":"requested","reason":"test","criteria":"https://w3id.org/panelbridge/fhir/SubscriptionTopic/)" +
         topic + R"(","_criteria":{"extension":[{"url":")" + base + R"(backport-filter-criteria","valueString":")" +
         filter +
         R"("}]},"channel":{"type":"rest-hook","endpoint":"http://ehr.test/hook","payload":"application/fhir+json","_payload":{"extension":[{"url":")" +
         base + R"(backport-payload-content","valueCode":")" + content + R"("}]})" + more + "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(subscription_hub)

BOOST_AUTO_TEST_CASE(a_criterion_without_payload_gets_an_empty_post_for_each_match) {
  Listening server;
  server.task("before", "Practitioner/1");
  server.put_ok("/Subscription/s", classic("Task?owner=Practitioner/1", "http://ehr.test/hook?x=1"));
  server.run();
  BOOST_TEST(server.subscription_status("s") == "active");
  BOOST_TEST(server.calls.empty());  // what was there before does not count
  server.task("a", "Practitioner/1");
  server.task("b", "Practitioner/2");
  server.task("a", "Practitioner/1", "accepted");
  server.run();
  BOOST_REQUIRE(server.calls.size() == 2);
  BOOST_TEST(server.calls[0].call.method == "POST");
  BOOST_TEST(server.calls[0].call.url == "http://ehr.test/hook?x=1");
  BOOST_TEST(server.calls[0].call.body.empty());
  BOOST_TEST(server.calls[0].call.headers.front().name == "X-Key");
}

BOOST_AUTO_TEST_CASE(the_payload_is_the_resource_as_the_recipient_may_see_it) {
  Listening server;
  server.put_ok("/Subscription/s",
                classic("Task?owner=Practitioner/1", "http://ehr.test/hook", "application/fhir+json"));
  server.put_ok("/Subscription/own", [] {
    std::string text = classic("Task?owner=Practitioner/1", "http://own.test", "application/fhir+json");
    return text.replace(text.find(R"("id":"s")"), 8, R"("id":"own")");
  }());
  server.run();
  server.task("a", "Practitioner/1", "requested", R"(,"note":[{"text":"CANARY-NOTE"}],"description":"CANARY-WORDS")");
  server.run();
  BOOST_REQUIRE(server.calls.size() == 2);
  for (const auto& sent : server.calls) {
    BOOST_TEST((sent.call.body.find("CANARY") != std::string::npos) == (sent.id == "own"));
    BOOST_TEST(sent.call.body.find(R"("resourceType":"Task")") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_topic_begins_with_a_handshake_and_numbers_its_events_without_gaps) {
  Listening server;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  BOOST_REQUIRE(server.calls.size() == 1);
  BOOST_TEST(server.calls[0].says("type") == "handshake");
  BOOST_TEST(server.calls[0].says("status") == "requested");
  BOOST_TEST(server.calls[0].says("events-since-subscription-start") == "0");
  BOOST_TEST(server.subscription_status("t") == "active");
  for (int i = 0; i < 5; ++i) {
    server.task("x" + std::to_string(i), "Practitioner/1");
    server.task("other" + std::to_string(i), "Practitioner/2");
  }
  server.run();
  std::vector<std::string> numbers;
  for (std::size_t i = 1; i < server.calls.size(); ++i)
    for (const std::string& number : server.calls[i].numbers()) numbers.push_back(number);
  BOOST_TEST(numbers == (std::vector<std::string>{"1", "2", "3", "4", "5"}), boost::test_tools::per_element());
  const auto& last = server.calls.back();
  BOOST_TEST(last.says("events-since-subscription-start") == "5");
  BOOST_TEST(last.body().root().text("type") == "history");
  BOOST_TEST(last.body().root()["entry"][1].text("fullUrl").starts_with("http://test/fhir/Task/x"));
  BOOST_TEST(last.body().root()["entry"][1].find("resource") == nullptr);
}

BOOST_AUTO_TEST_CASE(what_leaves_the_list_is_told_without_its_content) {
  Listening server;
  server.put_ok("/Subscription/t", topical("full-resource"));
  server.run();
  server.task("a", "Practitioner/1");
  server.run();
  BOOST_TEST(server.calls.back().body().root()["entry"][1]["resource"].text("id") == "a");
  server.task("a", "Practitioner/2");
  server.run();
  BOOST_REQUIRE(server.calls.size() == 3);
  BOOST_TEST(server.calls.back().body().root()["entry"][1].find("resource") == nullptr);
  server.task("a", "Practitioner/2", "accepted");
  server.run();
  BOOST_TEST(server.calls.size() == 3);
  server.task("b", "Practitioner/1");
  BOOST_REQUIRE(server.call("DELETE", "/Task/b").status < 300);
  server.run();
  BOOST_TEST(server.calls.back().call.body.find(R"("method":"DELETE")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_panel_tells_who_joined_or_left_and_nothing_else) {
  Listening server;
  const auto group = [](const std::string& name, const std::string& members) {
    return R"({"resourceType":"Group","id":"g","type":"person","actual":true,"name":")" + name + R"(","member":[)" +
           members + "]}";
  };
  Response refused = server.put("/Subscription/t", topical("id-only", "Group?_id=g", {}, "panel-membership"));
  BOOST_TEST(refused.status == 422);  // a practice says whose panels
  BOOST_TEST(rest::test::body(refused).find("says whose") != std::string::npos);
  std::string text = topical("id-only", "Group?_id=g", {}, "panel-membership");
  text.replace(text.find("http://ehr.test/hook"), 20, "http://own.test/hook");
  server.put_ok("/Subscription/t", text);
  server.run();
  server.put_ok("/Group/g", group("A", R"({"entity":{"reference":"Patient/1"}})"));
  server.put_ok("/Group/g", group("B", R"({"entity":{"reference":"Patient/1"}})"));
  server.put_ok("/Group/g", group("B", R"({"entity":{"reference":"Patient/2"}})"));
  server.run();
  BOOST_TEST(server.calls.back().says("events-since-subscription-start") == "2");
}

BOOST_AUTO_TEST_CASE(a_practice_hears_of_its_own_panels_and_no_more_than_it_may) {
  Listening server;
  const auto panel = [](const std::string& id, const std::string& code, const std::string& owner, const std::string& member) {
    return R"({"resourceType":"Group","id":")" + id + R"(","type":"person","actual":true,"name":"CANARY","managingEntity":{"reference":")" + owner +
           R"("},"code":{"text":"CANARY","coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/panel","code":")" + code +
           R"("}]},"member":[{"entity":{"reference":"Patient/)" + member + R"(","display":"CANARY"}}]})";
  };
  server.put_ok("/Subscription/t", topical("full-resource", "Group?managing-entity=Organization/o", {}, "panel-membership"));
  server.run();
  const std::size_t before = server.calls.size();
  server.put_ok("/Group/mine", panel("mine", "diabetes", "Organization/o", "1"));
  server.put_ok("/Group/other", panel("other", "diabetes", "Organization/p", "2"));
  server.put_ok("/Group/debts", panel("debts", "money", "Organization/o", "3"));
  server.put_ok("/Group/mine", panel("mine", "diabetes", "Organization/o", "4"));
  server.run();
  std::string all;
  for (std::size_t i = before; i < server.calls.size(); ++i) all += server.calls[i].call.body;
  BOOST_TEST(server.calls.back().says("events-since-subscription-start") == "2");
  for (const std::string heard : {"Group/mine", "Patient/1", "Patient/4", "SUBSETTED"}) BOOST_TEST(all.find(heard) != all.npos, heard);
  for (const std::string unheard : {"CANARY", "Group/other", "Patient/2", "Group/debts", "Patient/3"})
    BOOST_TEST(all.find(unheard) == all.npos, unheard);
  std::string club = topical("id-only", "Group?managing-entity=Organization/o", {}, "panel-membership");
  club.replace(club.find("http://ehr.test/hook"), 20, "http://club.test/hoo");
  BOOST_TEST(server.put("/Subscription/t", club).status == 422);
}

BOOST_AUTO_TEST_CASE(after_a_restart_nothing_is_lost_and_numbers_go_on) {
  Listening server;
  server.put_ok("/Subscription/t", topical("empty"));
  server.run();
  server.task("a", "Practitioner/1");
  server.follow();  // an event, not sent yet
  server.task("b", "Practitioner/1");
  server.open();
  server.run();
  BOOST_REQUIRE(server.calls.size() == 2);
  BOOST_TEST(server.calls[1].numbers() == (std::vector<std::string>{"1", "2"}), boost::test_tools::per_element());
  server.open();
  server.run();
  BOOST_TEST(server.calls.size() == 2);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_fails_leads_to_error_and_recovers_in_order) {
  Listening server(3);
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  server.status = 503;
  server.task("a", "Practitioner/1");
  for (int i = 0; i < 6; ++i) server.run(400'000);
  BOOST_TEST(server.refused >= 3);
  BOOST_TEST(server.subscription_status("t") == "error");
  BOOST_TEST(rest::test::body(server.get("/Subscription/t")).find("503") != std::string::npos);
  server.task("b", "Practitioner/1");
  server.status = 200;
  server.run(400'000);
  server.run(1'000);
  BOOST_TEST(server.subscription_status("t") == "active");
  BOOST_TEST(server.calls.back().numbers() == (std::vector<std::string>{"1", "2"}), boost::test_tools::per_element());
  BOOST_TEST(rest::test::parsed(server.get("/Subscription/t")).root().find("error") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_failed_is_tried_again_and_a_failing_heartbeat_waits) {
  Listening server(2);
  const std::string beat =
      R"(,"extension":[{"url":")" + std::string(backport) + R"(backport-heartbeat-period","valueUnsignedInt":60}])";
  server.status = 500;
  server.put_ok("/Subscription/t", topical("empty", "Task?owner=Practitioner/1", beat));
  for (int i = 0; i < 4; ++i) server.run(400'000);
  BOOST_TEST(server.subscription_status("t") == "error");
  server.status = 200;
  server.run(400'000);
  BOOST_TEST(server.subscription_status("t") == "active");
  server.status = 500;
  const int before = server.refused;
  server.run(61'000);
  BOOST_TEST(server.refused - before >= 1);
  BOOST_TEST(server.refused - before < 10);  // not again and again at once
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_again_gets_a_handshake_at_once) {
  Listening server(2);
  server.status = 0;
  server.put_ok("/Subscription/t", topical("id-only"));
  for (int i = 0; i < 4; ++i) server.run(400'000);
  BOOST_TEST(server.subscription_status("t") == "error");
  server.status = 200;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  BOOST_TEST(server.subscription_status("t") == "active");
  BOOST_TEST(server.calls.front().says("type") == "handshake");
}

BOOST_AUTO_TEST_CASE(a_quiet_topic_beats_and_an_ended_one_goes_off) {
  Listening server;
  const std::string base(backport);
  const std::string beat = R"(,"extension":[{"url":")" + base + R"(backport-heartbeat-period","valueUnsignedInt":60}])";
  server.put_ok("/Subscription/t", topical("empty", "Task?owner=Practitioner/1", beat));
  server.run();
  server.run(61'000);
  BOOST_TEST(server.calls.back().says("type") == "heartbeat");
  const std::size_t before = server.calls.size();
  server.run(1'000);
  BOOST_TEST(server.calls.size() == before);
  std::string ending = topical("empty");
  ending.replace(ending.find(R"("reason")"), 8, R"("end":"2027-01-01T00:00:00Z","reason")");
  server.put_ok("/Subscription/t", ending);
  server.run();
  BOOST_TEST(server.subscription_status("t") == "active");
  server.run(400LL * 86'400'000);
  BOOST_TEST(server.subscription_status("t") == "off");
  const std::size_t at_end = server.calls.size();
  server.task("late", "Practitioner/1");
  server.run();
  BOOST_TEST(server.calls.size() == at_end);
}

BOOST_AUTO_TEST_CASE(status_and_events_can_be_asked_for) {
  Listening server;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  server.task("a", "Practitioner/1");
  server.task("b", "Practitioner/1");
  server.run();
  const std::string status = rest::test::body(server.get("/Subscription/t/$status"));
  BOOST_TEST(status.find("query-status") != std::string::npos);
  BOOST_TEST(status.find(R"("name":"events-since-subscription-start","valueString":"2")") != std::string::npos);
  const Response events = server.get("/Subscription/t/$events?eventsSinceNumber=2");
  BOOST_TEST(events.status == 200);
  BOOST_TEST(rest::test::body(events).find("Task/b") != std::string::npos);
  BOOST_TEST(rest::test::body(events).find("Task/a") == std::string::npos);
  BOOST_TEST(server.get("/Subscription/t/$events?eventsSinceNumber=x").status == 400);
  BOOST_TEST(server.get("/Subscription/none/$status").status == 404);
  const auto several = [&](const std::string& query) {
    return rest::test::parsed(server.get("/Subscription/$status" + query)).root()["entry"].size();
  };
  BOOST_TEST(several("") == 1);
  BOOST_TEST(several("?status=active") == 1);
  BOOST_TEST(several("?status=off") == 0);
  BOOST_TEST(several("?id=t&id=none") == 1);
  BOOST_TEST(
      rest::test::body(server.get("/Subscription/t/$events?content=full-resource")).find(R"("status":"requested")") ==
      std::string::npos);  // not more than it was made for
}

BOOST_AUTO_TEST_CASE(a_deleted_subscription_leaves_nothing_behind) {
  Listening server;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  server.task("a", "Practitioner/1");
  server.run();
  BOOST_REQUIRE(server.call("DELETE", "/Subscription/t").status < 300);
  server.task("b", "Practitioner/1");
  const std::size_t before = server.calls.size();
  server.run();
  BOOST_TEST(server.calls.size() == before);
  auto view = server.store->snapshot();
  BOOST_TEST((*view)->values("subscription/event/", {}, 10)->empty());
  BOOST_TEST((*view)->values("subscription/count/", {}, 10)->empty());
}

BOOST_AUTO_TEST_CASE(a_subscription_that_cannot_be_served_is_refused_and_says_where) {
  Listening server;
  const auto status = [&](const std::string& body) { return server.put("/Subscription/s", body).status; };
  BOOST_TEST(status(classic("Task?owner=Practitioner/1", "http://elsewhere.test/")) == 422);
  BOOST_TEST(status(classic("Task?owner=Practitioner/1", "http://own.test.evil/")) == 422);
  BOOST_TEST(status(classic("Task?owner=Practitioner/1", "http://own.test@evil/")) == 422);
  BOOST_TEST(status(classic("Task?owner=Practitioner/1", "http://ehr.test/../x")) == 422);
  BOOST_TEST(status(classic("Task?nonsense=1", "http://ehr.test/")) == 422);
  BOOST_TEST(status(classic("Nothing?x=1", "http://ehr.test/")) == 422);
  BOOST_TEST(status(classic("Condition?code=1", "http://ehr.test/")) == 422);  // tells a practice a diagnosis
  BOOST_TEST(status(classic("Task?patient.name=x&_has:Nothing", "http://ehr.test/")) == 422);
  BOOST_TEST(status(classic("Condition?code=1", "http://own.test/")) == 201);  // the operator's own system
  BOOST_TEST(status(classic("Task?owner=Practitioner/1", "http://ehr.test/", "text/plain")) == 422);
  std::string active = classic("Task?owner=Practitioner/1", "http://ehr.test/");
  active.replace(active.find("requested"), 9, "active");
  BOOST_TEST(status(active) == 422);
  std::string header = classic("Task?owner=Practitioner/1", "http://ehr.test/");
  header.replace(header.find("X-Key: 1"), 8, "Host: evil");
  BOOST_TEST(status(header) == 422);
  std::string topic = topical("id-only", "Task?owner=Practitioner/1", {}, "none");
  BOOST_TEST(server.put("/Subscription/t", topic).status == 422);
  BOOST_TEST(server.put("/Subscription/t", topical("id-only", "Task?description=x")).status == 422);
}

BOOST_AUTO_TEST_CASE(a_chained_criterion_is_asked_of_the_store) {
  Listening server;
  server.put_ok("/Patient/1", R"({"resourceType":"Patient","id":"1","gender":"female"})");
  server.put_ok("/Patient/2", R"({"resourceType":"Patient","id":"2","gender":"male"})");
  server.put_ok("/Subscription/s", classic("Task?patient.gender=female", "http://own.test/"));
  server.run();
  server.task("a", "Practitioner/1", "requested", R"(,"for":{"reference":"Patient/1"})");
  server.task("b", "Practitioner/1", "requested", R"(,"for":{"reference":"Patient/2"})");
  server.run();
  BOOST_TEST(server.calls.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_recipient_learns_nothing_by_asking) {
  Listening server;
  server.put_ok(
      "/Patient/1",
      R"({"resourceType":"Patient","id":"1","gender":"female","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"1"}]})");
  const auto status = [&](const std::string& criteria, const std::string& to) {
    return server.put("/Subscription/s", classic(criteria, to)).status;
  };
  // the community row has no identifier and no gender of a Patient, the practice's Task no input
  BOOST_TEST(status("Patient?identifier=1", "http://club.test/") == 422);
  BOOST_TEST(status("Task?patient.identifier=1", "http://club.test/") == 422);
  BOOST_TEST(status("Task?patient.gender=female", "http://club.test/") == 422);
  BOOST_TEST(status("Task?_has:AuditEvent:entity:agent=Practitioner/1", "http://ehr.test/") == 422);
  BOOST_TEST(status("Task?based-on=ServiceRequest/1", "http://ehr.test/") == 422);
  BOOST_TEST(status("Task?patient.gender=female", "http://ehr.test/") == 201);
  // a code that the practice may see, and one that it may not
  server.put_ok("/Subscription/s", classic("Task?code=support-money,hba1c", "http://ehr.test/"));
  server.run();
  const auto coded = [](const std::string& code) {
    return R"(,"code":{"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/item","code":")" + code +
           R"("}]})";
  };
  server.task("a", "Practitioner/1", "requested", coded("support-money"));
  server.run();
  BOOST_TEST(server.calls.empty());
  server.task("b", "Practitioner/1", "requested", coded("hba1c"));
  server.run();
  BOOST_TEST(server.calls.size() == 1);
}

BOOST_AUTO_TEST_CASE(what_is_changed_is_checked_anew) {
  Listening server;
  server.put_ok("/Subscription/s", classic("Task?owner=Practitioner/1", "http://own.test/a"));
  server.run();
  std::string now = rest::test::body(server.get("/Subscription/s"));
  BOOST_TEST(now.find(R"("status":"active")") != std::string::npos);
  BOOST_TEST(server.put("/Subscription/s", now).status == 200);  // as it is
  now.replace(now.find("own.test/a"), 10, "own.test/b");
  BOOST_TEST(server.put("/Subscription/s", now).status == 422);
  now.replace(now.find("active"), 6, "requested");
  BOOST_TEST(server.put("/Subscription/s", now).status == 200);
  now.insert(now.find(R"("criteria")"), R"("end":"2020-01-01T00:00:00Z",)");
  BOOST_TEST(server.put("/Subscription/s", now).status == 422);
}

BOOST_AUTO_TEST_CASE(criteria_choose_and_nothing_else) {
  Listening server;
  const auto status = [&](const std::string& criteria) {
    return server.put("/Subscription/s", classic(criteria, "http://own.test/")).status;
  };
  BOOST_TEST(status("Task?owner=Practitioner/1&_include=Task:patient") == 422);
  BOOST_TEST(status("Task?owner=Practitioner/1&_sort=rank") == 422);
  BOOST_TEST(status("Task?owner=Practitioner/1&_count=1") == 422);
  BOOST_TEST(status("Task?_content=diabetes") == 422);
  BOOST_TEST(status("Patient?_has:Task:patient:owner=Practitioner/1") == 201);
  server.run();
  server.put_ok("/Patient/1", R"({"resourceType":"Patient","id":"1"})");
  server.put_ok("/Patient/2", R"({"resourceType":"Patient","id":"2"})");
  server.run();
  BOOST_TEST(server.calls.empty());
  server.task("a", "Practitioner/1", "requested", R"(,"for":{"reference":"Patient/1"})");
  server.put_ok("/Patient/1", R"({"resourceType":"Patient","id":"1","active":true})");
  server.put_ok("/Patient/2", R"({"resourceType":"Patient","id":"2","active":true})");
  server.run();
  BOOST_TEST(server.calls.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_subscription_made_anew_begins_anew) {
  Listening server;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  server.task("a", "Practitioner/1");
  server.run();
  server.status = 500;  // one waits
  server.task("b", "Practitioner/1");
  server.run();
  // deleted and made again before anybody looks
  BOOST_REQUIRE(server.call("DELETE", "/Subscription/t").status < 300);
  server.put_ok("/Subscription/t", topical("id-only"));
  server.task("c", "Practitioner/1");
  server.status = 200;
  server.calls.clear();
  server.run();
  server.run(60'000);
  BOOST_REQUIRE(server.calls.size() == 2);
  BOOST_TEST(server.calls[0].says("type") == "handshake");
  BOOST_TEST(server.calls[1].numbers() == std::vector<std::string>{"1"}, boost::test_tools::per_element());
  BOOST_TEST(server.calls[1].call.body.find("Task/c") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_the_end_counts_for_nobody) {
  Listening server;
  server.put_ok("/Subscription/t", topical("id-only"));
  server.run();
  server.task("a", "Practitioner/1");
  server.follow();
  const auto sent = server.hub->deliver([&](const std::string&, const partner::Call&) -> core::Result<partner::Answer> {
    BOOST_REQUIRE(server.call("DELETE", "/Subscription/t").status < 300);
    server.follow();
    server.put_ok("/Subscription/t", topical("id-only"));
    server.follow();
    return partner::Answer{200, {}, {}};
  });
  BOOST_REQUIRE(sent.ok());
  server.calls.clear();
  server.task("b", "Practitioner/1");
  server.run();
  BOOST_REQUIRE(server.calls.size() == 2);
  BOOST_TEST(server.calls[1].numbers() == std::vector<std::string>{"1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
