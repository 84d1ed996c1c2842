// Everything between the edge and the disk, put together once: definitions, index, store, API, surveillance.
// Never: listens on a socket. Threads: the parts are safe from all; opening and closing belong to main().
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "adapters/server/clock.hpp"
#include "adapters/server/exports.hpp"
#include "adapters/server/later.hpp"
#include "adapters/server/log.hpp"
#include "adapters/server/mailing.hpp"
#include "adapters/server/notifications.hpp"
#include "adapters/server/panel.hpp"
#include "adapters/server/partners.hpp"
#include "adapters/server/settings.hpp"
#include "adapters/server/ticker.hpp"
#include "adapters/server/way_out.hpp"
#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/search/search.hpp"

namespace adapters::server {

struct Setup {
  std::string data;  // the store's folder
  std::string base_url = "http://127.0.0.1/fhir";
  Settings settings;
  std::optional<core::Day> today;
  bool in_memory = false;  // no folder at all: to try something
  bool read_only = false;  // beside a process that serves the folder
  bool partners = false;  // work with the partners of the settings once started
  bool exports = false;  // write Bulk Data exports below the store's folder once started
  bool surveil = false;  // follow the change feed on a thread of its own once started
};

class System {
 public:
  static core::Result<std::unique_ptr<System>> open(Setup setup, Log& log);  // the log must outlive it
  ~System();
  fhir::rest::Api& api() { return *api_; }
  core::store::Store& store() { return *store_; }
  fhir::care::Surveillance* surveillance() { return panel_ ? &panel_->surveillance() : nullptr; }  // null: see the log
  Ticker* ticker() { return ticker_.get(); }                                                       // null: none
  Notifications* notifications() { return notifications_.get(); }  // null: none
  Mailing* mailing() { return mailing_.get(); }                    // null: none
  Exports* exports() { return exports_.get(); }  // null: none
  Partners* partners() { return partners_.get(); }  // null: none
  egress::Pool* pool() { return pool_.get(); }      // for notifications; null: not to be used here
  const MachineClock& clock() const { return clock_; }

 private:
  explicit System(Setup setup);
  core::Result<core::Done> open_store();
  void open_panel(const std::string& profiles, Log& log);
  void open_api();
  void follow(Log& log);
  core::Result<core::Done> join_partners(Log& log);
  core::Result<core::Done> open_exports(Log& log);
  core::Result<core::Done> open_notifications(Log& log);
  core::Result<core::Done> open_mailing(Log& log);
  bool notifies() const { return setup_.partners && !setup_.settings.notifications.targets.empty(); }
  Setup setup_;
  MachineClock clock_;
  std::shared_ptr<const fhir::model::Definitions> definitions_;
  std::unique_ptr<fhir::search::Index> index_;
  std::unique_ptr<core::store::Store> store_;
  std::unique_ptr<Panel> panel_;
  std::unique_ptr<fhir::rest::Api> api_;
  std::unique_ptr<Later> later_;  // ends before what its work stands on
  std::unique_ptr<Ticker> ticker_;
  std::unique_ptr<egress::Pool> pool_;
  std::unique_ptr<Partners> partners_;
  std::unique_ptr<Exports> exports_;
  std::optional<fhir::partner::Disclosure> disclosure_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<Mailing> mailing_;
};

core::Result<std::string>
profiles_folder();  // env PANELBRIDGE_PROFILES, ../share/panelbridge/profiles of the program, or where the build had them

}  // namespace adapters::server
