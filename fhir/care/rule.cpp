#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/care/programme.hpp"
#include "fhir/path/path.hpp"
#include "fhir/path/syntax.hpp"

namespace fhir::care {
namespace {

using core::gap::Rule;
using fhir::path::Node;
using Op = Rule::Op;

struct Function {
  std::string_view name;
  Op op;
  int least, most;  // number of arguments
};

constexpr std::array functions{
    Function{"age", Op::age, 0, 0},
    Function{"age_days", Op::age_days, 0, 0},
    Function{"answer", Op::answer, 2, 2},
    Function{"birthday", Op::birthday, 1, 1},
    Function{"born", Op::born, 0, 0},
    Function{"coalesce", Op::coalesce, 2, 2},
    Function{"count", Op::count, 1, 2},
    Function{"declined", Op::declined, 1, 1},
    Function{"drugs", Op::drugs, 0, 1},
    Function{"earliest", Op::earliest, 1, 9},
    Function{"ever", Op::ever, 1, 1},
    Function{"female", Op::female, 0, 0},
    Function{"first", Op::first, 1, 1},
    Function{"highest", Op::highest, 2, 2},
    Function{"iif", Op::iif, 2, 3},
    Function{"last", Op::last, 1, 2},
    Function{"latest", Op::latest, 1, 9},
    Function{"lowest", Op::lowest, 2, 2},
    Function{"male", Op::male, 0, 0},
    Function{"need", Op::need, 1, 1},
    Function{"need_since", Op::need_since, 1, 1},
    Function{"on", Op::on, 1, 1},
    Function{"on_since", Op::on_since, 1, 1},
    Function{"onset", Op::onset, 1, 1},
    Function{"open", Op::open, 1, 1},
    Function{"previous", Op::previous, 2, 2},
    Function{"score", Op::score, 1, 1},
    Function{"season_start", Op::season_start, 2, 2},
    Function{"supported", Op::supported, 1, 1},
    Function{"tier", Op::tier, 0, 1},
    Function{"today", Op::today, 0, 0},
    Function{"twice_below", Op::twice_below, 3, 3},
    Function{"under_way", Op::under_way, 1, 1},
    Function{"value", Op::value, 1, 2},
    Function{"within", Op::within, 2, 2},
};

struct Operator {
  std::string_view text;
  Op op;
};

constexpr std::array operators{
    Operator{"and", Op::and_},          Operator{"or", Op::or_},         Operator{"xor", Op::xor_},   Operator{"implies", Op::implies},
    Operator{"=", Op::equal},           Operator{"!=", Op::not_equal},   Operator{"<", Op::less},     Operator{"<=", Op::less_or_equal},
    Operator{">", Op::greater},         Operator{">=", Op::greater_or_equal}, Operator{"+", Op::add}, Operator{"-", Op::subtract},
    Operator{"*", Op::multiply},        Operator{"/", Op::divide},
};

core::Error wrong(const Node& node, const std::string& message) {
  return core::invalid(message, "position " + std::to_string(node.position));
}

core::Result<Rule> translate(const Node& node);

core::Result<Rule> with_arguments(const Node& node, Op op) {
  Rule rule;
  rule.op = op;
  rule.position = node.position;
  for (const auto& child : node.children) {
    auto argument = translate(*child);
    if (!argument) return argument.error();
    rule.arguments.push_back(std::move(*argument));
  }
  return rule;
}

core::Result<Rule> number(const Node& node) {
  Rule rule;
  rule.op = Op::number;
  rule.position = node.position;
  const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), rule.number);
  if (error != std::errc{} || end != node.text.data() + node.text.size()) return wrong(node, "'" + node.text + "' is not a number");
  return rule;
}

core::Result<Rule> date(const Node& node) {
  std::string_view text = node.text;
  if (text.starts_with('@')) text.remove_prefix(1);
  const auto day = core::day_from(text);
  if (!day) return wrong(node, "a rule compares whole days: write @YYYY-MM-DD");
  Rule rule;
  rule.op = Op::day;
  rule.number = *day;
  rule.position = node.position;
  return rule;
}

core::Result<Rule> call(const Node& node) {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const Function& f) { return f.name == node.text; });
  if (found == functions.end()) return wrong(node, "unknown function '" + node.text + "'");
  const auto count = static_cast<int>(node.children.size());
  if (count < found->least || count > found->most)
    return wrong(node, "'" + node.text + "' takes " + std::to_string(found->least) +
                           (found->most > found->least ? " to " + std::to_string(found->most) : "") + " arguments, not " + std::to_string(count));
  return with_arguments(node, found->op);
}

// value.not(), value.exists(), value.empty()
core::Result<Rule> method(const Node& node) {
  const Node& called = *node.children[1];
  auto subject = translate(*node.children[0]);
  if (!subject) return subject.error();
  if (called.form != Node::Form::call || !called.children.empty()) return wrong(called, "only not(), exists() and empty() may follow a value");
  Rule rule;
  rule.position = called.position;
  rule.arguments.push_back(std::move(*subject));
  if (called.text == "not") {
    rule.op = Op::not_;
    return rule;
  }
  if (called.text != "exists" && called.text != "empty") return wrong(called, "unknown function '" + called.text + "' on a value");
  rule.op = Op::exists;
  if (called.text == "exists") return rule;
  Rule negated;
  negated.op = Op::not_;
  negated.position = called.position;
  negated.arguments.push_back(std::move(rule));
  return negated;
}

core::Result<Rule> unary(const Node& node) {
  auto operand = translate(*node.children[0]);
  if (!operand || node.text == "+") return operand;
  Rule zero;
  zero.op = Op::number;
  Rule rule;
  rule.op = Op::subtract;
  rule.position = node.position;
  rule.arguments = {std::move(zero), std::move(*operand)};
  return rule;
}

core::Result<Rule> binary(const Node& node) {
  const auto found = std::find_if(operators.begin(), operators.end(), [&](const Operator& o) { return o.text == node.text; });
  if (found == operators.end()) return wrong(node, "operator '" + node.text + "' has no meaning in a rule");
  return with_arguments(node, found->op);
}

core::Result<Rule> translate(const Node& node) {
  using Form = Node::Form;
  Rule rule;
  rule.position = node.position;
  switch (node.form) {
    case Form::empty: return rule;
    case Form::boolean:
      rule.op = Op::truth;
      rule.number = node.text == "true";
      return rule;
    case Form::string:
      rule.op = Op::text;
      rule.text = node.text;
      return rule;
    case Form::number:
    case Form::long_number: return number(node);
    case Form::date: return date(node);
    case Form::call: return call(node);
    case Form::dot: return method(node);
    case Form::unary: return unary(node);
    case Form::binary: return binary(node);
    default: return wrong(node, "'" + node.text + "' has no meaning in a rule: name facts through functions, as open('DM')");
  }
}

}  // namespace

core::Result<Rule> rule_from(std::string_view expression) {
  const auto parsed = path::Expression::parse(expression);
  if (!parsed) return parsed.error();
  return translate(parsed->root());
}

}  // namespace fhir::care
