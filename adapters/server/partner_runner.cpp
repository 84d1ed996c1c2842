#include "adapters/server/partner_runner.hpp"

#include <algorithm>
#include <exception>

#include "adapters/egress/retry.hpp"

namespace adapters::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds least_pause{1}, most_pause{3'600'000};               // between steps that went well
constexpr milliseconds first_after_error{1'000}, most_after_error{60'000};  // and after errors

constexpr unsigned trouble = 3;  // failures in a row that are more than a hiccup

}  // namespace

Partners::Runner::Runner(std::string id, std::string kind, std::unique_ptr<WayOut> way_out)
    : id_(std::move(id)), kind_(std::move(kind)), way_out_(std::move(way_out)) {}

Partners::Runner::~Runner() { stop(); }

void Partners::Runner::give(std::unique_ptr<fhir::partner::Partner> partner, const core::Clock* clock,
                            Partners::Report report, Publish publish) {
  partner_ = std::move(partner);
  clock_ = clock;
  report_ = std::move(report);
  publish_ = std::move(publish);
}

void Partners::Runner::start() {
  running_ = true;
  thread_ = std::thread([this] { run(); });
}

void Partners::Runner::nudge() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  bell_.notify_one();
}

void Partners::Runner::cancel() {
  stopping_ = true;
  if (way_out_) way_out_->cancel();
  nudge();
}

void Partners::Runner::stop() {
  cancel();
  if (thread_.joinable()) thread_.join();
  running_ = false;
}

void Partners::Runner::pause(bool paused) {
  paused_ = paused;
  if (!paused) failures_ = 0;  // an operator who resumes wants to see it try
  nudge();
}

core::Result<core::Instant> Partners::Runner::step() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = false;  // what rang so far, this step sees
  }
  try {
    return partner_->step();
  } catch (const std::exception& error) {
    return core::fault(std::string("the step broke off: ") + error.what());
  }
}

// `paused`: as it was when the caller looked; whoever changed it since must not go unheard.
void Partners::Runner::wait(milliseconds pause, Until until, bool paused) {
  std::unique_lock lock(mutex_);
  bell_.wait_for(lock, pause, [&] { return stopping_ || paused_ != paused || (until == Until::bell && rung_); });
}

void Partners::Runner::publish(bool paused) {
  const unsigned failing = std::max(failures_.load(), partner_->status().failing);
  const std::string_view status = paused ? "suspended" : failing >= trouble ? "error" : "active";
  if (status == published_) return;
  if (const auto done = publish_(status); done) published_ = status;
}

void Partners::Runner::run() {
  while (!stopping_) {
    const bool paused = paused_;
    publish(paused);
    if (paused) {
      wait(most_pause, Until::time, paused);
      continue;
    }
    const auto due = step();
    if (stopping_) return;
    if (due) {
      failures_ = 0;
      wait(std::clamp(milliseconds(due->ms - clock_->now().ms), least_pause, most_pause), Until::bell, paused);
      continue;
    }
    const unsigned before = failures_++;
    report_(id_, "a step failed and will be repeated", &due.error());
    const double chance = std::uniform_real_distribution<double>(0, 1)(chance_);
    wait(egress::pause_after(before, chance, first_after_error, most_after_error), Until::time, paused);
  }
}

PartnerState Partners::Runner::state() const {
  fhir::partner::Status status = partner_->status();
  const bool failing = failures_ > 0 || status.failing > 0;
  const std::string_view state = paused_ ? "paused" : !running_ ? "stopped" : failing ? "failing" : "working";
  return {id_, kind_, std::string(state), std::move(status), way_out_ ? way_out_->deaths() : 0};
}

}  // namespace adapters::server
