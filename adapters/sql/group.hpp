// Group commit: whoever comes first leads; everyone who comes while a group is being written waits and is the next
// group. One group is one transaction and one wait for the disk. A single caller writes in its own thread, without a
// handover. A large batch is a group of its own, and what is small goes before it, a few times: so a small one waits for
// the large one that is being written and no other. Never: waits for company. Threads: submit() from every thread; `write` is never called twice at once.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "adapters/sql/writer.hpp"

namespace adapters::sql {

// One wish to write. Lives on the stack of the thread that waits for it.
struct Ticket {
  explicit Ticket(Prepared prepared) : work(std::move(prepared)) {}
  explicit Ticket(LeaseRequest request) : work(std::move(request)) {}

  std::variant<Prepared, LeaseRequest> work;
  bool durable = true;
  std::optional<core::Result<core::store::Committed>> outcome;
  bool granted = false;  // of a lease

 private:
  friend class Group;
  std::size_t ops() const {
    const auto* prepared = std::get_if<Prepared>(&work);
    return prepared ? prepared->ops.size() : 0;
  }
  bool done = false, leads = false;
  unsigned overtaken = 0;  // times that what is small went before it
  std::condition_variable turn;
};

class Group {
 public:
  using Write = std::function<void(std::vector<Ticket*>&)>;  // must give every ticket its outcome
  explicit Group(Write write, std::size_t most_ops = 4'000) : write_(std::move(write)), most_ops_(most_ops) {}

  void submit(Ticket& ticket);                    // returns when the ticket has its outcome
  void alone(const std::function<void()>& task);  // runs while no group is being written

 private:
  static constexpr std::size_t large = 1'000;  // ops
  static constexpr unsigned most_overtaken = 8;
  static bool goes_first(const Ticket* ticket) { return ticket->ops() <= large || ticket->overtaken >= most_overtaken; }

  std::vector<Ticket*> next_group();
  void small_first();
  void hand_over();

  Write write_;
  std::size_t most_ops_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Ticket*> queue_;
  bool busy_ = false;  // somebody leads; nobody waits while nobody does
  bool intruder_leads_ = false;
  std::size_t intruders_ = 0;  // tasks that wait to run alone
};

}  // namespace adapters::sql
