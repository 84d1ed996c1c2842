#include "fhir/rest/page.hpp"

#include <algorithm>
#include <charconv>

#include "fhir/rest/exchange.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::rest {

core::Result<std::size_t> count_of(const Exchange& exchange) {
  const std::string_view text = exchange.parameter("_count");
  if (text.empty()) return default_count;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) return most_on_page;
  if (error != std::errc() || end != text.data() + text.size())
    return core::invalid("_count is a whole number from 0; not '" + std::string(text.substr(0, 40)) + "'.", "_count");
  return std::min(count, most_on_page);
}

std::string Pages::keep(std::shared_ptr<const Hits> hits, core::Instant now) {
  Kept kept{new_token(), std::move(hits), 0, {now.ms + life_ms}};
  kept.bytes = size_of(*kept.hits);
  const std::lock_guard<std::mutex> lock(mutex_);
  bytes_ += kept.bytes;
  order_.push_front(std::move(kept));
  by_token_[order_.front().token] = order_.begin();
  shrink(now);
  return order_.front().token;
}

std::size_t Pages::size_of(const Hits& hits) {
  return sizeof(Hits) + 1024 + hits.matches.size() * sizeof(core::store::Match) +
         hits.contained.size() * (sizeof(std::string) + 16);
}

void Pages::replace(const std::string& token, std::shared_ptr<const Hits> hits, core::Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end() || found->second->hits->matches.size() >= hits->matches.size()) return;
  bytes_ += size_of(*hits) - found->second->bytes;
  found->second->bytes = size_of(*hits);
  found->second->hits = std::move(hits);
  shrink(now);
}

std::shared_ptr<const Hits> Pages::find(const std::string& token, core::Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  shrink(now);
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return nullptr;
  found->second->until.ms = now.ms + life_ms;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->hits;
}

void Pages::shrink(core::Instant now) {
  while (order_.size() > 1 && (bytes_ > most_bytes || order_.back().until < now)) {
    bytes_ -= order_.back().bytes;
    by_token_.erase(order_.back().token);
    order_.pop_back();
  }
  if (order_.size() == 1 && order_.front().until < now) {
    order_.clear();
    by_token_.clear();
    bytes_ = 0;
  }
}

}  // namespace fhir::rest
