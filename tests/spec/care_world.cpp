#include "tests/spec/care_world.hpp"

#include "adapters/memory/memory_store.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/guard.hpp"
#include "fhir/care/programme.hpp"
#include "fhir/care/risk_tables.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/meta.hpp"

namespace spec::care {
namespace {

const std::string base = "http://test/fhir";
const std::string profiles = PANELBRIDGE_SOURCE "/profiles";

template <class T>
T need(core::Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().message + " " + result.error().where);
  return std::move(*result);
}

// What every case shares: immutable once made.
struct Shared {
  std::shared_ptr<const fhir::model::Definitions> definitions =
      need(fhir::model::Definitions::load(profiles), "definitions");
  fhir::search::Index index{definitions, {.base_url = base}};
  std::shared_ptr<const core::panel::RiskTables> risk = std::make_shared<const core::panel::RiskTables>(
      need(fhir::care::load_risk_tables(profiles + "/house/risk"), "risk tables"));
  std::shared_ptr<const core::gap::Plan> plan = std::make_shared<const core::gap::Plan>(
      need(core::gap::Plan::compile(need(fhir::care::programmes_in(profiles + "/programmes"), "programmes"),
                                    {fhir::care::risk_codes(*risk)}),
           "plan"));
  std::vector<core::panel::PanelDefinition> panels = need(fhir::care::panels_in(profiles + "/panels"), "panels");
};

const Shared& shared() {
  static const Shared made;
  return made;
}

}  // namespace

fhir::json::Document parsed(const fhir::rest::Response& response) {
  if (!response.body || response.body->empty()) return {};
  return need(fhir::json::parse(*response.body), "answer");
}

std::string refusal_of(const fhir::rest::Response& response) {
  const fhir::json::Document outcome = parsed(response);
  std::string text = "status " + std::to_string(response.status);
  for (const auto& issue : outcome.root()["issue"].elements())
    text += ": " + std::string(issue.text("diagnostics")) + std::string(issue["details"].text("text"));
  return text;
}

World::World(core::Day today, fhir::care::GapSetting setting) : setting_(std::move(setting)) {
  clock_.set(today);
  store_ = adapters::memory::open_memory_store(clock_, fhir::rest::stamp);
  wake();
  desk_ = {store_.get(), &shared().index, shared().definitions.get(), &clock_, surveillance_.get(), base, setting_};
  fhir::rest::Services services;
  services.definitions = shared().definitions;
  services.index = &shared().index;
  services.store = store_.get();
  services.clock = &clock_;
  services.base_url = base;
  services.version = "0.0.0";
  services.digest = fhir::care::digest_bytes;
  services.rule = fhir::care::guard_gap_task;
  services.rule_types = {"Task"};
  api_ = std::make_unique<fhir::rest::Api>(std::move(services));
  for (fhir::rest::Operation& operation : fhir::operation::panel_operations(desk_)) api_->add(std::move(operation));
}

void World::wake() {
  fhir::care::Surveillance::Parts parts;
  parts.store = store_.get();
  parts.index = &shared().index;
  parts.clock = &clock_;
  parts.plan = shared().plan;
  parts.setting = setting_;
  parts.risk = shared().risk;
  parts.panels = shared().panels;
  surveillance_ = need(fhir::care::Surveillance::open(std::move(parts)), "surveillance");
  desk_.surveillance = surveillance_.get();
  need(surveillance_->load(), "population");
  need(surveillance_->sweep(clock_.today()), "sweep");
  follow();
}

std::string World::written_since(core::store::Sequence since) {
  const auto snapshot = need(store_->snapshot(), "store");
  std::string all;
  for (const auto& change : need(snapshot->changes(since, 20), "changes"))
    all += (all.empty() ? "" : ", ") + change.key.type + "/" + change.key.id;
  return all;
}

std::string World::left_to_do() {
  const auto before = store_->last();
  need(surveillance_->sweep(clock_.today()), "sweep");
  follow();
  if (std::string written = written_since(before); !written.empty()) return "a sweep wrote " + written;
  wake();
  const std::string written = written_since(before);
  return written.empty() ? written : "a fresh start wrote " + written;
}

void World::pass_to(core::Day day) {
  while (clock_.today() < day) {
    clock_.set(clock_.today() + 1);
    need(surveillance_->pass(clock_.today()), "a new day");
    follow();
  }
}

void World::follow() {
  while (need(surveillance_->follow(), "following the changes") > 0) {
  }
}

fhir::rest::Response World::call(std::string_view method, std::string_view url, const std::string& body) {
  fhir::rest::Request request;
  request.method = method;
  const std::size_t mark = url.find('?');
  request.path = url.substr(0, mark);
  if (mark != std::string_view::npos) request.query = url.substr(mark + 1);
  request.body = body;
  fhir::rest::Response response = api_->handle(request);
  follow();
  return response;
}

fhir::json::Document World::get(std::string_view url) {
  const fhir::rest::Response response = call("GET", url);
  if (response.status >= 300) throw Failure("GET " + std::string(url) + ": " + refusal_of(response));
  return parsed(response);
}

std::string World::post(std::string_view type, const std::string& body) {
  const fhir::rest::Response response = call("POST", "/" + std::string(type), body);
  if (response.status != 201) throw Failure(std::string(type) + " was not taken: " + refusal_of(response) + " " + body);
  return std::string(type) + "/" + std::string(parsed(response).root().text("id"));
}

void World::put(std::string_view reference, const std::string& body) {
  const fhir::rest::Response response = call("PUT", "/" + std::string(reference), body);
  if (response.status >= 300) throw Failure(std::string(reference) + " was not taken: " + refusal_of(response));
}

bool World::knows(std::string_view reference) { return call("GET", "/" + std::string(reference)).status == 200; }

const core::gap::Plan& World::plan() { return *shared().plan; }

std::string World::family_of(const std::string& item) {
  const auto found = plan().item(item);
  if (!found) throw Failure("no programme has an item '" + item + "'");
  return plan().families()[plan().items()[*found].family];
}

}  // namespace spec::care
