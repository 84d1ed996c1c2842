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

// A current resource as the index sees it.
struct Image {
  std::int64_t row = 0;
  core::store::Sequence sequence = 0;
  std::int64_t updated = 0;
  std::string type, id;
  core::store::Rows rows;
  core::store::Subject subject() const { return {type, id, updated, rows, sequence}; }
};

// How one type is searched: every stream of `all` must hold a row and none of `none`, then the criteria `rest` decide.
struct Plan {
  std::vector<std::unique_ptr<Stream>> all, none;
  std::vector<const core::store::Criterion*> rest;
  bool nothing = false;  // the answer is known to be empty
  std::string text;
};

class Collector;

class Search final : private core::store::Resolver {
 public:
  // Without `words` a criterion of that form fails; with them `upto` is the sequence of the connection's view.
  Search(Connection& connection, const Names& names, Words* words = nullptr, core::store::Sequence upto = 0)
      : connection_(connection), names_(names), words_(words), upto_(upto) {}

  core::store::Found find(const core::store::Query& query);

 private:
  using Criterion = core::store::Criterion;
  using Query = core::store::Query;

  bool chain(const Criterion& criterion, const core::store::Row& reference) override;
  bool has(const Criterion& criterion, const core::store::Subject& subject) override;
  bool words(const Criterion& criterion, const core::store::Subject& subject) override;

  // plan.cpp
  struct Candidate {
    const Criterion* criterion;
    Access access;
    std::size_t count = 0;  // keys, as far as counted
    bool counted = false;   // to the end
  };
  static constexpr std::size_t unknown = static_cast<std::size_t>(no_row), many = 4'097;
  struct Options {  // what the index offers
    std::vector<Candidate> points, ranges;
    std::size_t lead = unknown;  // about how many rows the best of what joins the walk has; `many` and more are alike
  };
  Plan plan(const std::string& type, const Query& query);
  void place(Plan& plan, const Criterion& criterion, std::optional<Access> access, Options& options);
  void count_points(Options& options);
  void choose(Plan& plan, const std::string& type, const Query& query, Options& options);
  void count(Candidate& candidate, std::size_t bound);
  std::size_t keys_in(const Access& access, std::size_t bound);
  void use(Plan& plan, Candidate& candidate);
  std::vector<std::int64_t> rows_in(const Access& access);
  std::optional<Access> updated(const std::string& type, const Criterion& criterion, std::size_t most);
  core::store::Sequence first_at(core::Instant time);  // of the first version then or later

  // resolve.cpp
  std::optional<Access> resolved(const std::string& type, const Criterion& criterion, const Query& outer,
                                 std::size_t lead);
  Access led_to(const std::string& type, const Criterion& criterion, const std::vector<core::store::Match>& inner);
  Access referred(const std::string& type, const Criterion& criterion, const std::vector<core::store::Match>& inner);

  // words_search.cpp
  const std::vector<core::store::Sequence>& with_words(const Criterion& criterion);
  std::optional<Access> worded(const std::string& type, const Criterion& criterion);

  void walk(const std::string& type, const Query& query, Plan& plan, Collector& collector,
            const std::unordered_set<std::int64_t>* without = nullptr);
  // ordered.cpp: the first of a whole type in sort order; false: the index has no such order, or it would not help.
  static constexpr std::size_t most_ordered = 20'000;
  bool walk_ordered(const std::string& type, const Query& query, Plan& plan, Collector& collector);
  bool image(const std::string& type, std::int64_t row, const Wanted& wanted, Image& image);
  std::int64_t current(const std::string& type);

  Connection& connection_;
  const Names& names_;
  Words* words_;
  core::store::Sequence upto_;
  std::map<std::string, std::vector<core::store::Sequence>> worded_;  // versions by what their text was to have
  std::map<std::pair<const Query*, core::store::Key>, bool> led_;  // chain answers of this search
  std::size_t looked_at_ = 0;                                      // resources read
};

// Parameters that criteria look at on the resource itself; never empty, so that nothing else is decoded.
void add_wanted(Wanted& wanted, const core::store::Criterion& criterion);

}  // namespace adapters::sql
