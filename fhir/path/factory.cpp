#include <algorithm>
#include <array>
#include <memory>

#include "fhir/path/families.hpp"
#include "fhir/path/quantity.hpp"
#include "fhir/path/regex.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path::functions {
namespace {

using Kind = Item::Kind;

// The parameters of each complex type, in order; a * takes several.
struct Shape {
  std::string_view type;
  std::array<std::string_view, 7> properties;
};
constexpr std::array<Shape, 7> shapes{{{"Identifier", {"system", "value", "use", "type"}},
                                       {"HumanName", {"family", "given*", "prefix*", "suffix*", "text", "use"}},
                                       {"ContactPoint", {"system", "value", "use"}},
                                       {"Address", {"line*", "city", "state", "postalCode", "country", "use", "type"}},
                                       {"Quantity", {"system", "code", "value", "unit"}},
                                       {"Coding", {"system", "code", "display", "version"}},
                                       {"CodeableConcept", {"coding*", "text"}}}};

bool on_factory(const Call& call) {
  const bool good =
      call.input.size() == 1 && call.input.front().kind == Kind::type_info && call.input.front().text == "TypeFactory";
  return good || call.fail(call.node.text + "() is a function of %factory");
}

// A document of its own: the value, and beside it id and extensions of a primitive.
struct Made {
  std::shared_ptr<json::Document> document = std::make_shared<json::Document>();
  Made() {
    document->root() = document->object();
    document->set(document->root(), "carrier", document->object());
  }
  json::Value& carrier() { return *document->find(document->root(), "carrier"); }
  void value(json::Value value) { document->set(document->root(), "value", value); }

  Item item(const model::Type* type) const {
    const json::Value& root = document->root();
    const json::Value* value = root.find("value");
    Item item = element_item(value ? value : &no_value(), type);
    if (root["carrier"].size() > 0) item.extension = root.find("carrier");
    item.owner = document;
    return item;
  }
};

json::Value json_of(const Item& item, json::Document& document) {
  if (item.kind == Kind::element) return document.copy(*item.value);
  if (item.kind == Kind::boolean) return document.boolean(item.truth);
  if (is_number(item)) return document.number(item.text);
  if (item.kind != Kind::quantity) return document.string(item.text);
  json::Value quantity = document.object();
  document.set(quantity, "value", document.number(item.text));
  document.set(quantity, "system", document.string("http://unitsofmeasure.org"));
  document.set(quantity, "code", document.string(item.unit));
  return quantity;
}

// "valueString" for a System String, "valueCode" for a FHIR code.
std::string choice_name(const Item& item) {
  std::string name(type_name(item));
  if (item.kind == Kind::datetime) name = "DateTime";
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return "value" + name;
}

json::Value extension_of(const std::string& url, const Item& value, json::Document& document) {
  json::Value extension = document.object();
  document.set(extension, "url", document.string(url));
  const std::string name = choice_name(value);
  if (has_value(value)) document.set(extension, name, json_of(value, document));
  if (value.extension) document.set(extension, "_" + name, document.copy(*value.extension));
  return extension;
}

void push_extension(json::Value& holder, json::Value extension, json::Document& document) {
  if (!holder.find("extension")) document.set(holder, "extension", document.array());
  document.push(*document.find(holder, "extension"), extension);
}

// The text of a value as the JSON of a primitive has it; nullopt: of another type.
std::optional<std::string> primitive_text(const Item& item, std::string_view type) {
  const bool wants_number = type == "integer" || type == "decimal" || type == "positiveInt" || type == "unsignedInt";
  if (item.kind == Kind::boolean)
    return type == "boolean" ? std::optional<std::string>(item.truth ? "true" : "false") : std::nullopt;
  if (is_number(item)) return wants_number ? std::optional(item.text) : std::nullopt;
  return item.kind == Kind::string || is_temporal(item) ? std::optional(item.text) : std::nullopt;
}

bool fits(const std::string& text, const model::Type& type) {
  if (type.name == "boolean") return text == "true" || text == "false";
  if (type.name == "date" || type.name == "dateTime") return datetime_from(text).has_value();  // of any precision
  if (type.name == "time") return time_from(text).has_value();
  const auto regex = Regex::compile(code_points("^(?:" + type.pattern + ")$"), {});
  return type.pattern.empty() || (regex && regex->matches(code_points(text)) && *regex->matches(code_points(text)));
}

const model::Type* type_of(const Call& call, std::string_view name) {
  const auto* definitions = call.on.definitions();
  const model::Type* type = definitions ? definitions->type(name) : nullptr;
  if (!type) call.fail("%factory: there is no type " + std::string(name));
  return type;
}

Item copied(const Item& item, Made& made) {  // the item in a document that may be changed
  if (has_value(item)) made.value(json_of(item, *made.document));
  if (item.extension) made.document->set(made.document->root(), "carrier", made.document->copy(*item.extension));
  return made.item(item.type);
}

}  // namespace

