#include "fhir/path/parser.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "fhir/path/lexer.hpp"

namespace fhir::path {
namespace {

using Form = Node::Form;
using Kind = Token::Kind;
using Tree = std::unique_ptr<Node>;  // null: failed

constexpr int deepest_nesting = 200;    // parentheses, arguments, indexes, signs
constexpr unsigned highest_tree = 600;  // chains such as a.b.c and 1 + 1 + 1 grow to the left

struct Operator {
  std::string_view text;
  int precedence;  // higher binds tighter
};
constexpr std::array<Operator, 24> operators{
    {{"implies", 1}, {"or", 2}, {"xor", 2}, {"and", 3}, {"in", 4}, {"contains", 4}, {"=", 5},    {"~", 5},
     {"!=", 5},      {"!~", 5}, {"<=", 6},  {"<", 6},   {">", 6},  {">=", 6},       {"|", 7},    {"is", 8},
     {"as", 8},      {"+", 9},  {"-", 9},   {"&", 9},   {"*", 10}, {"/", 10},       {"div", 10}, {"mod", 10}}};

constexpr std::array<std::string_view, 16> calendar_units{
    "year", "years", "month",  "months",  "week",   "weeks",   "day",         "days",
    "hour", "hours", "minute", "minutes", "second", "seconds", "millisecond", "milliseconds"};

// Words that cannot start a term. The others (as, is, in, contains) are names where a name is due.
constexpr std::array<std::string_view, 6> reserved{"and", "or", "xor", "implies", "div", "mod"};

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(tokens) {}

  core::Result<Tree> run() {
    Tree tree = expression(0);
    if (tree && now().kind != Kind::end) tree = unexpected();
    if (!tree) return std::move(*problem_);
    return tree;
  }

 private:
  const Token& now() const { return tokens_[at_]; }
  bool symbol(std::string_view text) const { return now().kind == Kind::symbol && now().text == text; }
  bool word(std::string_view text) const { return now().kind == Kind::identifier && now().text == text; }

  bool take(std::string_view text) {
    if (!symbol(text)) return false;
    ++at_;
    return true;
  }

  Tree fail(std::string message, std::size_t position) {
    if (!problem_) problem_ = core::invalid(message + " " + place(text_, position), place(text_, position));
    return nullptr;
  }

  Tree unexpected() {
    if (now().kind == Kind::end) return fail("the expression ends too early", now().position);
    std::size_t length = std::min<std::size_t>(tokens_[at_ + 1].position - now().position, 40);
    std::string shown(text_.substr(now().position, length));
    while (!shown.empty() &&
           (shown.back() == ' ' || shown.back() == '\n' || shown.back() == '\t' || (shown.back() & 0x80) != 0))
      shown.pop_back();
    return fail("unexpected '" + shown + "'", now().position);
  }

  static Tree leaf(Form form, const Token& token) {
    auto node = std::make_unique<Node>();
    node->form = form;
    node->text = token.text;
    node->position = token.position;
    return node;
  }

  Tree join(Form form, const Token& token, Tree left, Tree right) {
    Tree node = leaf(form, token);
    adopt(*node, std::move(left));
    if (right) adopt(*node, std::move(right));
    return node->height <= highest_tree ? std::move(node) : fail("the expression has too many steps", token.position);
  }

  static void adopt(Node& parent, Tree child) {
    parent.height = std::max(parent.height, child->height + 1);
    parent.children.push_back(std::move(child));
  }

  const Operator* infix() const {
    if (now().kind != Kind::symbol && now().kind != Kind::identifier) return nullptr;
    const auto* found =
        std::find_if(operators.begin(), operators.end(), [&](const Operator& o) { return o.text == now().text; });
    return found == operators.end() ? nullptr : found;
  }

  Tree expression(int least) {
    if (++nesting_ > deepest_nesting) return fail("the expression is nested too deeply", now().position);
    Tree left = unary();
    while (left) {
      const Operator* found = infix();
      if (!found || found->precedence < least) break;
      const Token& token = now();
      ++at_;
      Tree right = found->precedence == 8 ? type() : expression(found->precedence + 1);
      left = right ? join(Form::binary, token, std::move(left), std::move(right)) : nullptr;
    }
    --nesting_;
    return left;
  }

