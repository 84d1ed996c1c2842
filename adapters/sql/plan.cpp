// Which criteria the index answers, and how: lists and points come in order of row and are walked together; ranges do
// not: they are gathered, or their criteria looked at on the resources. What is cheaper is counted, never guessed.
#include <algorithm>

#include "adapters/sql/key.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t most_points = 64;      // more are gathered instead of walked together
constexpr std::size_t small_lead = 64;       // so few resources are faster read than a range is gathered
constexpr std::size_t first_count = 4'096;   // keys counted before anything is read
constexpr std::size_t early_count = 512;     // of ranges, where a walk may end early
constexpr std::size_t last_count = 65'536;   // and where all of a list is wanted
constexpr std::size_t page = 1'000;          // for so many hits a walk may end early
constexpr std::size_t a_resource = 20;       // keys counted in the time that one resource is read

std::string words(const Criterion* criterion) {
  if (criterion == nullptr) return "changes";
  switch (criterion->form) {
    case Criterion::Form::id: return "_id";
    case Criterion::Form::updated: return "_lastUpdated";
    case Criterion::Form::either: return "alternatives";
    case Criterion::Form::type: return "_type";
    default: return criterion->param;
  }
}

void say(Plan& plan, std::string_view how, const Criterion* criterion, std::optional<std::size_t> rows = std::nullopt) {
  if (!plan.text.empty()) plan.text += ", ";
  plan.text.append(how).append(" ").append(words(criterion));
  if (rows) plan.text += " (" + std::to_string(*rows) + ')';
}

bool comes_later(const Criterion& criterion) {
  return criterion.form == Criterion::Form::chain || criterion.form == Criterion::Form::has ||
         criterion.form == Criterion::Form::updated;
}

// About how many rows the walk has without what is still to be planned.
std::size_t likely(const Plan& plan) {
  return plan.lead == unknown && !plan.all.empty() ? first_count + 1 : plan.lead;
}

void lead_by(Plan& plan, const Candidate& candidate) {
  if (candidate.counted) plan.lead = std::min(plan.lead, candidate.count);
}

}  // namespace

Plan Search::plan(const std::string& type, const Query& query) {
  Plan plan;
  if (!names_.find_slot(type, "")) plan.nothing = true;
  Reach reach(connection_, names_, type);
  bool later = false;
  for (const Criterion& criterion : query.all) {
    if (plan.nothing) return plan;
    later = later || comes_later(criterion);
    if (comes_later(criterion)) continue;
    if (criterion.form == Criterion::Form::words) place(plan, criterion, worded(type, criterion));
    else place(plan, criterion, reach.of(criterion));
  }
  const bool early = may_end_early(type, query);
  if (later || !plan.open.empty() || !query.sort.empty())
    for (std::size_t bound = small_lead; bound <= (early && !later ? early_count : first_count) && plan.lead > bound / 8;
         bound *= 8)
      count(plan, plan.all, bound);
  for (const Criterion& criterion : query.all) {
    if (plan.nothing) return plan;
    if (!comes_later(criterion)) continue;
    const bool time = criterion.form == Criterion::Form::updated;
    place(plan, criterion,
          time ? updated(type, criterion, likely(plan)) : resolved(type, criterion, query, likely(plan)));
  }
  if (query.since > 0 && !plan.nothing)
    if (auto changes = versions_in(type, {query.since + 1, upto_ + 1}, likely(plan))) {
      say(plan, "lists", nullptr, changes->rows.size());
      plan.all.push_back({nullptr, std::move(*changes), 0, true});
      plan.all.back().count = plan.all.back().access.rows.size();
      lead_by(plan, plan.all.back());
    }
  if (plan.nothing) return plan;
  for (const Candidate& point : plan.all)
    if (point.criterion != nullptr && !point.access.listed)
      say(plan, "by", point.criterion, point.counted ? std::optional(point.count) : std::nullopt);
  choose(plan, early, affordable(query));
  if (plan.too_dear) return plan;
  for (const Criterion* criterion : plan.rest) say(plan, "reads", criterion);
  if (plan.all.empty()) plan.text.insert(0, plan.text.empty() ? "all" : "all, ");
  return plan;
}

// Without access the resources themselves are read. What comes in order of row joins the walk; ranges wait for
// choose().
void Search::place(Plan& plan, const Criterion& criterion, std::optional<Access> access) {
  const bool ordered = access && (access->listed || (access->points() && access->ranges.size() <= most_points));
  if (!access || (turned(criterion) && !(ordered && access->exact))) {
    plan.rest.push_back(&criterion);
    return;
  }
  const bool empty = access->listed ? access->rows.empty() : access->ranges.empty();
  if (turned(criterion)) {
    if (empty) return;
    say(plan, "without", &criterion);
    plan.none.push_back({&criterion, std::move(*access)});
  } else if (empty) {
    plan.nothing = true;
  } else if (ordered) {
    if (!access->exact) plan.rest.push_back(&criterion);
    if (access->listed) say(plan, "lists", &criterion, access->rows.size());
    plan.all.push_back({&criterion, std::move(*access)});
    Candidate& placed = plan.all.back();
    if (placed.access.listed) placed.count = placed.access.rows.size(), placed.counted = true;
    lead_by(plan, placed);
  } else {
    plan.rest.push_back(&criterion);
    plan.open.push_back({&criterion, std::move(*access)});
  }
}

