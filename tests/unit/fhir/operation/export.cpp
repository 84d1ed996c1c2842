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
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Line& line) {
      return line.type == type && line.part == part;
    }));
  }
  bool say(std::string_view text) const {
    return std::any_of(all.begin(), all.end(),
                       [&](const Line& line) { return line.text.find(text) != std::string::npos; });
  }
};

struct Exporting : rest::test::Server {
  Exporting() {
    for (rest::Operation& operation : export_operations([this](ExportPlan given) {
           plan = std::move(given);
           return core::Result<std::string>(std::string("http://test/fhir/_export/1"));
         }))
      api.add(std::move(operation));
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
       {"/$export?_type=Nothing", "/$export?_since=2026", "/$export?_outputFormat=text/csv", "/$export?patient=Patient/a",
        "/Patient/$export?_type=Organization", "/$export?_typeFilter=Observation%3Fnonsense=1",
        "/$export?_type=Patient&_typeFilter=Observation%3Fcode=1"})
    BOOST_TEST(server.kick_off(url).status == 400, url);
  BOOST_TEST(server.kick_off("/$export?includeAssociatedData=x").status >= 400);
  BOOST_TEST(server.get("/$export?includeAssociatedData=x", {{"Prefer", "respond-async, handling=lenient"}}).status ==
             202);
}

BOOST_AUTO_TEST_CASE(a_projection_lets_out_what_the_table_names_and_no_other_type) {
  auto disclosure = partner::Disclosure::load(PANELBRIDGE_SOURCE "/profiles");
  BOOST_REQUIRE(disclosure.ok());
  Exporting server;
  put(server, "/Patient/a",
      R"({"resourceType":"Patient","id":"a","name":[{"family":"Family"}],"address":[{"text":"CANARY"}],"maritalStatus":{"text":"CANARY"}})");
  put(server, "/Task/t",
      R"({"resourceType":"Task","id":"t","status":"requested","intent":"order","description":"CANARY","note":[{"text":"CANARY"}]})");
  put(server, "/Condition/c",
      R"({"resourceType":"Condition","id":"c","code":{"text":"CANARY"},"subject":{"reference":"Patient/a"}})");
  put(server, "/Observation/o", observation("o", "a", "CANARY"));
  for (const auto recipient : {partner::Recipient::practice, partner::Recipient::community, partner::Recipient::vendor}) {
    BOOST_REQUIRE(server.kick_off("/$export").status == 202);
    server.lines.all.clear();
    Export work(*server.plan, server.lines, [&](const core::store::Record& record) -> std::optional<std::string> {
      const auto whole = json::parse(record.body);
      const json::Document shown = disclosure->project(whole->root(), recipient);
      if (!shown.root().is_object()) return std::nullopt;
      return json::write(shown.root());
    });
    while (!*work.step()) {}
    BOOST_TEST(server.lines.count("Patient") == 1);
    BOOST_TEST(server.lines.count("Task") == 1);
    BOOST_TEST(server.lines.count("Condition") == 0);
    BOOST_TEST(!server.lines.say("CANARY"));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_store_exports_nothing) {
  Exporting server;
  server.run("/$export");
  BOOST_TEST(server.lines.all.empty());
}

BOOST_AUTO_TEST_SUITE_END()
