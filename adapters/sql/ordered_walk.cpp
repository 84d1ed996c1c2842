// A page in sort order, taken from the index in that order: each row is tested by looking its other criteria up. It
// costs what lies between the hits, so it gives up when sorting all the hits is cheaper: that is known once the
// smallest criterion is counted to its end, and the count never goes further than the walk has gone.
#include <algorithm>
#include <queue>

#include "adapters/sql/collector.hpp"
#include "adapters/sql/key.hpp"
#include "adapters/sql/ordered.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t few = 256;        // so many hits are sorted at once
constexpr std::size_t looked_up = 5;   // rows looked up in the index in the time that one resource is read and sorted
constexpr std::size_t listed = 8;      // and in a list, where a key is all that is read
constexpr std::size_t first_count = 512;

// The row that a resource is sorted by; null: it has none.
const Row* sort_row(const Sort& sort, const Image& image) {
  static const std::string none;
  const Row* best = nullptr;
  for (const Row& row : image.rows) {
    if (row.param != sort.param || row.kind != sort.kind) continue;
    const Rows one{row};
    if (best != nullptr) {
      const Rows other{*best};
      if (compare(sort, Subject{none, none, 0, one}, Subject{none, none, 0, other}) >= 0) continue;
    }
    best = &row;
  }
  return best;
}

}  // namespace

class Search::OrderedWalk {
 public:
  OrderedWalk(Search& search, const std::string& type, const Query& query, Plan& plan, Collector& collector)
      : search_(search), type_(type), query_(query), plan_(plan), collector_(collector), first_(query.sort.front()),
        waiting_(Later{query}) {}

  bool begins() {
    if (!worth_it()) return false;
    Stretch stretch;
    if (!stretch_from(stretch)) {
      sources_.emplace();
      return true;
    }
    sources_ = sources_of(search_.connection_, search_.names_, type_, first_, search_.upto_, stretch);
    return sources_.has_value();
  }

  // False: sorting is cheaper; nothing was given to the collector.
  bool run() {
    wanted_ = {""};
    for (const Criterion* criterion : plan_.rest) add_wanted(wanted_, *criterion);
    for (const Sort& sort : query_.sort) wanted_.push_back(sort.param);
    std::size_t patience = first_patience();
    Source* source = best();
    for (; !search_.connection_.failed(); source = best()) {
      give_certain(source);
      if (source == nullptr || enough()) break;
      if (++walked_ > patience && !goes_on(patience)) return false;
      test(*source->next());
    }
    finish(source == nullptr);
    return true;
  }

 private:
  struct Later {
    const Query& query;
    bool operator()(const Image& a, const Image& b) const {
      for (const Sort& key : query.sort)
        if (const int order = compare(key, a.subject(), b.subject())) return order > 0;
      return a.row > b.row;
    }
  };

  bool forced() const { return search_.connection_.planning == Planning::in_order; }

