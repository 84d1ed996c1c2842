// Searches that answer later: Prefer: respond-async starts one on another thread, and its answer is kept for whoever
// asks for it. Owns: how many run and how many answers are kept. Never: interrupts a search that has begun (a cancelled
// one loses its answer). Threads: safe from every thread. Source: FHIR R4 3.1.0.1.11.3; asynchronous interaction request.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "fhir/rest/message.hpp"

namespace fhir::rest {

class AsyncJobs {
 public:
  static constexpr std::size_t most_running = 16, most_kept = 64, most_bytes = 64UL << 20;
  static constexpr std::int64_t life_ms = 15 * 60 * 1000;

  struct Job {
    std::string token, caller;
    core::Instant until;
    std::shared_ptr<const Response> response;  // null: not done
  };
  // The token of a new job; nothing when too many run.
  std::optional<std::string> open(const std::string& caller, core::Instant now);
  void done(const std::string& token, Response response, core::Instant now);
  std::optional<Job> find(const std::string& token, const std::string& caller, core::Instant now);
  bool drop(const std::string& token, const std::string& caller);

 private:
  void shrink(core::Instant now);
  std::mutex mutex_;
  std::list<Job> jobs_;  // newest first
  std::size_t running_ = 0;
};

}  // namespace fhir::rest
