// _filter: a small language of its own over the same parameters. and, or and not as written, from left to right;
// parentheses; paths with conditions: subject[gender eq male].name sw "Jan". Source: FHIR R4 search 3.1.3.
#include <algorithm>
#include <optional>

#include "fhir/search/criterion.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Criterion;
using core::store::RowKind;

constexpr int deepest = 40;  // parentheses and brackets
constexpr int most_parts = 500;  // joined by and, or: each one more is a level more to whoever answers

struct Operator {
  std::string_view word;
  RowKind kind;
  std::string_view modifier, prefix;  // what the same is in an ordinary search
};

constexpr Operator operators[] = {
    {"eq", RowKind::token, "", ""},          {"ss", RowKind::token, "above", ""},  {"sb", RowKind::token, "below", ""},
    {"in", RowKind::token, "in", ""},        {"ni", RowKind::token, "not-in", ""}, {"co", RowKind::token, "text", ""},
    {"co", RowKind::string, "contains", ""}, {"sw", RowKind::string, "", ""},      {"eq", RowKind::reference, "", ""},
    {"re", RowKind::reference, "", ""},      {"eq", RowKind::uri, "", ""},         {"sw", RowKind::uri, "below", ""},
    {"eq", RowKind::date, "", "eq"},         {"ne", RowKind::date, "", "ne"},      {"gt", RowKind::date, "", "gt"},
    {"lt", RowKind::date, "", "lt"},         {"ge", RowKind::date, "", "ge"},      {"le", RowKind::date, "", "le"},
    {"sa", RowKind::date, "", "sa"},         {"eb", RowKind::date, "", "eb"},      {"ap", RowKind::date, "", "ap"},
    {"eq", RowKind::composite, "", ""},
};

const Operator* operator_of(std::string_view word, RowKind kind) {
  if (kind == RowKind::number || kind == RowKind::quantity) kind = RowKind::date;  // the same nine prefixes
  for (const Operator& known : operators)
    if (known.word == word && known.kind == kind) return &known;
  return nullptr;
}

