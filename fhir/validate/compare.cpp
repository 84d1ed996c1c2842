#include "fhir/validate/compare.hpp"

#include <array>

#include "fhir/path/decimal.hpp"
#include "fhir/path/temporal.hpp"
#include "fhir/path/ucum.hpp"
#include "fhir/validate/binding.hpp"

namespace fhir::validate {
namespace {

using json::Value;
using path::Decimal;
using terminology::Answer;

using Order = std::optional<std::partial_ordering>;

Order order(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
  if (!a || !b) return std::nullopt;
  return *a <=> *b;
}

// Without a code there is only the unit as written: equal words are the same unit.
Order quantities(const Value& a, const Value& b) {
  const auto x = Decimal::from(a.text("value")), y = Decimal::from(b.text("value"));
  if (!x || !y || a.text("code").empty() || b.text("code").empty() || a.text("system") != b.text("system"))
    return std::nullopt;
  if (a.text("code") == b.text("code")) return *x <=> *y;
  return order(path::converted(*x, a.text("code"), b.text("code")), y);
}

// By the first instant each may mean; a less precise one is not later than what it holds.
Order moments(const Value& a, const Value& b) {
  if (const auto x = path::time_from(a.text()), y = path::time_from(b.text()); x && y && a.text().find(':') == 2) {
    const auto found = path::compare(*x, *y);
    if (found) return std::partial_ordering(*found);
    return std::nullopt;
  }
  const auto x = core::moment_from(a.text()), y = core::moment_from(b.text());
  if (!x || !y) return std::nullopt;
  if (x->high <= y->low) return std::partial_ordering::less;
  if (y->high <= x->low) return std::partial_ordering::greater;
  return x->low <=> y->low;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> calendar_units{{{"a", "year"},
                                                                                        {"mo", "month"},
                                                                                        {"wk", "week"},
                                                                                        {"d", "day"},
                                                                                        {"h", "hour"},
                                                                                        {"min", "minute"},
                                                                                        {"s", "second"},
                                                                                        {"ms", "millisecond"},
                                                                                        {"year", "year"},
                                                                                        {"month", "month"}}};

void report_binding(Run& run, const std::string& value_set, model::Strength strength, const Spot& spot,
                    std::string_view system, std::string_view code) {
  std::string text = "the code \"" + std::string(code.substr(0, 60)) + "\"";
  if (!system.empty()) text += " of system " + std::string(system.substr(0, 120));
  text += " is not in the value set " + value_set;
  if (strength == model::Strength::required)
    run.error("code-invalid", spot.place.text(), text + ", which is required here");
  else run.warn("code-invalid", spot.place.text(), text + ", which is to be used where it has a fitting code");
}

}  // namespace

Order compare(const Value& a, const Value& b) {
  if (a.is_object() && b.is_object()) return quantities(a, b);
  if (a.is_object() && b.is_number()) return order(Decimal::from(a.text("value")), Decimal::from(b.text()));
  if (a.is_number() && b.is_number()) return order(Decimal::from(a.text()), Decimal::from(b.text()));
  if (a.is_string() && b.is_string()) return moments(a, b);
  return std::nullopt;
}

Order against_now(const Value& moment, const Value& duration, core::Instant now, bool before) {
  const std::string_view code = duration.text("code").empty() ? duration.text("unit") : duration.text("code");
  const auto count = Decimal::from(duration.text("value"));
  if (!count || !count->is_whole()) return std::nullopt;
  const std::int64_t whole = count->integer().value_or(0);
  const auto given = core::moment_from(moment.text());
  auto bound = path::datetime_from(core::text(now));
  if (!given || !bound) return std::nullopt;
  for (const auto& [ucum, unit] : calendar_units) {
    if (ucum != code) continue;
    bound = path::plus(*bound, before ? -whole : whole, unit);
    const auto instant = bound ? core::moment_from(path::text(*bound)) : std::nullopt;
    if (!instant) return std::nullopt;
    if (given->high <= instant->low) return std::partial_ordering::less;
    if (given->low > instant->low) return std::partial_ordering::greater;
    return std::partial_ordering::equivalent;
  }
  return std::nullopt;
}

void check_binding(Run& run, const std::string& value_set, model::Strength strength, const Spot& spot) {
  const auto& terminology = run.known.terminology();
  if (!terminology.has_set(value_set)) {
    if (strength == model::Strength::required)
      run.once("not-found", value_set, spot.place.text(),
               "the value set " + value_set + " is not loaded: codes are not checked against it");
    return;
  }
  const Value& value = *spot.value;
  if (value.is_string()) {
    if (terminology.in_set(value_set, {}, value.text()) == Answer::no)
      report_binding(run, value_set, strength, spot, {}, value.text());
    return;
  }
  const Value* codings = value.find("coding");
  if (!codings) {
    const std::string_view code = value.text("code");
    if (!code.empty() && terminology.in_set(value_set, value.text("system"), code) == Answer::no)
      report_binding(run, value_set, strength, spot, value.text("system"), code);
    return;
  }
  const Value* wrong = nullptr;
  for (const Value& coding : codings->elements()) {
    if (coding.text("code").empty()) continue;
    if (terminology.in_set(value_set, coding.text("system"), coding.text("code")) != Answer::no) return;
    wrong = &coding;
  }
  if (wrong) report_binding(run, value_set, strength, spot, wrong->text("system"), wrong->text("code"));
}

}  // namespace fhir::validate
