#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "fhir/path/path.hpp"
#include "fhir/rest/element_place.hpp"
#include "fhir/rest/patch.hpp"

namespace fhir::rest {
namespace {

using Done = core::Result<core::Done>;
using json::Document;
using json::Member;
using json::Value;
using model::Type;

const Value* part(const Value& operation, std::string_view name) {
  for (const Value& item : operation["part"].elements())
    if (item.text("name") == name) return &item;
  return nullptr;
}

std::string upper_first(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

// The value[x] member of a part: its suffix names the type.
const Member* value_member(const Value& item) {
  for (const Member& member : item.members())
    if (member.name.starts_with("value") && member.name.size() > 5) return &member;
  return nullptr;
}

// Children of an element are looked up in its backbone or its datatype.
struct Shape {
  const Type* type = nullptr;
  const model::Element* backbone = nullptr;
  const Type::Named* child(std::string_view json_name) const {
    if (backbone != nullptr && backbone->children != nullptr) return model::find_child(*backbone, json_name);
    return type != nullptr ? type->find(json_name) : nullptr;
  }
};

Shape shape_of(const Type::Named* named) {
  if (named == nullptr) return {};
  return {named->type != nullptr ? named->type->type : nullptr, named->element};
}

class Patcher {
 public:
  Patcher(const model::Definitions& definitions, Document& document, std::uint64_t budget)
      : definitions_(definitions), document_(document), budget_(budget) {}

  Done apply(const Value& operation) {
    struct Row {
      std::string_view name;
      Done (Patcher::*call)(const Value&);
    };
    static constexpr std::array<Row, 5> table = {{{"add", &Patcher::add},
                                                  {"insert", &Patcher::insert},
                                                  {"delete", &Patcher::remove},
                                                  {"replace", &Patcher::replace},
                                                  {"move", &Patcher::move}}};
    const Value* type = part(operation, "type");
    const Member* code = type != nullptr ? value_member(*type) : nullptr;
    if (code == nullptr) return core::invalid("the operation has no type.");
    for (const Row& row : table)
      if (row.name == code->value.text()) return (this->*row.call)(operation);
    return core::invalid("type is one of add, insert, delete, replace, move; not '" +
                         std::string(code->value.text().substr(0, 40)) + "'.");
  }

 private:
  core::Result<path::Collection> evaluate(const Value& operation) {
    const Value* item = part(operation, "path");
    const Member* text = item != nullptr ? value_member(*item) : nullptr;
    if (text == nullptr || !text->value.is_string()) return core::invalid("the operation has no path.");
    auto expression = path::Expression::parse(text->value.text());
    if (!expression) return expression.error();
    path::Environment environment;
    environment.definitions = &definitions_;
    environment.root = &document_.root();
    environment.budget = budget_;
    return expression->evaluate(document_.root(), environment);
  }

  core::Result<Place> single(const path::Collection& found) {
    if (found.empty()) return core::unprocessable("the path leads to nothing.");
    if (found.size() > 1)
      return core::unprocessable("the path leads to " + std::to_string(found.size()) +
                                 " elements; it must lead to one.");
    const auto place =
        found.front().value != nullptr ? place_of(document_, found.front().value, document_.root()) : std::nullopt;
    if (!place) return core::unprocessable("the path leads to no element of the resource that can be changed.");
    return *place;
  }

  // An array that an insert or a move works on: the one that holds what the path finds.
  core::Result<Place> list(const path::Collection& found) {
    if (found.empty()) return core::unprocessable("the path leads to nothing.");
    const auto place =
        found.front().value != nullptr ? place_of(document_, found.front().value, document_.root()) : std::nullopt;
    if (!place || !place->index) return core::unprocessable("the path leads to no list.");
    return *place;
  }

  core::Result<std::size_t> number(const Value& operation, std::string_view name, std::size_t most) {
    const Value* item = part(operation, name);
    const Member* member = item != nullptr ? value_member(*item) : nullptr;
    if (member == nullptr) return core::invalid("the operation has no " + std::string(name) + '.');
    const std::string_view text = member->value.text();
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > most)
      return core::unprocessable(std::string(name) + " is " + std::string(text.substr(0, 20)) +
                                 "; the list allows 0 to " + std::to_string(most) + '.');
    return value;
  }

  // A value part as JSON, and the type suffix of its value[x] (empty for one made of parts).
  core::Result<Value> value_of(const Value& item, const Shape& shape, std::string& suffix) {
    if (const Member* member = value_member(item)) {
      suffix = member->name.substr(5);
      return document_.copy(member->value);
    }
    Value object = document_.object();
    for (const Value& child : item["part"].elements())
      if (auto done = set(object, shape, child.text("name"), child); !done) return done.error();
    if (object.size() == 0) return core::invalid("the operation has no value.");
    return object;
  }

  // Sets or appends the child `name` of `object` to what `item` says.
  Done set(Value& object, const Shape& shape, std::string_view name, const Value& item) {
    std::string json_name(name);
    const Type::Named* named = shape.child(json_name);
    if (const Member* member = value_member(item); member != nullptr) {
      const Type::Named* choice = shape.child(json_name + upper_first(member->name.substr(5)));
      if (choice != nullptr && choice->element != nullptr && choice->element->choice) {
        json_name += upper_first(member->name.substr(5));
        named = choice;
      }
    }
    if (named == nullptr || named->element == nullptr)
      return core::unprocessable("there is no element '" + std::string(name) + "' there.");
    std::string suffix;
    auto value = value_of(item, shape_of(named), suffix);
    if (!value) return value.error();
    Value* there = document_.find(object, json_name);
    if (!named->element->is_list()) {
      if (there != nullptr)
        return core::unprocessable("the element '" + json_name + "' is there already, and there can be one only.");
      document_.set(object, json_name, *value);
      return core::Done{};
    }
    if (there == nullptr) there = &document_.set(object, json_name, document_.array());
    document_.push(*there, *value);
    return core::Done{};
  }

  static Shape shape_of_item(const path::Item& item) { return {item.type, item.element}; }

  Done add(const Value& operation) {
    auto found = evaluate(operation);
    if (!found) return found.error();
    if (found->size() != 1)
      return core::unprocessable("the path leads to " + std::to_string(found->size()) +
                                 " elements; it must lead to one.");
    const Value* name = part(operation, "name");
    const Member* text = name != nullptr ? value_member(*name) : nullptr;
    const Value* value = part(operation, "value");
    if (text == nullptr) return core::invalid("the operation has no name.");
    if (value == nullptr) return core::invalid("the operation has no value.");
    Value* object = &document_.root();
    Shape shape = shape_of_item(found->front());
    if (found->front().value != object) {
      auto place = single(*found);
      if (!place) return place.error();
      object = element_at(document_, *place);
    } else {
      shape = {definitions_.type(object->text("resourceType")), nullptr};
    }
    if (!object->is_object()) return core::unprocessable("nothing can be added to a primitive element.");
    return set(*object, shape, text->value.text(), *value);
  }

  Done insert(const Value& operation) {
    auto found = evaluate(operation);
    if (!found) return found.error();
    auto place = list(*found);
    if (!place) return place.error();
    Value* array = document_.find(*place->object, place->name);
    auto index = number(operation, "index", array->size());
    if (!index) return index.error();
    const Value* item = part(operation, "value");
    if (item == nullptr) return core::invalid("the operation has no value.");
    std::string suffix;
    auto value = value_of(*item, shape_of_item(found->front()), suffix);
    if (!value) return value.error();
    document_.insert(*array, *index, *value);
    if (Value* twin = document_.find(*place->object, '_' + place->name);
        twin != nullptr && twin->is_array() && *index <= twin->size())
      document_.insert(*twin, *index, document_.null());
    return core::Done{};
  }

  Done remove(const Value& operation) {
    auto found = evaluate(operation);
    if (!found) return found.error();
    if (found->empty()) return core::Done{};
    auto place = single(*found);
    if (!place) return place.error();
    remove_element(document_, *place);
    drop_empty(document_, document_.root());
    return core::Done{};
  }

  Done replace(const Value& operation) {
    auto found = evaluate(operation);
    if (!found) return found.error();
    auto place = single(*found);
    if (!place) return place.error();
    const Value* item = part(operation, "value");
    if (item == nullptr) return core::invalid("the operation has no value.");
    std::string suffix;
    auto value = value_of(*item, shape_of_item(found->front()), suffix);
    if (!value) return value.error();
    const model::Element* definition = found->front().element;
    if (!place->index && definition != nullptr && definition->choice && !suffix.empty()) {
      const std::string renamed = definition->name + upper_first(suffix);
      if (renamed != place->name && place->name.starts_with(definition->name)) {
        document_.remove(*place->object, place->name);
        document_.remove(*place->object, '_' + place->name);
        document_.set(*place->object, renamed, *value);
        return core::Done{};
      }
    }
    *element_at(document_, *place) = *value;
    if (!place->index) document_.remove(*place->object, '_' + place->name);
    return core::Done{};
  }

  Done move(const Value& operation) {
    auto found = evaluate(operation);
    if (!found) return found.error();
    auto place = list(*found);
    if (!place) return place.error();
    Value* array = document_.find(*place->object, place->name);
    auto source = number(operation, "source", array->size() - 1);
    if (!source) return source.error();
    auto destination = number(operation, "destination", array->size() - 1);
    if (!destination) return destination.error();
    shift(document_, *array, *source, *destination);
    if (Value* twin = document_.find(*place->object, '_' + place->name);
        twin != nullptr && twin->size() == array->size())
      shift(document_, *twin, *source, *destination);
    return core::Done{};
  }

  const model::Definitions& definitions_;
  Document& document_;
  std::uint64_t budget_;
};

}  // namespace

core::Result<core::Done> apply_fhirpath_patch(const model::Definitions& definitions, json::Document& document,
                                              const json::Value& parameters) {
  if (parameters["parameter"].size() > most_path_operations)
    return core::Error{core::Kind::too_large,
                       "A FHIRPath Patch has at most " + std::to_string(most_path_operations) + " operations.", "body"};
  const std::uint64_t all_steps = path::Environment{}.budget;  // many operations share what one may take
  constexpr std::uint64_t fewest = 200'000;
  Patcher patcher(definitions, document,
                  std::max(fewest, all_steps / std::max<std::uint64_t>(1, parameters["parameter"].size())));
  std::size_t number = 0;
  for (const Value& operation : parameters["parameter"].elements()) {
    const std::string place = "Operation " + std::to_string(number++) + " of the patch: ";
    if (operation.text("name") != "operation")
      return core::invalid(place + "a parameter of a FHIRPath Patch is called 'operation'.", "body");
    if (auto done = patcher.apply(operation); !done) {
      done.error().message.insert(0, place);
      return done;
    }
    if (std::size_t bytes = most_patched_bytes; !fits(document.root(), json::Limits{}.depth, bytes)) return outgrown();
  }
  return core::Done{};
}

}  // namespace fhir::rest
