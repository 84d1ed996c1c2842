#include "adapters/sql/search.hpp"

#include <algorithm>

#include "adapters/sql/collector.hpp"

namespace adapters::sql {

using namespace core::store;

Found Search::find(const Query& query) {
  Collector collector(query);
  std::string text;
  std::vector<std::string> types = query.types.empty() ? names_.types() : query.types;
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  for (const std::string& type : types) {
    Plan plan = this->plan(type, query);
    collector.next_type();
    if (!plan.nothing && !walk_ordered(type, query, plan, collector)) walk(type, query, plan, collector);
    text += (text.empty() ? "" : "; ") + type + ": " + (plan.nothing ? "nothing can match" : plan.text);
  }
  Found found = std::move(collector).found();
  found.plan = text + "; found: " + std::to_string(found.matches.size()) + (found.complete ? "" : " and more") +
               "; resources read: " + std::to_string(looked_at_);
  return found;
}

void Search::walk(const std::string& type, const Query& query, Plan& plan, Collector& collector,
                  const std::unordered_set<std::int64_t>* without) {
  Listed listed(connection_, *names_.find_slot(type, ""));
  Wanted wanted{""};
  for (const Criterion* criterion : plan.rest) add_wanted(wanted, *criterion);
  for (const Sort& sort : query.sort) wanted.push_back(sort.param);
  const bool reads = collector.sorts() || !plan.rest.empty();

  for (std::int64_t row = 1; !collector.full() && !connection_.failed();) {
    std::int64_t at = plan.all.empty() ? listed.seek(row) : row;
    for (bool moved = true; moved && at != no_row;) {
      moved = false;
      for (const auto& stream : plan.all) {
        const std::int64_t next = stream->seek(at);
        moved = moved || next > at;
        at = next;
      }
    }
    if (at == no_row) return;
    row = at + 1;
    const bool refused =
        std::any_of(plan.none.begin(), plan.none.end(), [&](const auto& stream) { return stream->seek(at) == at; });
    if (refused || (without != nullptr && without->contains(at))) continue;
    if (!reads) {
      if (listed.seek(at) == at) collector.add(Match{at, listed.sequence()});
      continue;
    }
    Image found;
    if (!image(type, at, wanted, found)) continue;
    const bool holds = std::all_of(plan.rest.begin(), plan.rest.end(), [&](const Criterion* criterion) {
      return matches(*criterion, found.subject(), *this);
    });
    if (!holds) continue;
    if (collector.sorts()) collector.add(std::move(found));
    else collector.add(Match{found.row, found.sequence});
  }
}

bool Search::image(const std::string& type, std::int64_t row, const Wanted& wanted, Image& image) {
  ++looked_at_;
  Use forward(connection_[Sql::forward], row);
  if (!forward.next()) return false;
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