Criterion both(Criterion left, Criterion right, bool all) {
  Criterion either;
  either.form = Criterion::Form::either;
  if (all) {
    either.alternatives.push_back({std::move(left), std::move(right)});
  } else {
    either.alternatives.push_back({std::move(left)});
    either.alternatives.push_back({std::move(right)});
  }
  return either;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  core::Result<Criterion> read(const Scope& scope) {
    auto criterion = expression(scope);
    if (criterion && !peek().empty()) return wrong("expected and, or, or the end");
    return criterion;
  }

 private:
  core::Error wrong(std::string_view why) const {
    return core::invalid("at character " + std::to_string(at_ + 1) + ": " + std::string(why), "_filter");
  }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= 9 && text_[at_] <= 13))) ++at_;
  }
  // The next word up to a space or bracket, or the bracket itself, or a string with its quotes.
  std::string_view peek() {
    skip();
    std::size_t end = at_;
    if (end < text_.size() && text_[end] == '"') {
      for (++end; end < text_.size() && text_[end] != '"'; ++end)
        if (text_[end] == '\\') ++end;
      return text_.substr(at_, std::min(end + 1, text_.size()) - at_);
    }
    if (end < text_.size() && std::string_view("()[]").find(text_[end]) != std::string_view::npos)
      return text_.substr(at_, 1);
    while (end < text_.size() && std::string_view(" \t\r\n()[]").find(text_[end]) == std::string_view::npos) ++end;
    return text_.substr(at_, end - at_);
  }
  // A value may hold brackets of its own: 5|http://unitsofmeasure.org|mm[Hg].
  std::string_view take_value() {
    std::string_view word = peek();
    if (word.empty() || std::string_view("()[]\"").find(word.front()) != std::string_view::npos) return take();
    std::size_t end = at_;
    for (int open = 0; end < text_.size() && std::string_view(" \t\r\n()").find(text_[end]) == std::string_view::npos; ++end) {
      open += text_[end] == '[' ? 1 : text_[end] == ']' ? -1 : 0;
      if (open < 0) break;
    }
    word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }
  std::string_view take() {
    const std::string_view word = peek();
    at_ += word.size();
    return word;
  }
  bool take_if(std::string_view word) {
    if (peek() != word) return false;
    at_ += word.size();
    return true;
  }

  core::Result<Criterion> expression(const Scope& scope) {
    auto left = operand(scope);
    while (left) {
      const bool all = take_if("and");
      if (!all && !take_if("or")) return left;
      if (++parts_ > most_parts) return wrong("the filter has too many parts");
      auto right = operand(scope);
      if (!right) return right;
      left = both(std::move(*left), std::move(*right), all);
    }
    return left;
  }

  core::Result<Criterion> operand(const Scope& scope) {
    if (++depth_ > deepest) return wrong("nested too deeply");
    const bool negated = take_if("not");
    if (negated && peek() != "(") return wrong("not is followed by a parenthesis");
    auto result = take_if("(") ? parenthesis(scope) : comparison(scope);
    --depth_;
    if (result && negated) result->negate = !result->negate;
    return result;
  }

  core::Result<Criterion> parenthesis(const Scope& scope) {
    auto inner = expression(scope);
    if (inner && !take_if(")")) return wrong("expected )");
    return inner;
  }

  core::Result<Criterion> comparison(const Scope& scope) {
    const std::string_view path = take();
    if (path.empty() || std::string_view("()[]\"").find(path.front()) != std::string_view::npos)
      return wrong("expected a parameter");
    return step(scope, path);
  }

  // The first name of `path`; the hops behind it, with their conditions, in the scope that they lead to.
  core::Result<Criterion> step(const Scope& scope, std::string_view path) {
    if (scope.depth > most_hops) return wrong("too many hops");
    const std::size_t dot = path.find('.');
    if (dot != std::string_view::npos) return hop(scope, path.substr(0, dot), path.substr(dot + 1), std::nullopt);
    if (!take_if("[")) return compare(scope, path);
    const std::size_t condition = at_;
    if (auto skipped = skip_condition(); !skipped) return skipped.error();
    const std::string_view rest = take();
    if (rest.size() < 2 || rest.front() != '.') return wrong("expected . and a parameter after ]");
    return hop(scope, path, rest.substr(1), condition);
  }

  // Over the condition in brackets; it is read once the type behind the hop is known.
  core::Result<core::Done> skip_condition() {
    for (int open = 1; open > 0;) {
      const std::string_view word = take();
      if (word.empty()) return wrong("expected ]");
      open += word == "[" ? 1 : word == "]" ? -1 : 0;
    }
    return core::Done{};
  }

  core::Result<Criterion> hop(const Scope& scope, std::string_view head, std::string_view rest,
                              std::optional<std::size_t> condition) {
    const std::size_t back = at_;
    const std::string_view next = rest.substr(0, rest.find_first_of(".:"));
    return chain_over(scope, "_filter", head, next,
                      [&, this](const Scope& inside) -> core::Result<std::vector<Criterion>> {
                        std::vector<Criterion> all;  // called once for each kind of target: the same text is read again
                        if (condition) {
                          at_ = *condition;
                          auto first = operand_list(inside);
                          if (!first) return first.error();
                          all.push_back(std::move(*first));
                        }
                        at_ = back;
                        auto last = step(inside, rest);
                        if (!last) return last.error();
                        all.push_back(std::move(*last));
                        return all;
                      });
  }

  core::Result<Criterion> operand_list(const Scope& scope) {
    auto result = expression(scope);
    if (result && !take_if("]")) return wrong("expected ]");
    return result;
  }

  core::Result<Criterion> compare(const Scope& scope, std::string_view code) {
    const std::string_view word = take();
    const std::string_view raw = take_value();
    if (raw.empty()) return wrong("expected an operator and a value");
    const bool is_string = raw.front() == '"';
    if (is_string && (raw.size() < 2 || raw.back() != '"')) return wrong("the string does not end");
    const std::string value = is_string ? unquoted(raw) : std::string(raw);
    if (value.empty()) return wrong("the value is empty");
    if (word == "pr") {
      if (value != "true" && value != "false") return wrong("pr takes true or false");
      return criterion_from(scope, std::string(code) + ":missing", value == "true" ? "false" : "true");
    }
    if (code == "_id") {
      if (word != "eq" && word != "ne") return wrong("_id takes eq or ne");
      return criterion_from(scope, word == "eq" ? "_id" : "_id:not", escaped(value));
    }
    const auto found = find(scope, code, "_filter");
    if (!found) return core::invalid(found.error().message, "_filter");
    return with(scope, *found, word, value);
  }

  core::Result<Criterion> with(const Scope& scope, const Found& found, std::string_view word,
                               const std::string& value) {
    const RowKind kind = found.type->kind;
    const bool plain = kind == RowKind::string || kind == RowKind::uri;  // others have parts, separated by |
    const bool opposite = word == "ne" && (kind == RowKind::string || kind == RowKind::token ||
                                           kind == RowKind::reference || kind == RowKind::uri);
    const bool whole = kind == RowKind::string && (word == "eq" || word == "ne");
    const bool overlap = word == "po" && kind == RowKind::date;
    const Operator* known = operator_of(whole ? "sw" : opposite || overlap ? "eq" : word, kind);
    if (known == nullptr)
      return core::unsupported("'" + found.parameter->code + " " + std::string(word) + "': a parameter of type " +
                                   std::string(found.type->name) + " does not take this operator here",
                               "_filter");
    const std::string text = std::string(known->prefix) + (plain ? escaped(value) : value);
    auto criterion = rows_from(scope, found, "_filter", known->modifier, split_free(text, plain));
    if (!criterion) return criterion;
    for (core::store::Term& term : criterion->any) {
      if (whole) term.compare = Compare::equal;
      if (opposite) term.compare = Compare::not_equal;
      if (overlap) term.compare = Compare::approximately;
    }
    return criterion;
  }

  // A comma is no separator in this language.
  static std::string split_free(const std::string& text, bool already) {
    if (already) return text;
    std::string out;
    for (const char c : text) {
      if (c == ',') out += '\\';
      out += c;
    }
    return out;
  }

  static std::string unquoted(std::string_view quoted) {
    auto document = json::parse(quoted);
    return document ? std::string(document->root().text()) : std::string();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0, parts_ = 1;
};

}  // namespace

core::Result<Criterion> filter_from(const Scope& scope, std::string_view text) {
  auto criterion = Reader(text).read(scope);
  // The filter as a whole was understood: a name in it that is not known is the client's mistake, never "no filter".
  if (!criterion && criterion.error().kind == core::Kind::not_found) return core::invalid(criterion.error().message, "_filter");
  return criterion;
}

}  // namespace fhir::search
