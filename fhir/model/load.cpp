#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "fhir/json/json.hpp"
#include "fhir/model/tables.hpp"

namespace fhir::model {
namespace {

constexpr std::array<std::pair<std::string_view, Strength>, 4> strengths{{{"example", Strength::example},
                                                                          {"preferred", Strength::preferred},
                                                                          {"extensible", Strength::extensible},
                                                                          {"required", Strength::required}}};
constexpr std::array<std::pair<std::string_view, Family>, 3> families{
    {{"primitive", Family::primitive}, {"complex", Family::complex}, {"resource", Family::resource}}};

constexpr std::array<std::pair<std::string_view, Primitive>, 20> primitives{{{"base64Binary", Primitive::base64_binary},
                                                                             {"boolean", Primitive::boolean},
                                                                             {"canonical", Primitive::canonical},
                                                                             {"code", Primitive::code},
                                                                             {"date", Primitive::date},
                                                                             {"dateTime", Primitive::date_time},
                                                                             {"decimal", Primitive::decimal},
                                                                             {"id", Primitive::id},
                                                                             {"instant", Primitive::instant},
                                                                             {"integer", Primitive::integer},
                                                                             {"markdown", Primitive::markdown},
                                                                             {"oid", Primitive::oid},
                                                                             {"positiveInt", Primitive::positive_int},
                                                                             {"string", Primitive::string},
                                                                             {"time", Primitive::time},
                                                                             {"unsignedInt", Primitive::unsigned_int},
                                                                             {"uri", Primitive::uri},
                                                                             {"url", Primitive::url},
                                                                             {"uuid", Primitive::uuid},
                                                                             {"xhtml", Primitive::xhtml}}};

template <class Rows, class Else>
Else chosen(const Rows& rows, std::string_view word, Else otherwise) {
  for (const auto& [name, value] : rows)
    if (name == word) return value;
  return otherwise;
}

core::Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (!file || failed) return core::not_found("the definitions cannot be read", path.string());
  text.resize(size);
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) return core::fault("the definitions cannot be read", path.string());
  return text;
}

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& text : list.elements()) out.emplace_back(text.text());
  return out;
}

