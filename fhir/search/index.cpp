#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "fhir/path/path.hpp"
#include "fhir/search/contained.hpp"
#include "fhir/search/engine.hpp"
#include "fhir/search/paths.hpp"
#include "fhir/search/search.hpp"
#include "fhir/search/type.hpp"
#include "fhir/search/walk.hpp"

namespace fhir::search {

using core::store::RowKind;
using core::store::Rows;
using model::SearchParameter;

namespace {

struct Entry {
  Branch branch;
  std::vector<ByEngine> by_engine;
  struct Supported {
    bool follows = false;  // its references can be followed
    bool single = false;   // no resource has two rows of it
  };
  std::unordered_map<std::string_view, Supported> supported;  // by code
};

}  // namespace

struct Index::Tables {
  Setting setting;
  std::unordered_map<std::string_view, Entry> types;
  std::vector<std::string> unsupported;
};

struct Index::Extra {
  std::vector<Added> added;
  std::unordered_map<std::string_view, Entry> types;
  const Added* find(std::string_view type, std::string_view code) const {
    const auto entry = types.find(type);
    if (entry == types.end() || !entry->second.supported.contains(code)) return nullptr;
    for (const Added& one : added)
      if (one.parameter.code == code && covers(one.parameter, type)) return &one;
    return nullptr;
  }
  static bool covers(const SearchParameter& parameter, std::string_view type) {
    return std::any_of(parameter.bases.begin(), parameter.bases.end(), [&](const std::string& base) {
      return base == type || base == "Resource" || base == "DomainResource";
    });
  }
};

namespace {

// Answered by the store itself, or by parse(): no rows.
constexpr std::string_view without_rows[] = {"_id", "_lastUpdated", "_filter"};

// Names and dots only: were every name an element, it would have become a way through the JSON.
bool is_plain_path(std::string_view expression) {
  return std::all_of(expression.begin(), expression.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
  });
}

// One element, or the datatypes of one choice, none of it repeating.
bool is_one_element(const Paths& paths) {
  const auto same_way = [&](const Path& path) {
    const auto& first = paths.front().steps;
    return path.element == paths.front().element && path.element != nullptr && !path.several &&
           path.datatype != "Extension" && path.steps.size() == first.size() &&
           std::equal(first.begin(), std::prev(first.end()), path.steps.begin());
  };
  return !paths.empty() && !paths.front().steps.empty() && std::all_of(paths.begin(), paths.end(), same_way);
}

class Compiler {
 public:
  Compiler(const Setting& setting, std::vector<std::string>& unsupported)
      : setting_(setting), unsupported_(unsupported) {}

  void compile(std::string_view type, Entry& entry) {
    for (const SearchParameter* parameter : definitions().search_parameters(type)) {
      const std::string reason = add_parameter(type, *parameter, entry);
      if (!reason.empty() && named_.insert(parameter->url + reason).second)
        unsupported_.push_back(parameter->url + ": " + reason);
    }
  }

  std::string add_parameter(std::string_view type, const SearchParameter& parameter, Entry& entry) {
    follows_ = single_ = false;
    std::string reason = compile(type, parameter, entry);
    if (reason.empty()) entry.supported.emplace(parameter.code, Entry::Supported{follows_, single_});
    return reason;
  }

 private:
  const model::Definitions& definitions() const { return *setting_.definitions; }

  std::string compile(std::string_view type, const SearchParameter& parameter, Entry& entry) {
    for (const std::string_view code : without_rows)
      if (parameter.code == code) return {};
    const Type* kind = type_of(parameter.type);
    if (kind == nullptr) return "parameters of type " + parameter.type + " are not offered yet";
    if (parameter.expression.empty()) return "R4 defines no expression for it";
    const path::Expression* expression = expression_of(parameter.expression);
    if (expression == nullptr) return "its expression cannot be parsed";
    Path start;
    start.datatype = type;
    start.type = definitions().type(type);
    const auto paths = paths_from(expression->root(), start, definitions(), type);
    if (kind->kind == RowKind::composite) return composite(type, parameter, paths, entry.branch);
    if (paths && !setting_.options.every_by_engine) return add(*paths, parameter.code, *kind, entry.branch);
    entry.by_engine.push_back({*expression, &parameter.code, kind, &setting_});
    follows_ = kind->kind == RowKind::reference;
    return {};
  }

