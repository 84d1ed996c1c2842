#include "adapters/server/system.hpp"

#include <cstdlib>
#include <filesystem>

#include "adapters/memory/memory_store.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "fhir/rest/meta.hpp"

namespace adapters::server {
namespace {

namespace fs = std::filesystem;

// A zone by name becomes the process's own: the C library knows when its summer begins.
void take_zone(const Settings& settings) {
  if (settings.zone_name.empty()) return;
  setenv("TZ", settings.zone_name.c_str(), 1);
  tzset();
}

}  // namespace

core::Result<std::string> profiles_folder() {
  std::error_code code;
  if (const char* named = std::getenv("PANELBRIDGE_PROFILES")) {
    if (fs::is_directory(named, code)) return std::string(named);
    return core::invalid("PANELBRIDGE_PROFILES names no folder", "PANELBRIDGE_PROFILES");
  }
  const fs::path installed =
      fs::read_symlink("/proc/self/exe", code).parent_path().parent_path() / "share/panelbridge/profiles";
  for (const fs::path& folder : {fs::path(PANELBRIDGE_PROFILES), installed}) {
    if (fs::is_directory(folder, code)) return folder.string();
  }
  return core::fault("the profiles are not where the build left them; set PANELBRIDGE_PROFILES");
}

System::System(Setup setup) : setup_(std::move(setup)), clock_(setup_.settings.zone_minutes, setup_.today) {}

System::~System() {
  if (pool_) pool_->cancel();
  if (partners_) partners_->stop();
  if (ticker_) ticker_->stop();
}

core::Result<std::unique_ptr<System>> System::open(Setup setup, Log& log) {
  take_zone(setup.settings);
  std::unique_ptr<System> system(new System(std::move(setup)));
  auto profiles = profiles_folder();
  if (!profiles) return profiles.error();
  auto definitions = fhir::model::Definitions::load(*profiles);
  if (!definitions) return definitions.error();
  system->definitions_ = *definitions;
  const fhir::search::Options options{.base_url = system->setup_.base_url,
                                      .zone_minutes = system->setup_.settings.zone_minutes.value_or(0)};
  system->index_ = std::make_unique<fhir::search::Index>(system->definitions_, options);
  if (auto opened = system->open_store(); !opened) return opened.error();
  system->open_panel(*profiles, log);
  system->open_api();
  if (system->setup_.surveil && system->panel_) system->follow(log);
  if (system->setup_.partners) {
    if (auto joined = system->join_partners(log); !joined) return joined.error();
  }
  return system;
}

core::Result<core::Done> System::open_store() {
  if (setup_.in_memory) {
    store_ = memory::open_memory_store(clock_, fhir::rest::stamp);
    return core::Done{};
  }
  sqlite::Options options;
  options.read_only = setup_.read_only;
  auto store = sqlite::open_sqlite_store(setup_.data, clock_, fhir::rest::stamp, options);
  if (!store) return store.error();
  store_ = *std::move(store);
  return core::Done{};
}

// FHIR is served even when a programme cannot be understood; gaps are not, and the log says why.
void System::open_panel(const std::string& profiles, Log& log) {
  PanelSetting setting;
  setting.profiles = profiles;
  setting.base_url = setup_.base_url;
  setting.gap.language = setup_.settings.language == "nl" ? fhir::care::Language::dutch : fhir::care::Language::english;
  setting.gap.default_owner = setup_.settings.default_owner;
  setting.region = setup_.settings.risk_region;
  setting.efi_codes = setup_.settings.efi_codes;
  auto panel = Panel::open(*store_, *index_, *definitions_, clock_, std::move(setting));
  if (panel) panel_ = *std::move(panel);
  else
    log.line(Level::error, "surveillance is off: a programme cannot be understood", {{"why", panel.error().message}});
}

void System::open_api() {
  fhir::rest::Services services;
  services.definitions = definitions_;
  services.index = index_.get();
  services.store = store_.get();
  services.clock = &clock_;
  services.base_url = setup_.base_url;
  services.version = PANELBRIDGE_VERSION;
  services.zone_minutes = setup_.settings.zone_minutes.value_or(0);  // as the index: what is written and what is asked
  Panel::plug_into(services);
  api_ = std::make_unique<fhir::rest::Api>(std::move(services));
  if (panel_) panel_->add_operations(*api_);
}

void System::follow(Log& log) {
  ticker_ = std::make_unique<SurveillanceTicker>(
      panel_->surveillance(), clock_, [&log](const std::string& text, const core::Error* error) {
        if (error == nullptr) log.line(Level::info, "surveillance", {{"text", text}});
        else log.line(Level::error, "surveillance", {{"text", text}, {"why", error->message}, {"where", error->where}});
      });
  store_->on_commit([this](core::store::Sequence last) { ticker_->nudge(last); });
}

core::Result<core::Done> System::join_partners(Log& log) {
  if (auto pool = pool_for(setup_.settings.notifications)) pool_ = *std::move(pool);
  else log.line(Level::warning, "no outgoing calls", {{"why", pool.error().message}});
  if (setup_.settings.partners.empty()) return core::Done{};
  fhir::partner::World world;
  world.store = store_.get();
  world.index = index_.get();
  world.definitions = definitions_;
  world.clock = &clock_;
  world.base_url = setup_.base_url;
  const auto report = [&log](const std::string& partner, const std::string& text, const core::Error* error) {
    if (error == nullptr) return log.line(Level::info, "partner", {{"partner", partner}, {"text", text}});
    log.line(Level::warning, "partner",
             {{"partner", partner}, {"text", text}, {"why", error->message}, {"where", error->where}});
  };
  auto ways = ways_out();
  if (!ways) return ways.error();
  auto partners = Partners::open(setup_.settings.partners, world, *ways, report);
  if (!partners) return partners.error();
  partners_ = *std::move(partners);
  api_->add(partners_->status_operation());
  store_->on_commit([this](core::store::Sequence) { partners_->nudge(); });
  return core::Done{};
}

}  // namespace adapters::server
