// Paging as a snapshot: the hits of a search are kept under a token nobody can guess, and every page shows exactly the
// versions that matched when the first page was made. Owns: bounded memory, least recently used goes first, and expiry.
// Never: keeps bodies. Threads: safe from every thread. Source: FHIR R4 search 3.1.1.3.3 (paging).
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/search/search.hpp"

namespace fhir::rest {

struct Exchange;

// How many resources a page has: _count, or a default; never more than a maximum.
core::Result<std::size_t> count_of(const Exchange& exchange);
constexpr std::size_t default_count = 50;
constexpr std::size_t most_on_page = 1000;

// The hits of one search and all that is needed to show a page of them.
struct Hits {
  std::string caller;
  std::string path;  // "/Task", "/Patient/1/Condition", ""
  std::vector<core::store::Match> matches;
  std::vector<std::string> contained;  // empty, or for each match the id of the resource in it that is meant; "": itself
  core::store::Sequence sequence = 0;  // of the snapshot they were found in
  std::size_t total = 0;  // 0 and not complete: not known
  bool complete = true;  // false: there are more than `matches`
  bool ended = false;    // and no more of them are listed: a list has its greatest length
  std::size_t count = default_count;
  search::Search search;  // includes, part asked for, what was ignored
  std::string plan;       // when asked for
  bool continues() const { return !complete && !ended; }  // when someone pages that far
};

class Pages {
 public:
  std::string keep(std::shared_ptr<const Hits> hits, core::Instant now);  // the token
  void replace(const std::string& token, std::shared_ptr<const Hits> hits, core::Instant now);
  std::shared_ptr<const Hits> find(const std::string& token, core::Instant now);

  static constexpr std::size_t most_bytes = 64UL << 20;
  static constexpr std::int64_t life_ms = 15 * 60 * 1000;

 private:
  struct Kept {
    std::string token;
    std::shared_ptr<const Hits> hits;
    std::size_t bytes = 0;
    core::Instant until;
  };
  static std::size_t size_of(const Hits& hits);
  void shrink(core::Instant now);
  std::mutex mutex_;
  std::list<Kept> order_;  // most recently used first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_token_;
  std::size_t bytes_ = 0;
};

}  // namespace fhir::rest
