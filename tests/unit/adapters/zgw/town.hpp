// A case system in a few maps, strict as real ones are and breakable by a test, and a partner at work with it over a
// memory store. Never: more of the ZGW APIs than a referral touches. Threads: one.
#pragma once
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/auth/jwt.hpp"
#include "adapters/memory/memory_store.hpp"
#include "adapters/zgw/partner.hpp"
#include "core/outbox/outbox.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/search/search.hpp"

namespace zgw_test {

namespace json = fhir::json;
using fhir::partner::Answer;
using fhir::partner::Call;

struct TownClock final : core::Clock {
  core::Instant at{1'767'225'600'000};  // 2026-01-01
  core::Instant now() const override { return at; }
  core::Day today() const override { return core::day_of(at); }
};

inline std::string header_of(const Call& call, std::string_view name) {
  for (const auto& each : call.headers)
    if (each.name == name) return each.value;
  return {};
}

// Zaken and Catalogi below https://zaak.example; spells its own URLs with `own_base`.
class Town final : public fhir::partner::Outgoing {
 public:
  struct Row {
    std::string collection, id;
    json::Document body;
  };
  explicit Town(const TownClock& clock) : clock_(clock) {}
  std::string own_base = "https://zaak.example";
  std::vector<Row> rows;
  std::vector<Call> calls;
  // Answers instead of the system; `after`: what it would have answered has happened already.
  std::function<std::optional<core::Result<Answer>>(const Call& call, bool after)> instead;
  bool hides_cases = false, ignores_filters = false;
  core::Instant slow{};  // its clock is behind ours by so much

