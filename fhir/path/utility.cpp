#include "fhir/path/arithmetic.hpp"
#include "fhir/path/equality.hpp"
#include "fhir/path/families.hpp"

namespace fhir::path::functions {
namespace {

// Joins the items by an operator, in order; one that does not fit ends in empty.
std::optional<Item> fold(const Call& call, std::string_view symbol) {
  std::optional<Item> total;
  for (const Item& item : call.input) {
    auto value = system_value(item);
    if (!value) return std::nullopt;
    if (!total) {
      total = std::move(value);
      continue;
    }
    Outcome outcome = compute(symbol, *total, *value);
    if (!outcome.fits) return call.fail(call.node.text + "() needs numbers or quantities"), std::nullopt;
    if (!outcome.item) return std::nullopt;
    total = std::move(outcome.item);
  }
  return total;
}

void extreme(const Call& call, bool least, Collection& out) {
  std::optional<Item> best;
  for (const Item& item : call.input) {
    auto value = system_value(item);
    if (!value) return;
    if (best) {
      const Order found = order(*value, *best);
      if (!found.comparable) return void(call.fail(call.node.text + "() needs items that can be compared"));
      if (!found.ordering) return;
      if (least ? std::is_gteq(*found.ordering) : std::is_lteq(*found.ordering)) continue;
    }
    best = std::move(value);
  }
  if (best) out.push_back(std::move(*best));
}

}  // namespace

void trace(const Call& call, Collection& out) {
  const auto name = call.text(0);
  if (!name || call.failed()) return;
  if (const auto& report = call.on.environment().trace) {
    Collection shown;
    if (call.count() > 1) {
      Each each(call, 1);
      for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i)
        for (Item& item : each(call.input[i], i)) shown.push_back(std::move(item));
    }
    if (!call.failed()) report(*name, call.count() > 1 ? shown : call.input);
  }
  out = std::move(call.input);
}

void now(const Call& call, Collection& out) {
  out.push_back(text_item(Item::Kind::datetime, core::text(call.on.environment().now)));
}

void today(const Call& call, Collection& out) {
  out.push_back(text_item(Item::Kind::date, core::text(call.on.environment().now).substr(0, 10)));
}

void time_of_day(const Call& call, Collection& out) {
  out.push_back(text_item(Item::Kind::time, core::text(call.on.environment().now).substr(11, 12)));
}

void define_variable(const Call& call, Collection& out) {
  const auto name = call.text(0);
  if (!name || call.failed()) return;
  Collection value = call.count() > 1 ? call.over_input(1) : call.input;
  if (!call.failed() && call.on.define(call.node, *name, std::move(value))) out = std::move(call.input);
}

void aggregate(const Call& call, Collection& out) {
  Collection total = call.count() > 1 ? call.argument(1) : Collection();
  Each each(call, 0);
  for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i) {
    each.total(&total);
    Collection next = each(call.input[i], i);
    total = std::move(next);
  }
  out = std::move(total);
}

void sum(const Call& call, Collection& out) {
  if (auto total = fold(call, "+")) out.push_back(std::move(*total));
}

void avg(const Call& call, Collection& out) {
  const auto total = fold(call, "+");
  if (!total) return;
  const Outcome outcome = compute("/", *total, integer_item(static_cast<std::int64_t>(call.input.size())));
  if (!outcome.fits) return void(call.fail("avg() needs numbers or quantities"));
  if (outcome.item) out.push_back(*outcome.item);
}

void min(const Call& call, Collection& out) { extreme(call, true, out); }
void max(const Call& call, Collection& out) { extreme(call, false, out); }

}  // namespace fhir::path::functions
