#include "fhir/operation/export.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "fhir/partner/disclosure.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using namespace fhir::operation;
using rest::Response;

namespace {

struct Lines final : ExportSink {
  core::Result<core::Done> line(ExportPart part, const std::string& type, std::string_view text) override {
    all.push_back({part, type, std::string(text)});
    return core::Done{};
  }
  struct Line {
    ExportPart part;
    std::string type, text;
  };
  std::vector<Line> all;
  std::size_t count(std::string_view type, ExportPart part = ExportPart::output) const {
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const Line& line) { return line.type == type && line.part == part; }));
  }
  bool say(std::string_view text) const {
    return std::any_of(all.begin(), all.end(),
                       [&](const Line& line) { return line.text.find(text) != std::string::npos; });
  }
};

const partner::Disclosure& disclosure() {
  static const auto table = partner::Disclosure::load(PANELBRIDGE_SOURCE "/profiles");
  if (!table) throw std::runtime_error(table.error().message);
  return *table;
}

struct Exporting : rest::test::Server {
  Exporting() {
    const auto start = [this](ExportPlan given) -> core::Result<std::string> {
      if (full) return core::Error{core::Kind::busy, "Too many.", {}};
      plan = std::move(given);
      return std::string("http://test/fhir/_export/1");
    };
    const auto kind_of = [](const core::access::Caller& caller) {
      return std::string(caller.id == "club" ? "community" : "");
    };
    const auto sights = [](std::string_view word) -> std::optional<ExportSight> {
      const auto recipient = partner::recipient_from(word);
      if (!recipient) return std::nullopt;
      return ExportSight{[recipient](std::string_view type) { return disclosure().knows(type, *recipient); },
                         [recipient](const json::Value& whole) { return disclosure().project(whole, *recipient); },
                         [recipient](std::string_view type) { return disclosure().asked_by(type, *recipient); }};
    };
    for (rest::Operation& operation : export_operations(start, {sights, kind_of})) api.add(std::move(operation));
  }
  Response kick_off(std::string_view url) { return get(url, {{"Prefer", "respond-async"}}); }
  // All of it; `between` runs after the first step, which looks at two changes.
  std::string run(std::string_view url, const std::function<void()>& between = nullptr) {
    lines.all.clear();
    const Response started = kick_off(url);
    BOOST_REQUIRE_MESSAGE(started.status == 202, rest::test::body(started));
    Export work(*plan, lines);
    bool first = true;
    for (;;) {
      auto done = work.step(first ? 2 : 100);
      BOOST_REQUIRE(done.ok());
      if (first && between) between();
      first = false;
      if (*done) break;
    }
    time = core::text(work.transaction_time());
    return export_manifest(work, {{ExportPart::output, "Patient", "http://f/Patient.1.ndjson", 3}});
  }
  bool full = false;
  std::optional<ExportPlan> plan;
  Lines lines;
  std::string time;
};

std::string patient(std::string_view id, std::string_view family = "A") {
  return R"({"resourceType":"Patient","id":")" + std::string(id) + R"(","name":[{"family":")" + std::string(family) +
         R"("}],"gender":"female"})";
}
std::string observation(std::string_view id, std::string_view of, std::string_view code = "4548-4") {
  return R"({"resourceType":"Observation","id":")" + std::string(id) +
         R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" + std::string(code) +
         R"("}]},"subject":{"reference":"Patient/)" + std::string(of) + R"("}})";
}

void put(Exporting& server, const std::string& url, const std::string& body) {
  const Response response = server.put(url, body);
  BOOST_REQUIRE_MESSAGE(response.status < 300, rest::test::body(response));
}

