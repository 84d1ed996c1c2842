#include "adapters/sql/group.hpp"

namespace adapters::sql {

void Group::submit(Ticket& ticket) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&ticket);
  if (busy_) ticket.turn.wait(lock, [&] { return ticket.done || ticket.leads; });
  if (ticket.done) return;
  busy_ = true;
  std::vector<Ticket*> group = next_group();
  lock.unlock();
  write_(group);
  lock.lock();
  for (Ticket* member : group) {
    member->done = true;
    if (member != &ticket) member->turn.notify_one();
  }
  hand_over();
}

// In order of arrival, as many as fit. The leader is the first in the queue.
std::vector<Ticket*> Group::next_group() {
  std::vector<Ticket*> group;
  std::size_t ops = 0;
  while (!queue_.empty() && (group.empty() || ops < most_ops_)) {
    Ticket* ticket = queue_.front();
    if (const auto* prepared = std::get_if<Prepared>(&ticket->work)) ops += prepared->ops.size();
    group.push_back(ticket);
    queue_.pop_front();
  }
  return group;
}

void Group::hand_over() {
  if (intruders_ > 0) {
    intruder_leads_ = true;
    idle_.notify_one();
  } else if (queue_.empty()) {
    busy_ = false;
  } else {
    queue_.front()->leads = true;
    queue_.front()->turn.notify_one();
  }
}

void Group::alone(const std::function<void()>& task) {
  std::unique_lock lock(mutex_);
  if (busy_) {
    ++intruders_;
    idle_.wait(lock, [&] { return intruder_leads_; });
    intruder_leads_ = false;
    --intruders_;
  }
  busy_ = true;
  lock.unlock();
  task();
  lock.lock();
  hand_over();
}

}  // namespace adapters::sql
