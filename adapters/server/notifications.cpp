#include "adapters/server/notifications.hpp"

#include <algorithm>
#include <exception>

#include "adapters/server/metrics.hpp"

namespace adapters::server {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds longest_wait{60'000}, after_fault{1'000};

// One step of either kind; an exception is a fault like another.
template <class Step>
auto guarded(Step&& step) -> decltype(step()) {
  try {
    return step();
  } catch (const std::exception& error) {
    return core::fault(std::string("a step of notifications broke off: ") + error.what());
  }
}

}  // namespace

void Notifications::Bell::ring(bool all) {
  {
    const std::lock_guard lock(mutex);
    ++rung;
  }
  if (all) sound.notify_all();
  else sound.notify_one();
}

std::uint64_t Notifications::Bell::count() {
  const std::lock_guard lock(mutex);
  return rung;
}

void Notifications::Bell::wait(std::uint64_t heard, milliseconds most, const std::atomic<bool>& stopping) {
  std::unique_lock lock(mutex);
  sound.wait_for(lock, most, [&] { return stopping || rung != heard; });
}

Notifications::Notifications(fhir::subscription::Hub::Parts parts, fhir::subscription::Hub::Send send,
                             std::size_t threads, Report report)
    : hub_(parts), send_(std::move(send)), clock_(*parts.clock), report_(std::move(report)), count_(threads) {}

Notifications::~Notifications() { stop(); }

core::Result<core::Done> Notifications::open() { return hub_.load(); }

void Notifications::start() {
  threads_.emplace_back([this] { follow(); });
  for (std::size_t i = 0; i < count_; ++i) threads_.emplace_back([this] { deliver(); });
}

void Notifications::nudge() { changed_.ring(false); }

void Notifications::stop() {
  stopping_ = true;
  changed_.ring(true);
  due_.ring(true);
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
  threads_.clear();
}

void Notifications::follow() {
  while (!stopping_) {
    const std::uint64_t heard = changed_.count();
    const auto looked = guarded([this] { return hub_.follow(); });
    if (!looked) {
      report_("following changes for subscriptions failed and will be repeated", &looked.error());
      changed_.wait(changed_.count(), after_fault, stopping_);
      continue;
    }
    if (*looked > 0) due_.ring(true);
    else changed_.wait(heard, longest_wait, stopping_);
  }
}

void Notifications::deliver() {
  while (!stopping_) {
    const std::uint64_t heard = due_.count();
    const auto sent = guarded([this] { return hub_.deliver(send_); });
    if (!sent) {
      report_("a notification failed on this side and will be repeated", &sent.error());
      due_.wait(heard, after_fault, stopping_);
      continue;
    }
    if (*sent) {
      continue;
    }
    const auto next = hub_.next_due();
    const milliseconds pause =
        next ? std::clamp(milliseconds(next->ms - clock_.now().ms), milliseconds(1), longest_wait) : longest_wait;
    due_.wait(heard, pause, stopping_);
  }
}

void Notifications::write_metrics(std::string& out) const {
  const fhir::subscription::Figures figures = hub_.figures();
  using Kind = Metrics::Kind;
  Metrics::write(out, "panelbridge_subscriptions", "Subscriptions served.", Kind::gauge,
                 static_cast<double>(figures.subscriptions));
  Metrics::write(out, "panelbridge_subscriptions_in_error", "Subscriptions whose endpoint fails.", Kind::gauge,
                 static_cast<double>(figures.in_error));
  Metrics::write(out, "panelbridge_notifications_waiting", "Events that are not delivered yet.", Kind::gauge,
                 static_cast<double>(figures.waiting));
  Metrics::write(out, "panelbridge_notification_events_total", "Events since start.", Kind::counter,
                 static_cast<double>(figures.events));
  Metrics::write(out, "panelbridge_notifications_delivered_total", "Events delivered since start.", Kind::counter,
                 static_cast<double>(figures.delivered));
  Metrics::write(out, "panelbridge_notification_failures_total", "Calls to endpoints that failed since start.",
                 Kind::counter, static_cast<double>(figures.failures));
}

}  // namespace adapters::server
