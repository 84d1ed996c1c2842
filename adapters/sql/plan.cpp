// Which criteria the index answers, and how: streams for what comes in order of row, gathered rows for what does not.
#include <algorithm>

#include "adapters/sql/key.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t most_points = 64;  // more are gathered instead of walked together
constexpr std::size_t small_lead = 64;   // so few resources are faster read than a range is gathered
constexpr std::size_t page = 1'000;      // a limit up to here may stop a scan early

std::string words(const Criterion& criterion) {
  switch (criterion.form) {
    case Criterion::Form::id: return "_id";
    case Criterion::Form::updated: return "_lastUpdated";
    case Criterion::Form::either: return "alternatives";
    case Criterion::Form::type: return "_type";
    default: return criterion.param;
  }
}

void say(Plan& plan, std::string_view how, const Criterion& criterion, std::optional<std::size_t> rows = std::nullopt) {
  if (!plan.text.empty()) plan.text += ", ";
  plan.text.append(how).append(" ").append(words(criterion));
  if (rows) plan.text += " (" + std::to_string(*rows) + ')';
}

}  // namespace

Plan Search::plan(const std::string& type, const Query& query) {
  Plan plan;
  if (!names_.find_slot(type, "")) plan.nothing = true;
  Options options;
  std::vector<const Criterion*> later;
  Reach reach(connection_, names_, type);
  for (const Criterion& criterion : query.all) {
    if (plan.nothing) return plan;
    const auto form = criterion.form;
    if (form == Criterion::Form::chain || form == Criterion::Form::has || form == Criterion::Form::updated)
      later.push_back(&criterion);
    else if (form == Criterion::Form::words) place(plan, criterion, worded(type, criterion), options);
    else place(plan, criterion, reach.of(criterion), options);
  }
  if (!later.empty() || !options.ranges.empty()) count_points(options);
  for (const Criterion* criterion : later) {
    if (plan.nothing) return plan;
    const bool time = criterion->form == Criterion::Form::updated;
    place(plan, *criterion,
          time ? updated(type, *criterion, options.lead) : resolved(type, *criterion, query, options.lead), options);
  }
  if (plan.nothing) return plan;
  for (Candidate& point : options.points) {
    say(plan, "by", *point.criterion, point.counted ? std::optional(point.count) : std::nullopt);
    plan.all.push_back(stream_of(connection_, std::move(point.access.ranges)));
  }
  choose(plan, type, query, options);
  for (const Criterion* criterion : plan.rest) say(plan, "reads", *criterion);
  if (plan.all.empty()) plan.text.insert(0, plan.text.empty() ? "all" : "all, ");
  return plan;
}

// Without access the resources themselves are read. What comes in order of row joins the walk; ranges wait for
// choose().
void Search::place(Plan& plan, const Criterion& criterion, std::optional<Access> access, Options& options) {
  const bool ordered = access && (access->listed || (access->points() && access->ranges.size() <= most_points));
  if (!access || (turned(criterion) && !(ordered && access->exact))) {
    plan.rest.push_back(&criterion);
    return;
  }
  const bool empty = access->listed ? access->rows.empty() : access->ranges.empty();
  if (turned(criterion)) {
    if (empty) return;
    say(plan, "without", criterion);
    plan.none.push_back(access->listed ? stream_of(std::move(access->rows))
                                       : stream_of(connection_, std::move(access->ranges)));
  } else if (empty) {
    plan.nothing = true;
  } else if (access->listed) {
    say(plan, "lists", criterion, access->rows.size());
    if (!access->exact) plan.rest.push_back(&criterion);
    options.lead = std::min(options.lead, access->rows.size());
    plan.all.push_back(stream_of(std::move(access->rows)));
  } else if (ordered) {
    if (!access->exact) plan.rest.push_back(&criterion);
    options.points.push_back({&criterion, std::move(*access)});
  } else {
    options.ranges.push_back({&criterion, std::move(*access)});
  }
}

