#include "fhir/rest/element_place.hpp"

#include <vector>

namespace fhir::rest {

using json::Document;
using json::Member;
using json::Value;

std::optional<Place> place_of(Document& document, const Value* wanted, Value& object) {
  for (Member& member : document.members(object)) {
    if (&member.value == wanted) return Place{&object, std::string(member.name), std::nullopt};
    if (member.value.is_object()) {
      if (auto found = place_of(document, wanted, member.value)) return found;
    } else if (member.value.is_array()) {
      std::size_t index = 0;
      for (Value& item : document.elements(member.value)) {
        if (&item == wanted) return Place{&object, std::string(member.name), index};
        ++index;
        if (!item.is_object()) continue;
        if (auto found = place_of(document, wanted, item)) return found;
      }
    }
  }
  return std::nullopt;
}

Value* element_at(Document& document, const Place& place) {
  Value* member = document.find(*place.object, place.name);
  return place.index ? &document.elements(*member)[*place.index] : member;
}

void remove_element(Document& document, const Place& place) {
  for (const std::string& name : {place.name, '_' + place.name}) {
    Value* member = document.find(*place.object, name);
    if (member == nullptr) continue;
    if (place.index && member->is_array() && *place.index < member->size()) document.erase(*member, *place.index);
    if (!place.index || member->size() == 0) document.remove(*place.object, name);
  }
}

void drop_empty(Document& document, Value& object) {
  std::vector<std::string> empty;
  for (Member& member : document.members(object)) {
    if (member.value.is_object()) drop_empty(document, member.value);
    if (member.value.is_array()) {
      for (std::size_t i = member.value.size(); i-- > 0;) {
        Value& item = document.elements(member.value)[i];
        if (item.is_object()) drop_empty(document, item);
        if (item.is_object() && item.size() == 0) document.erase(member.value, i);
      }
    }
    if ((member.value.is_object() || member.value.is_array()) && member.value.size() == 0)
      empty.emplace_back(member.name);
  }
  for (const std::string& name : empty) document.remove(object, name);
}

void shift(Document& document, Value& array, std::size_t source, std::size_t destination) {
  const Value value = document.elements(array)[source];
  document.erase(array, source);
  document.insert(array, destination, value);
}

}  // namespace fhir::rest
