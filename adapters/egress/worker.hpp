// A worker process seen from the server: started when first needed, asked one call at a time, ended and started again when
// it dies, hangs or stops speaking the protocol. The library that makes HTTP calls lives there alone, so that an answer
// which brings it down costs one call. Never: makes an outgoing connection in this process.
// Threads: one thread's, as every Outgoing; Pool is safe from all.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/egress/frame.hpp"
#include "adapters/egress/retry.hpp"
#include "fhir/partner/outgoing.hpp"

namespace adapters::egress {

struct WorkerFigures {
  std::atomic<std::uint64_t> calls{0}, failures{0}, starts{0}, deaths{0};
};

class Worker final : public fhir::partner::Outgoing {
 public:
  Worker(std::string program, Policy policy);  // program: the path of panelbridge-egress
  ~Worker() override;                          // ends the process
  // Errors as Outgoing: busy when the worker died, hung, or the circuit is open. 5xx and 429 count for the circuit.
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call& call) override;
  const WorkerFigures& figures() const { return figures_; }

 private:
  core::Result<core::Done> start();
  void end();
  core::Result<fhir::partner::Answer> exchange(const fhir::partner::Call& call);

  std::string program_;
  Policy policy_;
  Breaker breaker_;
  WorkerFigures figures_;
  int socket_ = -1;
  pid_t process_ = -1;
  unsigned deaths_in_a_row_ = 0;
  Deadline not_before_{};
};

// A bounded number of workers shared by many targets; calls with the same key go through the same worker, one after another.
class Pool {
 public:
  Pool(const std::string& program, const Policy& policy, std::size_t workers);
  core::Result<fhir::partner::Answer> send(std::string_view key, const fhir::partner::Call& call);
  std::size_t size() const { return seats_.size(); }

 private:
  struct Seat {
    std::mutex mutex;
    std::unique_ptr<Worker> worker;
  };
  std::vector<std::unique_ptr<Seat>> seats_;
};

// Beside the running program; else PANELBRIDGE_EGRESS. Error: it is not there.
core::Result<std::string> worker_program();

}  // namespace adapters::egress
