// The door to cpprestsdk: one HTTP exchange, with TLS checked, no proxy, no redirect, and limits on time and size.
// Never: used in the process that holds the data. Threads: one thread's.
#pragma once
#include <memory>

#include "adapters/egress/frame.hpp"
#include "adapters/egress/worker/target.hpp"
#include "core/base/error.hpp"
#include "fhir/partner/outgoing.hpp"

namespace adapters::egress::worker {

class Client {
 public:
  explicit Client(Policy policy);
  ~Client();
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call& call);

 private:
  struct Connections;
  class Watch;
  core::Result<fhir::partner::Answer> exchange(const fhir::partner::Call& call, const Target& target, Watch& watch);
  Policy policy_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace adapters::egress::worker
