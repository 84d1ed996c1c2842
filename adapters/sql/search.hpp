// find(): plans which criteria the index answers, walks their rows together, looks at what is left on the resource's
// own rows, sorts. What a query means is core/store/matches.cpp; nothing here decides that a resource matches by
// itself. Never: writes. Threads: belongs to one connection inside one transaction.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "adapters/sql/access.hpp"
#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "adapters/sql/pack.hpp"
#include "adapters/sql/stream.hpp"
#include "adapters/sql/words.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

// A resource as the index sees it: the current version, or one of an earlier state.
struct Image {
  std::int64_t row = 0;
  core::store::Sequence sequence = 0;
  std::int64_t updated = 0;
  std::string type, id;
  core::store::Rows rows;
  core::store::Subject subject() const { return {type, id, updated, rows, sequence}; }
};

// One criterion and how the index finds it.
struct Candidate {
  const core::store::Criterion* criterion = nullptr;  // null: not one of the query's
  Access access;
  std::size_t count = 0;  // keys, as far as counted
  bool counted = false;   // to the end
};

constexpr std::size_t unknown = static_cast<std::size_t>(no_row);

// How one type is searched: a row must be in each of `all` and in none of `none`, then the criteria `rest` decide.
struct Plan {
  std::vector<Candidate> all, none;                  // lists, or points of the index: they come in order of row
  std::vector<const core::store::Criterion*> rest;   // looked at on the resource
  std::vector<Candidate> open;                       // of rest: ranges, gathered when reading gets dearer than that
  std::size_t lead = unknown;                        // rows of the smallest that was counted to its end
  bool nothing = false;                              // the answer is known to be empty
  bool too_dear = false;                             // a total that costs more than the query affords
  std::string text;
};

class Collector;
class Source;

class Search final : private core::store::Resolver {
 public:
  // Without `words` a criterion of that form fails; with them `upto` is the sequence of the connection's view. Without
  // `reader` a search of an earlier state fails where something changed since.
  Search(Connection& connection, const Names& names, Words* words = nullptr, core::store::Sequence upto = 0,
         const core::store::RowReader* reader = nullptr)
      : connection_(connection), names_(names), words_(words), upto_(upto), reader_(reader) {}

  core::store::Found find(const core::store::Query& query);

 private:
  using Criterion = core::store::Criterion;
  using Query = core::store::Query;

  bool chain(const Criterion& criterion, const core::store::Row& reference) override;
  bool has(const Criterion& criterion, const core::store::Subject& subject) override;
  bool words(const Criterion& criterion, const core::store::Subject& subject) override;

  // plan.cpp
  Plan plan(const std::string& type, const Query& query);
  void place(Plan& plan, const Criterion& criterion, std::optional<Access> access);
  bool may_end_early(const std::string& type, const Query& query);
  void choose(Plan& plan, bool early, std::size_t most);
  void count(Plan& plan, std::vector<Candidate>& candidates, std::size_t bound);
  std::size_t keys_in(const Access& access, std::size_t bound);
  void list(Candidate& candidate);          // its rows instead of its keys
  void gather(Plan& plan, std::size_t at);  // of plan.open
  bool reconsider(Plan& plan, std::size_t bound);
  std::vector<std::int64_t> rows_in(const Access& access);
  std::optional<std::size_t> counted(const std::string& type, const Query& query, Plan& plan);
  std::size_t affordable(const Query& query) const;  // what is left of it; 0: everything
  bool afforded(const std::string& type, const Query& query, Plan& plan);

  // updated.cpp: _lastUpdated, and changes since a sequence
  struct Span {
    core::store::Sequence first = 0, end = 0;  // [first, end)
  };
  std::optional<Span> span_of(const Criterion& criterion);
  std::optional<Access> updated(const std::string& type, const Criterion& criterion, std::size_t most);
  std::optional<Access> versions_in(const std::string& type, Span span, std::size_t most);
  core::store::Sequence first_at(core::Instant time);  // of the first version then or later

  // resolve.cpp
  std::optional<Access> resolved(const std::string& type, const Criterion& criterion, const Query& outer,
                                 std::size_t lead);
  Access led_to(const std::string& type, const Criterion& criterion, const std::vector<core::store::Match>& inner);
  Access referred(const std::string& type, const Criterion& criterion, const std::vector<core::store::Match>& inner);

  // words_search.cpp
  const std::vector<core::store::Sequence>& with_words(const Criterion& criterion);
  std::optional<Access> worded(const std::string& type, const Criterion& criterion);

  // search.cpp
  void find(const std::string& type, const Query& query, Plan& plan, Collector& collector);
  // `without`: rows that have been dealt with, of a walk in order whose rest comes in order of row.
  void walk(const std::string& type, const Query& query, Plan& plan, Collector& collector,
            const std::unordered_set<std::int64_t>* without = nullptr);
  bool image(const std::string& type, std::int64_t row, const Wanted& wanted, Image& image);
  bool holds(const Plan& plan, const Image& image);
  bool in_state(core::store::Sequence sequence) const { return as_of_ == 0 || sequence <= as_of_; }
  std::int64_t current(const std::string& type);

  // ordered_walk.cpp: the first in sort order, read from the index; false: it has no such order, or that costs more.
  static constexpr std::size_t most_ordered = 20'000;
  class OrderedWalk;
  bool walk_ordered(const std::string& type, const Query& query, Plan& plan, Collector& collector);
  bool has_order(const std::string& type, const Query& query);
  bool is_in(std::int64_t row, const Access& access);

  // past.cpp: what the types looked like at `as_of`
  struct Past {
    std::vector<Image> images;  // of resources that changed since, as they were
    std::map<std::string, std::size_t> by_id;
  };
  const Past& past(const std::string& type);
  void list_changed();
  std::optional<Image> version(core::store::Sequence sequence, std::int64_t row);
  std::optional<Image> image_of(const core::store::Match& match, const Wanted& wanted);
  std::optional<Image> image_of(const core::store::Key& key, const Wanted& wanted);

  struct Changed {
    Slot type = 0;
    std::int64_t row = 0;
    core::store::Sequence then = 0;  // the version that was current
  };

  Connection& connection_;
  const Names& names_;
  Words* words_;
  core::store::Sequence upto_;
  const core::store::RowReader* reader_;
  const std::uint64_t begun_ = connection_.touched;
  core::store::Sequence as_of_ = 0;
  std::optional<std::vector<Changed>> changed_;  // since as_of_
  std::map<std::string, Past> pasts_;
  std::map<std::string, std::vector<core::store::Sequence>> worded_;  // versions by what their text was to have
  std::map<std::pair<const Query*, core::store::Key>, bool> led_;     // chain answers of this search
  std::size_t looked_at_ = 0;                                         // resources read
};

// How many hits are wanted before a walk may end.
inline std::size_t wanted_hits(const core::store::Query& query) {
  return query.enough > 0 && query.enough < query.limit ? query.enough : query.limit;
}

// Parameters that criteria look at on the resource itself; never empty, so that nothing else is decoded.
void add_wanted(Wanted& wanted, const core::store::Criterion& criterion);

}  // namespace adapters::sql
