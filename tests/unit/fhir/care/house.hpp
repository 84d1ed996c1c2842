// A whole house on a memory store, without sockets: FHIR API, programmes, surveillance and the operations of the panel core, with a
// clock that a test sets. What tests of the loop from evidence to Task stand on.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/memory_store.hpp"
#include "core/gap/plan.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/guard.hpp"
#include "fhir/care/linking.hpp"
#include "fhir/care/programme.hpp"
#include "fhir/care/risk_tables.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/meta.hpp"

namespace fhir::care::test {

class SetClock final : public core::Clock {
 public:
  core::Instant now() const override { return {core::start_of(day).ms + (ticks_ += 1000)}; }
  core::Day today() const override { return day; }
  core::Day day = *core::day_from("2026-11-24");

 private:
  mutable std::int64_t ticks_ = 9 * 3'600'000;
};

struct Shelf {  // what is loaded once
  std::shared_ptr<const model::Definitions> definitions;
  std::shared_ptr<const core::panel::RiskTables> risk;
  std::shared_ptr<const core::gap::Plan> plan;
  std::vector<core::panel::PanelDefinition> panels;
  std::unique_ptr<search::Index> index;
};

template <class T>
T must(core::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().where + ": " + result.error().message);
  return std::move(*result);
}

inline const Shelf& shelf() {
  static const Shelf loaded = [] {
    const std::string profiles = PANELBRIDGE_SOURCE "/profiles";
    Shelf s;
    s.definitions = must(model::Definitions::load(profiles));
    s.risk = std::make_shared<const core::panel::RiskTables>(must(load_risk_tables(profiles + "/house/risk")));
    s.plan = std::make_shared<const core::gap::Plan>(must(core::gap::Plan::compile(must(programmes_in(profiles + "/programmes")), {risk_codes(*s.risk)})));
    s.panels = must(panels_in(profiles + "/panels"));
    s.index = std::make_unique<search::Index>(s.definitions, search::Options{.base_url = "http://test/fhir"});
    return s;
  }();
  return loaded;
}

class House {
 public:
  explicit House(GapSetting setting = {}, LinkingSetting linking_setting = {}) : setting_(std::move(setting)), linking_setting_(linking_setting), store(adapters::memory::open_memory_store(clock, rest::stamp)) {
    wake();
    rest::Services services;
    services.definitions = shelf().definitions;
    services.index = shelf().index.get();
    services.store = store.get();
    services.clock = &clock;
    services.base_url = "http://test/fhir";
    services.version = "0.0.0";
    services.digest = digest_bytes;
    services.rule = guard_gap_task;
    services.rule_types = {"Task"};
    api = std::make_unique<rest::Api>(std::move(services));
    desk_ = {store.get(), shelf().index.get(), shelf().definitions.get(), &clock, surveillance.get(), "http://test/fhir", setting_, trusted(), linking.get()};
    for (rest::Operation& operation : operation::panel_operations(desk_)) api->add(std::move(operation));
  }

  // As after a start: a surveillance that knows nothing but the store.
  void wake() {
    Surveillance::Parts parts;
    parts.store = store.get();
    parts.index = shelf().index.get();
    parts.clock = &clock;
    parts.plan = shelf().plan;
    parts.setting = setting_;
    parts.risk = shelf().risk;
    parts.panels = shelf().panels;
    parts.region = "low";
    parts.identity.trusted_systems = trusted();
    surveillance = must(Surveillance::open(std::move(parts)));
    desk_.surveillance = surveillance.get();
    if (linking_setting_.on()) linking = std::make_unique<Linking>(linking_parts());
    desk_.linking = linking.get();
    must(surveillance->load());
    sweep();
  }
  SweepFigures sweep() {
    const SweepFigures figures = must(surveillance->sweep(clock.day));
    follow();
    return figures;
  }
  void follow() {
    do
      while (must(surveillance->follow()) > 0) {}
    while (linking && must(linking->follow()) > 0);
  }
  void pass_to(core::Day day) {
    clock.day = day;
    must(surveillance->pass(day));
    follow();
  }

  rest::Response call(std::string method, std::string_view url, std::string body = {}) {
    rest::Request request;
    request.method = std::move(method);
    const std::size_t mark = url.find('?');
    request.path = url.substr(0, mark);
    if (mark != std::string_view::npos) request.query = url.substr(mark + 1);
    request.body = std::move(body);
    return api->handle(request);
  }
  // A body that must be taken, or the answer is thrown.
  json::Document write(std::string method, const std::string& url, std::string body) {
    const rest::Response response = call(std::move(method), url, std::move(body));
    if (response.status >= 300) throw std::runtime_error(url + ": " + std::to_string(response.status) + (response.body ? " " + *response.body : ""));
    follow();
    return response.body && !response.body->empty() ? must(json::parse(*response.body)) : json::Document{};
  }
  json::Document read(const std::string& url) {
    const rest::Response response = call("GET", url);
    if (response.status >= 300 || !response.body) throw std::runtime_error(url + ": " + std::to_string(response.status) + (response.body ? " " + *response.body : ""));
    return must(json::parse(*response.body));
  }

  operation::Desk& desk() { return desk_; }
  static std::vector<std::string> trusted() { return {"http://fhir.nl/fhir/NamingSystem/bsn"}; }

  SetClock clock;

 private:
  Linking::Parts linking_parts() {
    const auto one_person = [this](const std::string& patient, const std::string& other) {
      return surveillance->reading([&](const core::population::Population& population, const core::gap::Plan&) {
        const auto a = population.find(patient), b = population.find(other);
        return a && b && *a == *b;
      });
    };
    return {store.get(), shelf().index.get(), &clock, linking_setting_, trusted(), setting_.language, one_person};
  }
  GapSetting setting_;
  LinkingSetting linking_setting_;
  operation::Desk desk_;

 public:
  std::unique_ptr<core::store::Store> store;
  std::unique_ptr<Surveillance> surveillance;
  std::unique_ptr<Linking> linking;
  std::unique_ptr<rest::Api> api;
};

}  // namespace fhir::care::test
