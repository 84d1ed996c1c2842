// What a page brought -> one transaction: checked as on the REST door, given its local form, compared with what is
// stored, and committed together with the cursor. What would be refused at the door is a dead letter with its place.
// Owns: the named values partner/ID/wait/ (references that wait for their target) and heal/ (targets that came), and the
// parked jobs of the queue ID: the dead letters, without data of people in their words.
// Never: writes what has not changed, overwrites what is not its source's, stores half a page. Threads: one.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/ehr/localise.hpp"
#include "adapters/ehr/setting.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::ehr {

struct Incoming {
  const fhir::json::Value* resource = nullptr;  // null: deleted at the source
  core::store::Key source;
  std::string place;  // "Patient, page 3, entry 17"
};

struct Taken {
  std::size_t created = 0, updated = 0, removed = 0, unchanged = 0, healed = 0;
  std::size_t refused = 0;  // dead letters
  std::size_t ours = 0;     // what a panel core computed (this one's or another's): no fact, not taken
  Taken& operator+=(const Taken& other);
};

using Values = std::vector<std::pair<std::string, std::string>>;

class Intake {
 public:
  Intake(const Setting& setting, const fhir::partner::World& world);
  core::Result<core::Done> open();  // reads what dead letters there are

  core::Result<Taken> take(const std::vector<Incoming>& items, std::string_view home, Values values);
  core::Result<Taken> heal();  // some of what came since; healed = 0 and nothing queued: done
  bool heals() const { return heals_; }
  std::size_t dead() const { return dead_.size() + uncounted_; }

  std::string name(std::string_view tail) const { return "partner/" + setting_.id + "/" + std::string(tail); }
  const Origin& origin() const { return origin_; }

 private:
  struct Round;
  core::Result<Taken> attempt(const std::vector<Incoming>& items, std::string_view home, Values values);
  bool acceptable(const Incoming& item, Round& round);
  void bury(Round& round, const Incoming& item, const std::string& why, const std::string& details = {});
  core::Result<core::Done> put(Round& round, const Incoming& item, const core::store::Key& local,
                               const std::optional<core::store::Record>& now, std::string_view home);
  core::Result<core::Done> arrived(Round& round, const core::store::Key& local);
  core::Result<core::Done> heal(Round& round, const core::store::Key& referrer, const Exists& exists);
  core::Result<core::Done> read_all(Round& round, const std::vector<Incoming>& items);
  core::Result<core::Done> commit(Round& round, Values values);

  const Setting& setting_;
  const fhir::partner::World& world_;
  Origin origin_;
  std::set<std::string> dead_;     // keys of dead letters kept, up to a limit
  std::size_t uncounted_ = 0;      // beyond it, since start
  bool heals_ = false;
};

}  // namespace adapters::ehr
