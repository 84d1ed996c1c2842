#include <algorithm>
#include <cmath>

#include "core/store/query.hpp"

namespace core::store {
namespace {

// How a value lies to the searched range. Every prefix of FHIR is a sentence of these three words.
struct Place {
  bool inside = false;  // the searched range holds the whole value
  bool above = false;   // some of the value lies above the searched range
  bool below = false;   // some of the value lies below it
  bool after = false;   // the whole value lies above
  bool before = false;  // the whole value lies below
};

Place place(std::int64_t from, std::int64_t to, const Term& term) {
  return {term.from <= from && to <= term.to, to > term.to, from < term.from, from >= term.to, to <= term.from};
}

// The searched range is [low, high); with high itself when it is one value, or a guess.
Place place(double value_low, double value_high, double low, double high, Compare compare) {
  const bool closed = low == high || compare == Compare::approximately;
  const auto above = [&](double v) { return closed ? v > high : v >= high; };
  const auto below = [&](double v) { return v < low; };
  const auto inside = [&](double v) { return v >= low && !above(v); };
  return {inside(value_low) && inside(value_high), above(value_high), below(value_low), above(value_low),
          below(value_high)};
}

bool holds(Compare compare, const Place& is) {
  switch (compare) {
    case Compare::equal:
      return is.inside;
    case Compare::not_equal:
      return !is.inside;
    case Compare::greater:
      return is.above;
    case Compare::less:
      return is.below;
    case Compare::greater_or_equal:
      return is.above || is.inside;
    case Compare::less_or_equal:
      return is.below || is.inside;
    case Compare::starts_after:
      return is.after;
    case Compare::ends_before:
      return is.before;
    case Compare::approximately:
      return !is.after && !is.before;
    default:
      return false;
  }
}

bool contains(std::string_view whole, std::string_view part) {
  return whole.find(part) != std::string_view::npos;
}

// `:text` and `:identifier` compare text; a search that filled only value means the same.
const std::string& sought(const Term& term) {
  return term.text.empty() ? term.value : term.text;
}

bool token(const Term& term, const Row& row) {
  const auto same = [&] {
    return (term.any_value || row.value == term.value) && (term.any_system || row.system == term.system);
  };
  switch (term.compare) {
    case Compare::equal:
      return same();
    case Compare::not_equal:
      return !same();
    case Compare::text:
      return contains(row.text, sought(term));
    case Compare::of_type:
      return row.note == term.note && row.value == term.value;
    default:
      return false;
  }
}

bool string(const Term& term, const Row& row) {
  switch (term.compare) {
    case Compare::equal:
      return row.value == term.value;
    case Compare::not_equal:
      return row.value != term.value;
    case Compare::begins:
      return row.value.starts_with(term.value);
    case Compare::contains:
      return contains(row.value, term.value);
    case Compare::exactly:
      return row.text == term.text && (term.value.empty() || row.value == term.value);
    default:
      return false;
  }
}

// The row's text is "system|value"; the search may name both, the value alone, or the system alone ("system|").
bool logical_reference(const Term& term, const Row& row) {
  if (row.text.empty()) return false;
  const std::string& text = sought(term);
  const auto bar = text.rfind('|');
  if (bar == std::string::npos) return std::string_view(row.text).substr(row.text.rfind('|') + 1) == text;
  return bar + 1 == text.size() ? row.text.starts_with(text) : row.text == text;
}

bool reference(const Term& term, const Row& row) {
  const auto same = [&] {
    return (term.any_value || row.value == term.value) && (term.any_system || row.system == term.system) &&
           (term.note.empty() || row.note == term.note);
  };
  if (term.compare == Compare::identifier) return logical_reference(term, row);
  if (row.value.empty()) return false;
  switch (term.compare) {
    case Compare::equal:
      return same();
    case Compare::not_equal:
      return !same();
    default:
      return false;
  }
}

// :above: the stored address is the searched one or a folder above it.
bool leads_to(const std::string& stored, const std::string& searched) {
  if (stored.empty() || !searched.starts_with(stored)) return false;
  return stored.size() == searched.size() || stored.back() == '/' || searched[stored.size()] == '/';
}

bool uri(const Term& term, const Row& row) {
  switch (term.compare) {
    case Compare::equal:
      return row.value == term.value;
    case Compare::not_equal:
      return row.value != term.value;
    case Compare::begins:
      return row.value.starts_with(term.value);
    case Compare::contains:
      return contains(row.value, term.value);
    case Compare::above:
      return leads_to(row.value, term.value);
    default:
      return false;
  }
}

bool quantity(const Term& term, const Row& row) {
  if (term.canonical)
    return row.note == term.note && holds(term.compare, place(row.canonical, row.canonical, term.canonical_low,
                                                              term.canonical_high, term.compare));
  const bool unit =
      term.any_value || term.value.empty() || row.value == term.value || (term.any_system && row.text == term.value);
  return unit && (term.any_system || row.system == term.system) &&
         holds(term.compare, place(row.low, row.high, term.low, term.high, term.compare));
}

// Great-circle distance between two places in degrees, on a sphere of the Earth's mean radius (haversine).
double metres(double latitude, double longitude, double other_latitude, double other_longitude) {
  constexpr double radius = 6'371'008.8, radian = 3.14159265358979323846 / 180;
  const double up = std::sin((other_latitude - latitude) * radian / 2);
  const double across = std::sin((other_longitude - longitude) * radian / 2);
  const double h = up * up + std::cos(latitude * radian) * std::cos(other_latitude * radian) * across * across;
  return 2 * radius * std::asin(std::sqrt(std::min(1.0, h)));
}

bool composite(const Term& term, const Row& row) {
  if (term.parts.empty() || term.parts.size() != row.parts.size()) return false;
  for (std::size_t i = 0; i < row.parts.size(); ++i)
    if (!matches(term.parts[i], row.parts[i])) return false;
  return true;
}

bool any_row(const Criterion& criterion, const Rows& rows) {
  for (const Row& row : rows)
    if (row.kind == criterion.kind && row.param == criterion.param)
      for (const Term& term : criterion.any)
        if (matches(term, row)) return true;
  return false;
}

bool is_missing(const std::string& param, const Rows& rows) {
  return std::none_of(rows.begin(), rows.end(), [&](const Row& row) { return row.param == param; });
}

template <class Test>
bool any_reference(const std::string& param, const Rows& rows, Test test) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return row.kind == RowKind::reference && row.param == param && !row.value.empty() && test(row);
  });
}

