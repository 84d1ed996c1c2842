#include "fhir/path/pool.hpp"

#include "fhir/path/equality.hpp"

namespace fhir::path {
namespace {

// Two items with keys are equal when their keys are. Empty: the item has none.
std::string key_of(const Item& item) {
  if (item.extension) return {};
  Item room;
  const Item& value = to_system(item, room);
  if (value.kind == Item::Kind::string) return "s" + value.text;
  if (value.kind == Item::Kind::boolean) return value.truth ? "t" : "f";
  const auto number = is_number(value) ? number_of(value) : std::nullopt;
  return number ? "n" + number->stripped().text() : std::string();
}

}  // namespace

Pool::Pool(const Collection& items) {
  for (const Item& item : items) add(item);
}

void Pool::add(const Item& item) {
  std::string key = key_of(item);
  if (key.empty()) {
    others_.push_back(item);
  } else if (keys_.insert(std::move(key)).second) {
    hashed_.push_back(item);
  }
}

bool Pool::holds(const Item& item) const {
  const std::string key = key_of(item);
  if (!key.empty()) return keys_.contains(key) || path::holds(others_, item);
  return path::holds(others_, item) || path::holds(hashed_, item);
}

std::size_t Pool::cost(const Item& item) const {
  const std::size_t each = item.kind == Item::Kind::quantity ? 8 : 1;  // units take time to bring together
  return 1 + each * (others_.size() + (key_of(item).empty() ? hashed_.size() : 0));
}

}  // namespace fhir::path