void make_primitive(const Call& call, Collection& out) {
  const model::Type* type = on_factory(call) ? type_of(call, call.node.text) : nullptr;
  const auto value = type ? call.value(0) : std::nullopt;
  if (!type || call.failed()) return;
  Made made;
  if (value) {
    const auto text = primitive_text(*value, type->name);
    if (!text || !fits(*text, *type)) return void(call.fail("the value is no " + type->name));
    const bool number = type->name == "integer" || type->name == "decimal" || type->name == "positiveInt" ||
                        type->name == "unsignedInt";
    made.value(type->name == "boolean" ? made.document->boolean(*text == "true")
               : number                ? made.document->number(*text)
                                       : made.document->string(*text));
  }
  for (const Item& extension : call.count() > 1 ? call.argument(1) : Collection()) {
    if (!extension.type || extension.type->name != "Extension")
      return void(call.fail("the second argument must be an Extension"));
    push_extension(made.carrier(), made.document->copy(*extension.value), *made.document);
  }
  if (!call.failed()) out.push_back(made.item(type));
}

void make_extension(const Call& call, Collection& out) {
  const model::Type* type = on_factory(call) ? type_of(call, "Extension") : nullptr;
  const auto url = type ? call.text(0) : std::nullopt;
  if (!url || call.failed()) return;
  const Collection value = call.argument(1);
  const Item* item = call.on.single(call.node, value);
  if (!item) return;
  Made made;
  made.value(extension_of(*url, *item, *made.document));
  out.push_back(made.item(type));
}

void make_complex(const Call& call, Collection& out) {
  const model::Type* type = on_factory(call) ? type_of(call, call.node.text) : nullptr;
  if (!type) return;
  const auto shape =
      std::find_if(shapes.begin(), shapes.end(), [&](const Shape& one) { return one.type == type->name; });
  Made made;
  json::Document& document = *made.document;
  json::Value object = document.object();
  for (std::size_t at = 0; at < call.count(); ++at) {
    std::string_view property = shape->properties[at];
    if (property.empty()) return void(call.fail(type->name + "() takes fewer arguments"));
    const bool list = property.ends_with('*');
    if (list) property.remove_suffix(1);
    const Collection values = call.argument(at);
    if (!list) call.on.single(*call.node.children[at], values);
    if (call.failed()) return;
    if (values.empty()) continue;
    const bool complex = property == "type" ? type->name == "Identifier" : property == "coding";
    json::Value all = document.array();
    for (const Item& value : values) {
      const auto plain = system_value(value);
      const bool number = property == "value" && type->name == "Quantity";
      const auto decimal = number && plain ? Decimal::from(plain->text) : std::nullopt;
      const bool good = complex  ? value.kind == Kind::element && value.value->is_object()
                        : number ? decimal.has_value()
                                 : plain && plain->kind == Kind::string;
      if (!good) return void(call.fail(type->name + "(): wrong type of " + std::string(property)));
      document.push(all, number ? document.number(decimal->text()) : json_of(value, document));
    }
    document.set(object, property, list ? all : all[0]);
  }
  made.value(object);
  out.push_back(made.item(type));
}

void make_empty(const Call& call, Collection& out) {  // create(type)
  const auto name = on_factory(call) ? call.on.type_name_of(*call.node.children[0]) : std::nullopt;
  const model::Type* type = name ? type_of(call, name->name) : nullptr;
  if (!type) return;
  Made made;
  if (type->family != model::Family::primitive) made.value(made.document->object());
  out.push_back(made.item(type));
}

void with_extension(const Call& call, Collection& out) {
  if (!on_factory(call)) return;
  const Collection instance = call.argument(0), value = call.failed() ? Collection() : call.argument(2);
  const auto url = call.failed() ? std::nullopt : call.text(1);
  const Item *item = call.on.single(call.node, instance), *added = call.on.single(call.node, value);
  if (!item || !added || !url || item->kind != Kind::element) return;
  Made made;
  copied(*item, made);
  json::Value* object = made.document->find(made.document->root(), "value");
  json::Value& holder = object && object->is_object() ? *object : made.carrier();
  push_extension(holder, extension_of(*url, *added, *made.document), *made.document);
  out.push_back(made.item(item->type));
}

void with_property(const Call& call, Collection& out) {
  if (!on_factory(call)) return;
  const Collection instance = call.argument(0), value = call.failed() ? Collection() : call.argument(2);
  const auto name = call.failed() ? std::nullopt : call.text(1);
  const Item* item = call.on.single(call.node, instance);
  if (!item || !name || item->kind != Kind::element) return;
  Made made;
  copied(*item, made);
  json::Value* object = made.document->find(made.document->root(), "value");
  json::Value& holder = object && object->is_object() ? *object : made.carrier();
  json::Value all = made.document->array();
  for (const Item& one : value) made.document->push(all, json_of(one, *made.document));
  if (!value.empty()) made.document->set(holder, *name, value.size() == 1 ? all[0] : all);
  out.push_back(made.item(item->type));
}

}  // namespace fhir::path::functions
