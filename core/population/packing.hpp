// How the population writes down what is seldom read: resource keys, small numbers and short texts as bytes behind a person's rows.
// A key "Type/id" takes two bytes when its id is a number near the one before, 17 when it is a UUID, else its text.
// Never: outlives the bytes it reads (a Key points into them). Threads: plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace core::population::packing {

// A key as it stands in the bytes: comparable without making text of it.
struct Key {
  enum class Form : std::uint8_t { number, uuid, hex, text };
  unsigned type = 0;               // index of the usual types; other_type: type_text
  Form form = Form::text;
  bool mark = false;
  std::uint64_t number = 0;
  std::string_view type_text, bytes;
  bool same(const Key& other) const {
    return type == other.type && form == other.form && number == other.number && bytes == other.bytes && type_text == other.type_text;
  }
};

class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}
  void byte(unsigned value) { bytes_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value);
  void text(std::string_view value);
  void key(const Key& key, bool mark = false);  // numeric ids are written as the distance from the one before

 private:
  std::string& bytes_;
  std::uint64_t previous_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return at_ >= bytes_.size(); }
  std::size_t at() const { return at_; }
  unsigned byte() { return static_cast<unsigned char>(bytes_[at_++]); }
  std::uint64_t number();
  std::string_view text();
  Key key();

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::uint64_t previous_ = 0;
};

std::string text_of(const Key& key);
unsigned number_of_type(std::string_view type);    // Key::type of "Observation"
std::string packed(std::string_view key);  // of one key, alone: the same key, the same bytes
std::string packed(const Key& key);
inline Key key_of(std::string_view packed) { return Reader(packed).key(); }
std::uint64_t hash(const Key& key);
// The same for keys whose numeric ids are near each other: what arrived together is found under one entry.
std::uint64_t neighbourhood(const Key& key);
std::uint64_t hash(std::string_view domain, std::string_view text);

}  // namespace core::population::packing
