#include "fhir/path/lexer.hpp"

#include <array>
#include <optional>

#include "fhir/path/temporal.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path {
namespace {

constexpr std::size_t longest_expression = 256 * 1024;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  core::Result<std::vector<Token>> run() {
    while (blanks() && at_ < text_.size() && one()) {
    }
    if (problem_) return std::move(*problem_);
    tokens_.push_back({Token::Kind::end, {}, text_.size()});
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool fail(std::string message, std::size_t position) {
    problem_ = core::invalid(std::move(message) + " " + place(text_, position), place(text_, position));
    return false;
  }

  void push(Token::Kind kind, std::string text, std::size_t position) {
    tokens_.push_back({kind, std::move(text), position});
  }

  bool blanks() {  // white space and comments
    for (;;) {
      while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') ++at_;
      if (peek() == '/' && peek(1) == '/') {
        while (at_ < text_.size() && peek() != '\n' && peek() != '\r') ++at_;
      } else if (peek() == '/' && peek(1) == '*') {
        const auto end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return fail("a comment is not closed", at_);
        at_ = end + 2;
      } else {
        return true;
      }
    }
  }

  bool one() {
    const char c = peek();
    const std::size_t first = at_;
    if (letter(c)) return push(Token::Kind::identifier, word(), first), true;
    if (digit(c)) return number();
    if (c == '\'' || c == '`') return quoted(c == '`' ? Token::Kind::delimited : Token::Kind::string, first);
    if (c == '@') return temporal();
    if (c == '%') return variable();
    if (c == '$') return special();
    return symbol();
  }

  std::string word() {
    const std::size_t first = at_;
    while (letter(peek()) || digit(peek())) ++at_;
    return std::string(text_.substr(first, at_ - first));
  }

  bool number() {
    const std::size_t first = at_;
    while (digit(peek())) ++at_;
    if (peek() == 'L' && !letter(peek(1)) && !digit(peek(1))) {
      push(Token::Kind::long_number, std::string(text_.substr(first, at_ - first)), first);
      ++at_;
      return true;
    }
    if (peek() == '.' && digit(peek(1))) {
      ++at_;
      while (digit(peek())) ++at_;
    }
    push(Token::Kind::number, std::string(text_.substr(first, at_ - first)), first);
    return true;
  }

  bool quoted(Token::Kind kind, std::size_t first) {
    const char quote = peek();
    std::string out;
    for (++at_; at_ < text_.size() && peek() != quote;) {
      if (peek() == '\\') {
        escape(out);
      } else {
        out += peek();
        ++at_;
      }
    }
    if (at_ >= text_.size())
      return fail(quote == '\'' ? "a string is not closed" : "a quoted name is not closed", first);
    ++at_;
    if (out.find('\0') != std::string::npos) return fail("a text may not hold the character U+0000", first);
    push(kind, std::move(out), first);
    return true;
  }

  // An unknown or malformed escape stands for the character itself.
  void escape(std::string& out) {
    ++at_;
    const char c = peek();
    if (c == 'u') {
      if (const auto code = hex(1)) {
        at_ += 5;
        append_utf8(out, surrogates(*code));
        return;
      }
    }
    constexpr std::string_view from = "rntf", to = "\r\n\t\f";
    const auto known = from.find(c);
    if (at_ < text_.size()) out += known == std::string_view::npos ? c : to[known];
    ++at_;
  }

  std::optional<char32_t> hex(std::size_t ahead) const {  // four hexadecimal digits
    char32_t code = 0;
    for (std::size_t i = ahead; i < ahead + 4; ++i) {
      const char c = peek(i);
      const int value = digit(c)               ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) return std::nullopt;
      code = code * 16 + static_cast<char32_t>(value);
    }
    return code;
  }

