#include "adapters/server/system.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/ehr/guard.hpp"
#include "adapters/memory/memory_store.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "fhir/light/worklist.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/search/words.hpp"

namespace adapters::server {
namespace {

namespace fs = std::filesystem;

// A zone by name becomes the process's own: the C library knows when its summer begins.
void take_zone(const Settings& settings) {
  if (settings.zone_name.empty()) return;
  setenv("TZ", settings.zone_name.c_str(), 1);
  tzset();
}

// What validation knows of the house: its profiles and codes. What cannot be read is left out.
std::vector<std::string> shipped_definitions(const std::string& profiles) {
  std::vector<std::string> texts;
  std::error_code code;
  for (fs::directory_iterator at(profiles + "/house", code), end; !code && at != end; at.increment(code)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with("structuredefinition-") && !name.starts_with("codesystem-") && !name.starts_with("valueset-")) continue;
    std::ifstream file(at->path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
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
  for (const fs::path& folder : {installed, fs::path(PANELBRIDGE_PROFILES)}) {
    if (fs::is_directory(folder, code)) return folder.string();
  }
  return core::fault("the profiles are not where the build left them; set PANELBRIDGE_PROFILES");
}

System::System(Setup setup) : setup_(std::move(setup)), clock_(setup_.settings.zone_minutes, setup_.today) {}

System::~System() {
  if (pool_) pool_->cancel();
  if (mailing_) mailing_->stop();
  if (notifications_) notifications_->stop();
  if (exports_) exports_->stop();
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
  system->store_->read_texts_with(fhir::search::texts_of);
  system->store_->read_rows_with([index = system->index_.get()](std::string_view, std::string_view body) {
    return index->rows_of(body);
  });
  system->open_panel(*profiles, log);
  system->open_api();
  if (system->setup_.surveil && system->panel_) system->follow(log);
  if (system->setup_.partners) {
    if (auto joined = system->join_partners(log); !joined) return joined.error();
  }
  if (system->setup_.partners) {
    auto disclosure = fhir::partner::Disclosure::load(*profiles);
    if (!disclosure) return disclosure.error();
    system->disclosure_ = *std::move(disclosure);
    fhir::light::ListGround ground{&*system->disclosure_, {}, nullptr, system->setup_.settings.language == "nl" ? ';' : ','};
    for (const PartnerSetting& partner : system->setup_.settings.partners)
      if (partner.kind == "zgw") ground.municipalities.push_back(partner.organization);
    for (fhir::rest::Operation& operation : fhir::light::light_operations(std::move(ground)))
      system->api_->add(std::move(operation));
  }
  if (system->notifies()) {
    if (auto opened = system->open_notifications(log); !opened) return opened.error();
  }
  if (system->setup_.partners && !system->setup_.settings.mail.account.url.empty()) {
    if (auto opened = system->open_mailing(log); !opened) return opened.error();
  }
  if (system->setup_.exports) {
    if (auto opened = system->open_exports(log); !opened) return opened.error();
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
  setting.gap.contact_attempts = setup_.settings.contact_attempts;
  setting.gap.standing_orders = setup_.settings.standing_orders;
  if (setup_.settings.covers_from) setting.covers_from = *setup_.settings.covers_from;
  setting.surveys = setup_.settings.surveys;
  setting.linking = {setup_.settings.review_from, setup_.settings.link_from};
  setting.identity_systems = setup_.settings.identity_systems;
  setting.efi_codes = setup_.settings.efi_codes;
  auto panel = Panel::open(*store_, *index_, *definitions_, clock_, std::move(setting));
  if (!panel)
    return log.line(Level::error, "surveillance is off: a programme cannot be understood",
                    {{"why", panel.error().message}});
  panel_ = *std::move(panel);
  for (const std::string& fault : panel_->faults())
    log.line(Level::error, "a stored programme is left out", {{"why", fault}});
}

void System::open_api() {
  fhir::rest::Services services;
  services.definitions = definitions_;
  services.index = index_.get();
  services.adjustable = index_.get();
  if (setup_.surveil) {
    later_ = std::make_unique<Later>();
    services.later = [later = later_.get()](std::function<void()> work) { return later->run(std::move(work)); };
  }
  services.store = store_.get();
  services.clock = &clock_;
  services.base_url = setup_.base_url;
  services.version = PANELBRIDGE_VERSION;
  if (const auto profiles = profiles_folder()) services.shipped = shipped_definitions(*profiles);
  services.zone_minutes = setup_.settings.zone_minutes.value_or(0);  // as the index: what is written and what is asked
  std::vector<std::string> organizations;
  for (const PartnerSetting& partner : setup_.settings.partners)
    if (!partner.organization.empty()) organizations.push_back(partner.organization);
  Panel::plug_into(services, organizations);
  if (panel_) panel_->check_programmes(services);
  services.digests_renewed = [this] {
    if (panel_) panel_->read_anew();
    if (ticker_) ticker_->nudge(store_->last());
  };
  if (notifies()) {
    services.rule_types.emplace_back("Subscription");
    services.rule = [this, others = std::move(services.rule)](
                        const fhir::json::Value* before, const fhir::json::Value& after,
                        const core::access::Caller& caller, fhir::validate::Issues& issues) {
      if (after.text("resourceType") != "Subscription") return others(before, after, caller, issues);
      if (notifications_) notifications_->hub().check(before, after, issues);
    };
    services.topics = fhir::subscription::topic_urls();
  }
  for (const PartnerSetting& partner : setup_.settings.partners)
    if (partner.kind == "fhir") ehr::protect(services);
  api_ = std::make_unique<fhir::rest::Api>(std::move(services));
  if (panel_) panel_->add_operations(*api_);
}

void System::follow(Log& log) {
  auto ticker = std::make_unique<SurveillanceTicker>(
      panel_->surveillance(), clock_,
      [&log](const std::string& text, const core::Error* error) {
        if (error == nullptr) log.line(Level::info, "surveillance", {{"text", text}});
        else log.line(Level::error, "surveillance", {{"text", text}, {"why", error->message}, {"where", error->where}});
      },
      [this] { return panel_->refresh(); }, [this] { return panel_->link(); });
  ticker->hold_while([this] { return partners_ && partners_->settling(); });
  ticker_ = std::move(ticker);
  store_->on_commit([this](core::store::Sequence last) { ticker_->nudge(last); });
}

core::Result<core::Done> System::join_partners(Log& log) {
  if (auto pool = pool_for(setup_.settings.notifications)) pool_ = *std::move(pool);
  else log.line(Level::warning, "no outgoing calls", {{"why", pool.error().message}});
  fhir::partner::World world;
  world.store = store_.get();
  world.index = index_.get();
  world.definitions = definitions_;
  world.clock = &clock_;
  world.base_url = setup_.base_url;
  if (auto profiles = profiles_folder()) world.profiles = *profiles;
  const auto report = [&log](const std::string& partner, const std::string& text, const core::Error* error) {
    if (error == nullptr) return log.line(Level::info, "partner", {{"partner", partner}, {"text", text}});
    log.line(Level::warning, "partner",
             {{"partner", partner}, {"text", text}, {"why", error->message}, {"where", error->where}});
  };
  auto ways = setup_.settings.partners.empty() ? core::Result<MakeWayOut>(MakeWayOut()) : ways_out();
  if (!ways) return ways.error();
  auto partners = Partners::open(setup_.settings.partners, world, *ways, report);
  if (!partners) return partners.error();
  partners_ = *std::move(partners);
  api_->add(partners_->status_operation());
  if (!partners_->empty()) store_->on_commit([this](core::store::Sequence) { partners_->nudge(); });
  return core::Done{};
}

core::Result<core::Done> System::open_notifications(Log& log) {
  if (!pool_) return core::fault("notifications.targets: the program that makes outgoing calls is not there");
  const auto report = [&log](const std::string& text, const core::Error* error) {
    log.line(Level::warning, "notifications", {{"text", text}, {"why", error->message}, {"where", error->where}});
  };
  fhir::subscription::Hub::Parts parts;
  parts.store = store_.get();
  parts.clock = &clock_;
  parts.ground = {index_.get(), &*disclosure_, setup_.settings.notifications.targets, setup_.base_url};
  parts.report = report;
  const auto send = [this](const std::string& id, const fhir::partner::Call& call) { return pool_->send(id, call); };
  notifications_ =
      std::make_unique<Notifications>(std::move(parts), send, setup_.settings.notifications.workers, report);
  if (auto opened = notifications_->open(); !opened) return opened;
  for (fhir::rest::Operation& operation : notifications_->hub().operations()) api_->add(std::move(operation));
  store_->on_commit([this](core::store::Sequence) { notifications_->nudge(); });
  return core::Done{};
}

core::Result<core::Done> System::open_mailing(Log& log) {
  auto program = mail::mail_program();
  if (!program) return program.error();
  const MailSetting& setting = setup_.settings.mail;
  mailing_ = std::make_unique<Mailing>(*store_, clock_, setting, setup_.settings.language,
                                       mail::Sender(*program, setting.account),
                                       [&log](const std::string& text, const core::Error* error) {
                                         log.line(Level::warning, "mail", {{"text", text}, {"why", error->message}});
                                       });
  if (auto opened = mailing_->open(); !opened) return opened;
  store_->on_commit([this](core::store::Sequence) { mailing_->nudge(); });
  return core::Done{};
}

core::Result<core::Done> System::open_exports(Log& log) {
  ExportSetting setting = setup_.settings.exports;
  setting.folder = setup_.data + "/export";
  setting.base_url = setup_.base_url;
  setting.ask = [this](const fhir::rest::Request& request) { return api_->handle(request); };
  if (disclosure_)
    setting.sights.of = [this](std::string_view word) -> std::optional<fhir::operation::ExportSight> {
      const auto recipient = fhir::partner::recipient_from(word);
      if (!recipient) return std::nullopt;
      return fhir::operation::ExportSight{
          [this, recipient](std::string_view type) { return disclosure_->knows(type, *recipient); },
          [this, recipient](const fhir::json::Value& resource) { return disclosure_->project(resource, *recipient); },
          [this, recipient](std::string_view type) { return disclosure_->asked_by(type, *recipient); }};
    };
  exports_ =
      std::make_unique<Exports>(std::move(setting), clock_, [&log](const std::string& text, const core::Error* error) {
        log.line(Level::warning, text, {{"why", error->message}});
      });
  if (auto opened = exports_->open(); !opened) return opened;
  for (fhir::rest::Operation& operation : exports_->operations()) api_->add(std::move(operation));
  return core::Done{};
}

}  // namespace adapters::server
