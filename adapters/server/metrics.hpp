// Counters and latency histograms of requests, and the text that Prometheus scrapes.
// Never: a label made from what a client sent; the number of series is bounded. Threads: safe from all, sharded by
// thread. Source: Prometheus text exposition format 0.0.4.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace adapters::server {

class Metrics {
 public:
  void count(std::string_view interaction, std::string_view type, int status, std::chrono::nanoseconds took,
             std::size_t bytes_out);
  void write(std::string& out) const;  // what count() gathered

  enum class Kind : unsigned char { counter, gauge };
  static void write(std::string& out, std::string_view name, std::string_view help, Kind kind, double value);
  // One series for each of `values`: its labels (name="value", from the configuration) and its value.
  static void write(std::string& out, std::string_view name, std::string_view help, Kind kind,
                    const std::vector<std::pair<std::string, double>>& values);

 private:
  static constexpr std::array<double, 14> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                 0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  static constexpr std::size_t shards = 16, most_series = 2'000;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Latency {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    double seconds = 0;
    void add(const Latency& other);
    std::uint64_t total() const;
  };
  template <class Value>
  using Table = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Table<std::uint64_t> requests;  // by the series' labels
    Table<Latency> latencies;       // by interaction
    std::uint64_t bytes_out = 0;
  };
  Shard& mine();
  std::array<Shard, shards> shards_;
};

}  // namespace adapters::server
