#include "fhir/rest/kept_answers.hpp"

#include <algorithm>

namespace fhir::rest {

bool Basis::holds(const core::store::Store& store) const {
  return std::all_of(types.begin(), types.end(), [&](const auto& pair) {
    return pair.second == (pair.first.empty() ? store.last() : store.last(pair.first));
  });
}

Basis basis_of(const core::store::Store& store, const std::vector<std::string>& types, std::uint32_t made_by) {
  Basis basis;
  basis.made_by = made_by;
  if (types.empty()) basis.types.emplace_back(std::string(), store.last());
  for (const std::string& type : types) {
    const bool all = type == "*";  // a search over all types, or a chain that may lead to any
    basis.types.emplace_back(all ? std::string() : type, all ? store.last() : store.last(type));
  }
  return basis;
}

bool seen_by(const Basis& basis, core::store::Sequence view) {
  return std::all_of(basis.types.begin(), basis.types.end(), [&](const auto& pair) { return pair.second <= view; });
}

std::string KeptAnswers::key(const Request& request) {
  if (request.method != "GET") return {};
  std::string key;
  key.reserve(128 + request.path.size() + request.query.size());
  for (const std::string_view part :
       {std::string_view(request.path), std::string_view(request.query), request.header("Accept"),
        request.header("Prefer"), std::string_view(request.caller.id)}) {
    key += part;
    key += '\n';
  }
  key += request.caller.operator_role ? 'o' : '-';
  return key;
}

KeptAnswers::Shard& KeptAnswers::shard_of(std::string_view key) {
  return shards_[std::hash<std::string_view>{}(key) % shards_.size()];
}

void KeptAnswers::drop(Shard& shard, std::list<Node>::iterator node) {
  shard.bytes -= node->bytes;
  shard.by_key.erase(node->key);
  shard.order.erase(node);
}

std::shared_ptr<const KeptAnswers::Kept> KeptAnswers::find(const std::string& key, const core::store::Store& store) {
  Shard& shard = shard_of(key);
  std::shared_ptr<const Kept> kept;
  {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    kept = found->second->kept;
  }
  if (kept->basis.holds(store)) return kept;
  return nullptr;
}

void KeptAnswers::clear() {
  ++generation_;
  for (Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    shard.by_key.clear();
    shard.order.clear();
    shard.bytes = 0;
  }
}

void KeptAnswers::keep(std::string key, Response response, Basis basis, std::uint64_t generation) {
  Node node;
  node.bytes = key.size() + 1024 + (response.body ? response.body->size() : 0);
  if (node.bytes > most_bytes / shards_.size()) return;
  node.kept = std::make_shared<const Kept>(Kept{std::move(response), std::move(basis)});
  node.key = std::move(key);
  Shard& shard = shard_of(node.key);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (generation != generation_) return;
  if (const auto old = shard.by_key.find(node.key); old != shard.by_key.end()) drop(shard, old->second);
  shard.bytes += node.bytes;
  shard.order.push_front(std::move(node));
  shard.by_key[shard.order.front().key] = shard.order.begin();
  while (shard.bytes > most_bytes / shards_.size()) drop(shard, std::prev(shard.order.end()));
}

}  // namespace fhir::rest
