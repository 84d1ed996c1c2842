#include "adapters/sql/search.hpp"

#include <algorithm>

#include "adapters/sql/collector.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t first_patience = 256;  // resources read before ranges are counted to see what gathering costs

std::vector<std::unique_ptr<Stream>> streams_of(Connection& connection, const std::vector<Candidate>& candidates,
                                                std::size_t from = 0) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (; from < candidates.size(); ++from) {
    const Access& access = candidates[from].access;
    streams.push_back(access.listed ? stream_of(access.rows) : stream_of(connection, access.ranges));
  }
  return streams;
}

std::int64_t leap(const std::vector<std::unique_ptr<Stream>>& streams, std::int64_t at) {
  for (bool moved = true; moved && at != no_row;) {
    moved = false;
    for (const auto& stream : streams) {
      const std::int64_t next = stream->seek(at);
      moved = moved || next > at;
      at = next;
    }
  }
  return at;
}

}  // namespace

Found Search::find(const Query& query) {
  const std::uint64_t before = connection_.touched;
  as_of_ = query.as_of > 0 && query.as_of < upto_ ? query.as_of : 0;
  Collector collector(query, connection_);
  if (query.after && !query.sort.empty()) {
    Wanted wanted{""};
    for (const Sort& sort : query.sort) wanted.push_back(sort.param);
    auto after = image_of(*query.after, wanted);
    if (!after) connection_.fail({core::Kind::gone, "the list cannot go on behind a hit that was erased", "search"});
    collector.begin_after(std::move(after));
  }
  std::string text;
  std::vector<std::string> types = query.types.empty() ? names_.types() : query.types;
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  for (const std::string& type : types) {
    Plan plan = this->plan(type, query);
    find(type, query, plan, collector);
    text += (text.empty() ? "" : "; ") + type + ": " + (plan.nothing ? "nothing can match" : plan.text);
    if (plan.too_dear) break;
  }
  Found found = std::move(collector).found();
  found.plan = text + "; found: " + std::to_string(found.total) + (found.complete ? "" : " and more") +
               "; rows touched: " + std::to_string(connection_.touched - before) +
               "; resources read: " + std::to_string(looked_at_);
  return found;
}

void Search::find(const std::string& type, const Query& query, Plan& plan, Collector& collector) {
  collector.next_type();
  if (!plan.nothing && !plan.too_dear) {
    if (const auto total = counted(type, query, plan)) collector.add(*total);
    else if (!afforded(type, query, plan)) plan.too_dear = true;
    else if (!walk_ordered(type, query, plan, collector)) walk(type, query, plan, collector);
  }
  if (plan.too_dear) collector.stop();
  if (as_of_ == 0) return;
  for (const Image& image : past(type).images)
    if (image.sequence > query.since && matches(query.all, image.subject(), *this)) collector.add(image);
}

void Search::walk(const std::string& type, const Query& query, Plan& plan, Collector& collector,
                  const std::unordered_set<std::int64_t>* without) {
  Listed listed(connection_, *names_.find_slot(type, ""));
  auto all = streams_of(connection_, plan.all), none = streams_of(connection_, plan.none);
  Wanted wanted{""};
  for (const Criterion* criterion : plan.rest) add_wanted(wanted, *criterion);
  for (const Sort& sort : query.sort) wanted.push_back(sort.param);
  const bool in_row_order = !collector.sorts() || (without != nullptr && query.sort.size() == 1);
  const bool reads = collector.sorts() || !plan.rest.empty();
  const std::size_t begun = looked_at_;
  std::size_t patience = first_patience;
  Image last;

  for (std::int64_t row = collector.first_row(); !connection_.failed();) {
    if (in_row_order && collector.full()) return collector.stop(&last);
    const std::int64_t at = leap(all, all.empty() ? listed.seek(row) : row);
    if (at == no_row) return;
    row = at + 1;
    const bool refused =
        std::any_of(none.begin(), none.end(), [&](const auto& stream) { return stream->seek(at) == at; });
    if (refused || (without != nullptr && without->contains(at))) continue;
    if (!reads) {
      if (listed.seek(at) == at && in_state(listed.sequence()) && listed.sequence() > query.since)
        collector.add(Match{at, listed.sequence()});
      continue;
    }
    if (looked_at_ - begun == patience && !plan.open.empty()) {
      patience *= 4;
      if (reconsider(plan, patience * 8)) {
        for (auto& stream : streams_of(connection_, plan.all, all.size())) all.push_back(std::move(stream));
        row = at;  // it has not been asked for this row yet
        continue;
      }
    }
    Image found;
    if (!image(type, at, wanted, found) || found.sequence <= query.since || !holds(plan, found)) continue;
    if (collector.sorts() && in_row_order && collector.behind(found)) last = found;
    if (collector.sorts()) collector.add(std::move(found));
    else collector.add(Match{found.row, found.sequence});
  }
}

bool Search::holds(const Plan& plan, const Image& image) {
  return std::all_of(plan.rest.begin(), plan.rest.end(), [&](const Criterion* criterion) {
    return matches(*criterion, image.subject(), *this);
  });
}

// The current version, where it is that of the state searched.
bool Search::image(const std::string& type, std::int64_t row, const Wanted& wanted, Image& image) {
  ++looked_at_;
  Use forward(connection_[Sql::forward], row);
  if (!forward.next() || !in_state(forward.integer(1))) return false;
  image.row = row;
  image.type = type;
  image.id = forward.text(0);
  image.sequence = forward.integer(1);
  image.updated = forward.integer(2);
  auto rows = unpack(forward.bytes(3), names_, wanted);
  if (!rows) {
    connection_.fail(core::fault("index rows cannot be read", type + '/' + image.id));
    return false;
  }
  image.rows = std::move(*rows);
  return true;
}

std::int64_t Search::current(const std::string& type) {
  const auto slot = names_.find_slot(type, "");
  if (!slot) return 0;
  Use tally(connection_[Sql::tally], *slot);
  return tally.next() ? tally.integer(0) : 0;
}

void add_wanted(Wanted& wanted, const Criterion& criterion) {
  wanted.push_back(criterion.param);
  for (const auto& all : criterion.alternatives)
    for (const Criterion& one : all) add_wanted(wanted, one);
}

}  // namespace adapters::sql
