#include "fhir/model/types.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

bool is_below(std::string_view path, std::string_view above) {
  return path.size() > above.size() && path.starts_with(above) && path[above.size()] == '.';
}

void put(Children& level, Element element) {
  const auto same = std::find_if(level.elements.begin(), level.elements.end(),
                                 [&](const Element& e) { return e.path == element.path; });
  if (same == level.elements.end()) level.elements.push_back(std::move(element));
  else *same = std::move(element);
}

}  // namespace

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& text : list.elements()) out.emplace_back(text.text());
  return out;
}

void TypeBuilder::build(const json::Value& entries) {
  for (const json::Value& row : entries.elements()) name_type(row);
  for (Type& type : tables_.types) fill_type(type);
  std::sort(tables_.resource_types.begin(), tables_.resource_types.end());
}

void TypeBuilder::name_type(const json::Value& row) {
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

const Type* TypeBuilder::type_named(std::string_view name) const {
  const auto it = tables_.type_by_name.find(name);
  return it == tables_.type_by_name.end() ? nullptr : it->second;
}

std::vector<Invariant> TypeBuilder::invariants_of(const json::Value& row) const {
  std::vector<Invariant> out;
  for (const json::Value& key : row["invariants"].elements())
    if (const auto it = invariants_.find(std::string(key.text())); it != invariants_.end()) out.push_back(it->second);
  return out;
}

void TypeBuilder::fill_type(Type& type) {
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

void TypeBuilder::add_primitive_value(Type& type) {
  std::erase_if(type.elements, [](const Element& element) { return element.name == "value"; });
  Element value;
  value.name = "value";
  value.path = type.name + ".value";
  value.types.push_back({type.name, {}, &type, nullptr});
  type.elements.push_back(std::move(value));
  index(type);
}

// Fills one level from the rows that lie directly below `path`; deeper rows follow their parent and fill its backbone.
void TypeBuilder::fill_level(Children& level, const Type* base, const std::string& path, Filling& filling) {
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

Element TypeBuilder::element_from(const json::Value& row) {
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

ElementType TypeBuilder::type_from(const json::Value& row) const {
  ElementType type;
  type.code = row.is_string() ? row.text() : row.text("code");
  type.targets = texts(row["targets"]);
  type.type = type_named(type.code);
  for (const json::Value& profile : row["profiles"].elements())
    if (const Type* known = type_named(profile.text()); known && known->constraint) type.profile = known;
  return type;
}

void TypeBuilder::index(Children& level) {
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

}  // namespace fhir::model
