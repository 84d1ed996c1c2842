// Filters on other resources: behind a reference (subject:Patient.name), in front of one (_has), in a list (_list).
#include <algorithm>
#include <map>
#include <optional>

#include "fhir/search/contained.hpp"
#include "fhir/search/criterion.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {

using core::store::Criterion;
using core::store::Query;
using core::store::RowKind;

namespace {

std::string_view until(std::string_view text, char separator) { return text.substr(0, text.find(separator)); }

// Behind a hop an unknown parameter is the client's mistake, whatever the handling: the filter as a whole was
// understood.
core::Error inner_error(core::Error error, std::string_view name) {
  if (error.kind == core::Kind::not_found) error.kind = core::Kind::invalid;
  error.where = name;
  return error;
}

core::Result<std::shared_ptr<const Query>> inner_query(const Scope& scope, const Inside& inside,
                                                       std::string_view name) {
  auto all = inside(scope);
  if (!all) return inner_error(std::move(all.error()), name);
  auto query = std::make_shared<Query>();
  query->types = scope.types;
  query->all = std::move(*all);
  return std::shared_ptr<const Query>(std::move(query));
}

Inside one_filter(std::string_view name, std::string_view value) {
  return [=](const Scope& scope) -> core::Result<std::vector<Criterion>> {
    auto criterion = criterion_from(scope, name, value);
    if (!criterion) return criterion.error();
    return std::vector<Criterion>{std::move(*criterion)};
  };
}

// Types that a filter `rest` means the same for: the same kind of value, leading to the same types.
using Groups = std::map<std::string, std::vector<std::string>>;

Groups groups_of(const Scope& scope, const std::vector<std::string>& types, std::string_view code) {
  Groups groups;
  for (const std::string& type : types) {
    if (code == "_has" || code == "_filter" || code == "_list") {
      groups[""].push_back(type);
      continue;
    }
    const auto* parameter = scope.index.parameter(type, code);
    if (parameter == nullptr || !scope.index.supports(type, code)) continue;
    std::string key = parameter->type;
    auto targets = targets_of(*parameter);
    std::sort(targets.begin(), targets.end());
    for (const std::string& target : targets) key += ' ' + target;
    groups[key].push_back(type);
  }
  return groups;
}

core::Result<Found> reference_parameter(const Scope& scope, std::string_view code, std::string_view name) {
  auto found = find(scope, code, name);
  if (found && found->type->kind != RowKind::reference)
    return core::invalid(
        "'" + std::string(code) + "' is of type " + std::string(found->type->name) + " and refers to nothing",
        std::string(name));
  return found;
}

}  // namespace

core::Result<Criterion> chain_from(const Scope& scope, std::string_view name, std::string_view value) {
  const std::string_view head = until(name, '.'), rest = name.substr(head.size() + 1);
  return chain_over(scope, name, head, until(until(rest, '.'), ':'), one_filter(rest, value));
}

core::Result<Criterion> chain_over(const Scope& scope, std::string_view name, std::string_view head,
                                   std::string_view next, const Inside& inside) {
  const std::string_view code = until(head, ':');
  const auto found = reference_parameter(scope, code, name);
  if (!found) return found.error();
  if (!scope.index.follows(scope.types.empty() ? std::string_view() : scope.types.front(), code))
    return core::unsupported(
        "'" + std::string(code) + "' refers by canonical URL; chains follow references by type and id only",
        std::string(name));
  std::vector<std::string> types = found->targets.empty() ? scope.index.definitions().resource_types() : found->targets;
  if (head.size() > code.size()) {
    const std::string type(head.substr(code.size() + 1));
    if (std::find(types.begin(), types.end(), type) == types.end())
      return core::invalid("'" + std::string(code) + "' never refers to '" + type + "'", std::string(name));
    types = {type};
  }
  const Groups groups = groups_of(scope, types, next);
  if (groups.empty())
    return core::invalid(
        "nothing that '" + std::string(code) + "' refers to has a search parameter '" + std::string(next) + "'",
        std::string(name));
  std::vector<Criterion> chains;
  std::optional<core::Error> error;
  for (const auto& [key, members] : groups) {
    if (--scope.left < 0)
      return core::invalid("this chain can be followed in too many ways; name the types: code:Type.parameter",
                           std::string(name));
    auto inner = inner_query(scope.inside(members), inside, name);
    if (!inner) {  // where this way leads, the rest makes no sense; another one may
      if (!error) error = inner.error();
      continue;
    }
    touch(scope.touched, members);
    Criterion& chain = chains.emplace_back();
    chain.form = Criterion::Form::chain;
    chain.param = code;
    chain.kind = RowKind::reference;
    chain.inner = std::move(*inner);
    look_inside(chain, found->targets, members);
  }
  if (chains.empty()) return *error;
  if (chains.size() == 1) return std::move(chains.front());
  Criterion either;
  either.form = Criterion::Form::either;
  for (Criterion& chain : chains) either.alternatives.push_back({std::move(chain)});
  return either;
}

core::Result<Criterion> has_from(const Scope& scope, std::string_view name, std::string_view value) {
  std::string_view rest = name.substr(5);
  const std::string type(until(rest, ':'));
  rest.remove_prefix(std::min(type.size() + 1, rest.size()));
  const std::string_view code = until(rest, ':');
  rest.remove_prefix(std::min(code.size() + 1, rest.size()));
  if (code.empty() || rest.empty())
    return core::invalid("_has is written _has:Type:reference parameter:parameter", std::string(name));
  if (!scope.index.definitions().is_resource(type))
    return core::invalid("'" + type + "' is not a resource type", std::string(name));
  const Scope inside = scope.inside({type});
  const auto found = reference_parameter(inside, code, name);
  if (!found) return inner_error(found.error(), name);
  for (const std::string& searched : scope.types)
    if (!found->targets.empty() &&
        std::find(found->targets.begin(), found->targets.end(), searched) == found->targets.end())
      return core::invalid("'" + std::string(code) + "' of " + type + " never refers to " + searched,
                           std::string(name));
  touch(scope.touched, {type});
  auto inner = inner_query(inside, one_filter(rest, value), name);
  if (!inner) return inner.error();
  Criterion criterion;
  criterion.form = Criterion::Form::has;
  criterion.param = code;
  criterion.kind = RowKind::reference;
  criterion.inner = std::move(*inner);
  return criterion;
}

// _list=42: what List/42 holds. A List refers to its members with `item`.
core::Result<Criterion> list_from(const Scope& scope, std::string_view name, std::string_view value) {
  if (value.find('$') != std::string_view::npos)
    return core::unsupported("functional lists such as $current-problems are not offered", std::string(name));
  auto criterion = has_from(scope, "_has:List:item:_id", value);
  if (!criterion) criterion.error().where = name;
  return criterion;
}

}  // namespace fhir::search
