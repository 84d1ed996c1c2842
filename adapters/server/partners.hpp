// The partners of the configuration at work: for each a thread that lets it step when it is due or after a commit,
// waits longer after each error in a row, and rests while an operator has paused it. Owns: the threads, the flag
// `partner/ID/paused` in the store, each partner's way out. Never: knows a kind. Threads: open(), start() and stop()
// from main(); nudge() from the store's writer; the rest from all.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/server/partner_kinds.hpp"
#include "core/base/error.hpp"
#include "fhir/partner/partner.hpp"
#include "fhir/rest/api.hpp"

namespace adapters::server {

// The way out of one partner. cancel() may come from any thread: a call under way ends with busy, as all that follow.
class WayOut : public fhir::partner::Outgoing {
 public:
  virtual void cancel() = 0;
  virtual std::uint64_t deaths() const { return 0; }  // of its worker, since start
};
using MakeWayOut = std::function<std::unique_ptr<WayOut>(const PartnerSetting& setting)>;

struct PartnerState {
  std::string id, kind, state;  // working, failing (steps end with errors), paused, stopped
  fhir::partner::Status status;
  std::uint64_t deaths = 0;  // of its worker
};

class Partners {
 public:
  using Report = std::function<void(const std::string& partner, const std::string& text, const core::Error* error)>;
  // `world`: what all of them stand on; each gets its own `outgoing` and `report`.
  static core::Result<std::unique_ptr<Partners>> open(std::vector<PartnerSetting> settings, fhir::partner::World world,
                                                      const MakeWayOut& way_out, Report report);
  ~Partners();
  void start();
  void nudge();
  void stop();  // ends calls under way, then the threads

  bool empty() const { return runners_.empty(); }
  std::vector<PartnerState> states() const;
  bool settling() const;  // a partner brings people for the first time
  core::Result<core::Done> pause(const std::string& id, bool paused);  // lasts over restarts
  static std::string pause_flag(const std::string& id);                // its name in the store
  static core::Result<core::Done> set_pause_flag(core::store::Store& store, const std::string& id, bool paused);
  core::Result<std::vector<fhir::partner::Finding>> test(const std::string& id);  // only when not started
  // A request below /partners: "/partners/ID/..."
  fhir::rest::Response receive(const fhir::rest::Request& request);
  void write_metrics(std::string& out) const;
  fhir::rest::Operation status_operation() const;  // GET $partner-status

  class Runner;

 private:
  explicit Partners(core::store::Store& store);
  Runner* find(std::string_view id) const;
  core::store::Store& store_;
  std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace adapters::server
