#include "fhir/search/walk.hpp"

#include <algorithm>

namespace fhir::search {
namespace {

using core::store::Row;
using core::store::RowKind;
using core::store::Rows;

// The type that a literal reference names: Patient of Patient/1, http://other/fhir/Patient/1 and Patient/1/_history/2.
std::string_view type_in(std::string_view reference) {
  reference = reference.substr(0, reference.find("/_history/"));
  const std::size_t slash = reference.rfind('/');
  if (slash == std::string_view::npos) return {};
  reference = reference.substr(0, slash);
  return reference.substr(reference.rfind('/') + 1);  // npos + 1 is 0
}

bool refers_to(const json::Value& value, std::string_view type) {
  if (value.is_string()) return type_in(value.text()) == type;
  const std::string_view named = type_in(value.text("reference"));
  return named.empty() ? value.text("type") == type : named == type;
}

bool passes(const Filter& filter, const json::Value& value, std::size_t position) {
  switch (filter.form) {
    case Filter::Form::none: return true;
    case Filter::Form::first: return position == 0;
    case Filter::Form::refers_to: return refers_to(value, filter.text);
    case Filter::Form::has: return value.text(filter.name) == filter.text;
  }
  return false;
}

struct Walker {
  const json::Value& resource;
  Rows& rows;

  void visit(const Branch& branch, const json::Value& value, std::size_t position) const {
    if (value.is_null()) return;
    for (const Maker& maker : branch.makers) maker.make(maker, value, rows);
    for (const Composite& composite : branch.composites) composite_rows(composite, value, resource, rows);
    for (const auto& [filter, inner] : branch.filtered)
      if (passes(filter, value, position)) visit(*inner, value, position);
    if (branch.members.empty()) return;
    for (const json::Member& member : value.members())
      if (const Branch* next = branch.members.find(member.name)) visit_each(*next, member.value);
  }

  void visit_each(const Branch& branch, const json::Value& value) const {
    if (!value.is_array()) return visit(branch, value, 0);
    std::size_t position = 0;
    for (const json::Value& element : value.elements()) visit(branch, element, position++);
  }
};

// A guard against resources made to multiply (ten thousand codings times ten thousand variants): no real one comes
// near.
constexpr std::size_t most_rows = 20'000;

// Text without a code has no place in a pair.
bool is_comparable(const Row& row) { return row.kind != RowKind::token || !row.value.empty(); }

}  // namespace

std::size_t Fork::hash(std::string_view name) {
  if (name.empty()) return 0;
  return (name.size() * 7 + static_cast<unsigned char>(name.front()) * 3U + static_cast<unsigned char>(name.back())) &
         63;
}

Branch& Fork::at(std::string_view name) {
  for (Entry& entry : entries_)
    if (entry.name == name) return *entry.branch;
  std::int16_t& first = first_[hash(name)];
  entries_.push_back({std::string(name), std::make_unique<Branch>(), first});
  first = static_cast<std::int16_t>(entries_.size() - 1);
  return *entries_.back().branch;
}

const Branch* Fork::find(std::string_view name) const {
  for (int at = first_[hash(name)]; at >= 0; at = entries_[static_cast<std::size_t>(at)].next)
    if (entries_[static_cast<std::size_t>(at)].name == name) return entries_[static_cast<std::size_t>(at)].branch.get();
  return nullptr;
}

Branch& Branch::at(const Path& path) {
  Branch* branch = this;
  for (const Step& step : path.steps) {
    if (!step.member.empty()) branch = &branch->members.at(step.member);
    if (step.filter.form == Filter::Form::none) continue;
    auto& filters = branch->filtered;
    auto found =
        std::find_if(filters.begin(), filters.end(), [&](const auto& entry) { return entry.first == step.filter; });
    if (found == filters.end()) found = filters.insert(filters.end(), {step.filter, std::make_unique<Branch>()});
    branch = found->second.get();
  }
  return *branch;
}

void Branch::add(Maker maker) {
  for (const Maker& other : makers)
    if (other.make == maker.make && *other.param == *maker.param) return;
  makers.push_back(std::move(maker));
}

void composite_rows(const Composite& composite, const json::Value& element, const json::Value& resource, Rows& rows) {
  const std::size_t count = composite.components.size();
  std::vector<Rows> values(count);
  for (std::size_t i = count; i-- > 0;) {  // the last one, the value, is the one most often absent
    const Component& component = composite.components[i];
    const Walker walker{resource, values[i]};
    walker.visit(component.from_element, element, 0);
    walker.visit(component.from_resource, resource, 0);
    std::erase_if(values[i], [](const Row& row) { return !is_comparable(row); });
    if (values[i].empty()) return;
  }
  std::vector<std::size_t> choice(count, 0);
  while (rows.size() < most_rows) {
    Row& row = rows.emplace_back();
    row.param = *composite.param;
    row.kind = RowKind::composite;
    row.parts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) row.parts.push_back(values[i][choice[i]]);
    std::size_t at = 0;
    while (at < count && ++choice[at] == values[at].size()) choice[at++] = 0;
    if (at == count) return;
  }
}

void walk(const Branch& branch, const json::Value& resource, Rows& rows) {
  Walker{resource, rows}.visit(branch, resource, 0);
}

}  // namespace fhir::search
