#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "fhir/path/path.hpp"
#include "fhir/search/engine.hpp"
#include "fhir/search/paths.hpp"
#include "fhir/search/search.hpp"
#include "fhir/search/type.hpp"
#include "fhir/search/walk.hpp"

namespace fhir::search {

using core::store::RowKind;
using core::store::Rows;
using model::SearchParameter;

struct Index::Tables {
  struct Entry {
    Branch branch;
    std::vector<ByEngine> by_engine;
    std::unordered_map<std::string_view, bool> supported;  // code -> its references can be followed
  };
  Setting setting;
  std::unordered_map<std::string_view, Entry> types;
  std::vector<std::string> unsupported;
};

namespace {

// Answered by the store itself, or by parse(): no rows.
constexpr std::string_view without_rows[] = {"_id", "_lastUpdated", "_filter"};

class Compiler {
 public:
  Compiler(const Setting& setting, std::vector<std::string>& unsupported)
      : setting_(setting), unsupported_(unsupported) {}

  template <class Entry>
  void compile(std::string_view type, Entry& entry) {
    for (const SearchParameter* parameter : definitions().search_parameters(type)) {
      follows_ = false;
      const std::string reason = compile(type, *parameter, entry);
      if (reason.empty()) entry.supported.emplace(parameter->code, follows_);
      else if (named_.insert(parameter->url + reason).second) unsupported_.push_back(parameter->url + ": " + reason);
    }
  }

 private:
  const model::Definitions& definitions() const { return *setting_.definitions; }

  template <class Entry>
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
  bool follows_ = false;  // of the parameter being compiled
};

}  // namespace

Index::Index(std::shared_ptr<const model::Definitions> definitions, Options options)
    : tables_(std::make_unique<Tables>()) {
  tables_->setting = {std::move(definitions), std::move(options)};
  Compiler compiler(tables_->setting, tables_->unsupported);
  for (const std::string& type : tables_->setting.definitions->resource_types())
    compiler.compile(type, tables_->types[type]);
}

Index::~Index() = default;

Rows Index::rows(const json::Value& resource) const {
  Rows rows;
  const auto found = tables_->types.find(resource.text("resourceType"));
  if (found == tables_->types.end()) return rows;
  rows.reserve(32);
  walk(found->second.branch, resource, rows);
  for (const ByEngine& parameter : found->second.by_engine) parameter.rows(resource, rows);
  return rows;
}

bool Index::supports(std::string_view type, std::string_view code) const {
  const auto found = tables_->types.find(type);
  return found != tables_->types.end() && found->second.supported.contains(code);
}

bool Index::follows(std::string_view type, std::string_view code) const {
  const auto found = tables_->types.find(type);
  if (found == tables_->types.end()) return true;
  const auto parameter = found->second.supported.find(code);
  return parameter != found->second.supported.end() && parameter->second;
}

const std::vector<std::string>& Index::unsupported() const { return tables_->unsupported; }

const Options& Index::options() const { return tables_->setting.options; }

const model::Definitions& Index::definitions() const { return *tables_->setting.definitions; }

}  // namespace fhir::search
