// Criteria over ordered values: dates, numbers, quantities; and composites, which fix one value and order by the next.
#include <algorithm>
#include <cmath>
#include <limits>

#include "adapters/sql/access.hpp"
#include "adapters/sql/key.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::int64_t back(std::int64_t from, std::int64_t by) { return from < lowest + by ? lowest : from - by; }

template <class T>
struct Bounds {  // both ends included
  T low, high;
};

// Where the start of a span no longer than `longest` can be when it matches.
Bounds<std::int64_t> starts(const Term& term, std::int64_t longest) {
  switch (term.compare) {
    case Compare::equal: return {term.from, term.to};
    case Compare::greater: return {back(term.to, longest), highest};
    case Compare::less: return {lowest, term.from};
    case Compare::greater_or_equal: return {std::min(back(term.to, longest), term.from), highest};
    case Compare::less_or_equal: return {lowest, std::max(term.from, term.to)};
    case Compare::starts_after: return {term.to, highest};
    case Compare::ends_before: return {lowest, term.from};
    case Compare::approximately: return {back(term.from, longest), term.to};
    default: return {lowest, highest};
  }
}

constexpr double infinity = std::numeric_limits<double>::infinity();

Bounds<double> values(Compare compare, double low, double high) {
  if (std::isnan(low) || std::isnan(high)) return {-infinity, infinity};
  switch (compare) {
    case Compare::equal:
    case Compare::approximately: return {low, high};
    case Compare::greater:
    case Compare::starts_after: return {high, infinity};
    case Compare::less:
    case Compare::ends_before: return {-infinity, low};
    case Compare::greater_or_equal: return {std::min(low, high), infinity};
    case Compare::less_or_equal: return {-infinity, std::max(low, high)};
    default: return {-infinity, infinity};
  }
}

Range between(const std::string& prefix, Bounds<std::int64_t> bounds) {
  Range range{prefix, prefix, false};
  put_integer(range.low, bounds.low);
  put_integer(range.high, bounds.high);
  range.high = after(range.high);
  return range;
}

Range between(const std::string& prefix, Bounds<double> bounds) {
  Range range{prefix, prefix, false};
  put_double(range.low, bounds.low);
  put_double(range.high, bounds.high);
  range.high = after(range.high);
  return range;
}

}  // namespace

void Reach::date(Access& access, Slot slot, const Term& term) {
  for (unsigned at = 0; at < span_class_count; ++at) {
    const Tag tag = static_cast<Tag>(static_cast<unsigned>(Tag::date) + at);
    const Bounds bounds = starts(term, span_classes[at].longest);
    if (at + 1 == span_class_count) {  // no longest span: only the start bounds
      const bool by_end = term.compare == Compare::greater || term.compare == Compare::greater_or_equal ||
                          term.compare == Compare::approximately;
      access.ranges.push_back(
          between(head(slot, tag), Bounds<std::int64_t>{by_end ? lowest : bounds.low, bounds.high}));
    } else {
      access.ranges.push_back(between(head(slot, tag), bounds));
    }
  }
}

void Reach::number(Access& access, Slot slot, const Term& term) {
  access.ranges.push_back(between(head(slot, Tag::number), values(term.compare, term.low, term.high)));
}

void Reach::quantity(Access& access, Slot slot, const Term& term) {
  if (!term.canonical) {
    const bool any_unit = term.any_system && (term.any_value || term.value.empty());
    access.exact = access.exact && any_unit;
    access.ranges.push_back(between(head(slot, Tag::quantity), values(term.compare, term.low, term.high)));
    return;
  }
  if (term.note.empty()) {  // matches what has no canonical unit: not a question anyone asks, answered all the same
    all(access, head(slot, Tag::quantity));
    access.exact = false;
    return;
  }
  std::string prefix = head(slot, Tag::canonical);
  put_text(prefix, term.note, longest_text);
  if (term.note.size() >= longest_text) access.exact = false;
  access.ranges.push_back(between(prefix, values(term.compare, term.canonical_low, term.canonical_high)));
}

void Reach::composite(Access& access, Slot slot, const Term& term) {
  access.exact = false;
  const std::string prefix = head(slot, Tag::composite);
  if (term.parts.empty()) return;
  Access first;
  component(first, prefix, term.parts[0]);
  for (Range& range : first.ranges) {
    if (term.parts.size() > 1 && range.point) component(access, range.low, term.parts[1]);
    else access.ranges.push_back({std::move(range.low), std::move(range.high), false});
  }
}

// Components carry their kind in the key, because a term does not say of which kind its value is.
void Reach::component(Access& access, const std::string& prefix, const Term& term) {
  std::vector<std::string> kinds;
  groups(prefix, 1, 16, kinds);
  for (std::string& key : kinds) {
    const RowKind kind = static_cast<RowKind>(static_cast<unsigned char>(key.back()));
    const bool equal = term.compare == Compare::equal;
    if (kind == RowKind::token && equal && !term.any_value && term.any_system) {
      codes_of_any_system(access, key, term);
    } else if (kind == RowKind::token && equal && !term.any_system) {
      put_unsigned<4>(key, names_.key_of(term.system));
      if (term.any_value) {
        all(access, key);
      } else {
        put_text(key, term.value, longest_text);
        point(access, std::move(key));
      }
    } else if (kind == RowKind::string && term.compare == Compare::begins) {
      put_prefix(key, term.value, longest_string);
      all(access, key);
    } else if (kind == RowKind::number) {
      access.ranges.push_back(between(key, values(term.compare, term.low, term.high)));
    } else if (kind == RowKind::quantity && term.canonical && !term.note.empty()) {
      put_text(key, term.note, longest_text);
      access.ranges.push_back(between(key, values(term.compare, term.canonical_low, term.canonical_high)));
    } else {
      all(access, key);
    }
  }
}

}  // namespace adapters::sql
