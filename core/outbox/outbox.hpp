// Work that must be done outside exactly because something was committed here: durable jobs in the store's named values.
// A job is added in the batch of what caused it, carried out at least once, and forgotten in the batch of what came of it.
// Its key is what makes a repeat harmless (an idempotency key): adding the same key again replaces the payload of one job.
// Never: carries out a job, reads a clock, deletes one that failed (it is parked for an operator).
// Threads: pure functions over a Snapshot and a Batch; one owner for each queue, so that two do not carry out one job.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"

namespace core::outbox {

struct Job {
  std::string key;      // within the queue; no '/'
  std::string kind;     // for its owner
  std::string payload;  // for its owner: ids and references, what is sent is read when it is sent
  std::uint32_t attempts = 0;
  Instant added, not_before;
  std::string why;      // of the last failure, in words, without data of people
  bool dead = false;    // parked: waits for an operator
};

struct Counts {
  std::size_t waiting = 0, dead = 0;
};

std::string name_of(std::string_view queue, std::string_view key);  // "outbox/QUEUE/KEY"

// Into the batch. An earlier job with this key, parked or not, becomes this one.
void add(store::Batch& batch, std::string_view queue, Job job);
void done(store::Batch& batch, std::string_view queue, std::string_view key);                    // also: drop
void retry(store::Batch& batch, std::string_view queue, Job job, Instant not_before, std::string why);  // counts an attempt
void park(store::Batch& batch, std::string_view queue, Job job, std::string why);
void revive(store::Batch& batch, std::string_view queue, Job job, Instant now);                  // attempts start again

Result<std::optional<Job>> find(store::Snapshot& snapshot, std::string_view queue, std::string_view key);
// Not parked and due, the longest waiting first.
Result<std::vector<Job>> due(store::Snapshot& snapshot, std::string_view queue, Instant now, std::size_t limit);
Result<std::vector<Job>> parked(store::Snapshot& snapshot, std::string_view queue);
Result<std::optional<Instant>> next(store::Snapshot& snapshot, std::string_view queue);  // when the next one is due
Result<Counts> count(store::Snapshot& snapshot, std::string_view queue);

}  // namespace core::outbox
