// Work that nobody waits for: long searches that are fetched later, indexing in the background. Two threads, a bounded
// queue. Never: grows without end; interrupts what has begun. Threads: run() is safe from all.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace adapters::server {

class Later {
 public:
  explicit Later(std::size_t threads = 2, std::size_t most = 256);
  ~Later();  // what has begun is finished, the rest is dropped
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  bool run(std::function<void()> work);  // false: too much waits already, or the end has come

 private:
  void serve();
  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wish_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace adapters::server
