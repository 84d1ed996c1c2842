#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/json/arena.hpp"
#include "fhir/json/json.hpp"

namespace fhir::json {

Document::Document() : arena_(new Arena) {}
Document::~Document() = default;
Document::Document(Document&& other) noexcept
    : arena_(std::move(other.arena_)), root_(std::exchange(other.root_, {})) {}
Document& Document::operator=(Document&& other) noexcept {
  root_ = std::exchange(other.root_, {});
  arena_ = std::move(other.arena_);
  return *this;
}

Document::Arena& Document::arena() {
  if (!arena_) arena_.reset(new Arena);  // moved from, and used again
  return *arena_;
}

Value Document::boolean(bool truth) const {
  Value value;
  value.kind_ = Kind::boolean;
  value.truth_ = truth;
  return value;
}

Value Document::string(std::string_view text) {
  const std::string_view copy = arena().text(text);
  Value value;
  value.kind_ = Kind::string;
  value.size_ = static_cast<std::uint32_t>(copy.size());
  value.data_ = const_cast<char*>(copy.data());
  return value;
}

Value Document::number(std::string_view literal) {
  Value value = string(literal);
  value.kind_ = Kind::number;
  return value;
}

Value Document::number(std::int64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return this->number(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

Value Document::array() {
  Value value;
  value.kind_ = Kind::array;
  return value;
}

Value Document::object() {
  Value value;
  value.kind_ = Kind::object;
  return value;
}

Value Document::copy(const Value& other) {
  Value value = other;
  switch (other.kind_) {
    case Kind::null:
    case Kind::boolean: break;
    case Kind::number:
    case Kind::string: value.data_ = const_cast<char*>(arena().text(other.text()).data()); break;
    case Kind::array: {
      auto* items = other.size_ ? arena().items<Value>(other.size_) : nullptr;
      for (std::size_t i = 0; i < other.size_; ++i) new (items + i) Value(copy(other.elements()[i]));
      value.data_ = items;
      break;
    }
    case Kind::object: {
      auto* items = other.size_ ? arena().items<Member>(other.size_) : nullptr;
      for (std::size_t i = 0; i < other.size_; ++i) {
        const Member& member = other.members()[i];
        const std::string_view name = arena().text(member.name);
        new (items + i) Member{name, copy(member.value)};
      }
      value.data_ = items;
      break;
    }
  }
  return value;
}

// Opens a gap of one item at `index`; a value of another kind becomes an empty array or object first.
template <class T>
T* Document::gap(Value& holder, Kind kind, std::size_t index) {
  if (holder.kind_ != kind) {
    holder = {};
    holder.kind_ = kind;
  }
  auto* items = static_cast<T*>(holder.data_);
  const std::size_t size = holder.size_;
  index = std::min(index, size);
  if (size == Arena::capacity(items)) {
    auto* larger = arena().items<T>(size < 4 ? 4 : size * 2);
    if (size) std::memcpy(static_cast<void*>(larger), items, size * sizeof(T));
    holder.data_ = items = larger;
  }
  if (index < size) std::memmove(static_cast<void*>(items + index + 1), items + index, (size - index) * sizeof(T));
  ++holder.size_;
  return items + index;
}

template <class T>
void Document::close(Value& holder, std::size_t index) {
  auto* items = static_cast<T*>(holder.data_);
  --holder.size_;
  if (index < holder.size_)
    std::memmove(static_cast<void*>(items + index), items + index + 1, (holder.size_ - index) * sizeof(T));
}

Value& Document::set(Value& object, std::string_view name, Value value) {
  if (Value* there = find(object, name)) return *there = value;
  return (new (gap<Member>(object, Kind::object, object.size_)) Member{arena().text(name), value})->value;
}

Value& Document::insert_first(Value& object, std::string_view name, Value value) {
  remove(object, name);
  return (new (gap<Member>(object, Kind::object, 0)) Member{arena().text(name), value})->value;
}

bool Document::remove(Value& object, std::string_view name) {
  const auto there = members(object);
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (there[i].name != name) continue;
    close<Member>(object, i);
    return true;
  }
  return false;
}

Value& Document::push(Value& array, Value value) {
  return *new (gap<Value>(array, Kind::array, array.size_)) Value(value);
}

void Document::insert(Value& array, std::size_t index, Value value) {
  new (gap<Value>(array, Kind::array, index)) Value(value);
}

void Document::erase(Value& array, std::size_t index) {
  if (array.is_array() && index < array.size_) close<Value>(array, index);
}

Value* Document::find(Value& object, std::string_view name) {
  for (Member& member : members(object))
    if (member.name == name) return &member.value;
  return nullptr;
}

std::span<Value> Document::elements(Value& array) {
  if (!array.is_array()) return {};
  return {static_cast<Value*>(array.data_), array.size_};
}

std::span<Member> Document::members(Value& object) {
  if (!object.is_object()) return {};
  return {static_cast<Member*>(object.data_), object.size_};
}

}  // namespace fhir::json