bool updated(const Criterion& criterion, std::int64_t ms) {
  return std::any_of(criterion.any.begin(), criterion.any.end(),
                     [&](const Term& term) { return holds(term.compare, place(ms, ms + 1, term)); });
}

bool any_alternative(const Criterion& criterion, const Subject& subject, Resolver& resolver) {
  return std::any_of(criterion.alternatives.begin(), criterion.alternatives.end(),
                     [&](const auto& all) { return matches(all, subject, resolver); });
}

bool holds(const Criterion& criterion, const Subject& subject, Resolver& resolver) {
  const auto listed = [&](std::string_view name) {
    return std::find(criterion.ids.begin(), criterion.ids.end(), name) != criterion.ids.end();
  };
  switch (criterion.form) {
    case Criterion::Form::rows:
      return any_row(criterion, subject.rows);
    case Criterion::Form::missing:
      return is_missing(criterion.param, subject.rows) == criterion.missing;
    case Criterion::Form::chain:
      return any_reference(criterion.param, subject.rows,
                           [&](const Row& row) { return resolver.chain(criterion, row); }) ||
             any_alternative(criterion, subject, resolver);
    case Criterion::Form::has:
      return resolver.has(criterion, subject);
    case Criterion::Form::id:
      return listed(subject.id);
    case Criterion::Form::type:
      return listed(subject.type);
    case Criterion::Form::updated:
      return updated(criterion, subject.updated_ms);
    case Criterion::Form::either:
      return any_alternative(criterion, subject, resolver);
    case Criterion::Form::reference_in:
      return any_reference(criterion.param, subject.rows,
                           [&](const Row& row) { return listed(row.system + '/' + row.value); });
    case Criterion::Form::words:
      return resolver.words(criterion, subject);
  }
  return false;
}

}  // namespace

bool matches(const Term& term, const Row& row) {
  switch (row.kind) {
    case RowKind::token:
      return token(term, row);
    case RowKind::string:
      return string(term, row);
    case RowKind::reference:
      return reference(term, row);
    case RowKind::date:
      return holds(term.compare, place(row.from, row.to, term));
    case RowKind::number:
      if (term.compare == Compare::within)
        return metres(row.low, row.high, term.low, term.high) <= term.distance;
      return holds(term.compare, place(row.low, row.high, term.low, term.high, term.compare));
    case RowKind::quantity:
      return quantity(term, row);
    case RowKind::uri:
      return uri(term, row);
    case RowKind::composite:
      return composite(term, row);
  }
  return false;
}

bool matches(const Criterion& criterion, const Subject& subject, Resolver& resolver) {
  return holds(criterion, subject, resolver) != criterion.negate;
}

bool matches(const std::vector<Criterion>& all, const Subject& subject, Resolver& resolver) {
  return std::all_of(all.begin(), all.end(),
                     [&](const Criterion& criterion) { return matches(criterion, subject, resolver); });
}

}  // namespace core::store
