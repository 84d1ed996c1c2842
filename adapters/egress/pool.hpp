// A bounded number of workers shared by many targets (the endpoints of subscriptions). Calls with the same key follow
// one another and share a circuit; calls with different keys run beside each other on whichever worker is free, so that
// a slow target holds one worker and no other target's order. Never: queues: a call that finds no free worker before
// its deadline answers busy. Threads: safe from all.
#pragma once
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/egress/worker.hpp"

namespace adapters::egress {

class Pool {
 public:
  Pool(const std::string& program, const Policy& policy, std::size_t workers);
  ~Pool();
  core::Result<fhir::partner::Answer> send(const std::string& key, const fhir::partner::Call& call);
  std::unique_ptr<fhir::partner::Outgoing> outgoing(std::string key);  // sends under that key; the pool must outlive it
  void cancel();                                                       // as Worker's
  void forget(const std::string& key);                                 // a target that is no more
  std::size_t size() const { return workers_.size(); }
  std::uint64_t deaths() const;

 private:
  struct Target {
    Breaker breaker;
    bool busy = false;
  };
  Worker* take(const std::string& key, Deadline until);
  void give_back(const std::string& key, Worker* worker);

  std::vector<std::unique_ptr<Worker>> workers_;
  mutable std::mutex mutex_;
  std::condition_variable bell_;
  std::vector<Worker*> free_;
  std::map<std::string, Target> targets_;
  bool cancelled_ = false;
};

}  // namespace adapters::egress