  core::Result<Answer> send(const Call& call) override {
    calls.push_back(call);
    if (instead)
      if (auto answer = instead(call, false)) return *answer;
    auto answer = serve(call);
    if (instead)
      if (auto other = instead(call, true)) return *other;
    return answer;
  }
  static Answer problem(int status, std::string code, const std::string& name = {}) {
    const std::string params =
        name.empty() ? "" : R"({"name":")" + name + R"(","code":")" + code + R"(","reason":"Jan de Vries bestaat al"})";
    return {status,
            {},
            R"({"code":")" + (name.empty() ? code : "invalid") + R"(","detail":"Jan de Vries","invalidParams":[)" +
                params + "]}"};
  }
  std::size_t count(std::string_view method, std::string_view part) const {
    std::size_t n = 0;
    for (const Call& call : calls) n += call.method == method && call.url.find(part) != std::string::npos;
    return n;
  }
  std::vector<const json::Value*> all(std::string_view collection) const {
    std::vector<const json::Value*> found;
    for (const Row& row : rows)
      if (row.collection == collection) found.push_back(&row.body.root());
    return found;
  }
  std::string url(std::string_view api, std::string_view collection, std::string_view id) const {
    return own_base + "/" + std::string(api) + "/api/v1/" + std::string(collection) + "/" + std::string(id);
  }
  // What an official does.
  void official(const std::string& collection, const std::string& type_id,
                const std::string& at = "2026-01-01T00:00:00Z") {
    const bool status = collection == "statussen";
    const std::string zaak(all("zaken").back()->text("url"));
    add(collection, R"({"zaak":")" + zaak + R"(",")" + (status ? "statustype" : "resultaattype") + R"(":")" +
                        url("catalogi", status ? "statustypen" : "resultaattypen", type_id) +
                        R"(","datumStatusGezet":")" + at + R"(","toelichting":"Geen urgentie."})");
    set_case(collection, rows.back().body.root().text("url"));
    if (status) close(zaak, type_id == "klaar" ? "2026-01-02" : "");
  }
  void set_case(std::string_view collection, std::string_view place) {
    for (Row& row : rows)
      if (row.collection == "zaken" && row.body.root().text("url") == rows.back().body.root().text("zaak"))
        row.body.set(row.body.root(), collection == "statussen" ? "status" : "resultaat", row.body.string(place));
  }
  void close(std::string_view zaak, std::string_view day) {
    for (Row& row : rows)
      if (row.body.root().text("url") == zaak)
        row.body.set(row.body.root(), "einddatum", day.empty() ? row.body.null() : row.body.string(day));
  }

 private:
  static std::string after_api(const std::string& url) { return url.substr(url.find("/api/v1/") + 8); }
  const TownClock& clock_;
  int next_ = 0;

  void add(const std::string& collection, const std::string& text) {
    auto body = json::parse(text);
    BOOST_REQUIRE(body.ok());
    char id[40];
    std::snprintf(id, sizeof id, "00000000-0000-0000-0000-%012d", ++next_);
    body->set(body->root(), "url", body->string(url("zaken", collection, id)));
    rows.push_back({collection, id, std::move(*body)});
  }
  bool exists(std::string_view place) const {
    for (const Row& row : rows)
      if (row.body.root().text("url") == place) return true;
    return false;
  }
  core::Result<Answer> serve(const Call& call) {
    if (header_of(call, "Authorization").rfind("Bearer ", 0) != 0) return problem(403, "not_authenticated");
    if (header_of(call, "Accept-Crs") != "EPSG:4326") return problem(412, "crs-missing");
    if (!header_of(call, "If-None-Match").empty() || !header_of(call, "If-Match").empty()) return Answer{304, {}, ""};
    const std::string path = after_api(call.url), collection = path.substr(0, path.find_first_of("/?"));
    return call.method == "POST" ? post(collection, call.body) : get(collection, path);
  }
  core::Result<Answer> post(const std::string& collection, const std::string& text) {
    auto body = json::parse(text);
    BOOST_REQUIRE(body.ok());
    const json::Value& root = body->root();
    if (collection == "zaken") {
      for (const json::Value* zaak : all("zaken"))
        if (zaak->text("identificatie") == root.text("identificatie"))
          return problem(400, "identificatie-niet-uniek", "identificatie");
      if (root.text("zaaktype") != url("catalogi", "zaaktypen", "hulp"))
        return problem(400, "unknown-service", "zaaktype");
    } else {
      if (!exists(root.text("zaak"))) return problem(400, "unknown-service", "zaak");
      if (collection == "statussen")
        if (auto refused = refuses_status(root)) return *refused;
      if (collection == "resultaten")
        for (const json::Value* result : all("resultaten"))
          if (result->text("zaak") == root.text("zaak")) return problem(400, "unique", "zaak");
      if (collection == "rollen")
        for (const json::Value* role : all("rollen"))
          if (role->text("zaak") == root.text("zaak")) return problem(400, "max-occurences", "nonFieldErrors");
    }
    add(collection, text);
    json::Document& kept = rows.back().body;
    if (collection == "rollen") kept.set(kept.root(), "omschrijvingGeneriek", kept.string("initiator"));
    const std::string answer = json::write(kept.root());
    if (collection == "statussen" || collection == "resultaten") set_case(collection, kept.root().text("url"));
    if (collection == "statussen" && root.text("statustype").ends_with("/klaar"))
      close(root.text("zaak"), "2026-01-02");
    return Answer{201, {}, answer};
  }
  std::optional<Answer> refuses_status(const json::Value& root) const {
    const auto at = core::moment_from(root.text("datumStatusGezet"));
    if (!at || at->low.ms > clock_.at.ms - slow.ms) return problem(400, "date-in-future", "datumStatusGezet");
    for (const json::Value* status : all("statussen"))
      if (status->text("zaak") == root.text("zaak") &&
          status->text("datumStatusGezet") == root.text("datumStatusGezet"))
        return problem(400, "unique", "nonFieldErrors");
    bool result = false;
    for (const json::Value* each : all("resultaten")) result |= each->text("zaak") == root.text("zaak");
    if (root.text("statustype").ends_with("/klaar") && !result)
      return problem(400, "resultaat-does-not-exist", "nonFieldErrors");
    return std::nullopt;
  }
  std::string type_rows(const std::string& collection) const {
    const auto row = [&](const char* id, const char* name, const std::string& more) {
      return R"({"url":")" + url("catalogi", collection, id) + R"(","omschrijving":")" + name + "\"" + more + "}";
    };
    if (collection == "zaaktypen")
      return row("hulp", "Hulpvraag",
                 R"(,"identificatie":"HULP","beginGeldigheid":"2020-01-01","eindeGeldigheid":null,"concept":false)");
    if (collection == "statustypen")
      return row("ontvangen", "Ontvangen", R"(,"volgnummer":1,"isEindstatus":false)") + "," +
             row("bezig", "In behandeling", R"(,"volgnummer":2,"isEindstatus":false)") + "," +
             row("klaar", "Klaar", R"(,"volgnummer":3,"isEindstatus":true)");
    if (collection == "resultaattypen")
      return row("toegekend", "Toegekend", "") + "," + row("afgewezen", "Afgewezen", "") + "," +
             row("vervallen", "Vervallen", "") + "," + row("ingetrokken", "Ingetrokken", "");
    return row("aanvrager", "Aanvrager", R"(,"omschrijvingGeneriek":"initiator")");
  }
  core::Result<Answer> get(const std::string& collection, const std::string& path) const {
    const auto listed = [](const std::string& list) {
      return Answer{200, {}, R"({"count":1,"next":null,"results":[)" + list + "]}"};
    };
    if (path.find('/') != path.npos) {
      const std::string id = path.substr(path.rfind('/') + 1);
      for (const Row& row : rows)
        if (row.collection == collection && row.id == id)
          return Answer{200, {{"ETag", "\"stale\""}}, json::write(row.body.root())};
      return problem(404, "not_found");
    }
    if (collection.ends_with("typen")) return listed(type_rows(collection));
    std::string list;
    for (const Row& row : rows) {
      const auto matches = [&](const char* name) {
        const std::size_t place = path.find(std::string(name) + "=");
        if (place == path.npos || ignores_filters) return true;
        std::string value = path.substr(place + std::string_view(name).size() + 1);
        value = value.substr(0, value.find('&'));
        const std::string_view here = row.body.root().text(name);
        return value == here || value.find(std::string(here.substr(here.rfind('/') + 1))) != value.npos;
      };
      if (row.collection != collection || (collection == "zaken" && hides_cases)) continue;
      const bool ended = !row.body.root()["einddatum"].text().empty();
      if (ended && !ignores_filters && path.find("einddatum__isnull=true") != path.npos) continue;
      if (collection == "zaken" ? matches("identificatie") : matches("zaak"))
        list += (list.empty() ? "" : ",") + json::write(row.body.root());
    }
    return listed(list);
  }
};

