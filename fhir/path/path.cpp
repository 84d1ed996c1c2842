#include "fhir/path/path.hpp"

#include "fhir/path/parser.hpp"

namespace fhir::path {

core::Result<Expression> Expression::parse(std::string_view text) {
  auto tree = path::parse(text);
  if (!tree) return std::move(tree.error());
  Expression expression;
  expression.root_ = std::move(*tree);
  expression.text_ = std::string(text);
  return expression;
}

core::Result<Collection> Expression::evaluate(const json::Value&, const Environment&) const {
  return core::unsupported("expressions are not evaluated yet");
}

core::Result<Collection> Expression::evaluate(const Collection&, const Environment&) const {
  return core::unsupported("expressions are not evaluated yet");
}

}  // namespace fhir::path