std::uint32_t number(std::string_view text, std::uint32_t otherwise) {
  std::uint32_t value = otherwise;
  if (text == "*") return UINT32_MAX;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace

// Reads the compact files into the tables; their form is described in profiles/README.md.
class Loader {
 public:
  core::Result<std::shared_ptr<const Definitions>> load(const std::filesystem::path& folder) {
    for (auto read : {&Loader::read_invariants, &Loader::read_codes, &Loader::read_types, &Loader::read_parameters,
                      &Loader::read_compartments})
      if (auto done = (this->*read)(folder / "r4"); !done) return done.error();
    if (auto done = read_house(folder / "house"); !done) return done.error();
    sort_parameters();
    return std::shared_ptr<const Definitions>(std::move(definitions_));
  }

 private:
  core::Result<core::Done> each(const std::filesystem::path& path, auto entry) {
    auto text = read_file(path);
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document) return core::fault("the definitions are damaged: " + document.error().message, path.string());
    for (const json::Value& row : document->root()["entries"].elements()) entry(row);
    return core::Done{};
  }

  core::Result<core::Done> read_invariants(const std::filesystem::path& folder) {
    return each(folder / "invariants.json", [&](const json::Value& row) {
      const std::string_view key = row.text("key");
      invariants_.emplace(std::string(key), Invariant{std::string(key.substr(0, key.find('@'))), row.text("severity") == "error",
                                                      std::string(row.text("expression"))});
    });
  }

  // The codes stay where they are: the document lives on in the tables.
  core::Result<core::Done> read_codes(const std::filesystem::path& folder) {
    auto text = read_file(folder / "codes.json");
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document) return core::fault("the definitions are damaged: " + document.error().message, (folder / "codes.json").string());
    for (const json::Value& row : document->root()["entries"].elements()) {
      ValueSet& set = tables_.value_sets.emplace_back();
      set.url = row.text("url");
      tables_.value_set_by_url.emplace(set.url, &set);
      for (const json::Member& system : row["codes"].members()) {
        auto& codes = set.systems.emplace_back(std::string(system.name), std::unordered_set<std::string_view>()).second;
        codes.reserve(system.value.size());
        for (const json::Value& code : system.value.elements()) {
          codes.insert(code.text());
          set.codes.insert(code.text());
        }
      }
    }
    tables_.documents.push_back(std::move(*document));
    return core::Done{};
  }

  core::Result<core::Done> read_types(const std::filesystem::path& folder) {
    auto text = read_file(folder / "types.json");
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document) return core::fault("the definitions are damaged: " + document.error().message, (folder / "types.json").string());
    for (const json::Value& row : document->root()["entries"].elements()) name_type(row);
    for (Type& type : tables_.types) fill_type(type);
    std::sort(tables_.resource_types.begin(), tables_.resource_types.end());
    return core::Done{};
  }

  void name_type(const json::Value& row) {
    Type& type = tables_.types.emplace_back();
    type.name = row.text("name");
    type.base = row.text("base");
    type.family = chosen(families, row.text("family"), Family::complex);
    type.primitive = chosen(primitives, type.name, Primitive::none);
    type.abstract_type = row["abstract"].boolean();
    type.constraint = row["constraint"].boolean();
    type.pattern = row.text("pattern");
    type.invariants = invariants_of(row);
    tables_.type_by_name.emplace(type.name, &type);
    rows_.emplace(&type, &row);
    if (type.family == Family::resource && !type.abstract_type) tables_.resource_types.push_back(type.name);
  }

  const Type* type_named(std::string_view name) const {
    const auto it = tables_.type_by_name.find(name);
    return it == tables_.type_by_name.end() ? nullptr : it->second;
  }

  std::vector<Invariant> invariants_of(const json::Value& row) const {
    std::vector<Invariant> out;
    for (const json::Value& key : row["invariants"].elements())
      if (const auto it = invariants_.find(std::string(key.text())); it != invariants_.end()) out.push_back(it->second);
    return out;
  }

  void fill_type(Type& type) {
    const auto row = rows_.find(&type);
    if (row == rows_.end()) return;  // done already, as somebody's base
    const auto own = (*row->second)["elements"].elements();
    rows_.erase(row);
    type.base_type = type_named(type.base);
    Filling filling;
    filling.rows = own;
    fill_level(type, type.base_type, type.name, filling);
    if (type.family == Family::primitive) add_primitive_value(type);
    for (auto& [element, path] : filling.content) {
      const auto target = filling.backbones.find(path);
      if (target == filling.backbones.end()) continue;
      element->backbone = target->second;
      element->children = &target->second->elements;
    }
  }

  void add_primitive_value(Type& type) {
    std::erase_if(type.elements, [](const Element& element) { return element.name == "value"; });
    Element value;
    value.name = "value";
    value.path = type.name + ".value";
    value.types.push_back({type.name, {}, &type, nullptr});
    type.elements.push_back(std::move(value));
    index(type);
  }

  // The rows of one type while they are read, and what is to be connected when all are.
  struct Filling {
    std::span<const json::Value> rows;
    std::size_t at = 0;
    std::unordered_map<std::string, const Children*> backbones;
    std::vector<std::pair<Element*, std::string>> content;  // contentReference to a path
  };

  // Fills one level from the rows that lie directly below `path`; deeper rows follow their parent and fill its backbone.
  void fill_level(Children& level, const Type* base, const std::string& path, Filling& filling) {
    if (base) {
      fill_type(const_cast<Type&>(*base));
      for (Element element : base->elements) {
        element.path = path + element.path.substr(element.path.rfind('.'));
        level.elements.push_back(std::move(element));
      }
    }
    std::vector<std::pair<std::string, std::string>> content;
    while (filling.at < filling.rows.size() && is_below(filling.rows[filling.at].text("path"), path)) {
      const json::Value& row = filling.rows[filling.at++];
      Element element = element_from(row);
      if (row.find("content")) content.emplace_back(element.name, row.text("content"));
      if (filling.at < filling.rows.size() && is_below(filling.rows[filling.at].text("path"), element.path)) {
        Children& backbone = tables_.backbones.emplace_back();
        fill_level(backbone, element.types.empty() ? nullptr : element.types[0].type, element.path, filling);
        element.backbone = &backbone;
        element.children = &backbone.elements;
        filling.backbones[element.path] = &backbone;
      }
      put(level, std::move(element));
    }
    index(level);
    for (auto& [name, target] : content) filling.content.emplace_back(const_cast<Element*>(level.element(name)), target);
  }

  static bool is_below(std::string_view path, std::string_view above) {
    return path.size() > above.size() && path.starts_with(above) && path[above.size()] == '.';
  }

  static void put(Children& level, Element element) {
    const auto same = std::find_if(level.elements.begin(), level.elements.end(), [&](const Element& e) { return e.path == element.path; });
    if (same == level.elements.end()) level.elements.push_back(std::move(element));
    else *same = std::move(element);
  }

  Element element_from(const json::Value& row) {
    Element element;
    element.path = row.text("path");
    element.name = element.path.substr(element.path.rfind('.') + 1);
    element.choice = element.name.ends_with("[x]");
    if (element.choice) element.name.resize(element.name.size() - 3);
    element.min = number(row.text("min"), 0);
    element.max = number(row.text("max"), 1);
    element.strength = chosen(strengths, row.text("strength"), Strength::none);
    element.value_set = row.text("valueSet");
    if (element.strength == Strength::required) {
      const auto set = tables_.value_set_by_url.find(element.value_set);
      if (set != tables_.value_set_by_url.end()) element.required = set->second;
    }
    element.invariants = invariants_of(row);
    element.modifier = row["modifier"].boolean();
    element.summary = row["summary"].boolean();
    for (const json::Value& type : row["types"].elements()) element.types.push_back(type_from(type));
    if (row.find("content")) element.types.push_back({"BackboneElement", {}, type_named("BackboneElement"), nullptr});
    return element;
  }

  ElementType type_from(const json::Value& row) const {
    ElementType type;
    type.code = row.is_string() ? row.text() : row.text("code");
    type.targets = texts(row["targets"]);
    type.type = type_named(type.code);
    for (const json::Value& profile : row["profiles"].elements())
      if (const Type* known = type_named(profile.text()); known && known->constraint) type.profile = known;
    return type;
  }

  void index(Children& level) {
    level.by_name.clear();
    level.mandatory.clear();
    level.by_name.reserve(level.elements.size() * 2);
    for (std::size_t i = 0; i < level.elements.size(); ++i) {
      const Element& element = level.elements[i];
      if (element.min) level.mandatory.push_back(static_cast<std::uint16_t>(i));
      if (!element.choice) {
        level.by_name.emplace(element.name, Named{&element, element.types.empty() ? nullptr : &element.types[0]});
        continue;
      }
      for (const ElementType& type : element.types)
        level.by_name.emplace(tables_.texts.emplace_back(element.name + capitalised(type.code)), Named{&element, &type});
    }
  }

  core::Result<core::Done> read_parameters(const std::filesystem::path& folder) {
    return each(folder / "search-parameters.json", [&](const json::Value& row) { add_parameter(row); });
  }

  // A row of the compact form has the names of the resource: one reader serves both.
  void add_parameter(const json::Value& row) {
    SearchParameter& parameter = tables_.parameters.emplace_back();
    parameter.code = row.text("code");
    parameter.url = row.text("url");
    parameter.type = row.text("type");
    parameter.bases = texts(row["base"]);
    parameter.expression = row.text("expression");
    parameter.targets = texts(row["target"]);
    for (const json::Value& part : row["component"].elements())
      parameter.components.push_back({std::string(part.text("definition")), std::string(part.text("expression"))});
    tables_.parameter_by_url.insert_or_assign(parameter.url, &parameter);
  }

  core::Result<core::Done> read_compartments(const std::filesystem::path& folder) {
    return each(folder / "compartments.json", [&](const json::Value& row) {
      Compartment compartment;
      compartment.type = row.text("type");
      for (const json::Member& member : row["resources"].members())
        compartment.resources.emplace(std::string(member.name), texts(member.value));
      tables_.compartments.emplace(compartment.type, std::move(compartment));
    });
  }

  core::Result<core::Done> read_house(const std::filesystem::path& folder) {
    std::error_code absent;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder, absent))
      if (file.path().filename().string().starts_with("searchparameter-") && file.path().extension() == ".json")
        files.push_back(file.path());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
      auto text = read_file(path);
      if (!text) return text.error();
      auto document = json::parse(*text);
      if (!document) return core::fault(document.error().message + " at " + document.error().where, path.string());
      if (document->root().text("resourceType") == "SearchParameter") add_parameter(document->root());
    }
    return core::Done{};
  }

  void sort_parameters() {
    std::unordered_map<std::string_view, std::vector<const SearchParameter*>> by_base;
    for (const SearchParameter& parameter : tables_.parameters)
      for (const std::string& base : parameter.bases) by_base[base].push_back(&parameter);
    for (const Type& type : tables_.types) {
      if (type.family != Family::resource) continue;
      auto& all = tables_.parameters_by_type[type.name];
      for (const Type* t = &type; t; t = t->base_type)
        if (const auto own = by_base.find(t->name); own != by_base.end()) all.insert(all.end(), own->second.begin(), own->second.end());
      const auto before = [](const SearchParameter* a, const SearchParameter* b) { return a->code < b->code; };
      std::stable_sort(all.begin(), all.end(), before);  // the more specific type comes first and stays
      const auto same = [](const SearchParameter* a, const SearchParameter* b) { return a->code == b->code; };
      all.erase(std::unique(all.begin(), all.end(), same), all.end());
    }
  }

  std::shared_ptr<Definitions> definitions_{new Definitions};
  Definitions::Tables& tables_ = *definitions_->tables_;
  std::unordered_map<std::string, Invariant> invariants_;
  std::unordered_map<const Type*, const json::Value*> rows_;  // types not filled yet
};

core::Result<std::shared_ptr<const Definitions>> Definitions::load(const std::string& folder) { return Loader().load(folder); }

}  // namespace fhir::model