inline const std::shared_ptr<const fhir::model::Definitions>& definitions() {
  static const auto loaded = *fhir::model::Definitions::load(std::string(PANELBRIDGE_SOURCE) + "/profiles");
  return loaded;
}

struct Referring {
  TownClock clock;
  Town town{clock};
  std::unique_ptr<core::store::Store> store = adapters::memory::open_memory_store(clock, fhir::rest::stamp);
  fhir::search::Index index{definitions()};
  std::vector<std::string> reports;
  std::unique_ptr<adapters::zgw::CasePartner> partner;
  adapters::zgw::Settings settings;

  Referring() {
    settings.organization = "Organization/g";
    settings.zaken_url = "https://zaak.example/zaken/api/v1";
    settings.catalogi_url = "https://zaak.example/catalogi/api/v1";
    settings.client_id = "c";
    settings.secret = settings.webhook_token = "geheim";
    settings.rsin = "517439943";
    settings.needs = {{"*", "HULP"}};
    settings.status = {{"Ontvangen", "received"}, {"In behandeling", "in-progress"}, {"Klaar", "completed"}};
    settings.result = {{"Toegekend", {"completed", "granted", true}},
                       {"Afgewezen", {"rejected", "", false}},
                       {"Vervallen", {"completed", "", false}},
                       {"Ingetrokken", {"cancelled", "", false}}};
    settings.cancel_result = "Ingetrokken";
    settings.interval_s = 60;
    put(R"({"resourceType":"Organization","id":"g","name":"Gemeente","identifier":[{"system":"urn:oin","value":"1"}]})");
    put(R"({"resourceType":"Patient","id":"p","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}],"name":[{"family":"Jansen","given":["Anna"]}],"birthDate":"1960-05-05","gender":"female"})");
  }
  void put(const std::string& text, std::int64_t expected = -1) {
    auto doc = json::parse(text);
    BOOST_REQUIRE(doc.ok());
    core::store::Batch batch;
    core::store::Op op = fhir::care::op_from(doc->root(), index);
    if (expected >= 0) op.if_version = expected;
    batch.ops.push_back(std::move(op));
    BOOST_REQUIRE(store->commit(std::move(batch)).ok());
  }
  void refer(const std::string& id, const std::string& status = "requested",
             const std::string& more = R"("description":"Graag een woning.",)") {
    put(R"({"resourceType":"Task","id":")" + id + R"(","status":")" + status + R"(","intent":"order",)" + more +
        R"("code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},"for":{"reference":"Patient/p"},"owner":{"reference":"Organization/g"},
            "reasonCode":{"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/need","code":"housing"}]}})");
  }
  void open() {
    fhir::partner::World world;
    world.store = store.get();
    world.index = &index;
    world.definitions = definitions();
    world.clock = &clock;
    world.outgoing = &town;
    world.base_url = "https://here.example/fhir";
    world.profiles = std::string(PANELBRIDGE_SOURCE) + "/profiles";
    world.report = [this](const std::string& text, const core::Error* error) {
      reports.push_back(text + (error ? ": " + error->message : ""));
    };
    partner = std::make_unique<adapters::zgw::CasePartner>(
        "t", settings, adapters::zgw::Crypto{adapters::auth::jwt_hs256, adapters::auth::same_secret}, world);
  }
  // Lets the time pass that it waits, for so long.
  void run(std::int64_t seconds = 0) {
    if (!partner) open();
    const std::int64_t end = clock.at.ms + seconds * 1'000;
    for (int i = 0; i < 2'000; ++i) {
      const auto due = partner->step();
      BOOST_REQUIRE_MESSAGE(due.ok(), (due ? "" : due.error().message));
      if (*due <= clock.at) continue;
      if (due->ms > end) break;
      clock.at = *due;
    }
    clock.at.ms = std::max(clock.at.ms, end);
  }
  void restart() { partner.reset(); }
  json::Document task(const std::string& id = "t1") {
    auto view = store->snapshot();
    auto record = (*view)->read({"Task", id});
    BOOST_REQUIRE((record.ok() && record->has_value()));
    return std::move(*json::parse((*record)->body));
  }
  std::string status(const std::string& id = "t1") { return std::string(task(id).root().text("status")); }
  std::vector<core::outbox::Job> letters() {
    auto view = store->snapshot();
    return *core::outbox::parked(**view, "zgw-t");
  }
  std::size_t waiting() {
    auto view = store->snapshot();
    return core::outbox::count(**view, "zgw-t")->waiting;
  }
  // As their notifications service sends it.
  int ring(const std::string& token = "geheim") {
    fhir::rest::Request request;
    request.method = "POST";
    request.path = "/notifications";
    request.headers = {{"Authorization", "Bearer " + token}};
    request.body = R"({"kanaal":"zaken","hoofdObject":")" + std::string(town.all("zaken").back()->text("url")) +
                   R"(","resource":"status","actie":"create"})";
    const auto response = partner->receive(request);
    return response ? response->status : 0;
  }
};

}  // namespace zgw_test
