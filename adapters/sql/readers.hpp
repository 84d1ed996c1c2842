// The connections that read. Each holds one consistent view while it is lent; one that comes back stays at its view,
// and is lent again as it is while nothing newer was committed, so that reading by key costs no transaction. Threads:
// safe from every thread; a lent reader belongs to its borrower.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

enum class Purpose : unsigned char { read, write, tidy, examine };
using Open = std::function<core::Result<std::unique_ptr<Connection>>(Purpose)>;

struct Reader {
  std::unique_ptr<Connection> connection;
  core::store::Sequence sequence = 0;
  std::uint64_t tick = 0;  // commits there were before the view was opened
  bool viewing = false;
};

class Readers {
 public:
  // `alone`: nobody else writes; otherwise every view is opened anew and the dictionary read again.
  Readers(Open open, std::shared_ptr<Names> names, bool alone, std::size_t most_idle)
      : open_(std::move(open)), names_(std::move(names)), alone_(alone), most_idle_(most_idle) {}

  core::Result<Reader> take();
  void put_back(Reader reader);
  void committed() { tick_.fetch_add(1, std::memory_order_acq_rel); }
  void let_go();  // idle readers end their views, so that the log can be tidied
  Names& names() { return *names_; }

 private:
  Open open_;
  std::shared_ptr<Names> names_;
  bool alone_;
  std::size_t most_idle_;
  std::atomic<std::uint64_t> tick_{0};
  std::mutex mutex_;
  std::vector<Reader> idle_;
};

}  // namespace adapters::sql
