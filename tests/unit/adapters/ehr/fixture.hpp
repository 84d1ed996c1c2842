// A FHIR server in a few containers that a test can break in many ways, and a pull from it into a memory store.
// Never: anything but what a test of the pull needs. Threads: one.
#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/ehr/identity.hpp"
#include "adapters/ehr/pull.hpp"
#include "adapters/memory/memory_store.hpp"
#include "core/outbox/outbox.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/search/search.hpp"

namespace ehr_test {

using core::Instant;
using core::store::Key;
using fhir::partner::Answer;
using fhir::partner::Call;

struct SetClock final : core::Clock {
  Instant at{1'767'225'600'000};  // 2026-01-01
  Instant now() const override { return at; }
  core::Day today() const override { return core::day_of(at); }
};

inline std::string http_date_of(Instant at) {
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const core::Civil date = core::civil_from(core::day_of(at));
  const auto second = (at.ms - core::start_of(core::day_of(at)).ms) / 1'000;
  char text[64];
  std::snprintf(text, sizeof text, "Mon, %02d %s %04d %02d:%02d:%02d GMT", date.day, months[date.month - 1], date.year,
                static_cast<int>(second / 3'600), static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
  return text;
}

class FakeServer final : public fhir::partner::Outgoing {
 public:
  struct Version {
    std::string body;  // without meta; empty: deleted
    Instant updated;
    int number = 0;
  };
  std::string base = "https://ehr.example/fhir";
  std::string own_base = base;  // what it calls itself in fullUrls and links
  Instant clock{1'767'000'000'000};
  bool sends_date = true, offers_history = false, heeds_updated = true, refuses_updated = false, refuses_history = false;
  std::size_t page_size = 2;
  std::vector<std::string> types = {"Patient", "Observation", "Condition", "Practitioner", "Organization", "Encounter"};
  std::map<std::string, std::vector<Version>> resources;  // "Patient/1"
  std::vector<std::string> calls;                         // "GET /Patient?_count=2"
  std::vector<Call> whole_calls;
  std::string extra_entries;  // of every searchset's first page
  // Answers instead of the server, for as long as it returns something.
  std::function<std::optional<core::Result<Answer>>(const Call& call, const std::string& path)> instead;

  void put(const std::string& key, const std::string& body) {
    clock.ms += 1'000;
    auto& versions = resources[key];
    versions.push_back({body, clock, static_cast<int>(versions.size()) + 1});
  }
  void remove(const std::string& key) { put(key, ""); }
  void forget(const std::string& key) { resources.erase(key); }  // as if it had never been

  core::Result<Answer> send(const Call& call) override {
    const std::string path = call.url.starts_with(base) ? call.url.substr(base.size()) : call.url;
    calls.push_back(call.method + " " + path);
    whole_calls.push_back(call);
    if (instead)
      if (auto answer = instead(call, path)) return *answer;
    if (path == "/metadata") return json(statement());
    const std::string name = path.substr(0, path.find('?'));
    const std::string query = path.find('?') == path.npos ? "" : path.substr(path.find('?') + 1);
    if (name.ends_with("/_history")) return refuses_history ? json(outcome(), 501) : json(history(name.substr(1, name.size() - 10), query));
    if (name.find('/', 1) != name.npos) return read(name.substr(1));
    if (refuses_updated && query.find("_lastUpdated=") != query.npos) return json(outcome(), 400);
    return json(search(name.substr(1), query));
  }

  std::function<void(const Call& call)> begun;  // told of each begin()
  void begin(const Call& call) override {
    if (begun) begun(call);
  }

  std::size_t count(const std::string& beginning) const {
    std::size_t n = 0;
    for (const std::string& call : calls) n += call.starts_with(beginning);
    return n;
  }
  Answer json(std::string body, int status = 200) const {
    Answer answer;
    answer.status = status;
    answer.headers = {{"Content-Type", "application/fhir+json"}};
    if (sends_date) answer.headers.push_back({"Date", http_date_of(clock)});
    answer.body = std::move(body);
    return answer;
  }
  static std::string outcome() {
    return R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported","diagnostics":"Jan de Vries"}]})";
  }

 private:
  static std::string value_of(const std::string& query, const std::string& name) {
    const std::size_t at = ("&" + query).find("&" + name + "=");
    if (at == std::string::npos) return {};
    const std::string rest = query.substr(at + name.size() + 1);
    return rest.substr(0, rest.find('&'));
  }
  std::string statement() const {
    std::string list;
    for (const std::string& type : types)
      list += (list.empty() ? "" : ",") + std::string(R"({"type":")") + type + R"(","interaction":[{"code":"read"},{"code":"search-type"})" +
              (offers_history ? R"(,{"code":"history-type"})" : "") + "]}";
    return R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","resource":[)" + list + "]}]}";
  }
  static std::string stamped(const std::string& key, const Version& version) {
    std::string body = version.body;
    const std::string type = key.substr(0, key.find('/')), id = key.substr(key.find('/') + 1);
    return R"({"resourceType":")" + type + R"(","id":")" + id + R"(","meta":{"versionId":")" + std::to_string(version.number) +
           R"(","lastUpdated":")" + core::text(version.updated) + R"("})" + (body.empty() ? "" : ",") + body + "}";
  }
  core::Result<Answer> read(const std::string& key) const {
    const auto found = resources.find(key);
    if (found == resources.end()) return json(outcome(), 404);
    if (found->second.back().body.empty()) return json(outcome(), 410);
    return json(stamped(key, found->second.back()));
  }
  std::string paged(const std::vector<std::string>& entries, const std::string& path, const std::string& query, const std::string& kind) const {
    const std::string at = value_of(query, "page");
    const std::size_t page = at.empty() ? 0 : static_cast<std::size_t>(std::stoul(at));
    std::string list = page == 0 && kind == "searchset" ? extra_entries : "";
    for (std::size_t i = page * page_size; i < std::min(entries.size(), (page + 1) * page_size); ++i)
      list += (list.empty() ? "" : ",") + entries[i];
    std::string rest = query.substr(0, query.find("&page="));
    const bool more = (page + 1) * page_size < entries.size();
    const std::string next = R"({"relation":"next","url":")" + own_base + path + "?" + rest + "&page=" + std::to_string(page + 1) + "\"}";
    return R"({"resourceType":"Bundle","type":")" + kind + R"(","total":999,"link":[)" + (more ? next : "") + R"(],"entry":[)" + list + "]}";
  }
  std::string search(const std::string& type, const std::string& query) const {
    const std::string since = heeds_updated ? value_of(query, "_lastUpdated") : "", id = value_of(query, "_id");
    const std::string active = value_of(query, "active");
    std::vector<std::string> entries;
    for (const auto& [key, versions] : resources) {
      const Version& now = versions.back();
      if (!key.starts_with(type + "/") || now.body.empty()) continue;
      if (!since.empty() && now.updated < core::moment_from(since.substr(2))->low) continue;
      if (!id.empty() && key != type + "/" + id) continue;
      if (!active.empty() && now.body.find("\"active\":" + active) == std::string::npos) continue;
      entries.push_back(R"({"fullUrl":")" + own_base + "/" + key + R"(","resource":)" + stamped(key, now) + R"(,"search":{"mode":"match"}})");
    }
    return paged(entries, "/" + type, query, "searchset");
  }
  std::string history(const std::string& type, const std::string& query) const {
    const std::string since = value_of(query, "_since");
    std::vector<std::pair<std::int64_t, std::string>> found;
    for (const auto& [key, versions] : resources)
      for (const Version& version : versions) {
        if (!key.starts_with(type + "/")) continue;
        if (!since.empty() && version.updated < core::moment_from(since)->low) continue;
        const std::string request = R"("request":{"method":")" + std::string(version.body.empty() ? "DELETE" : "PUT") + R"(","url":")" + key + "\"}";
        found.emplace_back(version.updated.ms, R"({"fullUrl":")" + own_base + "/" + key + "\"," +
                                                   (version.body.empty() ? "" : "\"resource\":" + stamped(key, version) + ",") + request +
                                                   R"(,"response":{"status":"200","lastModified":")" + core::text(version.updated) + "\"}}");
      }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> entries;
    for (auto& each : found) entries.push_back(std::move(each.second));
    return paged(entries, "/" + type + "/_history", query, "history");
  }
};

