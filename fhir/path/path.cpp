#include "fhir/path/path.hpp"

#include "fhir/path/evaluator.hpp"
#include "fhir/path/functions.hpp"
#include "fhir/path/lexer.hpp"
#include "fhir/path/parser.hpp"

namespace fhir::path {
namespace {

// Looks up every function once. What the table has not is kept in mind: others read such trees (named facts of
// programmes).
void bind(Node& node, const Node*& unknown) {
  if (node.form == Node::Form::call) {
    node.function = function_of(node.text);
    const bool fits =
        node.function && node.children.size() >= node.function->least && node.children.size() <= node.function->most;
    if (!fits && !unknown) unknown = &node;
    if (fits) prepare_pattern(node);
  }
  for (auto& child : node.children) bind(*child, unknown);
}

core::Error misfit(const Node& call, std::string_view text) {
  const std::string where = place(text, call.position);
  if (!call.function) return core::invalid("unknown function " + call.text + "() " + where, where);
  return core::invalid(call.text + "() does not take " + std::to_string(call.children.size()) +
                           (call.children.size() == 1 ? " argument " : " arguments ") + where,
                       where);
}

}  // namespace

core::Result<Expression> Expression::parse(std::string_view text) {
  auto tree = path::parse(text);
  if (!tree) return std::move(tree.error());
  Expression expression;
  bind(**tree, expression.unknown_);
  expression.root_ = std::move(*tree);
  expression.text_ = std::string(text);
  return expression;
}

core::Result<Collection> Expression::evaluate(const json::Value& input, const Environment& environment) const {
  Collection items;
  if (!input.is_null()) items.push_back(root_item(input, environment.definitions));
  return evaluate(items, environment);
}

core::Result<Collection> Expression::evaluate(const Collection& input, const Environment& environment) const {
  if (unknown_) return misfit(*unknown_, text_);
  Evaluator evaluator(environment, input, text_);
  Collection out = evaluator.isolated(*root_, Scope{&input, -1, nullptr});
  if (evaluator.failed()) return std::move(evaluator.error());
  return out;
}

}  // namespace fhir::path
