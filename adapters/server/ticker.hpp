// Surveillance as the wiring sees it: something that follows the change feed on its own thread.
// Never: holds up a commit or a request. Threads: start() and stop() from main(), nudge() from the store's writer, the
// rest from any.
#pragma once
#include <functional>
#include <string_view>

#include "core/store/store.hpp"

namespace adapters::server {

using Gauge = std::function<void(std::string_view name, std::string_view help, double value)>;

class Ticker {
 public:
  virtual ~Ticker() = default;
  virtual void start() = 0;                            // loads the population, then follows the feed
  virtual void nudge(core::store::Sequence last) = 0;  // after a commit; returns at once
  virtual void stop() = 0;                             // ends after the step under way
  virtual bool loaded() const = 0;                     // the population is in memory: gaps follow changes
  virtual void gauges(const Gauge& gauge) const = 0;   // for /metrics
};

}  // namespace adapters::server