  char32_t surrogates(char32_t code) {  // joins a pair; a lone half becomes U+FFFD
    if (code < 0xD800 || code > 0xDFFF) return code;
    if (code < 0xDC00 && peek() == '\\' && peek(1) == 'u') {
      const auto low = hex(2);
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        at_ += 6;
        return 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
      }
    }
    return 0xFFFD;
  }

  bool temporal() {
    const std::size_t first = at_++;
    const auto digits_after = [&](std::size_t count) {  // takes up to `count` digits
      while (count-- > 0 && digit(peek())) ++at_;
    };
    const bool time_only = peek() == 'T';
    if (!time_only) {
      digits_after(4);
      for (int part = 0; part < 2 && peek() == '-' && digit(peek(1)) && at_ - first >= 5; ++part)
        ++at_, digits_after(2);
    }
    const bool with_time = peek() == 'T';
    if (with_time) {
      ++at_;
      digits_after(2);
      for (int part = 0; part < 2 && peek() == ':' && digit(peek(1)); ++part) ++at_, digits_after(2);
      if (peek() == '.' && digit(peek(1))) ++at_, digits_after(64);
      if (!time_only && digit(text_[at_ - 1])) zone();
    }
    const std::string_view text = text_.substr(first + (time_only ? 2 : 1), at_ - first - (time_only ? 2 : 1));
    const auto kind = time_only ? Token::Kind::time : with_time ? Token::Kind::datetime : Token::Kind::date;
    const bool good = time_only ? time_from(text).has_value() : datetime_from(text).has_value();
    if (!good) {
      return fail("'" + std::string(text_.substr(first, at_ - first)) + "' is not an existing " +
                      (time_only ? "time" : "date or time"),
                  first);
    }
    push(kind, std::string(text), first);
    return true;
  }

  void zone() {
    if (peek() == 'Z') {
      ++at_;
    } else if ((peek() == '+' || peek() == '-') && digit(peek(1)) && digit(peek(2)) && peek(3) == ':' &&
               digit(peek(4)) && digit(peek(5))) {
      at_ += 6;
    }
  }

  bool variable() {  // %name, %`name`, %'name', %"name", %vs-name, %ext-name
    const std::size_t first = at_++;
    if (peek() == '`' || peek() == '\'' || peek() == '"') return quoted(Token::Kind::variable, first);
    std::string name = word();
    if (name.empty()) return fail("a name must follow %", first);
    if (name == "vs" || name == "ext") {
      while (peek() == '-' && (letter(peek(1)) || digit(peek(1)))) {
        ++at_;
        name += '-' + word();
      }
    }
    push(Token::Kind::variable, std::move(name), first);
    return true;
  }

  bool special() {
    const std::size_t first = at_++;
    const std::string name = "$" + word();
    if (name != "$this" && name != "$index" && name != "$total") return fail("unknown variable '" + name + "'", first);
    push(Token::Kind::special, name, first);
    return true;
  }

  bool symbol() {
    constexpr std::array<std::string_view, 4> pairs{"<=", ">=", "!=", "!~"};
    for (const auto pair : pairs) {
      if (text_.substr(at_, 2) == pair) {
        push(Token::Kind::symbol, std::string(pair), at_);
        at_ += 2;
        return true;
      }
    }
    if (std::string_view("()[]{}.,+-*/&|<>=~").find(peek()) == std::string_view::npos || peek() == '\0')
      return fail("unexpected character " + shown(), at_);
    push(Token::Kind::symbol, std::string(1, peek()), at_);
    ++at_;
    return true;
  }

  std::string shown() const {
    std::size_t length = 1;
    while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80) ++length;
    const std::string_view character = text_.substr(at_, length);
    if (static_cast<unsigned char>(character[0]) >= 0x20 && valid_utf8(character))
      return "'" + std::string(character) + "'";
    return "(byte " + std::to_string(static_cast<unsigned char>(character[0])) + ")";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::optional<core::Error> problem_;
};

}  // namespace

core::Result<std::vector<Token>> tokens(std::string_view text) {
  if (text.size() > longest_expression)
    return core::Error{core::Kind::too_large, "the expression is longer than 256 KiB", {}};
  if (!valid_utf8(text)) return core::invalid("the expression is not valid UTF-8");
  return Lexer(text).run();
}

std::string place(std::string_view text, std::size_t position) {
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i < position && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++column;
    }
  }
  const std::string where = "column " + std::to_string(column);
  return text.find('\n') == std::string_view::npos ? "at " + where : "at line " + std::to_string(line) + ", " + where;
}

}  // namespace fhir::path
