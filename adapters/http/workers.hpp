// A bounded pool of threads for requests that may block. Threads start when first needed; the warmest idle one is
// woken. Never: queues without bound, or lets an exception out. Threads: submit() from any; stop() once.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace adapters::http {

class Job {
 public:
  virtual ~Job() = default;
  virtual void work() = 0;  // must not throw
};

class Workers {
 public:
  Workers(unsigned threads, std::size_t queue) : limit_(threads), queue_limit_(queue) {}
  ~Workers() { stop(); }
  bool submit(std::shared_ptr<Job> job);  // false: the queue is full, or stop() was called
  void stop();                            // drops what is queued, waits for what is running
  std::size_t waiting() const;
  std::size_t working() const;

 private:
  struct Worker {
    std::condition_variable bell;
    std::shared_ptr<Job> job;
    bool called = false;
    std::thread thread;
  };
  void loop(Worker& self);

  const std::size_t limit_, queue_limit_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool stopping_ = false;
};

}  // namespace adapters::http
