#include "fhir/search/contained.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "fhir/search/criterion.hpp"

namespace fhir::search {

using core::store::Criterion;
using core::store::Row;
using core::store::RowKind;
using core::store::Rows;

namespace {

constexpr std::string_view types_row = "_contained";  // tokens: the types of what a resource contains
constexpr std::size_t most_targets = 12;
constexpr std::size_t most_rows = 20'000;  // as in walk()

std::string name_of(std::string_view code, std::string_view type) { return std::string(code) + ':' + std::string(type); }

// What references to contained resources lead to, as rows of the container.
void followed(const Index& index, const json::Value& resource, const json::Value& contained, Rows& rows) {
  const std::size_t own = rows.size();
  for (std::size_t i = 0; i < own && rows.size() < most_rows; ++i) {
    if (rows[i].kind != RowKind::reference || !rows[i].value.starts_with('#')) continue;
    const std::string code = rows[i].param;
    const model::SearchParameter* parameter = index.parameter(resource.text("resourceType"), code);
    const auto targets = parameter ? targets_of(*parameter) : std::vector<std::string>();
    if (targets.size() > most_targets) continue;
    for (const json::Value& target : contained.elements()) {
      const std::string_view id = target.text("id"), type = target.text("resourceType");
      if (id.empty() || rows[i].value.compare(1, std::string::npos, id) != 0) continue;
      if (std::find(targets.begin(), targets.end(), type) == targets.end()) break;
      const std::string name = name_of(code, type);
      Row& there = rows.emplace_back();
      there.param = name;
      there.kind = RowKind::token;
      there.value = id;
      for (Row& row : index.rows(target)) {
        row.param.insert(0, name + '.');
        rows.push_back(std::move(row));
      }
      break;
    }
  }
}

void name_contained(const json::Value& contained, Rows& rows) {
  std::set<std::string_view> types;
  for (const json::Value& resource : contained.elements()) {
    const std::string_view type = resource.text("resourceType");
    if (type.empty() || !types.insert(type).second) continue;
    Row& row = rows.emplace_back();
    row.param = types_row;
    row.kind = RowKind::token;
    row.value = type;
  }
}

// The same criterion, asked of the container's rows for what it contains; nothing where such a one cannot meet it.
std::optional<Criterion> of_contained(const Criterion& criterion, const std::string& prefix) {
  Criterion out = criterion;
  switch (criterion.form) {
    case Criterion::Form::rows:
    case Criterion::Form::missing:
    case Criterion::Form::chain:
    case Criterion::Form::reference_in:
      out.param = prefix + criterion.param;
      out.alternatives.clear();
      return out;
    case Criterion::Form::either:
      out.alternatives.clear();
      for (const auto& all : criterion.alternatives) {
        auto& inside = out.alternatives.emplace_back();
        for (const Criterion& one : all)
          if (auto moved = of_contained(one, prefix)) inside.push_back(std::move(*moved));
        if (inside.size() != all.size()) out.alternatives.pop_back();
      }
      if (out.alternatives.empty()) return std::nullopt;
      return out;
    default: return std::nullopt;
  }
}

bool needs_a_row(const Criterion& criterion) {
  return !criterion.negate && (criterion.form == Criterion::Form::rows || criterion.form == Criterion::Form::chain);
}

}  // namespace

void contained_rows(const Index& index, const json::Value& resource, const json::Value& contained, Rows& rows) {
  followed(index, resource, contained, rows);
  name_contained(contained, rows);
}

void look_inside(Criterion& chain, const std::vector<std::string>& targets, const std::vector<std::string>& types) {
  if (targets.empty() || targets.size() > most_targets) return;
  for (const std::string& type : types) {
    const std::string name = name_of(chain.param, type);
    std::vector<Criterion> all;
    for (const Criterion& one : chain.inner->all)
      if (auto moved = of_contained(one, name + '.')) all.push_back(std::move(*moved));
    if (all.size() != chain.inner->all.size()) continue;
    if (std::none_of(all.begin(), all.end(), needs_a_row)) {  // an absence is asked for: of something that is there
      Criterion& there = all.emplace_back();
      there.form = Criterion::Form::missing;
      there.param = name;
    }
    chain.alternatives.push_back(std::move(all));
  }
}

Criterion containing(const std::vector<std::string>& types) {
  Criterion criterion;
  criterion.param = types_row;
  criterion.form = types.empty() ? Criterion::Form::missing : Criterion::Form::rows;
  for (const std::string& type : types) criterion.any.emplace_back().value = type;
  return criterion;
}

}  // namespace fhir::search