void populate(Exporting& server) {
  put(server, "/Patient/a", patient("a"));
  put(server, "/Patient/b", patient("b"));
  put(server, "/Organization/o", R"({"resourceType":"Organization","id":"o","name":"O"})");
  put(server, "/Observation/x", observation("x", "a"));
  put(server, "/Observation/y", observation("y", "b", "2345-7"));
  put(server, "/Group/g",
      R"({"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/a"}},)"
      R"({"entity":{"reference":"Patient/b"},"inactive":true}]})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(export_operation)

BOOST_AUTO_TEST_CASE(the_system_level_writes_every_resource_once) {
  Exporting server;
  populate(server);
  put(server, "/Patient/a", patient("a", "Later"));
  server.run("/$export");
  BOOST_TEST(server.lines.all.size() == 6);
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(server.lines.say("Later"));
}

BOOST_AUTO_TEST_CASE(what_changes_meanwhile_is_not_in_it) {
  Exporting server;
  populate(server);
  server.run("/$export", [&] {
    put(server, "/Patient/b", patient("b", "TooLate"));
    put(server, "/Observation/y", observation("y", "b", "99999-9"));
    put(server, "/Observation/y", observation("y", "b", "88888-8"));
    put(server, "/Patient/c", patient("c"));
    BOOST_REQUIRE(server.call("DELETE", "/Observation/x").status < 300);
  });
  BOOST_TEST(server.lines.all.size() == 6);
  BOOST_TEST(!server.lines.say("TooLate"));
  BOOST_TEST(server.lines.say("2345-7"));
  BOOST_TEST(server.lines.say(R"("id":"x")"));
}

BOOST_AUTO_TEST_CASE(patients_are_exported_with_their_compartments_only) {
  Exporting server;
  populate(server);
  server.run("/Patient/$export");
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(server.lines.count("Observation") == 2);
  BOOST_TEST(server.lines.count("Organization") == 0);
}

BOOST_AUTO_TEST_CASE(a_group_is_exported_with_its_active_members_only) {
  Exporting server;
  populate(server);
  server.run("/Group/g/$export");
  BOOST_TEST(server.lines.all.size() == 2);
  BOOST_TEST(server.lines.say(R"("id":"x")"));
  BOOST_TEST(!server.lines.say("Patient/b"));
  BOOST_TEST(server.kick_off("/Group/none/$export").status == 404);
}

BOOST_AUTO_TEST_CASE(type_filter_and_elements_narrow_it) {
  Exporting server;
  populate(server);
  server.run("/$export?_type=Observation,Patient&_typeFilter=Observation%3Fcode=2345-7,Observation%3Fcode=none");
  BOOST_TEST(server.lines.count("Observation") == 1);
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(server.lines.say(R"("id":"y")"));
  server.run("/$export?_type=Patient&_elements=Patient.gender");
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(!server.lines.say("family"));
  BOOST_TEST(server.lines.say("SUBSETTED"));
}

BOOST_AUTO_TEST_CASE(since_the_last_export_nothing_is_missed_and_deletions_are_told) {
  Exporting server;
  populate(server);
  const std::string manifest = server.run("/$export");
  const std::string since = server.time;
  BOOST_TEST(manifest.find(R"("transactionTime":")" + since) != std::string::npos);
  put(server, "/Patient/b", patient("b", "New"));
  BOOST_REQUIRE(server.call("DELETE", "/Observation/x").status < 300);
  server.run("/$export?_since=" + since);
  BOOST_TEST(server.lines.count("Patient") == 1);
  BOOST_TEST(server.lines.count("Observation") == 0);
  BOOST_TEST(server.lines.count("Group") == 1);  // written at that very instant
  BOOST_TEST(server.lines.count("Bundle", ExportPart::deleted) == 1);
  BOOST_TEST(server.lines.say(R"("request":{"method":"DELETE","url":"Observation/x"})"));
  server.run("/Group/g/$export?_since=" + since);
  BOOST_TEST(server.lines.say("Observation/x"));
  put(server, "/Observation/y", observation("y", "b"));
  BOOST_REQUIRE(server.call("DELETE", "/Observation/y").status < 300);
  server.run("/Group/g/$export?_since=" + since);
  BOOST_TEST(!server.lines.say("Observation/y"));  // it was not a member's
}

BOOST_AUTO_TEST_CASE(a_kick_off_that_cannot_be_done_is_refused_and_says_why) {
  Exporting server;
  populate(server);
  BOOST_TEST(server.get("/$export").status == 400);
  for (const std::string_view url :
       {"/$export?_type=Nothing", "/$export?_since=2026", "/$export?_outputFormat=text/csv",
        "/$export?patient=Patient/a", "/Patient/$export?_type=Organization",
        "/$export?_typeFilter=Observation%3Fnonsense=1", "/$export?_type=Patient&_typeFilter=Observation%3Fcode=1"})
    BOOST_TEST(server.kick_off(url).status == 400, url);
  BOOST_TEST(server.kick_off("/$export?includeAssociatedData=x").status >= 400);
  BOOST_TEST(server.get("/$export?includeAssociatedData=x", {{"Prefer", "respond-async, handling=lenient"}}).status ==
             202);
}

BOOST_AUTO_TEST_CASE(a_recipient_gets_what_the_table_names_and_no_other_type) {
  Exporting server;
  put(server, "/Patient/a",
      R"({"resourceType":"Patient","id":"a","name":[{"family":"Family"}],"address":[{"text":"CANARY"}],"maritalStatus":{"text":"CANARY"}})");
  put(server, "/Task/t",
      R"({"resourceType":"Task","id":"t","status":"requested","intent":"order","description":"CANARY","note":[{"text":"CANARY"}]})");
  put(server, "/Condition/c",
      R"({"resourceType":"Condition","id":"c","code":{"text":"CANARY"},"subject":{"reference":"Patient/a"}})");
  put(server, "/Observation/o", observation("o", "a", "CANARY"));
  for (const std::string recipient : {"practice", "community", "vendor"}) {
    server.run("/$export?recipient=" + recipient);
    BOOST_TEST(server.lines.count("Patient") == 1);
    BOOST_TEST(server.lines.count("Task") == 1);
    BOOST_TEST(server.lines.count("Condition") == 0);
    BOOST_TEST(!server.lines.say("CANARY"));
  }
  BOOST_TEST(server.kick_off("/$export?recipient=nobody").status == 400);
  BOOST_TEST(server.kick_off("/$export?recipient=practice&_type=Condition").status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_taken_away_for_a_recipient_is_said_and_what_is_whole_is_not) {
  Exporting server;
  put(server, "/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"female","maritalStatus":{"text":"x"}})");
  put(server, "/Patient/b", R"({"resourceType":"Patient","id":"b","gender":"male"})");
  const auto marks = [&] {
    std::size_t count = 0;
    for (const auto& line : server.lines.all) {
      const std::size_t at = line.text.find("SUBSETTED");
      count += at != std::string::npos;
      BOOST_TEST((at == std::string::npos || line.text.find("SUBSETTED", at + 1) == std::string::npos), "twice in " << line.text);
    }
    return count;
  };
  server.run("/$export?_type=Patient&recipient=practice");
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(marks() == 1);
  server.run("/$export?_type=Patient&recipient=practice&_elements=gender");
  BOOST_TEST(marks() == 2);
  server.run("/$export?_type=Patient");
  BOOST_TEST(marks() == 0);
}

BOOST_AUTO_TEST_CASE(a_panel_is_exported_to_its_owner_who_says_so_and_its_members_to_nobody_else) {
  Exporting server;
  put(server, "/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"female"})");
  const auto panel = [](const std::string& id, const std::string& code, const std::string& owner) {
    return R"({"resourceType":"Group","id":")" + id + R"(","type":"person","actual":true,"managingEntity":{"reference":")" + owner +
           R"("},"code":{"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/panel","code":")" + code +
           R"("}]},"member":[{"entity":{"reference":"Patient/a"}}]})";
  };
  put(server, "/Group/mine", panel("mine", "diabetes", "Organization/o"));
  put(server, "/Group/other", panel("other", "diabetes", "Organization/p"));
  put(server, "/Group/debts", panel("debts", "money", "Organization/o"));
  server.run("/$export?recipient=practice");
  BOOST_TEST(server.lines.count("Group") == 0);
  BOOST_TEST(server.kick_off("/$export?recipient=practice&_type=Group").status == 400);
  BOOST_TEST(server.kick_off("/$export?recipient=practice&_type=Group&_typeFilter=Group%3Fcode=diabetes").status == 400);
  BOOST_TEST(
      server.kick_off("/$export?recipient=practice&_type=Group&_typeFilter=Group%3Fmanaging-entity:not=Organization/o").status == 400);
  server.run("/$export?recipient=practice&_type=Group&_typeFilter=Group%3Fmanaging-entity=Organization/o");
  BOOST_TEST(server.lines.count("Group") == 1);
  BOOST_TEST(server.lines.say("mine"));
  BOOST_TEST(server.kick_off("/$export?recipient=municipality&_type=Group&_typeFilter=Group%3Fmanaging-entity=Organization/o").status == 400);
  for (const char* gone : {"/Group/debts", "/Group/other", "/Group/mine"}) BOOST_REQUIRE(server.call("DELETE", gone).status < 300);
  server.run("/$export?recipient=practice&_since=2020-01-01T00:00:00Z&_type=Group&_typeFilter=Group%3Fmanaging-entity=Organization/o");
  BOOST_TEST(server.lines.say("Group/mine"));
  BOOST_TEST(!server.lines.say("Group/debts"));  // its name tells something too
  BOOST_TEST(!server.lines.say("Group/other"));
  put(server, "/Group/mine", panel("mine", "diabetes", "Organization/o"));
  put(server, "/Group/debts", panel("debts", "money", "Organization/o"));
  // The people of a panel tell what the panel tells.
  BOOST_TEST(server.kick_off("/Group/mine/$export?recipient=municipality").status == 400);
  BOOST_TEST(server.kick_off("/Group/mine/$export?recipient=community").status == 400);
  server.run("/Group/debts/$export?recipient=practice&_type=Patient");
  BOOST_TEST(server.lines.count("Patient") == 0);
  server.run("/Group/mine/$export?recipient=practice&_type=Patient");
  BOOST_TEST(server.lines.count("Patient") == 1);
}

