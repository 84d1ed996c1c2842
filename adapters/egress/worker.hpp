// A worker process seen from the server: started when first needed, asked one call at a time, ended and started again
// when it dies, hangs or stops speaking the protocol. The library that makes HTTP calls lives there alone, so that an
// answer which brings it down costs one call. Never: makes an outgoing connection in this process.
// Threads: ask(), send() and begin() are one thread's at a time, as every Outgoing; cancel() and figures() are safe from all.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

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
  // Errors as Outgoing: busy when the worker died, hung, or the circuit is open. 5xx and 429 count for the circuit; an
  // answer with Retry-After keeps it open for that long.
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call& call) override;
  core::Result<fhir::partner::Answer> ask(const fhir::partner::Call& call);  // without the circuit
  void begin(const fhir::partner::Call& call) override;  // one at a time; its answer waits in the worker
  void cancel();       // ends the call under way; from now on every call answers busy
  bool rests() const;  // it died more than once in a row and is not started again yet
  const WorkerFigures& figures() const { return figures_; }
  pid_t process() const { return process_; }  // below 1: none

 private:
  core::Result<core::Done> start();
  core::Result<fhir::partner::Answer> take_answer(const fhir::partner::Call& call, Deadline until);
  core::Error died(const core::Error& why);
  void end();

  std::string program_;
  Policy policy_;
  Breaker breaker_;
  WorkerFigures figures_;
  std::mutex mutex_;  // of the socket's opening, closing and shutting
  int socket_ = -1;
  std::atomic<pid_t> process_{-1};
  unsigned deaths_in_a_row_ = 0;
  struct Begun {
    Begun(fhir::partner::Call asked, Deadline at) : call(std::move(asked)), until(at) {}
    fhir::partner::Call call;
    Deadline until;
  };
  std::optional<Begun> begun_;
  std::atomic<bool> cancelled_{false};
  std::atomic<Deadline> not_before_{Deadline{}};
};

// How an answer bears on a partner's circuit.
void judge(Breaker& breaker, const core::Result<fhir::partner::Answer>& answer, Breaker::Time now);

// Beside the running program; else PANELBRIDGE_EGRESS. Error: it is not there.
core::Result<std::string> worker_program();

}  // namespace adapters::egress
