// Whole answers kept as bytes. An answer is good for as long as no type that it depends on has changed: never a stale
// one, and a client reads its own writes at once. Owns: bounded memory, least recently used goes first. Threads: safe
// from every thread.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/rest/message.hpp"

namespace fhir::rest {

// What an answer depends on, read before the view that it is made from.
struct Basis {
  std::vector<std::pair<std::string, core::store::Sequence>> types;  // an empty name: the whole store
  std::uint32_t made_by = 0;                                         // Engine::print(): what made the index
  std::string page_token;                                            // of its next link; the kept answer falls with it
  std::optional<core::store::Record> record;  // a read: version and instant (no body), for conditions
  bool holds(const core::store::Store& store) const;
};
Basis basis_of(const core::store::Store& store, const std::vector<std::string>& types, std::uint32_t made_by = 0);
bool seen_by(const Basis& basis, core::store::Sequence view);  // the view is not older than the basis

class KeptAnswers {
 public:
  struct Kept {
    Response response;
    Basis basis;
  };
  // The key of a request, or empty when its answer is not one to keep.
  static std::string key(const Request& request);
  std::shared_ptr<const Kept> find(const std::string& key, const core::store::Store& store);
  // `generation`: read before the answer was made; one from before the last clear() is not kept.
  void keep(std::string key, Response response, Basis basis, std::uint64_t generation);
  std::uint64_t generation() const { return generation_.load(); }
  void clear();  // what answers depend on beside the store has changed

  static constexpr std::size_t most_bytes = 32UL << 20;

 private:
  struct Node {
    std::string key;
    std::shared_ptr<const Kept> kept;
    std::size_t bytes = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Node> order;  // most recently used first
    std::unordered_map<std::string_view, std::list<Node>::iterator> by_key;
    std::size_t bytes = 0;
  };
  static void drop(Shard& shard, std::list<Node>::iterator node);
  Shard& shard_of(std::string_view key);
  std::array<Shard, 16> shards_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace fhir::rest