  Tree unary() {
    if (!symbol("+") && !symbol("-")) return postfix();
    if (++nesting_ > deepest_nesting) return fail("the expression is nested too deeply", now().position);
    const Token& token = now();
    ++at_;
    Tree operand = unary();
    --nesting_;
    return operand ? join(Form::unary, token, std::move(operand), nullptr) : nullptr;
  }

  Tree postfix() {
    Tree left = term();
    while (left) {
      const Token& token = now();
      if (take(".")) {
        Tree right = invocation();
        left = right ? join(Form::dot, token, std::move(left), std::move(right)) : nullptr;
      } else if (take("[")) {
        Tree index = expression(0);
        if (index && !take("]")) index = unexpected();
        left = index ? join(Form::indexer, token, std::move(left), std::move(index)) : nullptr;
      } else {
        break;
      }
    }
    return left;
  }

  Tree invocation() {  // what may follow a dot: every word is a name here
    const Token& token = now();
    if (token.kind == Kind::special) return special();
    if (token.kind != Kind::identifier && token.kind != Kind::delimited) return unexpected();
    ++at_;
    return symbol("(") ? call(token) : leaf(Form::identifier, token);
  }

  Tree special() {
    const Token& token = now();
    ++at_;
    return leaf(token.text == "$this" ? Form::this_ : token.text == "$index" ? Form::index_ : Form::total_, token);
  }

  Tree call(const Token& name) {
    Tree node = leaf(Form::call, name);
    ++at_;  // (
    if (take(")")) return node;
    do {
      Tree argument = expression(0);
      if (!argument) return nullptr;
      adopt(*node, std::move(argument));
    } while (take(","));
    return take(")") ? std::move(node) : unexpected();
  }

  Tree term() {
    const Token& token = now();
    switch (token.kind) {
      case Kind::number:
      case Kind::long_number: return number();
      case Kind::string: return ++at_, leaf(Form::string, token);
      case Kind::date: return ++at_, leaf(Form::date, token);
      case Kind::datetime: return ++at_, leaf(Form::datetime, token);
      case Kind::time: return ++at_, leaf(Form::time, token);
      case Kind::variable: return ++at_, leaf(Form::variable, token);
      case Kind::special: return special();
      case Kind::delimited: return invocation();
      case Kind::identifier: return name();
      case Kind::symbol: return group();
      case Kind::end: break;
    }
    return unexpected();
  }

  Tree name() {
    if (word("true") || word("false")) {
      const Token& token = now();
      ++at_;
      return leaf(Form::boolean, token);
    }
    return among(reserved, now().text) ? unexpected() : invocation();
  }

  Tree group() {
    const Token& token = now();
    if (take("(")) {
      Tree inner = expression(0);
      if (inner && !take(")")) return unexpected();
      return inner;
    }
    if (take("{")) return take("}") ? leaf(Form::empty, token) : unexpected();
    return unexpected();
  }

  Tree number() {
    Tree node = leaf(now().kind == Kind::number ? Form::number : Form::long_number, now());
    ++at_;
    const bool unit = now().kind == Kind::string;
    const bool duration = now().kind == Kind::identifier && among(calendar_units, now().text);
    if (node->form != Form::number || (!unit && !duration)) return node;
    node->form = Form::quantity;
    node->unit = now().text;
    node->calendar = duration;
    ++at_;
    return node;
  }

  Tree type() {  // of is and as: Name or Namespace.Name
    const auto one = [&]() -> Tree {
      const Token& token = now();
      if (token.kind != Kind::identifier && token.kind != Kind::delimited) return unexpected();
      ++at_;
      return leaf(Form::identifier, token);
    };
    Tree first = one();
    if (!first || !symbol(".")) return first;
    const Token& dot = now();
    ++at_;
    Tree second = one();
    return second ? join(Form::dot, dot, std::move(first), std::move(second)) : nullptr;
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::optional<core::Error> problem_;
};

}  // namespace

core::Result<std::unique_ptr<Node>> parse(std::string_view text) {
  auto cut = tokens(text);
  if (!cut) return std::move(cut.error());
  return Parser(text, *cut).run();
}

}  // namespace fhir::path
