#include "fhir/search/engine.hpp"

namespace fhir::search {
namespace {

using path::Item;

// A computed boolean or string stands for the element it would be.
json::Value value_of(const Item& item, json::Document& document) {
  if (item.kind == Item::Kind::element) return item.value ? *item.value : json::Value();
  if (item.kind == Item::Kind::boolean) return document.boolean(item.truth);
  return document.string(item.text);
}

std::string_view datatype_of(const Item& item) {
  if (item.kind == Item::Kind::boolean) return "boolean";
  if (item.kind != Item::Kind::element) return "string";
  if (item.type) return item.type->name;
  return item.value && item.value->find("resourceType") ? "Resource" : "";
}

// Codes of a required binding know their system.
void set_system(Maker& maker, const model::Element& element, const model::Definitions& definitions) {
  const auto* codes = definitions.codes(element.value_set);
  if (element.strength != model::Strength::required || codes == nullptr || codes->empty()) return;
  maker.system = definitions.system_of(element.value_set, *codes->begin());
  for (const std::string_view code : *codes)
    if (definitions.system_of(element.value_set, code) != maker.system) {
      maker.system.clear();
      maker.value_set = element.value_set;
      return;
    }
}

}  // namespace

Maker maker_for(const Type& type, const Path& path, const std::string& param, const Setting& setting) {
  const bool is_resource = path.type && path.type->family == model::Family::resource;
  Maker maker;
  maker.make = type.maker(is_resource ? std::string_view("Resource") : std::string_view(path.datatype));
  for (const model::Type* base = path.type;
       maker.make == nullptr && base != nullptr && !base->base.empty();) {  // Age is a Quantity
    maker.make = type.maker(base->base);
    base = setting.definitions->type(base->base);
  }
  maker.param = &param;
  maker.kind = type.kind;
  maker.setting = &setting;
  if (path.datatype == "code" && path.element) set_system(maker, *path.element, *setting.definitions);
  return maker;
}

void ByEngine::rows(const json::Value& resource, core::store::Rows& rows) const {
  path::Environment environment;
  environment.definitions = setting->definitions.get();
  environment.root = &resource;
  const auto found = expression.evaluate(resource, environment);
  if (!found) return;
  json::Document computed;
  for (const Item& item : *found) {
    Path path;
    path.datatype = datatype_of(item);
    path.type = item.type;
    path.element = item.element;
    const json::Value value = value_of(item, computed);
    if (value.is_null()) continue;
    if (path.datatype == "Extension") {
      for (const Path& child : children(path, "value", *setting->definitions))
        if (const json::Value* inner = value.find(child.steps.back().member)) {
          const Maker maker = maker_for(*type, child, *param, *setting);
          if (maker.make) maker.make(maker, *inner, rows);
        }
      continue;
    }
    const Maker maker = maker_for(*type, path, *param, *setting);
    if (maker.make) maker.make(maker, value, rows);
  }
}

}  // namespace fhir::search