inline const std::shared_ptr<const fhir::model::Definitions>& definitions() {
  static const auto loaded = [] {
    auto read = fhir::model::Definitions::load(std::string(PANELBRIDGE_SOURCE) + "/profiles");
    BOOST_REQUIRE(read);
    return *read;
  }();
  return loaded;
}

inline const fhir::search::Index& index() {
  static const fhir::search::Index made(definitions());
  return made;
}

struct Pulled {
  FakeServer server;
  SetClock clock;
  std::unique_ptr<core::store::Store> store = adapters::memory::open_memory_store(clock, fhir::rest::stamp);
  std::vector<std::string> reports;
  std::string config = R"({"base_url":"https://ehr.example/fhir","types":["Patient","Observation"],"interval_s":10,"reconcile_s":1000})";
  adapters::ehr::Sign sign;
  std::string id = "hospital";
  std::unique_ptr<fhir::partner::Partner> partner;

  void open() {
    auto document = fhir::json::parse(config);
    BOOST_REQUIRE(document);
    fhir::partner::Source source;
    source.secret = [](const fhir::json::Value& value, const std::string&) -> core::Result<std::string> { return std::string(value.text("env")); };
    fhir::partner::Keys keys(&document->root(), "partners[0]", source);
    auto make = adapters::ehr::read(id, keys, sign);
    const auto finished = keys.finish();
    BOOST_REQUIRE_MESSAGE(finished, (finished ? "" : finished.error().message));
    fhir::partner::World world;
    world.store = store.get();
    world.index = &index();
    world.definitions = definitions();
    world.clock = &clock;
    world.outgoing = &server;
    world.base_url = "http://here.example/fhir";
    world.report = [this](const std::string& text, const core::Error* error) { reports.push_back(text + (error ? ": " + error->message : "")); };
    partner = make(world);
  }
  // Steps until nothing is due; the last answer of step().
  core::Result<Instant> attempt(int most = 200) {
    if (!partner) open();
    for (int i = 0; i < most; ++i) {
      auto due = partner->step();
      if (!due || *due > clock.at) return due;
    }
    BOOST_ERROR("the pull does not come to rest");
    return core::fault("no rest");
  }
  bool settle() { return attempt().ok(); }
  bool later(std::int64_t seconds = 11) {  // the next interval
    clock.at.ms += seconds * 1'000;
    server.clock.ms += seconds * 1'000;
    return settle();
  }
  std::optional<core::store::Record> record(const std::string& source) {
    auto view = store->snapshot();
    BOOST_REQUIRE(view);
    const std::string type = source.substr(0, source.find('/'));
    auto found = (*view)->read(Key{type, local(source)});
    BOOST_REQUIRE(found);
    if (!*found || (*found)->deleted()) return std::nullopt;
    return *found;
  }
  std::string local(const std::string& source) const {
    return adapters::ehr::local_id(id, source.substr(0, source.find('/')), source.substr(source.find('/') + 1));
  }
  std::string body(const std::string& source) {
    const auto found = record(source);
    return found ? found->body : std::string();
  }
  std::int64_t version(const std::string& source) {
    const auto found = record(source);
    return found ? found->version : 0;
  }
  std::int64_t count(const std::string& type) {
    auto view = store->snapshot();
    return *(*view)->count(type);
  }
  std::vector<std::pair<std::string, std::string>> values(const std::string& tail) {
    auto view = store->snapshot();
    return *(*view)->values("partner/" + id + "/" + tail, "", 1'000);
  }
  std::vector<core::outbox::Job> letters() {
    auto view = store->snapshot();
    return *core::outbox::parked(**view, id);
  }
  bool remarked(const std::string& part) const {
    for (const std::string& remark : partner->status().remarks)
      if (remark.find(part) != std::string::npos) return true;
    return false;
  }
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::string patient(const std::string& family, const std::string& more = "") {
  return R"("name":[{"family":")" + family + R"("}])" + more;
}
inline std::string observation(const std::string& patient_reference, const std::string& more = "") {
  return R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":")" + patient_reference + "\"}" + more;
}

}  // namespace ehr_test
