// A call of a function, and the row of the one table that describes it (functions.cpp). The families are in files named
// as the sections of the specification. To add a function: write it in its family, declare it in families.hpp, add its
// row. Never: state between calls. Threads: as the evaluator. Source: FHIRPath N1 section 5, FHIR R4 2.9.1.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/path/evaluator.hpp"
#include "fhir/path/item.hpp"

namespace fhir::path {

struct Call {
  Evaluator& on;
  const Node& node;
  const Scope& scope;
  Collection& input;  // the function may take it apart

  std::size_t count() const { return node.children.size(); }
  bool fail(std::string message) const { return on.fail(node, std::move(message)), false; }
  bool failed() const { return on.failed(); }

  // An argument that is a value: evaluated where the call stands.
  Collection argument(std::size_t at) const { return on.isolated(*node.children[at], scope); }
  std::optional<Item> value(std::size_t at) const;          // its one System value, if any
  std::optional<std::string> text(std::size_t at) const;    // a String, else an error
  std::optional<std::int64_t> whole(std::size_t at) const;  // an Integer, else an error

  Collection over_input(std::size_t at) const;  // an argument that is an expression over the whole input

  const Item* single() const { return on.single(node, input); }
  std::optional<Item> input_value() const;        // the one System value of the input, if any
  std::optional<std::string> input_text() const;  // a String or the text of a date or time, else an error
};

// An argument that is an expression over each item: $this and $index are set, what else stands is kept.
class Each {
 public:
  Each(const Call& call, std::size_t at) : call_(call), node_(*call.node.children[at]), one_(1), scope_(call.scope) {
    scope_.focus = &one_;
  }
  Collection operator()(const Item& item, std::size_t index);
  std::optional<bool> holds(const Item& item, std::size_t index);
  void total(const Collection* total) { scope_.total = total; }

 private:
  const Call& call_;
  const Node& node_;
  Collection one_;
  Scope scope_;
};

struct Function {
  std::string_view name;
  std::uint8_t least, most;  // arguments
  void (*run)(const Call&, Collection& out);
};

const Function* function_of(std::string_view name);
void prepare_pattern(Node& call);  // compiles a literal pattern of matches() and its like

}  // namespace fhir::path