  // Makers for all paths; the reason when there is none.
  std::string add(const Paths& paths, const std::string& param, const Type& kind, Branch& branch) {
    if (paths.empty()) return "its expression leads to no element of this type";
    single_ = (kind.kind == RowKind::date || kind.kind == RowKind::number) && is_one_element(paths);
    std::size_t made = 0;
    for (const Path& path : paths) made += add(path, param, kind, branch);
    return made > 0 ? std::string() : "type " + std::string(kind.name) + " does not apply to " + paths.front().datatype;
  }

  std::size_t add(const Path& path, const std::string& param, const Type& kind, Branch& branch) {
    if (path.datatype == "Extension") {  // a parameter for an extension means its value
      std::size_t made = 0;
      for (const Path& value : children(path, "value", definitions()))
        if (value.datatype != "Extension") made += add(value, param, kind, branch);
      return made;
    }
    const Maker maker = maker_for(kind, path, param, setting_);
    if (maker.make == nullptr) return 0;
    branch.at(path).add(maker);
    follows_ = follows_ || path.datatype == "Reference";
    return 1;
  }

  std::string composite(std::string_view type, const SearchParameter& parameter, const std::optional<Paths>& bases,
                        Branch& branch) {
    if (!bases || bases->empty()) return "its expression leads to no element of this type";
    std::string reason;
    for (const Path& base : *bases) {
      Composite made;
      made.param = &parameter.code;
      Path start = base;
      start.steps.clear();
      for (std::size_t i = 0; i < parameter.components.size(); ++i) {
        const std::string why = add_component(type, parameter, i, start, made.components.emplace_back());
        if (!why.empty()) reason = parameter.components[i].definition + ": " + why;
      }
      branch.at(base).composites.push_back(std::move(made));
    }
    return reason;
  }

  std::string add_component(std::string_view type, const SearchParameter& parameter, std::size_t i, const Path& start,
                            Component& made) {
    static const std::string unnamed;
    const SearchParameter* meant = component_of(parameter, i, definitions());
    const Type* kind = meant ? type_of(meant->type) : nullptr;
    const path::Expression* expression = expression_of(parameter.components[i].expression);
    if (kind == nullptr || expression == nullptr) return "a component that is not known";
    const auto paths = paths_from(expression->root(), start, definitions(), type);
    if (!paths) return "an expression beyond plain paths";
    std::size_t count = 0;
    for (const Path& path : *paths)
      count += add(path, unnamed, *kind, path.from_resource ? made.from_resource : made.from_element);
    return count > 0 ? std::string() : "leads to nothing that it can compare";
  }

  const path::Expression* expression_of(const std::string& text) {
    const auto found = expressions_.find(text);
    if (found != expressions_.end()) return found->second ? &*found->second : nullptr;
    auto parsed = path::Expression::parse(text);
    auto& kept = expressions_[text];
    if (!parsed) return nullptr;
    kept.emplace(std::move(*parsed));
    return &*kept;
  }

  const Setting& setting_;
  std::vector<std::string>& unsupported_;
  std::unordered_map<std::string, std::optional<path::Expression>> expressions_;
  std::unordered_set<std::string> named_;
  bool follows_ = false, single_ = false;  // of the parameter being compiled
};

}  // namespace

Index::Index(std::shared_ptr<const model::Definitions> definitions, Options options)
    : tables_(std::make_unique<Tables>()) {
  tables_->setting = {std::move(definitions), std::move(options)};
  Compiler compiler(tables_->setting, tables_->unsupported);
  for (const std::string& type : tables_->setting.definitions->resource_types())
    compiler.compile(type, tables_->types[type]);
  offer({});
}

Index::~Index() = default;

void Index::offer(std::vector<Added> added) {
  auto extra = std::make_unique<Extra>();
  extra->added = std::move(added);
  std::vector<std::string> refused;
  Compiler compiler(tables_->setting, refused);
  for (const Added& one : extra->added)
    for (const std::string& type : definitions().resource_types())
      if (Extra::covers(one.parameter, type)) compiler.add_parameter(type, one.parameter, extra->types[type]);
  extra_.store(extra.get(), std::memory_order_release);
  extras_.push_back(std::move(extra));
}

const std::vector<Added>& Index::added() const { return extra().added; }

