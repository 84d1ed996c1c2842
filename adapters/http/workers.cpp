#include "adapters/http/workers.hpp"

#include <system_error>
#include <utility>

namespace adapters::http {

bool Workers::submit(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->job = std::move(job);
    worker->called = true;
    worker->bell.notify_one();
    return true;
  }
  if (queue_.size() >= queue_limit_) return false;
  if (workers_.size() < limit_) {
    auto worker = std::make_unique<Worker>();
    worker->job = job;
    worker->called = true;
    try {
      worker->thread = std::thread([this, self = worker.get()] { loop(*self); });
      workers_.push_back(std::move(worker));
      return true;
    } catch (const std::system_error&) {  // the machine has no thread left: those that run must do
      if (workers_.empty()) return false;
    }
  }
  queue_.push_back(std::move(job));
  return true;
}

void Workers::loop(Worker& self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    self.bell.wait(lock, [&] { return self.called || stopping_; });
    if (!self.called) return;
    std::shared_ptr<Job> job = std::move(self.job);
    self.called = false;
    for (;;) {
      lock.unlock();
      job->work();
      job.reset();
      lock.lock();
      if (queue_.empty() || stopping_) break;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    if (stopping_) return;
    idle_.push_back(&self);
  }
}

void Workers::stop() {
  std::deque<std::shared_ptr<Job>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    for (auto& worker : workers_) worker->bell.notify_one();
  }
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

std::size_t Workers::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t Workers::working() const {
  const std::lock_guard lock(mutex_);
  return workers_.size() - idle_.size();
}

}  // namespace adapters::http