BOOST_AUTO_TEST_CASE(a_filter_of_a_recipient_asks_what_it_sees) {
  Exporting server;
  put(server, "/Patient/a",
      R"({"resourceType":"Patient","id":"a","identifier":[{"system":"urn:x","value":"1"}],"gender":"female"})");
  const auto coded = [](const std::string& id, const std::string& code) {
    return R"({"resourceType":"Task","id":")" + id +
           R"(","status":"requested","intent":"order","for":{"reference":"Patient/a"},"owner":{"reference":"Organization/o"},"code":{"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/item","code":")" +
           code + R"("}]}})";
  };
  put(server, "/Task/t", coded("t", "support-money"));
  put(server, "/Task/u", coded("u", "hba1c"));
  const auto tasks = [&](const std::string& recipient, const std::string& filter) {
    server.run("/$export?_type=Task&recipient=" + recipient + "&_typeFilter=Task%3F" + filter);
    return server.lines.count("Task");
  };
  BOOST_TEST(tasks("practice", "code=hba1c") == 1);
  BOOST_TEST(tasks("practice", "code=support-money") == 0);  // it would be told by being there
  BOOST_TEST(tasks("practice", "owner=Organization/o") == 2);
  BOOST_TEST(tasks("municipality", "owner=Organization/o") == 2);  // its own work, though the owner is not shown
  BOOST_TEST(tasks("practice", "owner=Organization/p") == 0);
  BOOST_TEST(
      server.kick_off("/$export?_type=Task&recipient=community&_typeFilter=Task%3Fpatient.identifier=1").status == 400);
  server.run("/$export?_type=Patient&recipient=community&_typeFilter=Patient%3Fidentifier=1");
  BOOST_TEST(server.lines.count("Patient") == 0);
  server.run("/$export?_type=Patient&recipient=practice&_elements=gender");
  BOOST_TEST(server.lines.say("female"));
  BOOST_TEST(!server.lines.say("urn:x"));
}

