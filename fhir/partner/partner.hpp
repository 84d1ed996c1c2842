// A system that the product works with: what the server's wiring needs of each kind (fhir, zgw, notifications, ...).
// A partner does its work in steps on a thread that the wiring gives it; what it must not forget lies in the store
// (outbox, cursors), so a step may be cut off anywhere and repeated.
// Never: a thread, a clock or a socket of its own. Threads: step() and test() on the partner's thread; status() and receive() from
// all.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/partner/outgoing.hpp"
#include "fhir/search/search.hpp"

namespace fhir::partner {

// What every partner stands on. All outlive it.
struct World {
  core::store::Store* store = nullptr;
  const search::Index* index = nullptr;
  std::shared_ptr<const model::Definitions> definitions;
  const core::Clock* clock = nullptr;
  Outgoing* outgoing = nullptr;  // this partner's own
  std::string base_url;          // of this server's FHIR API
  std::string profiles;          // the folder of the profiles (house/, programmes/)
  // A line for the log: never a name, a BSN or text of a record.
  std::function<void(const std::string& text, const core::Error* error)> report;
};

// One line of `partners test` or of $partner-status, in words.
struct Finding {
  bool good = true;
  std::string text;
};

struct Status {
  std::optional<core::Instant> last_success, last_failure;
  std::string why;               // of the last failure, in words; no data of people
  unsigned failing = 0;          // calls in a row that failed while steps go on: its side cannot be worked with
  std::size_t waiting = 0;       // jobs in the outbox
  std::size_t dead = 0;          // parked for an operator
  std::uint64_t received = 0, sent = 0, failures = 0;  // since start
  std::string progress;          // "Observation, page 12": empty when idle
  std::vector<std::string> remarks;  // what the operator should know about the partner's system, in words
};

class Partner {
 public:
  virtual ~Partner() = default;
  virtual const std::string& id() const = 0;
  // Before the first step: what its configuration names and this server does not know, with the key's path.
  virtual core::Result<core::Done> fits() const { return core::Done{}; }
  // Does what is due now and says when it wants to be called again at the latest; it is called earlier after a commit.
  // Long work is cut into steps of about a second. An Error is reported, and the step repeated after a pause.
  virtual core::Result<core::Instant> step() = 0;
  virtual Status status() const = 0;
  // It is bringing people for the first time and not all that is known of them is here yet: no decisions meanwhile. True
  // for a while only, and not while it fails. From all threads.
  virtual bool settling() const { return false; }
  virtual std::vector<Finding> test() = 0;  // read-only calls that walk the configuration
  // What the partner sends to us: a request below /partners/ID ("/notifications"; the path has that prefix taken off),
  // on a worker of the edge. It stores what must not be lost and answers at once; a step follows soon. Nothing: 404.
  virtual std::optional<rest::Response> receive(const rest::Request&) { return std::nullopt; }
};

}  // namespace fhir::partner
