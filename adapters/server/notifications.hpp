// Subscriptions at work: one thread that follows the change feed, some that deliver, each call made by the pool of
// workers. Owns: the threads. Never: what is sent or when (fhir/subscription). Threads: start() and stop() from main();
// nudge() from the store's writer; the rest from all.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/egress/pool.hpp"
#include "fhir/subscription/hub.hpp"

namespace adapters::server {

class Notifications {
 public:
  using Report = std::function<void(const std::string& text, const core::Error* error)>;
  Notifications(fhir::subscription::Hub::Parts parts, fhir::subscription::Hub::Send send, std::size_t threads,
                Report report);
  ~Notifications();
  core::Result<core::Done> open();
  void start();
  void nudge();
  void stop();  // the ways out must have been cancelled before
  fhir::subscription::Hub& hub() { return hub_; }
  void write_metrics(std::string& out) const;

 private:
  // A bell that is heard once by one who waits, however often it rang.
  struct Bell {
    std::mutex mutex;
    std::condition_variable sound;
    std::uint64_t rung = 0;
    void ring(bool all);
    void wait(std::uint64_t heard, std::chrono::milliseconds most, const std::atomic<bool>& stopping);
    std::uint64_t count();
  };
  void follow();
  void deliver();

  fhir::subscription::Hub hub_;
  fhir::subscription::Hub::Send send_;
  const core::Clock& clock_;
  Report report_;
  std::size_t count_;
  std::atomic<bool> stopping_{false};
  Bell changed_, due_;
  std::vector<std::thread> threads_;
};

}  // namespace adapters::server
