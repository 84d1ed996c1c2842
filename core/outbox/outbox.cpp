#include "core/outbox/outbox.hpp"

#include <algorithm>
#include <functional>

namespace core::outbox {
namespace {

constexpr char form = 1;                // of the bytes of a job
constexpr std::size_t page = 1'000;

std::string prefix_of(std::string_view queue) { return "outbox/" + std::string(queue) + "/"; }

void put(std::string& bytes, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void put(std::string& bytes, std::string_view text) {
  put(bytes, static_cast<std::uint64_t>(text.size()));
  bytes += text;
}

std::optional<std::uint64_t> take_number(std::string_view& bytes) {
  if (bytes.size() < 8) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(8);
  return value;
}

std::optional<std::string> take_text(std::string_view& bytes) {
  const auto size = take_number(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  std::string text(bytes.substr(0, *size));
  bytes.remove_prefix(*size);
  return text;
}

std::string encode(const Job& job) {
  std::string bytes(1, form);
  put(bytes, job.kind);
  put(bytes, job.payload);
  put(bytes, static_cast<std::uint64_t>(job.attempts));
  put(bytes, static_cast<std::uint64_t>(job.added.ms));
  put(bytes, static_cast<std::uint64_t>(job.not_before.ms));
  put(bytes, job.why);
  put(bytes, std::uint64_t{job.dead});
  return bytes;
}

std::optional<Job> decode(std::string key, std::string_view bytes) {
  if (bytes.empty() || bytes.front() != form) return std::nullopt;
  bytes.remove_prefix(1);
  auto kind = take_text(bytes), payload = take_text(bytes);
  const auto attempts = take_number(bytes), added = take_number(bytes), not_before = take_number(bytes);
  auto why = take_text(bytes);
  const auto dead = take_number(bytes);
  if (!dead || !why || !kind || !payload || !bytes.empty()) return std::nullopt;
  return Job{std::move(key),
             *std::move(kind),
             *std::move(payload),
             static_cast<std::uint32_t>(*attempts),
             {static_cast<std::int64_t>(*added)},
             {static_cast<std::int64_t>(*not_before)},
             *std::move(why),
             *dead != 0};
}

void set(store::Batch& batch, std::string_view queue, const Job& job) {
  const auto name = name_of(queue, job.key);
  std::erase_if(batch.values, [&](const auto& value) { return value.first == name; });
  std::erase(batch.forgotten, name);
  batch.values.emplace_back(name, encode(job));
}

Result<Done> each(store::Snapshot& snapshot, std::string_view queue, const std::function<void(Job)>& use) {
  const auto prefix = prefix_of(queue);
  std::string after;
  for (;;) {
    auto values = snapshot.values(prefix, after, page);
    if (!values) return values.error();
    for (auto& [name, bytes] : *values) {
      auto job = decode(name.substr(prefix.size()), bytes);
      if (!job) return fault("a job of the outbox cannot be read", name);
      use(*std::move(job));
    }
    if (values->size() < page) return Done{};
    after = values->back().first;
  }
}

}  // namespace

std::string name_of(std::string_view queue, std::string_view key) { return prefix_of(queue) + std::string(key); }

void add(store::Batch& batch, std::string_view queue, Job job) {
  job.attempts = 0;
  job.dead = false;
  set(batch, queue, job);
}

void done(store::Batch& batch, std::string_view queue, std::string_view key) {
  auto name = name_of(queue, key);
  std::erase_if(batch.values, [&](const auto& value) { return value.first == name; });
  batch.forgotten.push_back(std::move(name));
}

void retry(store::Batch& batch, std::string_view queue, Job job, Instant not_before, std::string why) {
  ++job.attempts;
  job.not_before = not_before;
  job.why = std::move(why);
  set(batch, queue, job);
}

void park(store::Batch& batch, std::string_view queue, Job job, std::string why) {
  ++job.attempts;
  job.why = std::move(why);
  job.dead = true;
  set(batch, queue, job);
}

void revive(store::Batch& batch, std::string_view queue, Job job, Instant now) {
  job.not_before = now;
  add(batch, queue, std::move(job));
}

Result<std::optional<Job>> find(store::Snapshot& snapshot, std::string_view queue, std::string_view key) {
  auto bytes = snapshot.value(name_of(queue, key));
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Job>();
  auto job = decode(std::string(key), **bytes);
  if (!job) return fault("a job of the outbox cannot be read", name_of(queue, key));
  return job;
}

Result<std::vector<Job>> due(store::Snapshot& snapshot, std::string_view queue, Instant now, std::size_t limit) {
  std::vector<Job> jobs;
  auto done = each(snapshot, queue, [&](Job job) {
    if (!job.dead && job.not_before <= now) jobs.push_back(std::move(job));
  });
  if (!done) return done.error();
  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.not_before < b.not_before; });
  if (jobs.size() > limit) jobs.resize(limit);
  return jobs;
}

Result<std::vector<Job>> parked(store::Snapshot& snapshot, std::string_view queue) {
  std::vector<Job> jobs;
  auto done = each(snapshot, queue, [&](Job job) {
    if (job.dead) jobs.push_back(std::move(job));
  });
  if (!done) return done.error();
  return jobs;
}

Result<std::optional<Instant>> next(store::Snapshot& snapshot, std::string_view queue) {
  std::optional<Instant> first;
  auto done = each(snapshot, queue, [&](const Job& job) {
    if (!job.dead && (!first || job.not_before < *first)) first = job.not_before;
  });
  if (!done) return done.error();
  return first;
}

Result<Counts> count(store::Snapshot& snapshot, std::string_view queue) {
  Counts counts;
  auto done = each(snapshot, queue, [&](const Job& job) { ++(job.dead ? counts.dead : counts.waiting); });
  if (!done) return done.error();
  return counts;
}

}  // namespace core::outbox
