// What is remembered of one referral and its case, as one named value beside the Task: small, and enough to go on after
// a stop anywhere. Never: data of a person. Threads: plain values.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/store.hpp"

namespace adapters::zgw {

struct Link {
  std::string task;               // id
  std::string url;                // of the case, as the case system spells it
  std::string seen;               // what a list showed of it last: status, result and end; for polling
  core::Instant status_at;        // the instant of our first status, the same on every attempt
  core::Instant end_at;           // and of our end status
  std::int64_t task_version = 0;  // the version that we wrote last: not news to us
  bool complete = false;          // the initiator and a first status are there
  bool closed = false;
};

// Names of values below one partner.
class Names {
 public:
  explicit Names(std::string_view partner) : prefix_("zgw/" + std::string(partner) + "/") {}
  std::string cursor() const { return prefix_ + "cursor"; }
  std::string organization() const { return prefix_ + "organization"; }
  std::string subscription() const { return prefix_ + "subscription"; }
  std::string links() const { return prefix_ + "case/"; }
  std::string link(std::string_view task) const { return links() + std::string(task); }
  std::string task_of(std::string_view uuid) const { return prefix_ + "task/" + std::string(uuid); }
  std::string held() const { return prefix_ + "held/"; }
  std::string held(std::string_view task) const { return held() + std::string(task); }
  std::string bells() const { return prefix_ + "bell/"; }
  std::string bell(std::string_view uuid) const { return bells() + std::string(uuid); }

 private:
  std::string prefix_;
};

std::string text_of(const Link& link);
std::optional<Link> link_from(std::string_view text);
core::Result<std::optional<Link>> read_link(core::store::Snapshot& snapshot, const Names& names,
                                            const std::string& task);
core::Result<std::vector<Link>> read_links(core::store::Snapshot& snapshot, const Names& names);

}  // namespace adapters::zgw
