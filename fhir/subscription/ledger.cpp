#include "fhir/subscription/ledger.hpp"

#include <charconv>
#include <string_view>

namespace fhir::subscription::ledger {

using core::Result;
using core::store::Batch;
using core::store::Snapshot;

namespace {

constexpr const char* cursor_name = "subscription/cursor";
const std::string count_prefix = "subscription/count/";
const std::string delivery_prefix = "subscription/delivery/";
constexpr std::size_t forgotten_at_once = 1'000;

std::string event_prefix(const std::string& id) { return "subscription/event/" + id + '/'; }

std::string event_name(const std::string& id, std::int64_t number) {
  std::string digits = std::to_string(number);
  return event_prefix(id) + std::string(16 - std::min<std::size_t>(digits.size(), 16), '0') + digits;
}

std::int64_t number_from(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

}  // namespace

Result<core::store::Sequence> cursor(Snapshot& view) {
  auto value = view.value(cursor_name);
  if (!value) return value.error();
  return *value ? number_from(**value) : core::store::Sequence{0};
}

void set_cursor(Batch& batch, core::store::Sequence at) { batch.values.emplace_back(cursor_name, std::to_string(at)); }

Result<std::map<std::string, std::int64_t>> counts(Snapshot& view) {
  std::map<std::string, std::int64_t> all;
  std::string after;
  for (;;) {
    auto some = view.values(count_prefix, after, 1'000);
    if (!some) return some.error();
    if (some->empty()) return all;
    for (const auto& [name, value] : *some) all[name.substr(count_prefix.size())] = number_from(value);
    after = some->back().first;
  }
}

Result<std::optional<std::int64_t>> count(Snapshot& view, const std::string& id) {
  auto value = view.value(count_prefix + id);
  if (!value) return value.error();
  return *value ? std::optional(number_from(**value)) : std::nullopt;
}

void set_count(Batch& batch, const std::string& id, std::int64_t count) {
  batch.values.emplace_back(count_prefix + id, std::to_string(count));
}

void add(Batch& batch, const std::string& id, const Event& event) {
  std::string text = event.key.type + ' ' + event.key.id + ' ' + std::to_string(event.version) + ' ' +
                     std::to_string(static_cast<int>(event.method)) + (event.matches ? " 1 " : " 0 ") +
                     std::to_string(event.at.ms);
  batch.values.emplace_back(event_name(id, event.number), std::move(text));
}

Result<std::vector<Event>> events(Snapshot& view, const std::string& id, std::int64_t after, std::size_t limit) {
  const std::string prefix = event_prefix(id);
  auto found = view.values(prefix, event_name(id, std::max<std::int64_t>(after, 0)), limit);
  if (!found) return found.error();
  std::vector<Event> out;
  for (const auto& [name, value] : *found) {
    std::string_view rest = value;
    Event event;
    event.number = number_from(std::string_view(name).substr(prefix.size()));
    event.key.type = word(rest);
    event.key.id = word(rest);
    event.version = number_from(word(rest));
    event.method = static_cast<core::store::Method>(number_from(word(rest)));
    event.matches = word(rest) == "1";
    event.at.ms = number_from(word(rest));
    out.push_back(std::move(event));
  }
  return out;
}

void forget_event(Batch& batch, const std::string& id, std::int64_t number) {
  if (number > 0) batch.forgotten.push_back(event_name(id, number));
}

Result<Delivery> delivery(Snapshot& view, const std::string& id) {
  auto value = view.value(delivery_prefix + id);
  if (!value) return value.error();
  Delivery out;
  if (!*value) return out;
  std::string_view rest = **value;
  out.delivered = number_from(word(rest));
  out.failures = number_from(word(rest));
  return out;
}

void set_delivery(Batch& batch, const std::string& id, const Delivery& delivery) {
  batch.values.emplace_back(delivery_prefix + id,
                            std::to_string(delivery.delivered) + ' ' + std::to_string(delivery.failures));
}

Result<core::Done> forget(Snapshot& view, Batch& batch, const std::string& id) {
  const std::string prefix = event_prefix(id);
  std::erase_if(batch.values, [&](const auto& value) {
    return value.first.starts_with(prefix) || value.first == count_prefix + id || value.first == delivery_prefix + id;
  });
  for (std::string after;;) {
    auto some = view.values(prefix, after, forgotten_at_once);
    if (!some) return some.error();
    if (some->empty()) break;
    for (const auto& [name, value] : *some) batch.forgotten.push_back(name);
    after = some->back().first;
  }
  batch.forgotten.push_back(count_prefix + id);
  batch.forgotten.push_back(delivery_prefix + id);
  return core::Done{};
}

}  // namespace fhir::subscription::ledger
