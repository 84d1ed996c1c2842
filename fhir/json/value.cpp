#include <algorithm>
#include <vector>

#include "fhir/json/json.hpp"

namespace fhir::json {
namespace {

constexpr Value absent;

std::vector<const Member*> by_name(const Value& object) {
  std::vector<const Member*> sorted;
  sorted.reserve(object.size());
  for (const Member& member : object.members()) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](const Member* a, const Member* b) { return a->name < b->name; });
  return sorted;
}

bool equal_members(const Value& a, const Value& b) {
  const auto left = a.members(), right = b.members();
  const auto same_name = [](const Member& x, const Member& y) { return x.name == y.name; };
  if (std::equal(left.begin(), left.end(), right.begin(), right.end(), same_name))
    return std::equal(left.begin(), left.end(), right.begin(),
                      [](const Member& x, const Member& y) { return equal(x.value, y.value); });
  const auto x = by_name(a), y = by_name(b);
  return std::equal(x.begin(), x.end(), y.begin(),
                    [](const Member* p, const Member* q) { return p->name == q->name && equal(p->value, q->value); });
}

}  // namespace

std::string_view Value::text() const {
  if (kind_ != Kind::string && kind_ != Kind::number) return {};
  return {static_cast<const char*>(data_), size_};
}

std::span<const Value> Value::elements() const {
  if (kind_ != Kind::array) return {};
  return {static_cast<const Value*>(data_), size_};
}

std::span<const Member> Value::members() const {
  if (kind_ != Kind::object) return {};
  return {static_cast<const Member*>(data_), size_};
}

const Value* Value::find(std::string_view name) const {
  for (const Member& member : members())
    if (member.name == name) return &member.value;
  return nullptr;
}

std::string_view Value::text(std::string_view name) const { return (*this)[name].text(); }

const Value& Value::operator[](std::string_view name) const {
  const Value* value = find(name);
  return value ? *value : absent;
}

const Value& Value::operator[](std::size_t index) const {
  const auto all = elements();
  return index < all.size() ? all[index] : absent;
}

bool equal(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return a.boolean() == b.boolean();
    case Kind::number:
    case Kind::string: return a.text() == b.text();
    case Kind::array: {
      const auto x = a.elements(), y = b.elements();
      return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                        [](const Value& p, const Value& q) { return equal(p, q); });
    }
    case Kind::object: return a.size() == b.size() && equal_members(a, b);
  }
  return false;
}

}  // namespace fhir::json