// Each up to `bound` keys, and no further than the smallest one known.
void Search::count(Plan& plan, std::vector<Candidate>& candidates, std::size_t bound) {
  for (Candidate& candidate : candidates) {
    if (candidate.counted) continue;
    const std::size_t most = std::min(bound, plan.lead);
    candidate.count = keys_in(candidate.access, most + 1);
    candidate.counted = candidate.count <= most;
    lead_by(plan, candidate);
  }
}

std::size_t Search::keys_in(const Access& access, std::size_t bound) {
  std::size_t total = 0;
  for (const Range& range : access.ranges) {
    if (total >= bound) break;
    Use keys(connection_[Sql::count_keys], Bytes{range.low}, Bytes{range.high}, bound - total);
    if (keys.next()) total += static_cast<std::size_t>(keys.integer(0));
  }
  connection_.touched += total;
  return total;
}

bool Search::may_end_early(const std::string& type, const Query& query) {
  return connection_.planning == Planning::read ||
         (wanted_hits(query) <= page && !query.only_total && (query.sort.empty() || has_order(type, query)));
}

// Ranges are gathered when they are the best there is, or small beside it. Where a walk may end early they stay open:
// it begins by reading, and comes back (reconsider) when it does not find enough.
void Search::choose(Plan& plan, bool early, std::size_t most) {
  const Planning how = connection_.planning;
  const std::size_t lead = likely(plan);
  const std::size_t last = early ? early_count : last_count;
  for (std::size_t bound = small_lead; bound <= (most > 0 ? std::min(most, last) : last); bound *= 8)
    if (std::min(lead, plan.lead) > bound) count(plan, plan.open, bound);
  std::sort(plan.open.begin(), plan.open.end(), [](const Candidate& a, const Candidate& b) {
    return a.counted != b.counted ? a.counted : a.count < b.count;
  });
  const std::size_t best = std::min(lead, plan.lead);
  for (std::size_t at = 0; at < plan.open.size() && how != Planning::read;) {
    const Candidate& candidate = plan.open[at];
    const bool needed = plan.all.empty() && !early;
    if (most > 0 && needed && !candidate.counted) {
      plan.too_dear = true;
      return;
    }
    if (needed || how == Planning::gather || (candidate.counted && candidate.count / 4 <= best)) gather(plan, at);
    else ++at;
  }
}

// A range that is open joins the walk.
void Search::gather(Plan& plan, std::size_t at) {
  Candidate candidate = std::move(plan.open[at]);
  plan.open.erase(plan.open.begin() + static_cast<std::ptrdiff_t>(at));
  list(candidate);
  say(plan, "gathers", candidate.criterion, candidate.count);
  if (candidate.access.exact) std::erase(plan.rest, candidate.criterion);
  lead_by(plan, candidate);
  plan.all.push_back(std::move(candidate));
}

void Search::list(Candidate& candidate) {
  if (candidate.access.listed) return;
  candidate.access.rows = rows_in(candidate.access);
  candidate.access.listed = true;
  candidate.count = candidate.access.rows.size(), candidate.counted = true;
}

// A walk has read many resources: whatever has no more than `bound` keys is gathered now.
bool Search::reconsider(Plan& plan, std::size_t bound) {
  if (connection_.planning == Planning::read) return false;
  bool joined = false;
  for (std::size_t at = 0; at < plan.open.size();) {
    Candidate& candidate = plan.open[at];
    if (!candidate.counted) candidate.count = keys_in(candidate.access, bound + 1);
    candidate.counted = candidate.counted || candidate.count <= bound;
    if (candidate.counted && candidate.count <= bound) gather(plan, at), joined = true;
    else ++at;
  }
  return joined;
}

std::vector<std::int64_t> Search::rows_in(const Access& access) {
  std::vector<std::int64_t> rows;
  for (const Range& range : access.ranges) {
    Use keys(connection_[Sql::keys_up], Bytes{range.low}, Bytes{range.high});
    while (keys.next()) {
      const std::string_view key = keys.bytes(0);
      if (!access.keep || access.keep(key)) rows.push_back(row_of(key));
    }
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// A total that the index knows by itself: one value of one parameter, or all of a type.
std::optional<std::size_t> Search::counted(const std::string& type, const Query& query, Plan& plan) {
  if (!query.only_total || as_of_ != 0 || query.since > 0 || query.after || !plan.rest.empty() || !plan.none.empty())
    return std::nullopt;
  if (plan.all.empty()) return static_cast<std::size_t>(current(type));
  const Access& access = plan.all.front().access;
  if (plan.all.size() > 1 || access.listed || access.ranges.size() > 1) return std::nullopt;
  const std::size_t most = affordable(query), keys = keys_in(access, most > 0 ? most + 1 : unknown);
  plan.too_dear = most > 0 && keys > most;
  return keys;
}

std::size_t Search::affordable(const Query& query) const {
  if (!query.only_total || query.affordable == 0) return 0;
  const std::uint64_t spent = connection_.touched - begun_;
  return query.affordable > spent ? query.affordable - spent : 1;
}

// Whether the walk for a total looks at no more than the query affords; a resource that is read counts as several keys.
bool Search::afforded(const std::string& type, const Query& query, Plan& plan) {
  const std::size_t most = affordable(query);
  if (most == 0) return true;
  count(plan, plan.all, most);
  std::size_t rows = plan.lead;
  if (plan.all.empty()) rows = static_cast<std::size_t>(std::max<std::int64_t>(current(type), 0));
  const std::size_t each = plan.rest.empty() ? std::max<std::size_t>(plan.all.size(), 1) : a_resource;
  return rows <= most / each;
}

}  // namespace adapters::sql
