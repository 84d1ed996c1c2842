// One need for each family that any programme asks for: the strictest answer leads, the others are reasons.
#include <algorithm>
#include <array>

#include "core/gap/decide.hpp"

namespace core::gap {
namespace {

// What is shown when programmes differ: the most pressing answer.
int pressing(Status status) {
  constexpr std::array<int, 7> order{1, 2, 4, 5, 0, -1, 3};  // by Status: satisfied, due_soon, open, overdue, excluded, n/a, not_evaluable
  return order[static_cast<std::size_t>(status)];
}

bool strict_before(const Decision& a, const Decision& b) {
  if (a.status != b.status) return pressing(a.status) > pressing(b.status);
  if (a.due != b.due) return b.due == no_day || (a.due != no_day && a.due < b.due);
  return a.item < b.item;
}

bool asks(const Decision& decision, Status lead) {
  if (lead == Status::satisfied || lead == Status::excluded) return decision.status == lead;
  return pressing(decision.status) > pressing(Status::satisfied);
}

bool is_open(Status status) { return status == Status::due_soon || status == Status::open || status == Status::overdue; }

}  // namespace

void merge(const Plan& plan, std::span<const Decision> decisions, Needs& into) {
  into.needs.clear();
  auto& order = into.asking;
  order.resize(decisions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint16_t>(i);
  const auto family = [&](std::uint16_t index) { return plan.items()[decisions[index].item].family; };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    return family(a) != family(b) ? family(a) < family(b) : strict_before(decisions[a], decisions[b]);
  });
  for (std::size_t first = 0, end; first < order.size(); first = end) {
    for (end = first + 1; end < order.size() && family(order[end]) == family(order[first]);) ++end;
    const auto& lead = decisions[order[first]];
    Need need{family(order[first]), lead.status, lead.item, lead.due, lead.since, lead.interval, lead.last, lead.declined, lead.row,
              static_cast<std::uint16_t>(first), 0, -1};
    for (auto i = first; i < end && asks(decisions[order[i]], lead.status); ++i) {
      const auto& each = decisions[order[i]];
      ++need.count;
      if (is_open(lead.status) && is_open(each.status) && each.due < need.due) need.due = each.due;
      need.declined = std::max(need.declined, each.declined);
    }
    into.needs.push_back(need);
  }
  for (auto& need : into.needs) {
    if (!is_open(need.status)) continue;
    for (auto i = need.first; i < need.first + need.count && need.waits_for < 0; ++i)
      for (const auto stop : plan.items()[decisions[order[i]].item].yields_to)
        if (std::any_of(decisions.begin(), decisions.end(), [&](const Decision& each) { return each.item == stop && is_open(each.status); }))
          need.waits_for = stop;
  }
}

Needs merge(const Plan& plan, std::span<const Decision> decisions) {
  Needs needs;
  merge(plan, decisions, needs);
  return needs;
}

}  // namespace core::gap
