#include "fhir/path/ucum.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "fhir/path/ucum_table.hpp"

namespace fhir::path {
namespace {

constexpr std::size_t longest_code = 256;
constexpr int deepest_nesting = 40;  // brackets of a code, and atoms defined by atoms
constexpr int largest_exponent = 60;

struct Term {  // numerator / denominator, times base units with exponents
  Decimal numerator = 1, denominator = 1;
  std::vector<std::pair<std::string_view, int>> bases;
  bool special = false;
};

bool times(Term& into, const Term& other, int sign) {
  const auto numerator = into.numerator * (sign > 0 ? other.numerator : other.denominator);
  const auto denominator = into.denominator * (sign > 0 ? other.denominator : other.numerator);
  if (!numerator || !denominator) return false;
  into.numerator = *numerator, into.denominator = *denominator;
  into.special = into.special || other.special;
  for (const auto& [name, exponent] : other.bases) {
    const std::string_view wanted = name;
    const auto found =
        std::find_if(into.bases.begin(), into.bases.end(), [&](const auto& base) { return base.first == wanted; });
    if (found == into.bases.end()) {
      into.bases.emplace_back(name, sign * exponent);
    } else {
      found->second += sign * exponent;
    }
  }
  return true;
}

bool raise(Term& term, int exponent) {
  if (exponent > largest_exponent || exponent < -largest_exponent) return false;
  Term result;
  for (int i = 0; i < std::abs(exponent); ++i)
    if (!times(result, term, exponent < 0 ? -1 : 1)) return false;
  result.special = term.special;
  term = std::move(result);
  return true;
}

const Unit* unit_of(std::string_view code) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.code == code; });
  return found == units.end() ? nullptr : &*found;
}

class Reader {
 public:
  Reader(std::string_view code, int depth) : code_(code), depth_(depth) {}

  std::optional<Term> run() {
    Term term;
    if (!product(term) || at_ != code_.size()) return std::nullopt;
    return term;
  }

 private:
  char peek() const { return at_ < code_.size() ? code_[at_] : '\0'; }
  static bool digit(char c) { return c >= '0' && c <= '9'; }

  bool product(Term& term) {  // [/] component { (.|/) component }
    if (++depth_ > deepest_nesting) return false;
    int sign = peek() == '/' ? (++at_, -1) : 1;
    for (;;) {
      Term next;
      if (!component(next) || !times(term, next, sign)) return false;
      if (peek() != '.' && peek() != '/') break;
      sign = peek() == '/' ? -1 : 1;
      ++at_;
    }
    --depth_;
    return true;
  }

  bool component(Term& term) {
    if (peek() == '(') {
      ++at_;
      if (!product(term) || peek() != ')') return false;
      ++at_;
      return true;
    }
    if (peek() == '{') return annotation();
    const bool power_of_ten = code_.substr(at_, 3) == "10*" || code_.substr(at_, 3) == "10^";
    if (digit(peek()) && !power_of_ten) return number(term) && annotation();
    return atom(term, power_of_ten) && annotation();
  }

  bool annotation() {  // {anything printable but braces}; says nothing about the value
    if (peek() != '{') return true;
    const auto end = code_.find('}', at_);
    if (end == std::string_view::npos || code_.substr(at_ + 1, end - at_ - 1).find('{') != std::string_view::npos)
      return false;
    at_ = end + 1;
    return true;
  }

  bool number(Term& term) {
    const std::size_t first = at_;
    while (digit(peek())) ++at_;
    const auto value = Decimal::from(code_.substr(first, at_ - first));
    if (!value || value->is_zero()) return false;
    term.numerator = *value;
    return true;
  }

  bool atom(Term& term, bool power_of_ten) {
    const std::size_t first = at_;
    if (power_of_ten) at_ += 3;
    for (bool inside = false; !power_of_ten && at_ < code_.size(); ++at_) {
      const char c = peek();
      if (c == '[') inside = true;
      if (c == ']') inside = false;
      if (!inside && (digit(c) || std::string_view("()/.{}+-=\"").find(c) != std::string_view::npos)) break;
    }
    return simple(code_.substr(first, at_ - first), term) && exponent(term);
  }