std::optional<std::string> Index::refuses(const SearchParameter& parameter) const {
  if (parameter.bases.empty()) return "it has no base";
  if (parameter.type == "special") return "parameters of type special are R4's own";
  if (parameter.code.empty() || parameter.code.find_first_of(":.,$|&=?/ ") != std::string::npos || parameter.code[0] == '_')
    return "its code cannot stand in a URL as the name of a parameter";
  for (const std::string& base : parameter.bases)
    if (!definitions().is_resource(base) && base != "Resource" && base != "DomainResource")
      return "its base " + base + " is no resource type";
  std::vector<std::string> unused;
  Compiler compiler(tables_->setting, unused);
  std::string reason = "its expression leads to no element of its base";
  bool fits = false;
  for (const std::string& type : definitions().resource_types()) {
    if (!Extra::covers(parameter, type)) continue;
    const SearchParameter* taken = definitions().search_parameter(type, parameter.code);
    if (taken != nullptr) return "the code " + parameter.code + " of " + type + " is that of " + taken->url;
    for (const Added& one : added())
      if (one.parameter.code == parameter.code && one.parameter.url != parameter.url && Extra::covers(one.parameter, type))
        return "the code " + parameter.code + " of " + type + " is that of " + one.parameter.url;
    Entry scratch;
    std::string why = compiler.add_parameter(type, parameter, scratch);
    if (why.empty() && is_plain_path(parameter.expression) && !scratch.by_engine.empty())
      why = "its expression names what is no element of " + type;
    fits = fits || why.empty();
    if (!why.empty()) reason = why;
  }
  if (!fits) return reason;
  return std::nullopt;
}

const SearchParameter* Index::parameter(std::string_view type, std::string_view code) const {
  if (const SearchParameter* known = definitions().search_parameter(type, code)) return known;
  const Added* found = extra().find(type, code);
  return found != nullptr ? &found->parameter : nullptr;
}

std::vector<const SearchParameter*> Index::parameters(std::string_view type) const {
  std::vector<const SearchParameter*> all = definitions().search_parameters(type);
  for (const Added& one : added())
    if (Extra::covers(one.parameter, type)) all.push_back(&one.parameter);
  return all;
}

std::string_view Index::waits(std::string_view type, std::string_view code) const {
  const Added* found = extra().find(type, code);
  return found != nullptr ? std::string_view(found->waits) : std::string_view();
}

Rows Index::rows(const json::Value& resource) const {
  Rows rows;
  const std::string_view type = resource.text("resourceType");
  const auto found = tables_->types.find(type);
  if (found == tables_->types.end()) return rows;
  rows.reserve(32);
  const auto make = [&](const Entry& entry) {
    walk(entry.branch, resource, rows);
    for (const ByEngine& parameter : entry.by_engine) parameter.rows(resource, rows);
  };
  make(found->second);
  const Extra& more = extra();
  if (const auto entry = more.types.find(type); entry != more.types.end()) make(entry->second);
  if (const json::Value* contained = resource.find("contained")) contained_rows(*this, resource, *contained, rows);
  return rows;
}

Rows Index::rows_of(std::string_view body) const {
  const auto document = json::parse(body);
  return document ? rows(document->root()) : Rows();
}

bool Index::supports(std::string_view type, std::string_view code) const {
  const auto found = tables_->types.find(type);
  if (found != tables_->types.end() && found->second.supported.contains(code)) return true;
  const Added* added = extra().find(type, code);
  return added != nullptr && added->waits.empty();
}

bool Index::follows(std::string_view type, std::string_view code) const {
  const auto found = tables_->types.find(type);
  if (found == tables_->types.end()) return true;
  const auto parameter = found->second.supported.find(code);
  if (parameter != found->second.supported.end()) return parameter->second.follows;
  const auto more = extra().types.find(type);
  if (more == extra().types.end()) return false;
  const auto added = more->second.supported.find(code);
  return added != more->second.supported.end() && added->second.follows;
}

bool Index::single(std::string_view type, std::string_view code) const {
  const auto known = [&](const auto& types) {
    const auto entry = types.find(type);
    if (entry == types.end()) return false;
    const auto found = entry->second.supported.find(code);
    return found != entry->second.supported.end() && found->second.single;
  };
  return known(tables_->types) || known(extra().types);
}

const std::vector<std::string>& Index::unsupported() const { return tables_->unsupported; }

const Options& Index::options() const { return tables_->setting.options; }

const model::Definitions& Index::definitions() const { return *tables_->setting.definitions; }

}  // namespace fhir::search
