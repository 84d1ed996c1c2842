#include "fhir/path/navigate.hpp"

#include <algorithm>
#include <array>

#include "fhir/path/item.hpp"

namespace fhir::path {
namespace {

using Named = model::Type::Named;

bool capital(char c) { return c >= 'A' && c <= 'Z'; }

const Named* definition_of(const Item& parent, std::string_view name) {
  if (parent.element && parent.element->children) return model::find_child(*parent.element, name);
  return parent.type ? parent.type->find(name) : nullptr;
}

const model::Type* resource_type(const json::Value& value, const model::Definitions* definitions) {
  const std::string_view name = definitions ? value.text("resourceType") : std::string_view();
  return name.empty() ? nullptr : definitions->type(name);
}

// One value of a member with the sibling that carries its id and extensions.
void emit(const Item& parent, std::string_view name, const Named* named, const json::Value& value,
          const json::Value* sibling, const model::Definitions* definitions, const Sink& sink) {
  Item item;
  item.value = &value;
  item.extension = sibling;
  item.name = name;
  item.resource = parent.resource;
  if (parent.owner) item.owner = parent.owner;
  if (named) {
    item.type = named->type ? named->type->type : nullptr;
    item.element = named->element;
  }
  if (value.is_object() && (!item.type || item.type->family == model::Family::resource)) {
    if (const auto* type = resource_type(value, definitions)) item.type = type, item.element = nullptr;
    if (value.find("resourceType")) item.resource = &value;
  }
  sink(std::move(item));
}

void emit_all(const Item& parent, std::string_view name, const Named* named, const json::Value* value,
              const json::Value* sibling, const model::Definitions* definitions, const Sink& sink) {
  const bool list = (value && value->is_array()) || (sibling && sibling->is_array());
  const auto object = [](const json::Value* one) { return one && one->is_object() ? one : nullptr; };
  if (!list) {
    if ((value && !value->is_null()) || object(sibling))
      emit(parent, name, named, value ? *value : no_value(), object(sibling), definitions, sink);
    return;
  }
  const auto values = value ? value->elements() : std::span<const json::Value>();
  const auto siblings = sibling ? sibling->elements() : std::span<const json::Value>();
  for (std::size_t i = 0; i < std::max(values.size(), siblings.size()); ++i)  // a null keeps its place
    emit(parent, name, named, i < values.size() ? values[i] : no_value(),
         i < siblings.size() ? object(&siblings[i]) : nullptr, definitions, sink);
}

struct Found {
  std::string_view name;  // as in the JSON, without "_"
  const json::Value* value = nullptr;
  const json::Value* sibling = nullptr;
  const Named* named = nullptr;
  explicit operator bool() const { return value || sibling; }
};

Found find_exactly(const json::Value& object, std::string_view name) {
  Found found;
  for (const auto& member : object.members()) {
    if (member.name == name) {
      found.value = &member.value, found.name = member.name;
    } else if (member.name.size() == name.size() + 1 && member.name[0] == '_' && member.name.substr(1) == name) {
      found.sibling = &member.value;
      if (found.name.empty()) found.name = member.name.substr(1);
    }
  }
  return found;
}

// `value` finds valueQuantity, but only where the definitions say that it is a choice.
Found find_choice(const Item& parent, std::string_view name) {
  Found found;
  for (const auto& member : parent.value->members()) {
    const bool sibling = !member.name.empty() && member.name[0] == '_';
    const std::string_view plain = member.name.substr(sibling ? 1 : 0);
    if (plain.size() <= name.size() || !capital(plain[name.size()]) || !plain.starts_with(name)) continue;
    const Named* named = definition_of(parent, plain);
    if (!named || !named->element->choice || named->element->name != name) continue;
    (sibling ? found.sibling : found.value) = &member.value;
    found.name = plain, found.named = named;
  }
  return found;
}

void quantity_members(const Item& parent, std::string_view name, const Sink& sink) {
  if (name == "value") return sink(decimal_item(number_of(parent).value_or(Decimal())));
  if (name == "unit" || name == "code") sink(string_item(parent.unit));
}

void type_members(const Item& parent, std::string_view name, const Sink& sink) {
  if (name == "name") sink(string_item(parent.text));
  if (name == "namespace") sink(string_item(parent.unit));
}

}  // namespace

void members(const Item& parent, std::string_view name, const model::Definitions* definitions, const Sink& sink) {
  if (parent.kind == Item::Kind::quantity) return quantity_members(parent, name, sink);
  if (parent.kind == Item::Kind::type_info) return type_members(parent, name, sink);
  if (parent.kind != Item::Kind::element) return;
  if (!parent.value->is_object()) {  // a primitive: its id and extensions
    if (!parent.extension) return;
    const model::Type* element = definitions ? definitions->type("Element") : nullptr;
    Item carrier = element_item(parent.extension, element);
    carrier.resource = parent.resource;
    carrier.owner = parent.owner;
    return members(carrier, name, definitions, sink);
  }
  Found found = find_exactly(*parent.value, name);
  if (found) {
    found.named = definition_of(parent, name);
  } else if (parent.type || parent.element) {
    found = find_choice(parent, name);
  }
  if (found) emit_all(parent, found.name, found.named, found.value, found.sibling, definitions, sink);
}

void children(const Item& parent, const model::Definitions* definitions, const Sink& sink) {
  if (parent.kind != Item::Kind::element) return;
  const json::Value& object = parent.value->is_object() ? *parent.value
                              : parent.extension        ? *parent.extension
                                                        : no_value();
  for (const auto& member : object.members()) {
    if (member.name == "resourceType") continue;
    const bool sibling = !member.name.empty() && member.name[0] == '_';
    if (sibling && object.find(member.name.substr(1))) continue;  // shown with its value
    members(parent, sibling ? member.name.substr(1) : member.name, definitions, sink);
  }
}

Item root_item(const json::Value& value, const model::Definitions* definitions) {
  Item item = element_item(&value, resource_type(value, definitions));
  if (value.is_object()) item.resource = &value;
  return item;
}

namespace {

constexpr std::array<std::string_view, 10> system_types{"Boolean", "String",   "Integer", "Long",     "Decimal",
                                                        "Date",    "DateTime", "Time",    "Quantity", "Any"};

// R4 gives Element.id, Resource.id and Extension.url the type System.String.
bool is_system_string(const Item& item) {
  return item.kind == Item::Kind::element && item.type &&
         (item.name == "id" || (item.element && item.element->path == "Extension.url"));
}

bool is_system_type(const Item& item, std::string_view name) {
  if (name == "Any") return true;
  if (item.kind == Item::Kind::element) {
    if (item.type) return name == "String" && is_system_string(item);
    if (item.value->is_object()) return false;
  }
  return type_name(item) == name;
}

}  // namespace

bool is_type(const Item& item, std::string_view space, std::string_view name, const model::Definitions* definitions) {
  const bool system = std::find(system_types.begin(), system_types.end(), name) != system_types.end();
  if (space != "FHIR" && system && is_system_type(item, name)) return true;
  if (space == "System" || item.kind != Item::Kind::element) return false;
  if (!item.type) return item.value->is_object() && item.value->text("resourceType") == name;
  return item.type->name == name || (definitions && definitions->derives(item.type->name, name));
}

bool known_type(std::string_view space, std::string_view name, const model::Definitions* definitions) {
  const bool system = std::find(system_types.begin(), system_types.end(), name) != system_types.end();
  if (space == "System") return true;  // System.Patient is not an error: nothing is one
  if (!space.empty() && space != "FHIR") return false;
  if (space.empty() && system) return true;
  return definitions && definitions->type(name);
}

}  // namespace fhir::path