  bool exponent(Term& term) {
    const std::size_t first = at_;
    if (peek() == '+' || peek() == '-') ++at_;
    int value = 0;
    const std::size_t digits = at_;
    for (; digit(peek()); ++at_) value = std::min(value * 10 + (peek() - '0'), 1000);
    if (at_ == digits) return at_ == first;
    return raise(term, code_[first] == '-' ? -value : value);
  }

  bool simple(std::string_view code, Term& term) {  // an atom, or a prefix and one that takes it
    if (code.empty()) return false;
    if (const Unit* unit = unit_of(code)) return define(*unit, term);
    for (const Prefix& prefix : prefixes) {
      if (!code.starts_with(prefix.code) || code.size() == prefix.code.size()) continue;
      const Unit* unit = unit_of(code.substr(prefix.code.size()));
      if (!unit || unit->kind == Atom::plain || unit->kind == Atom::own || !define(*unit, term)) continue;
      if (prefix.exponent > 0) term.numerator = term.numerator.shifted(prefix.exponent);
      if (prefix.exponent < 0) term.denominator = term.denominator.shifted(-prefix.exponent);
      for (int i = 0; i < prefix.binary; ++i) term.numerator = (term.numerator * Decimal(2)).value_or(term.numerator);
      return true;
    }
    return false;
  }

  bool define(const Unit& unit, Term& term) const {
    if (unit.definition.empty()) {
      term.bases.emplace_back(unit.code, 1);
      term.special = unit.kind == Atom::special;
      return true;
    }
    const auto value = Decimal::from(unit.value);
    auto inner = unit.definition == "1" ? std::optional(Term{}) : Reader(unit.definition, depth_ + 1).run();
    if (!value || !inner || depth_ > deepest_nesting) return false;
    term = std::move(*inner);
    Term factor;
    factor.numerator = *value;
    return times(term, factor, 1);
  }

  std::string_view code_;
  std::size_t at_ = 0;
  int depth_;
};

// Temperatures whose zero is elsewhere.
std::optional<Canonical> temperature(std::string_view code) {
  Canonical result;
  result.unit = "K";
  result.special = true;
  if (code == "Cel") {
    result.offset = *Decimal::from("273.15");
  } else if (code == "[degF]") {
    result.offset = *Decimal::from("459.67");
    result.numerator = 5, result.denominator = 9;
  } else if (code == "[degRe]") {
    result.offset = *Decimal::from("218.52");
    result.numerator = 5, result.denominator = 4;
  } else {
    return std::nullopt;
  }
  return result;
}

}  // namespace

Decimal Canonical::value(const Decimal& given) const {
  const auto product = (given + offset).value_or(given) * numerator;
  const auto quotient = product ? *product / denominator : std::nullopt;
  return quotient.value_or(given);
}

std::optional<Canonical> canonical(std::string_view code) {
  if (code.empty() || code.size() > longest_code) return std::nullopt;
  if (auto known = temperature(code)) return known;
  auto term = Reader(code, 0).run();
  if (!term) return std::nullopt;
  std::sort(term->bases.begin(), term->bases.end());
  Canonical result;
  result.numerator = term->numerator, result.denominator = term->denominator;
  result.special = term->special;
  for (const auto& [name, exponent] : term->bases) {
    if (exponent == 0) continue;
    if (!result.unit.empty()) result.unit += '.';
    result.unit += name;
    if (exponent != 1) result.unit += std::to_string(exponent);
  }
  if (result.unit.empty()) result.unit = "1";
  return result;
}

std::optional<Decimal> converted(const Decimal& value, std::string_view from, std::string_view to) {
  if (from == to) return value;
  const auto a = canonical(from), b = canonical(to);
  if (!a || !b || a->unit != b->unit) return std::nullopt;
  const auto shifted = value + a->offset;
  const auto up = shifted ? *shifted * a->numerator : std::nullopt;
  const auto across = up ? *up * b->denominator : std::nullopt;
  const auto down = a->denominator * b->numerator;
  const auto result = across && down ? *across / *down : std::nullopt;
  return result ? *result - b->offset : std::nullopt;
}

}  // namespace fhir::path
