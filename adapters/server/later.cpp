#include "adapters/server/later.hpp"

#include <exception>

namespace adapters::server {

Later::Later(std::size_t threads, std::size_t most) : most_(most) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

Later::~Later() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wish_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Later::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= most_) return false;
    waiting_.push_back(std::move(work));
  }
  wish_.notify_one();
  return true;
}

void Later::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wish_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      work();
    } catch (const std::exception&) {  // memory: this work is lost, the next is not
    }
    work = nullptr;
    lock.lock();
  }
}

}  // namespace adapters::server
