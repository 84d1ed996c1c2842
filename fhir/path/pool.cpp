#include "fhir/path/pool.hpp"

#include "fhir/path/equality.hpp"

namespace fhir::path {
namespace {

// Only strings equal strings: neither typed as a date nor carrying extensions.
bool plain_string(const Item& item, std::string& text) {
  if (item.extension) return false;
  Item room;
  const Item& value = to_system(item, room);
  if (value.kind != Item::Kind::string) return false;
  text = value.text;
  return true;
}

}  // namespace

Pool::Pool(const Collection& items) {
  for (const Item& item : items) add(item);
}

void Pool::add(const Item& item) {
  std::string text;
  if (plain_string(item, text)) {
    if (strings_.insert(std::move(text)).second) strings_as_items_.push_back(item);
  } else {
    others_.push_back(item);
  }
}

bool Pool::holds(const Item& item) const {
  std::string text;
  if (plain_string(item, text)) return strings_.contains(text) || path::holds(others_, item);
  return path::holds(others_, item) || (item.extension && path::holds(strings_as_items_, item));
}

std::size_t Pool::cost(const Item& item) const { return 1 + others_.size() + (item.extension ? strings_as_items_.size() : 0); }

}  // namespace fhir::path
