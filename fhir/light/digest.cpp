#include "fhir/light/digest.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "fhir/care/facts.hpp"
#include "fhir/json/json.hpp"

namespace fhir::light {

using core::Result;
using core::store::Batch;

namespace {

constexpr const char* cursor_name = "digest/cursor";
const std::string pending_prefix = "digest/pending/", told_prefix = "digest/told/";
constexpr std::size_t changes_at_once = 1'000;
constexpr std::int64_t first_wait_ms = 120'000, most_wait_ms = 6 * 3'600'000;
constexpr core::store::Sequence cursor_lag = 1'000;

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= 254 && at != text.npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == text.npos && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != ',' && c != ';' && c != '"' && c != '\\' &&
                  c != '(' && c != ')' && c != ':';
         });
}

}  // namespace

Result<core::Done> Digest::load() {
  auto view = store_.snapshot();
  if (!view) return view.error();
  auto value = (*view)->value(cursor_name);
  if (!value) return value.error();
  cursor_ = (*view)->sequence();  // the first time: what was before is no news
  if (*value) std::from_chars((*value)->data(), (*value)->data() + (*value)->size(), cursor_);
  kept_ = *value ? cursor_ : 0;
  return core::Done{};
}

Result<std::size_t> Digest::follow() {
  auto view = store_.snapshot();
  if (!view) return view.error();
  auto changes = (*view)->changes(cursor_, changes_at_once);
  if (!changes) return changes.error();
  std::set<std::string> owners;
  for (const core::store::Change& change : *changes) {
    if (change.key.type != "Task" || change.method == core::store::Method::remove) continue;
    auto record = (*view)->read(change.key, change.version);
    if (!record) return record.error();
    if (!*record || (*record)->deleted()) continue;
    const auto task = json::parse((*record)->body);
    if (!task) continue;
    if (std::string owner = care::link_from(task->root()["owner"]); owner.find('/') != std::string::npos)
      owners.insert(std::move(owner));
  }
  Batch batch;
  for (const std::string& owner : owners) {
    auto pending = (*view)->value(pending_prefix + owner);
    if (!pending) return pending.error();
    if (!*pending) batch.values.emplace_back(pending_prefix + owner, "1");
  }
  const core::store::Sequence at = changes->empty() ? cursor_ : changes->back().sequence;
  view->reset();
  if (!batch.values.empty() || at - kept_ >= cursor_lag || kept_ == 0) {
    batch.values.emplace_back(cursor_name, std::to_string(at));
    batch.waits = false;
    if (auto committed = store_.commit(std::move(batch)); !committed) return committed.error();
    kept_ = at;
  }
  cursor_ = at;
  return changes->size();
}

// Of the owner's own record: an address for work, never one of home.
Result<std::string> Digest::address_of(core::store::Snapshot& view, const std::string& owner) const {
  const std::size_t slash = owner.find('/');
  auto record = view.read({owner.substr(0, slash), owner.substr(slash + 1)});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::string();
  const auto resource = json::parse((*record)->body);
  if (!resource) return std::string();
  std::string best;
  for (const json::Value& each : resource->root()["telecom"].elements()) {
    const std::string_view use = each.text("use"), address = each.text("value");
    if (each.text("system") != "email" || use == "home" || use == "old" || use == "temp" || !is_address(address))
      continue;
    if (best.empty() || use == "work") best = address;
  }
  return best;
}

bool Digest::waits(const std::string& owner) const {
  const auto found = parked_.find(owner);
  return found != parked_.end() && clock_.now() < found->second.until;
}

void Digest::park(const std::string& owner) {
  Parked& parked = parked_[owner];
  parked.until.ms = clock_.now().ms + std::min(first_wait_ms << std::min(parked.times, 12), most_wait_ms);
  ++parked.times;
}

Result<bool> Digest::tell_next(const Send& send) {
  const std::string today = std::to_string(clock_.today());
  std::string after, owner, address;
  {
    auto view = store_.snapshot();
    if (!view) return view.error();
    while (owner.empty()) {
      auto some = (*view)->values(pending_prefix, after, 100);
      if (!some) return some.error();
      if (some->empty()) return false;
      for (const auto& [name, value] : *some) {
        const std::string candidate = name.substr(pending_prefix.size());
        auto told = (*view)->value(told_prefix + candidate);
        if (!told) return told.error();
        if ((*told && **told == today) || waits(candidate)) continue;
        owner = candidate;
        break;
      }
      after = some->back().first;
    }
    auto found = address_of(**view, owner);
    if (!found) return found.error();
    address = *std::move(found);
  }
  if (!address.empty())
    if (auto sent = send(address); !sent) {
      park(owner);
      return sent.error();
    }
  parked_.erase(owner);
  Batch batch;
  batch.forgotten.push_back(pending_prefix + owner);
  batch.values.emplace_back(told_prefix + owner, today);
  if (auto committed = store_.commit(std::move(batch)); !committed) return committed.error();
  return true;
}

}  // namespace fhir::light
