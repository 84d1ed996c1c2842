#include "adapters/egress/pool.hpp"

#include <algorithm>

namespace adapters::egress {

using core::Error;
using core::Kind;
using core::Result;
using fhir::partner::Answer;
using fhir::partner::Call;

namespace {

using Clock = std::chrono::steady_clock;

Error busy(const char* why) { return Error{Kind::busy, why, ""}; }

class Door final : public fhir::partner::Outgoing {
 public:
  Door(Pool& pool, std::string key) : pool_(pool), key_(std::move(key)) {}
  Result<Answer> send(const Call& call) override { return pool_.send(key_, call); }

 private:
  Pool& pool_;
  const std::string key_;
};

}  // namespace

Pool::Pool(const std::string& program, const Policy& policy, std::size_t workers) {
  for (std::size_t i = 0; i < std::max<std::size_t>(workers, 1); ++i) {
    workers_.push_back(std::make_unique<Worker>(program, policy));
    free_.push_back(workers_.back().get());
  }
}

Pool::~Pool() { cancel(); }

void Pool::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  bell_.notify_all();
  for (auto& worker : workers_) worker->cancel();
}

void Pool::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto target = targets_.find(key);
  if (target != targets_.end() && !target->second.busy) targets_.erase(target);
}

std::uint64_t Pool::deaths() const {
  std::uint64_t deaths = 0;
  for (const auto& worker : workers_) deaths += worker->figures().deaths;
  return deaths;
}

std::unique_ptr<fhir::partner::Outgoing> Pool::outgoing(std::string key) {
  return std::make_unique<Door>(*this, std::move(key));
}

// The key's turn and a free worker, rather one that is well; nullptr when the time is over.
Worker* Pool::take(const std::string& key, Deadline until) {
  std::unique_lock lock(mutex_);
  const bool there =
      bell_.wait_until(lock, until, [&] { return cancelled_ || (!targets_[key].busy && !free_.empty()); });
  if (!there || cancelled_) return nullptr;
  auto chosen = std::find_if(free_.begin(), free_.end(), [](const Worker* each) { return !each->rests(); });
  if (chosen == free_.end()) chosen = free_.begin();
  Worker* worker = *chosen;
  free_.erase(chosen);
  targets_[key].busy = true;
  return worker;
}

void Pool::give_back(const std::string& key, Worker* worker) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(worker);
    targets_[key].busy = false;
  }
  bell_.notify_all();
}

Result<Answer> Pool::send(const std::string& key, const Call& call) {
  Worker* worker = take(key, Clock::now() + call.deadline);
  if (worker == nullptr) return busy("no worker for outgoing calls was free in time");
  bool allowed = false;
  {
    const std::lock_guard lock(mutex_);
    allowed = targets_[key].breaker.allows(Clock::now());
  }
  auto answer =
      allowed ? worker->ask(call) : Result<Answer>(busy("after failures in a row no call is made for a while"));
  if (allowed) {
    const std::lock_guard lock(mutex_);
    judge(targets_[key].breaker, answer, Clock::now());
  }
  give_back(key, worker);
  return answer;
}

}  // namespace adapters::egress
