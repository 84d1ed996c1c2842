#include <array>
#include <cstring>

#include "fhir/json/json.hpp"

namespace fhir::json {
namespace {

// What stands for a byte inside quotes: 0 itself, 'u' a \u00XX escape, else the letter after the backslash.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

// Gathers small pieces before they reach the string.
class Writer {
 public:
  Writer(std::string& out, Style style) : out_(out), pretty_(style == Style::pretty) {}
  ~Writer() { flush(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void value(const Value& value, std::size_t depth) {
    switch (value.kind()) {
      case Kind::null: return put("null");
      case Kind::boolean: return put(value.boolean() ? "true" : "false");
      case Kind::number: return put(value.text());
      case Kind::string: return quoted(value.text());
      case Kind::array:
        return list('[', ']', value.elements(), depth, [&](const Value& element) { this->value(element, depth + 1); });
      case Kind::object:
        return list('{', '}', value.members(), depth, [&](const Member& member) {
          quoted(member.name);
          put(pretty_ ? ": " : ":");
          this->value(member.value, depth + 1);
        });
    }
  }

  void quoted(std::string_view text) {
    put('"');
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char escape = escapes[static_cast<unsigned char>(text[i])];
      if (!escape) continue;
      put(text.substr(start, i - start));
      start = i + 1;
      put('\\');
      put(escape);
      if (escape != 'u') continue;
      constexpr std::string_view hex = "0123456789abcdef";
      const auto c = static_cast<unsigned char>(text[i]);
      put("00");
      put(hex[c >> 4]);
      put(hex[c & 15]);
    }
    put(text.substr(start));
    put('"');
  }

 private:
  template <class Items, class Write>
  void list(char open, char close, const Items& items, std::size_t depth, Write write) {
    put(open);
    bool first = true;
    for (const auto& item : items) {
      if (!first) put(',');
      first = false;
      if (pretty_) line(depth + 1);
      write(item);
    }
    if (pretty_ && !first) line(depth);
    put(close);
  }

  void line(std::size_t depth) {
    put('\n');
    for (std::size_t i = 0; i < depth; ++i) put("  ");
  }

  void put(char c) {
    if (used_ == buffer_.size()) flush();
    buffer_[used_++] = c;
  }

  void put(std::string_view text) {
    if (text.size() > buffer_.size() - used_) {
      flush();
      if (text.size() > buffer_.size()) {
        out_.append(text);
        return;
      }
    }
    if (text.empty()) return;
    std::memcpy(buffer_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }

  void flush() {
    out_.append(buffer_.data(), used_);
    used_ = 0;
  }

  std::string& out_;
  bool pretty_;
  std::size_t used_ = 0;
  std::array<char, 4096> buffer_;
};

}  // namespace

void write(const Value& value, std::string& out, Style style) { Writer(out, style).value(value, 0); }

std::string write(const Value& value, Style style) {
  std::string out;
  write(value, out, style);
  return out;
}

void write_string(std::string_view text, std::string& out) { Writer(out, Style::compact).quoted(text); }

}  // namespace fhir::json
