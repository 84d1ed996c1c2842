// Criteria that look at other resources. A small inner answer is found first and becomes rows or references; a large
// one is asked candidate by candidate, and each target only once.
#include <algorithm>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t small = 64;
constexpr std::size_t unlimited = 100'000'000;

Query limited(const Query& query, std::size_t limit, Sequence as_of) {
  Query copy = query;
  copy.sort.clear();
  copy.limit = limit;
  copy.as_of = as_of;
  return copy;
}

}  // namespace

std::optional<Access> Search::resolved(const std::string& type, const Criterion& criterion, const Query& outer,
                                       std::size_t lead) {
  if (!criterion.inner) return Access{};
  Found inner = find(limited(*criterion.inner, small, as_of_));
  if (!inner.complete) {
    if (lead < 4'096 || (outer.only_total && outer.affordable > 0)) return std::nullopt;
    const bool may_stop = !outer.only_total && wanted_hits(outer) <= 1'000 &&
                          (outer.sort.empty() || has_order(type, outer));
    std::int64_t whole = 0;
    for (const std::string& of : criterion.inner->types) whole += current(of);
    const std::size_t share = static_cast<std::size_t>(whole) / 50 + 1;
    if (may_stop || turned(criterion)) {
      if (share > small) inner = find(limited(*criterion.inner, share, as_of_));
      if (!inner.complete) return std::nullopt;
    } else {
      inner = find(limited(*criterion.inner, unlimited, as_of_));
    }
  }
  if (criterion.form == Criterion::Form::chain)
    return Reach(connection_, names_, type).joined(led_to(type, criterion, inner.matches), criterion);
  return referred(type, criterion, inner.matches);
}

Access Search::led_to(const std::string& type, const Criterion& criterion, const std::vector<Match>& inner) {
  std::vector<std::string> targets;
  for (const Match& match : inner) {
    Use change(connection_[Sql::change], match.sequence);
    if (change.next()) targets.push_back(names_.type_of(static_cast<Slot>(change.integer(3))) + '/' + change.text(4));
  }
  return Reach(connection_, names_, type).references(criterion.param, targets);
}

Access Search::referred(const std::string& type, const Criterion& criterion, const std::vector<Match>& inner) {
  Access access;
  access.listed = true;
  Reach reach(connection_, names_, type);
  for (const Match& match : inner) {
    const auto source = image_of(match, Wanted{criterion.param});
    if (!source) continue;
    for (const Row& row : source->rows)
      if (row.kind == RowKind::reference && row.param == criterion.param && row.system == type)
        if (const auto target = reach.row(row.value)) access.rows.push_back(*target);
  }
  std::sort(access.rows.begin(), access.rows.end());
  access.rows.erase(std::unique(access.rows.begin(), access.rows.end()), access.rows.end());
  return access;
}

bool Search::chain(const Criterion& criterion, const Row& reference) {
  const Query& inner = *criterion.inner;
  const Key key{reference.system, reference.value};
  const auto known = led_.find({&inner, key});
  if (known != led_.end()) return known->second;
  bool leads = inner.types.empty() || std::find(inner.types.begin(), inner.types.end(), key.type) != inner.types.end();
  Wanted wanted{""};
  for (const Criterion& one : inner.all) add_wanted(wanted, one);
  const auto target = leads ? image_of(key, wanted) : std::nullopt;
  leads = target && matches(inner.all, target->subject(), *this);
  led_[{&inner, key}] = leads;
  return leads;
}

bool Search::has(const Criterion& criterion, const Subject& subject) {
  Query query = limited(*criterion.inner, 1, as_of_);
  Criterion refers;
  refers.form = Criterion::Form::reference_in;
  refers.param = criterion.param;
  refers.ids = {subject.type + '/' + subject.id};
  query.all.push_back(std::move(refers));
  return !find(query).matches.empty();
}

}  // namespace adapters::sql
