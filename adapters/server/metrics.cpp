#include "adapters/server/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <thread>

namespace adapters::server {
namespace {

std::string_view label(std::string_view text) {  // a series' name is never a client's words
  const bool plain = text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '$' || c == '/';
                     });
  return plain ? text : std::string_view("other");
}

void append(std::string& out, double value) {
  char digits[400];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed).ptr);
}

void append(std::string& out, std::uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void header(std::string& out, std::string_view name, std::string_view help, std::string_view kind) {
  out.append("# HELP ")
      .append(name)
      .append(" ")
      .append(help)
      .append("\n# TYPE ")
      .append(name)
      .append(" ")
      .append(kind)
      .append("\n");
}

}  // namespace

Metrics::Shard& Metrics::mine() {
  static thread_local const std::size_t shard = std::hash<std::thread::id>()(std::this_thread::get_id()) % shards;
  return shards_[shard];
}

void Metrics::count(std::string_view interaction, std::string_view type, int status, std::chrono::nanoseconds took,
                    std::size_t bytes_out) {
  thread_local std::string labels;
  labels.assign("interaction=\"")
      .append(label(interaction))
      .append("\",type=\"")
      .append(label(type))
      .append("\",status=\"");
  append(labels, static_cast<std::uint64_t>(status));
  labels.push_back('"');
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bucket =
      static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());

  Shard& shard = mine();
  const std::lock_guard lock(shard.mutex);
  shard.bytes_out += bytes_out;
  auto series = shard.requests.find(labels);
  if (series == shard.requests.end()) {
    if (shard.requests.size() >= most_series) labels.assign("interaction=\"other\",type=\"other\",status=\"other\"");
    series = shard.requests.try_emplace(labels).first;
  }
  ++series->second;
  auto latency = shard.latencies.find(label(interaction));
  if (latency == shard.latencies.end()) {
    latency =
        shard.latencies.try_emplace(shard.latencies.size() < most_series ? std::string(label(interaction)) : "other")
            .first;
  }
  ++latency->second.buckets[bucket];
  latency->second.seconds += seconds;
}

void Metrics::Latency::add(const Latency& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  seconds += other.seconds;
}

std::uint64_t Metrics::Latency::total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t bucket : buckets) total += bucket;
  return total;
}

void Metrics::write(std::string& out) const {
  std::map<std::string, std::uint64_t> requests;
  std::map<std::string, Latency> latencies;
  double bytes = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    bytes += static_cast<double>(shard.bytes_out);
    for (const auto& [labels, count] : shard.requests) requests[labels] += count;
    for (const auto& [interaction, latency] : shard.latencies) latencies[interaction].add(latency);
  }
  header(out, "panelbridge_requests_total", "Requests answered.", "counter");
  for (const auto& [labels, count] : requests) {
    out.append("panelbridge_requests_total{").append(labels).append("} ");
    append(out, count);
    out.push_back('\n');
  }
  header(out, "panelbridge_request_seconds", "From the end of a request's header to the last byte of its answer.",
         "histogram");
  for (const auto& [interaction, latency] : latencies) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      below += latency.buckets[i];
      out.append("panelbridge_request_seconds_bucket{interaction=\"").append(interaction).append("\",le=\"");
      if (i < bounds.size()) append(out, bounds[i]);
      else out.append("+Inf");
      out.append("\"} ");
      append(out, below);
      out.push_back('\n');
    }
    out.append("panelbridge_request_seconds_sum{interaction=\"").append(interaction).append("\"} ");
    append(out, latency.seconds);
    out.append("\npanelbridge_request_seconds_count{interaction=\"").append(interaction).append("\"} ");
    append(out, latency.total());
    out.push_back('\n');
  }
  write(out, "panelbridge_sent_bytes_total", "Bytes of answers sent.", Kind::counter, bytes);
}

void Metrics::write(std::string& out, std::string_view name, std::string_view help, Kind kind, double value) {
  header(out, name, help, kind == Kind::counter ? "counter" : "gauge");
  out.append(name).append(" ");
  append(out, value);
  out.push_back('\n');
}

void Metrics::write(std::string& out, std::string_view name, std::string_view help, Kind kind,
                    const std::vector<std::pair<std::string, double>>& values) {
  header(out, name, help, kind == Kind::counter ? "counter" : "gauge");
  for (const auto& [labels, value] : values) {
    out.append(name).append("{").append(labels).append("} ");
    append(out, value);
    out.push_back('\n');
  }
}

}  // namespace adapters::server
