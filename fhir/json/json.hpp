// The one door to RapidJSON: a JSON document as an arena of values that keep member order and every digit of a number.
// Parsing is iterative, checks the encoding (UTF-8), the depth, duplicate keys and trailing text. Never: interprets
// FHIR. Threads: a Document and its Values belong to one thread at a time; reading a const Document from many is safe.
// Source: RFC 8259; FHIR R4 JSON (2.1.4.0): duplicate keys and empty members are refused (the latter by fhir/validate).
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace fhir::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

struct Member;
class Document;

// A handle to a node in a Document's arena: 16 bytes, cheap to copy, shallow. Valid while the Document lives.
class Value {
 public:
  Value() = default;
  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_string() const { return kind_ == Kind::string; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  bool boolean() const { return truth_; }              // boolean only
  std::string_view text() const;                       // string: its characters; number: its literal; else empty
  std::size_t size() const { return size_; }           // members or elements; else bytes of text
  std::span<const Value> elements() const;             // array; else empty
  std::span<const Member> members() const;             // object; else empty
  const Value* find(std::string_view name) const;      // object member, or nullptr (also on other kinds)
  std::string_view text(std::string_view name) const;  // text of a string or number member, or empty
  std::string_view member_text(std::string_view name) const { return text(name); }
  // For walking along: an absent member or element is a null Value.
  const Value& operator[](std::string_view name) const;
  const Value& operator[](std::size_t index) const;

 private:
  friend class Document;
  friend class Builder;
  Kind kind_ = Kind::null;
  bool truth_ = false;
  std::uint32_t size_ = 0;
  void* data_ = nullptr;  // string and number: const char*; array: Block of Value; object: Block of Member
};

struct Member {
  std::string_view name;
  Value value;
};

struct Limits {
  std::size_t depth = 100;  // nesting of arrays and objects
  std::size_t bytes = 512UL * 1024 * 1024;
};

// Owns the memory of a tree of Values; move-only. All text given to it is copied.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  Value& root() { return root_; }
  const Value& root() const { return root_; }

  Value null() const { return {}; }
  Value boolean(bool truth) const;
  Value string(std::string_view text);
  Value number(std::string_view literal);  // the caller vouches for its form
  Value number(std::int64_t number);
  Value array();
  Value object();
  Value copy(const Value& other);  // deep copy from any document

  // Changing. `object` and `array` must be nodes reachable from this document (root() or what mutable_* returned).
  Value& set(Value& object, std::string_view name, Value value);           // replaces in place, or appends
  Value& insert_first(Value& object, std::string_view name, Value value);  // at the front
  bool remove(Value& object, std::string_view name);
  Value& push(Value& array, Value value);
  void insert(Value& array, std::size_t index, Value value);
  void erase(Value& array, std::size_t index);
  Value* find(Value& object, std::string_view name);  // mutable member, or nullptr
  std::span<Value> elements(Value& array);            // mutable elements
  std::span<Member> members(Value& object);           // mutable members

 private:
  friend class Builder;
  struct Arena;
  Arena& arena();
  template <class T>
  T* gap(Value& holder, Kind kind, std::size_t index);
  template <class T>
  void close(Value& holder, std::size_t index);
  std::unique_ptr<Arena> arena_;
  Value root_;
};

// Errors: Kind::invalid with line, column and JSON pointer-like place in `where`; Kind::too_large for depth and bytes.
core::Result<Document> parse(std::string_view text, Limits limits = {});

enum class Style : std::uint8_t { compact, pretty };
void write(const Value& value, std::string& out, Style style = Style::compact);
std::string write(const Value& value, Style style = Style::compact);
void write_string(std::string_view text, std::string& out);  // quoted and escaped

bool equal(const Value& a, const Value& b);  // same kind, digits and members (order of members does not matter)

}  // namespace fhir::json
