#include "adapters/sql/group.hpp"

#include <algorithm>

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

// As many as fit, in the order of the queue. The leader is the first.
std::vector<Ticket*> Group::next_group() {
  std::vector<Ticket*> group;
  std::size_t ops = 0;
  while (!queue_.empty() && (group.empty() || ops < most_ops_)) {
    Ticket* ticket = queue_.front();
    if (!group.empty() && ticket->ops() > large) break;
    ops += ticket->ops();
    group.push_back(ticket);
    queue_.pop_front();
  }
  return group;
}

void Group::small_first() {
  if (queue_.empty() || goes_first(queue_.front()) || std::none_of(queue_.begin(), queue_.end(), goes_first)) return;
  std::stable_partition(queue_.begin(), queue_.end(), goes_first);
  for (Ticket* ticket : queue_)
    if (ticket->ops() > large) ++ticket->overtaken;
}

void Group::hand_over() {
  small_first();
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
