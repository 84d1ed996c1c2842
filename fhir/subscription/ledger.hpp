// What must not be forgotten of subscriptions, in the store's named values: how far the change feed is followed, each
// subscription's events with their numbers, and how far they are delivered. Events and the cursor are set in one batch,
// so that no change is lost and none counted twice, whatever is cut off.
// Never: commits. Threads: pure functions over a Snapshot and a Batch.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace fhir::subscription {

struct Event {
  std::int64_t number = 0;  // 1, 2, 3 ... for each subscription, without gaps
  core::store::Key key;     // of the resource
  std::int64_t version = 0;
  core::store::Method method = core::store::Method::update;
  bool matches = true;  // false: it no longer does (left the list, deleted)
  core::Instant at;
};

struct Delivery {
  std::int64_t delivered = 0;  // the number of the last event that arrived
  std::int64_t failures = 0;   // in a row
};

namespace ledger {

constexpr std::int64_t kept_events = 1'000;  // delivered ones, for $events

core::Result<core::store::Sequence> cursor(core::store::Snapshot& view);  // 0: followed nothing yet
void set_cursor(core::store::Batch& batch, core::store::Sequence at);

// By id of subscription: the number of its newest event. One that is not listed has never been looked at.
core::Result<std::map<std::string, std::int64_t>> counts(core::store::Snapshot& view);
core::Result<std::optional<std::int64_t>> count(core::store::Snapshot& view, const std::string& id);
void set_count(core::store::Batch& batch, const std::string& id, std::int64_t count);

void add(core::store::Batch& batch, const std::string& id, const Event& event);
core::Result<std::vector<Event>> events(core::store::Snapshot& view, const std::string& id, std::int64_t after,
                                        std::size_t limit);
void forget_event(core::store::Batch& batch, const std::string& id, std::int64_t number);

core::Result<Delivery> delivery(core::store::Snapshot& view, const std::string& id);
void set_delivery(core::store::Batch& batch, const std::string& id, const Delivery& delivery);

// A subscription that is deleted: everything of it, also what `batch` was about to set.
core::Result<core::Done> forget(core::store::Snapshot& view, core::store::Batch& batch, const std::string& id);

}  // namespace ledger
}  // namespace fhir::subscription
