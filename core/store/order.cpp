#include <cmath>
#include <optional>

#include "core/store/query.hpp"

namespace core::store {
namespace {

// What one row sorts by; a kind uses one of the three.
struct SortKey {
  std::int64_t time = 0;
  double number = 0;
  std::string_view first{}, second{};
};

int sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// What is no number comes after all numbers, so that the order is total.
int three_way(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

int three_way(const SortKey& a, const SortKey& b) {
  if (a.time != b.time) return a.time < b.time ? -1 : 1;
  if (const int n = three_way(a.number, b.number)) return n;
  if (const int n = a.first.compare(b.first)) return sign(n);
  return sign(a.second.compare(b.second));
}

std::optional<SortKey> key_of(const Sort& sort, const Row& row) {
  switch (sort.kind) {
    case RowKind::token:
    case RowKind::string:
    case RowKind::uri:
      return SortKey{.first = row.value};
    case RowKind::reference:
      if (row.value.empty()) return std::nullopt;
      return SortKey{.first = row.system, .second = row.value};
    case RowKind::date:
      return SortKey{.time = sort.descending ? row.to : row.from};
    case RowKind::number:
      return SortKey{.number = sort.descending ? row.high : row.low};
    case RowKind::quantity:
      return SortKey{.number = row.note.empty() ? row.low : row.canonical};
    case RowKind::composite:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<SortKey> key_of(const Sort& sort, const Subject& subject) {
  if (sort.param == "_id") return SortKey{.first = subject.id};
  if (sort.param == "_lastUpdated") return SortKey{.time = subject.updated_ms};
  std::optional<SortKey> best;
  for (const Row& row : subject.rows) {
    if (row.kind != sort.kind || row.param != sort.param) continue;
    const auto key = key_of(sort, row);
    if (!key) continue;
    if (!best || (sort.descending ? three_way(*key, *best) > 0 : three_way(*key, *best) < 0)) best = key;
  }
  return best;
}

}  // namespace

int compare(const Sort& sort, const Subject& a, const Subject& b) {
  const auto left = key_of(sort, a), right = key_of(sort, b);
  if (!left || !right) return static_cast<int>(!left) - static_cast<int>(!right);
  const int order = three_way(*left, *right);
  return sort.descending ? -order : order;
}

}  // namespace core::store
