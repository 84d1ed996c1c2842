// _include and _revinclude: Type:parameter[:Type], a * for either of the first two, :iterate to follow what was
// included too.
#include <algorithm>

#include "fhir/search/result.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

core::Error wrong(std::string_view name, std::string_view value, std::string_view why) {
  return core::invalid("'" + std::string(value) + "' " + std::string(why), std::string(name));
}

bool holds(const std::vector<std::string>& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// What a forward include can bring in, and so whose changes matter.
core::Result<core::Done> check(const Scope& scope, std::string_view name, std::string_view value,
                               const Include& include, std::vector<std::string>& targets) {
  const model::Definitions& definitions = scope.index.definitions();
  if (!include.target.empty() && !definitions.is_resource(include.target))
    return wrong(name, value, "names a target that is no resource type");
  if (include.source == "*") {
    if (include.parameter != "*") return wrong(name, value, "must name a type before its parameter");
    return core::Done{};
  }
  if (!definitions.is_resource(include.source)) return wrong(name, value, "does not begin with a resource type");
  if (include.parameter == "*") return core::Done{};
  const auto found = find(scope.inside({include.source}), include.parameter, name);
  if (!found) return wrong(name, value, "cannot be included: " + found.error().message);
  if (found->type->kind != core::store::RowKind::reference) return wrong(name, value, "is no reference parameter");
  targets = found->targets;
  if (!include.target.empty() && !targets.empty() && !holds(targets, include.target))
    return wrong(name, value, "never leads to that type");
  return core::Done{};
}

}  // namespace

core::Result<core::Done> read_include(const Scope& scope, std::string_view name, std::string_view value,
                                      Search& search) {
  const bool reverse = name.substr(0, 4) == "_rev";
  const auto parts = split(value, ':');
  if (parts.size() > 3 || (parts.size() == 1 && value != "*"))
    return wrong(name, value, "is not of the form Type:parameter, Type:parameter:Type or *");
  Include include;
  include.iterate = name.find(':') != std::string_view::npos;
  include.source = parts[0];
  include.parameter = parts.size() > 1 ? std::string(parts[1]) : "*";
  if (parts.size() > 2) include.target = parts[2];
  std::vector<std::string> targets;
  if (auto done = check(scope, name, value, include, targets); !done) return done;
  if (reverse)
    touch(scope.touched, include.source == "*" ? std::vector<std::string>{} : std::vector<std::string>{include.source});
  else touch(scope.touched, include.target.empty() ? targets : std::vector<std::string>{include.target});
  (reverse ? search.reverse_includes : search.includes).push_back(std::move(include));
  return core::Done{};
}

}  // namespace fhir::search
