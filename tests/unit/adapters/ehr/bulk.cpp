// The first load by Bulk Data from a server that can break in many ways.
#include "adapters/ehr/bulk.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/adapters/ehr/fixture.hpp"

using namespace ehr_test;

namespace {

using Instead = std::optional<core::Result<Answer>>;
const std::string base = "https://ehr.example/fhir", status_place = base + "/bulk/1";

// A server that offers $export: its files, how often it says that they are not ready yet, and what may go wrong.
struct Exporting {
  Pulled p;
  std::map<std::string, std::string> files;  // by URL
  std::vector<std::pair<std::string, std::string>> output = {{"Observation", base + "/bulk/1/o.ndjson"},
                                                             {"Patient", base + "/bulk/1/p.ndjson"}};
  std::string deleted, errors, location = status_place, more_of_manifest = R"("requiresAccessToken":false)";
  int not_ready = 0, refuses_kick_off = 0, refuses_status = 0;
  bool ranges = true, removed = false;
  std::string system =
      R"("operation":[{"name":"export","definition":"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"}])";
  std::function<Instead(const Call&)> instead;

  Exporting() {
    p.config =
        R"({"base_url":"https://ehr.example/fhir","types":["Patient","Observation"],"interval_s":10,"reconcile_s":1000,"auth":{"type":"bearer","token":{"env":"GEHEIM"}}})";
    put("Patient/1", patient("One"));
    put("Patient/2", patient("Two"));
    put("Observation/1", observation("Patient/1"));
    p.server.instead = [this](const Call& call, const std::string& path) { return answer(call, path); };
  }
  void put(const std::string& key, const std::string& body) {
    p.server.put(key, body);
    const std::string type = key.substr(0, key.find('/'));
    files[base + "/bulk/1/" + (type == "Patient" ? "p" : "o") + ".ndjson"] +=
        R"({"resourceType":")" + type + R"(","id":")" + key.substr(key.find('/') + 1) + "\"," + body + "}\n";
  }
  Instead answer(const Call& call, const std::string& path) {
    if (instead)
      if (auto other = instead(call)) return other;
    if (path == "/metadata")
      return p.server.json(
          R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server",)" + system +
          R"(,"resource":[{"type":"Patient","interaction":[{"code":"search-type"}]},{"type":"Observation","interaction":[{"code":"search-type"}]}]}]})");
    if (has(path, "$export")) return kick_off();
    if (call.url == status_place) return status(call);
    if (const auto file = files.find(call.url); file != files.end()) return part(call, file->second);
    if (path.starts_with("/bulk/")) return p.server.json(FakeServer::outcome(), 404);
    return std::nullopt;
  }
  Answer kick_off() {
    if (refuses_kick_off > 0) return p.server.json(FakeServer::outcome(), refuses_kick_off);
    Answer promised = p.server.json("", 202);
    promised.headers.push_back({"Content-Location", location});
    return promised;
  }
  Answer status(const Call& call) {
    if (call.method == "DELETE") {
      removed = true;
      return p.server.json("", 202);
    }
    if (refuses_status > 0) return p.server.json(FakeServer::outcome(), refuses_status);
    if (not_ready-- > 0) {
      Answer wait = p.server.json("", 202);
      wait.headers.push_back({"Retry-After", "120"});
      return wait;
    }
    std::string list;
    for (const auto& [type, url] : output)
      list += (list.empty() ? "" : ",") + (R"({"type":")" + type + R"(","url":")" + url + "\"}");
    return p.server.json(R"({"transactionTime":")" + core::text(p.server.clock) + R"(","request":"x",)" +
                         more_of_manifest + R"(,"output":[)" + list + R"(],"deleted":[)" + deleted + R"(],"error":[)" +
                         errors + "]}");
  }
  Answer part(const Call& call, const std::string& whole) const {
    std::size_t from = 0, to = whole.size();
    for (const auto& header : call.headers)
      if (header.name == "Range")
        from = std::stoul(header.value.substr(6)), to = std::stoul(header.value.substr(header.value.find('-') + 1)) + 1;
    if (!ranges) return p.server.json(whole);
    if (from >= whole.size()) return p.server.json("", 416);
    to = std::min(to, whole.size());
    Answer answer = p.server.json(whole.substr(from, to - from), 206);
    answer.headers.push_back({"Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(to - 1) + "/" +
                                                   std::to_string(whole.size())});
    return answer;
  }
  bool settle() {  // whatever it says about waiting
    for (int i = 0; i < 10'000; ++i) {
      const auto due = p.attempt();
      const auto state = p.values("export");
      const bool asked = p.server.count("GET /$export") + p.server.count("GET /Patient/$export") > 0;
      const std::string text = state.empty() ? (asked ? "" : "\"done\"") : state[0].second;
      const bool over = has(text, "\"done\"") || has(text, "\"left\"");
      if (due && over) return true;
      const std::int64_t pause = due ? std::max<std::int64_t>(1, due->ms - p.clock.at.ms) : 300'000;
      p.clock.at.ms += pause;
      p.server.clock.ms += pause;
    }
    return false;
  }
  bool all_here() { return p.count("Patient") == 2 && p.count("Observation") == 1; }
  std::size_t pages() const {
    return p.server.count("GET /Patient?_count=250") - p.server.count("GET /Patient?_count=250&_lastUpdated");
  }
};

