// One partner on its thread. Owns: when it steps. Never: what it does. Threads: start() and stop() from one; the rest
// from all.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "adapters/server/partners.hpp"

namespace adapters::server {

class Partners::Runner {
 public:
  Runner(std::string id, std::string kind, std::unique_ptr<WayOut> way_out);
  ~Runner();
  // `publish`: tells the world active, suspended or error; called from the thread when that changes.
  using Publish = std::function<core::Result<core::Done>(std::string_view status)>;
  void give(std::unique_ptr<fhir::partner::Partner> partner, const core::Clock* clock, Partners::Report report,
            Publish publish);
  void start();
  void nudge();
  void cancel();  // no further step; ends the call under way
  void stop();
  void pause(bool paused);

  const std::string& id() const { return id_; }
  fhir::partner::Outgoing* outgoing() const { return way_out_.get(); }
  fhir::partner::Partner& partner() { return *partner_; }
  PartnerState state() const;

 private:
  void run();
  void publish(bool paused);
  core::Result<core::Instant> step();
  enum class Until : unsigned char { time, bell };  // a change of the pause always ends it
  void wait(std::chrono::milliseconds pause, Until until, bool paused);
  const std::string id_, kind_;
  std::unique_ptr<WayOut> way_out_;
  std::unique_ptr<fhir::partner::Partner> partner_;
  const core::Clock* clock_ = nullptr;
  Partners::Report report_;
  Publish publish_;
  std::string_view published_;
  std::mt19937_64 chance_{std::random_device{}()};
  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
  std::atomic<bool> stopping_{false}, paused_{false}, running_{false};
  std::atomic<unsigned> failures_{0};  // in a row
  std::thread thread_;
};

}  // namespace adapters::server
