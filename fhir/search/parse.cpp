#include <algorithm>

#include "fhir/search/criterion.hpp"
#include "fhir/search/result.hpp"
#include "fhir/search/search.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Criterion;
using core::store::Query;

bool reads(const std::vector<Criterion>& all, Criterion::Form form) {
  return std::any_of(all.begin(), all.end(), [form](const Criterion& criterion) {
    if (criterion.form == form || (criterion.inner && reads(criterion.inner->all, form))) return true;
    return std::any_of(criterion.alternatives.begin(), criterion.alternatives.end(),
                       [form](const auto& alternative) { return reads(alternative, form); });
  });
}
bool reads(const Query& query, Criterion::Form form) { return reads(query.all, form); }

class Reader {
 public:
  Reader(const Index& index, const Context& context, std::string_view type)
      : index_(index), context_(context), type_(type) {}

  core::Result<Search> read(const Parameters& parameters) {
    if (!type_.empty() && !index_.definitions().is_resource(type_))
      return core::not_found("'" + std::string(type_) + "' is not a resource type", std::string(type_));
    if (!type_.empty()) search_.query.types = {std::string(type_)};
    if (auto done = read_types(parameters); !done) return done.error();
    touch(search_.types_touched, search_.query.types);
    for (const auto& [name, value] : parameters)
      if (auto done = read(name, value); !done) return done.error();
    if (auto fits = check_contained(); !fits) return fits.error();
    return std::move(search_);
  }

 private:
  bool is_types(std::string_view name) const { return type_.empty() && name == "_type"; }

  core::Result<core::Done> read_types(const Parameters& parameters) {
    for (const auto& [name, value] : parameters) {
      if (!is_types(name)) continue;
      for (const std::string_view type : split(value, ',')) {
        if (type.empty()) continue;
        if (!index_.definitions().is_resource(type))
          return core::invalid("'" + std::string(type) + "' is not a resource type", "_type");
        auto& types = search_.query.types;
        if (std::find(types.begin(), types.end(), type) == types.end()) types.emplace_back(type);
      }
    }
    return core::Done{};
  }

  core::Result<core::Done> read(const std::string& name, const std::string& value) {
    if (is_types(name)) return used(name, value);
    if (is_blank(value)) return unused(name, "has no value and was ignored");
    const Scope scope{index_, context_, search_.query.types, search_.types_touched, left_};
    const auto shaped = read_result(scope, name, value, search_);
    if (!shaped) return shaped.error();
    if (*shaped) return used(name, value);
    auto criterion = criterion_from(scope, name, value);
    if (criterion) {
      search_.query.all.push_back(std::move(*criterion));
      return used(name, value);
    }
    if (criterion.error().kind == core::Kind::not_found) return unused(name, criterion.error().message);
    return criterion.error();
  }

  // What makes no sense for a resource that nothing can refer to and that has no place in an order or the full text.
  core::Result<core::Done> check_contained() const {
    if (search_.contained == Contained::no) return core::Done{};
    const auto refuse = [](std::string_view what) {
      return core::unsupported(std::string(what) + " is not offered together with _contained", "_contained");
    };
    if (!search_.query.sort.empty()) return refuse("_sort");
    if (!search_.reverse_includes.empty()) return refuse("_revinclude");
    if (reads(search_.query, Criterion::Form::has)) return refuse("_has or _list");
    if (reads(search_.query, Criterion::Form::words)) return refuse("_text or _content");
    return core::Done{};
  }

  core::Result<core::Done> used(const std::string& name, const std::string& value) {
    search_.used.emplace_back(name, value);
    return core::Done{};
  }

  core::Result<core::Done> unused(const std::string& name, const std::string& why) {
    if (context_.handling == Handling::strict) return core::invalid(why, name);
    search_.ignored.push_back(ignored_issue(name, why));
    return core::Done{};
  }

  const Index& index_;
  const Context& context_;
  std::string_view type_;
  Search search_;
  int left_ = most_ways;
};

}  // namespace

core::Result<Search> parse(const Index& index, std::string_view type, const Parameters& parameters,
                           const Context& context) {
  return Reader(index, context, type).read(parameters);
}

core::Result<Query> criteria(const Index& index, std::string_view type, std::string_view query,
                             const Context& context) {
  if (!query.empty() && query.front() == '?') query.remove_prefix(1);
  const auto parameters = parameters_from(query);
  if (!parameters) return parameters.error();
  Context strict = context;
  strict.handling = Handling::strict;
  auto search = parse(index, type, *parameters, strict);
  if (!search) return search.error();
  if (search->query.all.empty())
    return core::invalid("a condition must name at least one search parameter that filters", std::string(query));
  if (reads(search->query, Criterion::Form::words))  // the full-text index follows the commits: it cannot guard one
    return core::unsupported("_text and _content cannot be part of a condition", std::string(query));
  search->query.sort.clear();
  return std::move(search->query);
}

}  // namespace fhir::search