  bool worth_it() const {
    if (query_.sort.empty() || query_.only_total || wanted_hits(query_) > most_ordered) return false;
    if (!search_.has_order(type_, query_)) return false;
    if (forced()) return true;
    const auto whole = static_cast<std::size_t>(std::max<std::int64_t>(search_.current(type_), 0));
    if (whole < wanted_hits(query_) + 1'000 || plan_.lead <= few) return false;
    return plan_.lead == unknown || wanted_hits(query_) * whole / plan_.lead <= plan_.lead * listed;
  }

  // False: what is behind the last hit has no value to be sorted by.
  bool stretch_from(Stretch& stretch) {
    bounded_ = false;
    for (const Criterion& criterion : query_.all) {
      if (criterion.param != first_.param || turned(criterion)) continue;
      if (criterion.form == Criterion::Form::rows && criterion.kind == first_.kind && first_.single) bound_by(criterion);
    }
    if (bounded_) stretch.within = &within_;
    if (first_.param == "_lastUpdated") spans(stretch);
    const auto& after = collector_.after();
    if (!after || first_.param == "_lastUpdated") return true;
    stretch.from = sort_row(first_, *after);
    return stretch.from != nullptr;
  }

  void bound_by(const Criterion& criterion) {
    auto access = Reach(search_.connection_, search_.names_, type_).of(criterion);
    if (!access || access->listed) return;
    within_ = std::move(*access);
    bounded_ = true;
  }

  void spans(Stretch& stretch) {
    stretch.first = 1, stretch.end = search_.upto_ + 1;
    for (const Criterion& criterion : query_.all)
      if (criterion.form == Criterion::Form::updated && !criterion.negate)
        if (const auto span = search_.span_of(criterion)) {
          stretch.first = std::max(stretch.first, span->first);
          stretch.end = std::min(stretch.end, span->end);
        }
    if (!collector_.after()) return;
    const core::Instant at{collector_.after()->updated};
    if (first_.descending) stretch.end = std::min(stretch.end, search_.first_at({at.ms + 1}));
    else stretch.first = std::max(stretch.first, search_.first_at(at));
  }

  std::size_t first_patience() {
    if (plan_.lead == unknown) return first_count * looked_up;
    list_lead();
    return plan_.lead * listed;
  }

  // Longer than the shortest criterion would take? Then sort instead; while that is not known, count further.
  bool goes_on(std::size_t& patience) {
    if (forced()) return true;
    const bool known = plan_.lead != unknown;
    if (!known && plan_.all.empty() && plan_.open.empty()) {
      patience = unknown;
      return true;
    }
    if (!known) {
      const std::size_t bound = patience / looked_up * 4;
      search_.count(plan_, plan_.all, bound);
      search_.count(plan_, plan_.open, bound);
      if (plan_.lead != unknown) list_lead();
      patience = plan_.lead == unknown ? bound * looked_up : plan_.lead * listed;
      if (patience > walked_) return true;
    }
    plan_.text += ", sorts";
    return false;
  }

  // The shortest criterion: a row is found in a list sooner than in the index.
  void list_lead() {
    for (std::size_t at = 0; at < plan_.open.size();)
      if (plan_.open[at].counted && plan_.open[at].count <= plan_.lead) search_.gather(plan_, at);
      else ++at;
    for (Candidate& candidate : plan_.all)
      if (candidate.counted && candidate.count <= plan_.lead) search_.list(candidate);
    std::stable_sort(plan_.all.begin(), plan_.all.end(),
                     [](const Candidate& a, const Candidate& b) { return a.access.listed && !b.access.listed; });
  }

  void test(std::int64_t row) {
    const auto has = [&](const Candidate& candidate) { return search_.is_in(row, candidate.access); };
    if (seen_.contains(row) || !std::all_of(plan_.all.begin(), plan_.all.end(), has)) return;
    if (std::any_of(plan_.none.begin(), plan_.none.end(), has)) return;
    Image found;
    if (!search_.image(type_, row, wanted_, found) || found.sequence <= query_.since) return;
    if (!search_.holds(plan_, found)) return;
    seen_.insert(row);
    if (collector_.behind(found)) waiting_.push(std::move(found));
  }

  Source* best() const {
    Source* found = nullptr;
    for (const auto& source : *sources_)
      if (!source->ended() && (found == nullptr || compare(first_, source->bound(), found->bound()) < 0))
        found = source.get();
    return found;
  }

  // No source can show a better one.
  bool certain(const Image& image) const {
    for (const auto& source : *sources_) {
      if (source->ended()) continue;
      const int order = compare(first_, image.subject(), source->bound());
      const bool tie = order == 0 && query_.sort.size() == 1 && image.row < source->bound_row();
      if (order >= 0 && !tie) return false;
    }
    return true;
  }

  void give_certain(const Source* source) {
    while (!waiting_.empty() && !enough() && (source == nullptr || certain(waiting_.top()))) {
      given_.push_back(waiting_.top());
      waiting_.pop();
    }
  }

  bool enough() const {
    if (given_.size() > query_.limit) return true;
    return query_.enough > 0 && given_.size() > query_.enough;
  }

  void finish(bool ended) {
    plan_.text = "in order of " + first_.param + " (" + std::to_string(walked_) + ')' +
                 (plan_.text.starts_with("all") ? plan_.text.substr(3) : plan_.text.empty() ? "" : ", " + plan_.text);
    for (const Image& image : given_) collector_.add(image);
    if (enough()) return collector_.stop(&given_.back());
    if (ended && !bounded_) search_.walk(type_, query_, plan_, collector_, &seen_);  // without a value: they come last
  }

  Search& search_;
  const std::string& type_;
  const Query& query_;
  Plan& plan_;
  Collector& collector_;
  const Sort& first_;
  std::optional<Sources> sources_;
  Access within_;
  bool bounded_ = false;
  Wanted wanted_;
  std::priority_queue<Image, std::vector<Image>, Later> waiting_;
  std::unordered_set<std::int64_t> seen_;
  std::vector<Image> given_;
  std::size_t walked_ = 0;
};

bool Search::walk_ordered(const std::string& type, const Query& query, Plan& plan, Collector& collector) {
  if (query.sort.empty()) return false;
  OrderedWalk walk(*this, type, query, plan, collector);
  return walk.begins() && walk.run();
}

bool Search::has_order(const std::string& type, const Query& query) {
  return connection_.planning != Planning::collect && !query.sort.empty() &&
         has_sources(connection_, names_, type, query.sort.front(), upto_);
}

// Whether the index has this row under one of the points, or the list has it.
bool Search::is_in(std::int64_t row, const Access& access) {
  if (access.listed) return std::binary_search(access.rows.begin(), access.rows.end(), row);
  std::string key;
  for (const Range& range : access.ranges) {
    key = range.low;
    put_row_number(key, row);
    Use has(connection_[Sql::has_key], Bytes{key});
    if (has.next()) return true;
  }
  return false;
}

}  // namespace adapters::sql