BOOST_AUTO_TEST_CASE(who_is_of_a_kind_gets_that_and_no_other) {
  Exporting server;
  put(server, "/Patient/a", patient("a"));
  put(server, "/Observation/o", observation("o", "a"));
  rest::Request request;
  request.method = "GET";
  request.path = "/$export";
  request.headers = {{"Prefer", "respond-async"}};
  request.caller.id = "club";
  BOOST_TEST(server.api.handle(request).status == 202);
  BOOST_TEST(server.plan->types == (std::set<std::string>{"Patient", "Task"}), boost::test_tools::per_element());
  Export work(*server.plan, server.lines);
  while (!*work.step()) {
  }
  BOOST_TEST(server.lines.all.size() == 1);
  BOOST_TEST(export_manifest(work, {}).find(R"("requiresAccessToken":true)") != std::string::npos);
  request.query = "recipient=practice";
  BOOST_TEST(server.api.handle(request).status == 403);
}

BOOST_AUTO_TEST_CASE(what_was_left_aside_is_told_and_too_many_are_told_to_wait) {
  Exporting server;
  populate(server);
  const Response lenient = server.get("/$export?_type=Patient,Nothing&organizeOutputBy=Patient",
                                      {{"Prefer", "respond-async, handling=lenient"}});
  BOOST_REQUIRE(lenient.status == 202);
  Export work(*server.plan, server.lines);
  while (!*work.step()) {
  }
  BOOST_TEST(server.lines.count("Patient") == 2);
  BOOST_TEST(server.lines.count("OperationOutcome", ExportPart::error) == 2);
  BOOST_TEST(server.lines.say("organizeOutputBy"));
  server.full = true;
  const Response refused = server.kick_off("/$export");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(rest::test::header(refused, "Retry-After") == "120");
}

BOOST_AUTO_TEST_CASE(an_empty_store_exports_nothing) {
  Exporting server;
  server.run("/$export");
  BOOST_TEST(server.lines.all.empty());
}

BOOST_AUTO_TEST_SUITE_END()