std::string header(const Call& call, std::string_view name) {
  for (const auto& each : call.headers)
    if (each.name == name) return each.value;
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ehr_bulk)

BOOST_AUTO_TEST_CASE(what_follows_of_the_files_is_asked_for_while_this_is_stored) {
  Exporting e;
  for (int i = 3; i < 8; ++i) e.put("Patient/" + std::to_string(i), patient(std::string(1 << 20, 'x')));
  std::vector<std::string> ahead, asked;
  e.p.server.begun = [&](const Call& call) {
    if (e.files.contains(call.url)) ahead.push_back(call.url + " " + header(call, "Range"));
  };
  BOOST_TEST(e.settle());
  BOOST_TEST(e.p.count("Patient") == 7);
  for (const Call& call : e.p.server.whole_calls)
    if (e.files.contains(call.url)) asked.push_back(call.url + " " + header(call, "Range"));
  BOOST_TEST_REQUIRE(asked.size() == 3u);  // one of Observations, two of Patients
  BOOST_TEST(ahead == std::vector<std::string>(asked.begin() + 1, asked.end()), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_first_load_comes_by_export_where_it_is_offered_and_changes_follow) {
  Exporting e;
  e.not_ready = 2;
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
  BOOST_TEST(e.pages() == 0u);
  BOOST_TEST(e.p.server.count("GET /$export?_type=Patient,Observation") == 1u);
  BOOST_TEST(has(e.p.body("Observation/1"), "\"Patient/" + e.p.local("Patient/1") + "\""));
  BOOST_TEST(e.removed);
  BOOST_TEST(e.p.partner->status().remarks.empty());
  e.p.server.put("Patient/3", patient("Three"));
  BOOST_TEST(e.p.later());
  BOOST_TEST(e.p.count("Patient") == 3);
  BOOST_TEST(e.pages() == 0u);
}

BOOST_AUTO_TEST_CASE(a_load_by_export_and_one_by_pages_store_the_same) {
  Exporting e;
  Pulled pages;
  pages.server.resources = e.p.server.resources;
  BOOST_TEST(e.settle());
  BOOST_TEST(pages.settle());
  for (const char* key : {"Patient/1", "Patient/2", "Observation/1"}) {
    const auto a = fhir::json::parse(e.p.body(key)), b = fhir::json::parse(pages.body(key));
    BOOST_REQUIRE(a.ok());
    BOOST_REQUIRE(b.ok());
    auto stripped = [](const fhir::json::Value& root) {
      fhir::json::Document copy;
      copy.root() = copy.copy(root);
      copy.remove(*copy.find(copy.root(), "meta"), "lastUpdated");
      return fhir::json::write(copy.root());
    };
    BOOST_TEST(stripped(a->root()) == stripped(b->root()));
  }
}

BOOST_AUTO_TEST_CASE(it_asks_for_the_status_when_it_was_told_to) {
  Exporting e;
  e.not_ready = 1;
  e.p.settle();
  e.p.clock.at.ms += 300;
  e.p.server.clock.ms += 300;
  const auto due = e.p.attempt();
  BOOST_REQUIRE(due.ok());
  BOOST_TEST(due->ms - e.p.clock.at.ms <= 120'000);
  BOOST_TEST(e.p.server.count("GET /bulk/1") == 1u);
  e.p.clock.at.ms += 60'000;
  BOOST_TEST(e.p.settle());
  BOOST_TEST(e.p.server.count("GET /bulk/1") == 1u);
  e.p.clock.at.ms += 61'000;
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
}

BOOST_AUTO_TEST_CASE(a_server_that_offers_exports_of_patients_gives_those_and_the_rest_by_pages) {
  Exporting e;
  e.p.config =
      R"({"base_url":"https://ehr.example/fhir","types":["Patient","Observation","Organization"],"interval_s":10,"reconcile_s":1000})";
  e.p.server.put("Organization/1", R"("name":"Clinic")");
  e.system = R"("operation":[])";
  e.instead = [&](const Call& call) -> Instead {
    if (!has(call.url, "/metadata")) return std::nullopt;
    return e.p.server.json(
        R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","resource":[{"type":"Patient","operation":[{"name":"export","definition":"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"}]},{"type":"Observation"},{"type":"Organization"}]}]})");
  };
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
  BOOST_TEST(e.p.count("Organization") == 1);
  BOOST_TEST(e.p.server.count("GET /Patient/$export?_type=Patient,Observation") == 1u);
  BOOST_TEST(e.pages() == 0u);
}

BOOST_AUTO_TEST_CASE(whatever_ends_an_export_for_good_is_said_and_pages_are_read) {
  const auto falls_back = [](const char* what, const std::function<void(Exporting&)>& breaks) {
    Exporting e;
    breaks(e);
    BOOST_TEST(e.settle(), what);
    BOOST_TEST(e.all_here(), what);
    BOOST_TEST(e.pages() > 0u, what);
    BOOST_TEST(e.p.remarked("the first load was not by export"), what);
    for (const Call& call : e.p.server.whole_calls)
      BOOST_TEST((call.url.starts_with("https://ehr.example/") || header(call, "Authorization").empty()), what);
  };
  falls_back("refused", [](Exporting& e) { e.refuses_kick_off = 400; });
  falls_back("forbidden", [](Exporting& e) { e.refuses_kick_off = 403; });
  falls_back("not found", [](Exporting& e) { e.refuses_kick_off = 404; });
  falls_back("always broken", [](Exporting& e) { e.refuses_kick_off = 500; });
  falls_back("answered at once", [](Exporting& e) { e.refuses_kick_off = 200; });
  falls_back("no location", [](Exporting& e) { e.location = ""; });
  falls_back("status elsewhere", [](Exporting& e) { e.location = "https://elsewhere.example/bulk/1"; });
  falls_back("status in a file", [](Exporting& e) { e.location = "file:///etc/passwd"; });
  falls_back("the export failed", [](Exporting& e) { e.refuses_status = 500; });
  falls_back("status is gone", [](Exporting& e) { e.refuses_status = 404; });
  falls_back("a file elsewhere", [](Exporting& e) {
    e.output.push_back({"Patient", "https://elsewhere.example/p.ndjson"});
  });
  falls_back("a file of this machine", [](Exporting& e) {
    e.output.push_back({"Patient", "http://127.0.0.1/p.ndjson"});
  });
  falls_back("files are gone", [](Exporting& e) { e.output.push_back({"Patient", base + "/bulk/1/gone.ndjson"}); });
  falls_back("a file without address", [](Exporting& e) { e.output.push_back({"Patient", ""}); });
  falls_back("the list is no list", [](Exporting& e) { e.more_of_manifest = R"("output":7,"x":{)"; });
  falls_back("a part that is another", [](Exporting& e) {
    e.instead = [&e](const Call& call) -> Instead {
      if (!has(call.url, "p.ndjson")) return std::nullopt;
      Answer answer = e.p.server.json("{}\n", 206);
      answer.headers.push_back({"Content-Range", "bytes 100-102/900"});
      return answer;
    };
  });
  falls_back("never ready", [](Exporting& e) { e.not_ready = 1'000'000; });
}

BOOST_AUTO_TEST_CASE(with_queries_or_when_it_is_switched_off_pages_are_read) {
  for (const char* more : {R"("queries":{"Patient":"active=true"})", R"("bulk":false)"}) {
    Exporting e;
    e.p.config =
        R"({"base_url":"https://ehr.example/fhir","types":["Patient","Observation"],"interval_s":10,"reconcile_s":1000,)" +
        std::string(more) + "}";
    BOOST_TEST(e.settle());
    BOOST_TEST(e.p.server.count("GET /$export") == 0u);
    BOOST_TEST(e.p.count("Observation") == 1);
  }
}

BOOST_AUTO_TEST_CASE(an_export_that_expired_meanwhile_is_asked_for_again) {
  Exporting e;
  int gone = 0;
  e.instead = [&](const Call& call) -> Instead {
    if (has(call.url, "o.ndjson") && gone++ == 0) return e.p.server.json(FakeServer::outcome(), 410);
    return std::nullopt;
  };
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
  BOOST_TEST(e.p.server.count("GET /$export") == 2u);
  BOOST_TEST(e.pages() == 0u);
  BOOST_TEST(e.p.version("Patient/1") == 1);  // read twice, written once
}

BOOST_AUTO_TEST_CASE(too_many_requests_are_waited_for) {
  Exporting e;
  int refused = 0;
  e.instead = [&](const Call& call) -> Instead {
    if (!has(call.url, "/bulk/1") || refused++ > 2) return std::nullopt;
    Answer busy = e.p.server.json(FakeServer::outcome(), 429);
    busy.headers.push_back({"Retry-After", "30"});
    return busy;
  };
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
  BOOST_TEST(e.pages() == 0u);
}

BOOST_AUTO_TEST_CASE(lists_of_errors_make_everything_be_compared) {
  Exporting e;
  e.errors = R"({"type":"OperationOutcome","url":"https://ehr.example/fhir/bulk/1/e.ndjson"})";
  e.p.server.put("Patient/9", patient("Left out"));  // not in the files
  BOOST_TEST(e.settle());
  BOOST_TEST(e.p.count("Patient") == 3);
  BOOST_TEST(e.p.remarked("lists of errors"));
}

BOOST_AUTO_TEST_CASE(deletions_that_it_lists_are_made) {
  Exporting e;
  e.deleted = R"({"type":"Bundle","url":"https://ehr.example/fhir/bulk/1/d.ndjson"})";
  e.files[base + "/bulk/1/d.ndjson"] =
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/2"}},{"request":{"method":"DELETE","url":"../x"}}]})";
  e.p.server.forget("Patient/2");
  BOOST_TEST(e.settle());
  BOOST_TEST(e.p.count("Patient") == 1);
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_resources_are_counted_and_the_rest_is_kept) {
  Exporting e;
  e.files[base + "/bulk/1/p.ndjson"] +=
      "not "
      "json\n\n{\"resourceType\":\"Device\",\"id\":\"1\"}\r\n{\"resourceType\":\"Patient\",\"id\":\"../"
      "1\"}\n{\"resourceType\":\"Patient\",\"id\":\"bad\",\"gender\":\"x\"}";
  BOOST_TEST(e.settle());
  BOOST_TEST(e.all_here());
  BOOST_TEST(e.p.remarked("2 lines of the export are no resources"));
  BOOST_TEST(e.p.letters().size() == 2u);
  for (const auto& letter : e.p.letters()) BOOST_TEST(has(letter.why, "Patient, export file 1, byte "), letter.why);
}

BOOST_AUTO_TEST_CASE(files_of_a_server_without_ranges_and_empty_ones_are_read) {
  for (const bool ranges : {false, true}) {
    Exporting e;
    e.ranges = ranges;
    e.output.push_back({"Patient", base + "/bulk/1/empty.ndjson"});
    e.files[base + "/bulk/1/empty.ndjson"] = "";
    BOOST_TEST(e.settle());
    BOOST_TEST(e.all_here());
    BOOST_TEST(e.pages() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_many_parts_is_whole_and_a_restart_goes_on_in_the_middle) {
  Exporting e;
  const std::string long_name(20'000, 'x');
  for (int i = 10; i < 610; ++i) e.put("Patient/" + std::to_string(i), patient(long_name));
  int parts = 0;
  e.instead = [&](const Call& call) -> Instead {
    if (has(call.url, "p.ndjson") && ++parts > 2) return core::Error{core::Kind::busy, "cut off", ""};
    return std::nullopt;
  };
  for (int i = 0; i < 20 && parts <= 2; ++i) {
    (void)e.p.attempt();
    e.p.clock.at.ms += 1'000;
  }
  const auto before = e.p.count("Patient");
  BOOST_TEST(before > 100);
  BOOST_TEST(before < 602);
  e.instead = nullptr;
  e.p.partner.reset();
  e.p.server.calls.clear();
  BOOST_TEST(e.settle());
  BOOST_TEST(e.p.count("Patient") == 602);
  BOOST_TEST(e.p.server.count("GET /$export") == 0u);
  BOOST_TEST(e.p.version("Patient/10") == 1);
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_part_is_read_whole_and_one_without_end_is_not) {
  Exporting e;
  std::string names;  // one alone may have a megabyte
  for (int i = 0; i < 10; ++i)
    names += (i == 0 ? "" : ",") + std::string(R"({"family":")") + std::string(900'000, 'x') + "\"}";
  e.put("Patient/3", R"("name":[)" + names + "]");
  e.put("Patient/4", patient("Four"));
  BOOST_TEST(e.settle());
  BOOST_TEST(e.p.count("Patient") == 4);
  BOOST_TEST(e.pages() == 0u);

  Exporting endless;
  endless.files[base + "/bulk/1/p.ndjson"] = std::string(90UL << 20, 'x');
  BOOST_TEST(endless.settle());
  BOOST_TEST(endless.p.count("Patient") == 2);
  BOOST_TEST(endless.pages() > 0u);
  BOOST_TEST(endless.p.remarked("a line of its files is too long"));
}

BOOST_AUTO_TEST_CASE(ranges_of_an_answer_are_read_with_care) {
  const auto range = adapters::ehr::content_range("bytes 5-9/10");
  BOOST_REQUIRE(range.has_value());
  BOOST_TEST((range->from == 5 && range->to == 9 && *range->whole == 10));
  BOOST_TEST(!adapters::ehr::content_range("bytes 0-1/*")->whole.has_value());
  for (const char* wrong : {"", "bytes", "bytes 1-0/5", "bytes 0-5/5", "bytes -1-2/5", "0-1/2",
                            "bytes 0-99999999999999999999/*", "bytes 0-1/x"})
    BOOST_TEST(!adapters::ehr::content_range(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