void Search::count_points(Options& options) {
  for (std::size_t bound = small_lead; bound <= 4'096 && options.lead > bound / 8; bound *= 8)
    for (Candidate& point : options.points) {
      if (!point.counted) count(point, std::min(bound, options.lead));
      if (point.counted) options.lead = std::min(options.lead, point.count);
    }
  if (!options.points.empty()) options.lead = std::min<std::size_t>(options.lead, many);
}

// Ranges are gathered when they are the best there is, or small beside it; otherwise the resources themselves are read.
void Search::choose(Plan& plan, const std::string& type, const Query& query, Options& options) {
  auto& ranges = options.ranges;
  if (ranges.empty()) return;
  const std::size_t whole = static_cast<std::size_t>(std::max<std::int64_t>(current(type), 0));
  const bool may_scan = plan.all.empty() && query.sort.empty() && query.limit <= page;
  std::size_t best = options.lead;
  bool scan = false;
  for (std::size_t bound = small_lead; bound <= 65'536 && best > bound && !scan && best > small_lead; bound *= 8) {
    for (Candidate& candidate : ranges) {
      if (!candidate.counted) count(candidate, std::min(bound, best));
      if (candidate.counted) best = std::min(best, candidate.count);
    }
    scan = may_scan && best == unknown && (query.limit + 1) * (whole / bound + 1) * 15 < bound;
  }
  std::sort(ranges.begin(), ranges.end(), [](const Candidate& a, const Candidate& b) {
    return a.counted != b.counted ? a.counted : a.count < b.count;
  });
  for (Candidate& candidate : ranges) {
    const bool needed = plan.all.empty() && !scan;
    if (needed || (candidate.counted && candidate.count <= best * 4)) use(plan, candidate);
    else plan.rest.push_back(candidate.criterion);
  }
}

void Search::count(Candidate& candidate, std::size_t bound) {
  candidate.count = keys_in(candidate.access, bound + 1);
  candidate.counted = candidate.count <= bound;
}

std::size_t Search::keys_in(const Access& access, std::size_t bound) {
  std::size_t total = 0;
  for (const Range& range : access.ranges) {
    if (total >= bound) break;
    Use keys(connection_[Sql::count_keys], Bytes{range.low}, Bytes{range.high}, bound - total);
    if (keys.next()) total += static_cast<std::size_t>(keys.integer(0));
  }
  return total;
}

void Search::use(Plan& plan, Candidate& candidate) {
  std::vector<std::int64_t> rows = rows_in(candidate.access);
  say(plan, "gathers", *candidate.criterion, rows.size());
  if (!candidate.access.exact) plan.rest.push_back(candidate.criterion);
  plan.all.push_back(stream_of(std::move(rows)));
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

// _lastUpdated: instants never fall from one sequence number to the next, so a span of time is a span of the change
// feed.
std::optional<Access> Search::updated(const std::string& type, const Criterion& criterion, std::size_t most) {
  if (criterion.any.size() != 1) return std::nullopt;
  const Term& term = criterion.any.front();
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min(), highest = no_row;
  std::int64_t from = lowest, to = highest;
  switch (term.compare) {
    case Compare::equal:
    case Compare::approximately: from = term.from, to = term.to; break;
    case Compare::greater:
    case Compare::starts_after: from = term.to; break;
    case Compare::greater_or_equal: from = std::min(term.from, term.to); break;
    case Compare::less:
    case Compare::ends_before: to = term.from; break;
    case Compare::less_or_equal: to = std::max(term.from, term.to); break;
    default: return std::nullopt;
  }
  const Sequence first = first_at({from}), end = first_at({to});
  const auto slot = names_.find_slot(type, "");
  const std::size_t whole = static_cast<std::size_t>(std::max<std::int64_t>(current(type), 0));
  if (!slot || static_cast<std::size_t>(std::max<Sequence>(end - first, 0)) > std::min(most, whole))
    return std::nullopt;
  Access access;
  access.listed = true;
  std::vector<std::pair<std::int64_t, Sequence>> versions;
  {
    Use changes(connection_[Sql::changes_up], first - 1);
    while (changes.next() && changes.integer(0) < end)
      if (changes.integer(3) == *slot) versions.emplace_back(changes.integer(1), changes.integer(0));
  }
  for (const auto& [row, sequence] : versions) {
    Use listed(connection_[Sql::listed], *slot, row);
    if (listed.next() && listed.integer(0) == sequence) access.rows.push_back(row);
  }
  std::sort(access.rows.begin(), access.rows.end());
  return access;
}

Sequence Search::first_at(core::Instant time) {
  Sequence low = 1, high = 1;
  {
    Use newest(connection_[Sql::newest_change]);
    if (newest.next()) high = newest.integer(0) + 1;
  }
  while (low < high) {
    const Sequence middle = low + (high - low) / 2;
    Use change(connection_[Sql::change], middle);
    if (!change.next()) return low;
    if (change.integer(5) < time.ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace adapters::sql
