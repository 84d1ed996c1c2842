#include "adapters/server/partners.hpp"

#include <algorithm>
#include <exception>

#include "adapters/server/partner_endpoint.hpp"
#include "adapters/server/partner_runner.hpp"

namespace adapters::server {
namespace {

fhir::rest::Response plain(int status, std::string text) {
  fhir::rest::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

}  // namespace

core::Result<std::unique_ptr<Partners>> Partners::open(std::vector<PartnerSetting> settings, fhir::partner::World world,
                                                       const MakeWayOut& way_out, Report report) {
  std::unique_ptr<Partners> partners(new Partners(*world.store));
  auto snapshot = world.store->snapshot();
  if (!snapshot) return snapshot.error();
  for (const PartnerSetting& setting : settings) {
    auto paused = (*snapshot)->value(pause_flag(setting.id));
    if (!paused) return paused.error();
    auto runner = std::make_unique<Runner>(setting.id, setting.kind, way_out(setting));
    world.outgoing = runner->outgoing();
    world.report = [report, id = setting.id](const std::string& text, const core::Error* error) {
      report(id, text, error);
    };
    auto partner = setting.make(world);
    if (partner == nullptr) return core::fault("a partner could not be made", setting.id);
    if (auto fits = partner->fits(); !fits) return fits.error();
    runner->give(std::move(partner), world.clock, report,
                 [store = world.store, index = world.index,
                  endpoint = PartnerEndpoint{setting.id, setting.kind, setting.address, {}}](std::string_view status) {
                   PartnerEndpoint now = endpoint;
                   now.status = status;
                   if (index == nullptr || endpoint.address.empty()) return core::Result<core::Done>(core::Done{});
                   return publish(now, *store, *index);
                 });
    runner->pause(paused->has_value());
    partners->runners_.push_back(std::move(runner));
  }
  return partners;
}

Partners::Partners(core::store::Store& store) : store_(store) {}

Partners::~Partners() { stop(); }

void Partners::start() {
  for (auto& runner : runners_) runner->start();
}

void Partners::nudge() {
  for (auto& runner : runners_) runner->nudge();
}

void Partners::stop() {
  for (auto& runner : runners_) runner->cancel();
  for (auto& runner : runners_) runner->stop();
}

Partners::Runner* Partners::find(std::string_view id) const {
  const auto found = std::find_if(runners_.begin(), runners_.end(), [&](const auto& each) { return each->id() == id; });
  return found == runners_.end() ? nullptr : found->get();
}

std::vector<PartnerState> Partners::states() const {
  std::vector<PartnerState> states;
  for (const auto& runner : runners_) states.push_back(runner->state());
  return states;
}

bool Partners::settling() const {
  return std::any_of(runners_.begin(), runners_.end(), [](const auto& runner) {
    const std::string state = runner->state().state;
    return state != "paused" && state != "failing" && runner->partner().settling();
  });
}

core::Result<core::Done> Partners::pause(const std::string& id, bool paused) {
  Runner* runner = find(id);
  if (runner == nullptr) return core::not_found("there is no partner " + id, "id");
  if (auto set = set_pause_flag(store_, id, paused); !set) return set;
  runner->pause(paused);
  return core::Done{};
}

std::string Partners::pause_flag(const std::string& id) { return "partner/" + id + "/paused"; }

core::Result<core::Done> Partners::set_pause_flag(core::store::Store& store, const std::string& id, bool paused) {
  core::store::Batch batch;
  if (paused) batch.values.emplace_back(pause_flag(id), "1");
  else batch.forgotten.push_back(pause_flag(id));
  if (auto committed = store.commit(std::move(batch)); !committed) return committed.error();
  return core::Done{};
}

core::Result<std::vector<fhir::partner::Finding>> Partners::test(const std::string& id) {
  Runner* runner = find(id);
  if (runner == nullptr) return core::not_found("there is no partner " + id, "id");
  return runner->partner().test();
}

fhir::rest::Response Partners::receive(const fhir::rest::Request& request) {
  constexpr std::string_view base = "/partners/";
  const std::string_view rest = std::string_view(request.path).substr(std::min(base.size(), request.path.size()));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Runner* runner = find(rest.substr(0, slash));
  std::optional<fhir::rest::Response> response;
  if (runner != nullptr) {
    fhir::rest::Request inner = request;
    inner.path = rest.substr(slash);
    try {
      response = runner->partner().receive(inner);
    } catch (const std::exception&) {
      response = plain(500, "not taken\n");
    }
    runner->nudge();
  }
  if (!response) response = plain(404, "nothing is served here\n");
  response->interaction = "partner";
  return *std::move(response);
}

}  // namespace adapters::server
