// Search parameters of type date: every date is the span of instants it may mean, on both sides.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/base/time.hpp"
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Row;
using core::store::Rows;
using core::store::Term;

constexpr std::int64_t earliest = std::numeric_limits<std::int64_t>::min(),
                       latest = std::numeric_limits<std::int64_t>::max();

std::optional<core::Moment> moment(const Maker& maker, std::string_view text) {
  if (text.empty()) return std::nullopt;
  return core::moment_from(text, maker.setting->options.zone_minutes);
}

void add(const Maker& maker, std::int64_t from, std::int64_t to, Rows& rows) {
  Row& row = maker.row(rows);
  row.from = from;
  row.to = to;
}

void moment_row(const Maker& maker, const json::Value& value, Rows& rows) {
  if (const auto when = moment(maker, value.text())) add(maker, when->low.ms, when->high.ms, rows);
}

void period_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto start = moment(maker, value.text("start")), end = moment(maker, value.text("end"));
  if (start || end) add(maker, start ? start->low.ms : earliest, end ? end->high.ms : latest, rows);
}

// Of a Timing the outer limits count: its events and the bounds of its repeat.
void timing_row(const Maker& maker, const json::Value& value, Rows& rows) {
  std::int64_t from = latest, to = earliest;
  const auto widen = [&](std::int64_t low, std::int64_t high) {
    from = std::min(from, low);
    to = std::max(to, high);
  };
  for (const json::Value& event : value["event"].elements())
    if (const auto when = moment(maker, event.text())) widen(when->low.ms, when->high.ms);
  const json::Value& bounds = value["repeat"]["boundsPeriod"];
  const auto start = moment(maker, bounds.text("start")), end = moment(maker, bounds.text("end"));
  if (start || end) widen(start ? start->low.ms : earliest, end ? end->high.ms : latest);
  if (from < to) add(maker, from, to, rows);
}

// A tenth of the time between now and then, on each side.
void widen(Term& term, core::Instant now) {
  const std::int64_t middle = term.from + (term.to - term.from) / 2;
  const std::int64_t tenth = (now.ms > middle ? now.ms - middle : middle - now.ms) / 10;
  term.from -= tenth;
  term.to += tenth;
}

}  // namespace

Maker::Make date_maker(std::string_view datatype) {
  struct Entry {
    std::string_view datatype;
    Maker::Make make;
  };
  static constexpr Entry table[] = {{"date", moment_row},
                                    {"dateTime", moment_row},
                                    {"instant", moment_row},
                                    {"Period", period_row},
                                    {"Timing", timing_row}};
  for (const Entry& entry : table)
    if (entry.datatype == datatype) return entry.make;
  return nullptr;
}

core::Result<core::Done> date_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto prefix = prefixed(value);
  if (!prefix) return bad_value(asked, value, "begins with an unknown prefix: eq ne gt lt ge le sa eb ap are known");
  std::string text(prefix->rest);
  if (text.size() > 16 && text[text.size() - 6] == ' ') text[text.size() - 6] = '+';  // a + that was read as a space
  const auto when = core::moment_from(text, asked.index.options().zone_minutes);
  if (!when)
    return bad_value(asked, value,
                     "is not a date (YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.sss]] and a zone)");
  Term& term = out.emplace_back();
  term.compare = prefix->compare;
  term.from = when->low.ms;
  term.to = when->high.ms;
  if (term.compare == Compare::approximately) widen(term, asked.context.now);
  return core::Done{};
}

}  // namespace fhir::search
