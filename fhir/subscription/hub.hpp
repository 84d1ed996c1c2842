// All subscriptions at work, in two steps that a wiring calls from its threads: follow() reads the change feed and
// makes events of it, deliver() sends what is due, in order for each subscription, at least once. What must survive is
// in the store (ledger); a change and its events are committed before anything is sent. Never: a thread, a socket, a
// clock of its own. Threads: load() first; follow() from one thread; the rest from all. Source: FHIR R4 Subscription;
// FHIR Subscriptions R5 Backport 1.1.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/partner/outgoing.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/subscription/ledger.hpp"
#include "fhir/subscription/notification.hpp"
#include "fhir/subscription/subscription.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::subscription {

struct Figures {
  std::size_t subscriptions = 0, in_error = 0;
  std::int64_t waiting = 0;                               // events that are not delivered yet
  std::uint64_t events = 0, delivered = 0, failures = 0;  // since start
};

class Hub {
 public:
  struct Parts {
    core::store::Store* store = nullptr;
    const core::Clock* clock = nullptr;
    Ground ground;
    std::int64_t failures_until_error = 5;
    std::int64_t first_pause_ms = 1'000, most_pause_ms = 300'000;
    std::function<void(const std::string& text, const core::Error* error)> report;  // never data of people
  };
  // Sends a call under the subscription's id: calls with the same id follow one another.
  using Send = std::function<core::Result<partner::Answer>(const std::string& id, const partner::Call& call)>;

  explicit Hub(Parts parts);
  ~Hub();
  core::Result<core::Done> load();
  core::Result<std::size_t> follow();             // changes looked at; 0: up to date
  core::Result<bool> deliver(const Send& send);   // false: nothing is due
  std::optional<core::Instant> next_due() const;  // nothing: only a change can make something due
  Figures figures() const;

  // Of a write by a client: what is wrong with it.
  void check(const json::Value* before, const json::Value& after, validate::Issues& issues) const;
  std::vector<rest::Operation> operations() const;  // $status, $events

 private:
  struct Live {
    std::shared_ptr<const Subscription> what;
    Status status = Status::requested;
    std::int64_t events = 0;
    Delivery delivery;
    bool in_flight = false, changed_in_flight = false;
    core::Instant last_sent;
    std::optional<core::Instant> due;  // its place in queue_
    std::string error;
  };
  struct Turn;       // one delivery under way
  struct Following;  // one batch of follow()
  using Lives = std::map<std::string, std::shared_ptr<Live>>;

  core::Result<core::Done> look(Following& following, const core::store::Change& change);
  core::Result<core::Done> reload(Following& following, const core::store::Change& change);
  core::Result<core::Done> enter(const core::store::Record& record, std::int64_t events, const Delivery& delivery);
  void leave(const std::string& id);
  core::Result<core::Done> keep(Following& following, core::store::Sequence at);
  const std::vector<std::shared_ptr<Live>>& about(const std::string& type);
  core::Result<bool> settle(const Turn& turn, core::store::Batch batch);  // false: it was deleted meanwhile

  std::optional<Turn> take();
  core::Result<std::string> body_of(Turn& turn, core::store::Snapshot& view) const;
  core::Result<core::Done> arrived(Turn& turn);
  core::Result<core::Done> failed(Turn& turn, const std::string& why, std::int64_t wait_ms);
  void give_back(Turn& turn, std::int64_t pause_ms);
  core::Result<core::Done> tell(const std::string& id, Status status, const std::string& error);  // in the resource
  void schedule(const std::string& id, Live& live, std::int64_t pause_ms);                        // mutex held
  std::int64_t pause_ms(std::int64_t failures) const;
  core::Result<json::Document> shown(const std::string& id) const;

  rest::Response status_of(const rest::Request& request, const std::string& id) const;
  rest::Response events_of(const rest::Request& request, const std::string& id) const;

  Parts parts_;
  mutable std::mutex mutex_;  // of lives_, queue_ and figures_
  Lives lives_;
  std::set<std::pair<core::Instant, std::string>> queue_;
  Figures figures_;
  // Held by who writes how far a delivery is, and alone by who forgets a deleted subscription: nothing of an old one
  // is written behind its end, where a new one of the same id would find it.
  std::shared_mutex settling_;
  core::store::Sequence cursor_ = 0, kept_cursor_ = 0;                            // follow()'s own, as the next
  std::map<std::string, std::vector<std::shared_ptr<Live>>, std::less<>> about_;  // by type; empty: to be made again
};

}  // namespace fhir::subscription
