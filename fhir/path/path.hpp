// FHIRPath over FHIR JSON: parse once, evaluate often. The whole grammar; functions come from one table (functions.cpp).
// Never: I/O; resolve() asks the Environment. Threads: a compiled Expression is immutable and may be shared.
// Source: FHIRPath N1 (2.0.0), FHIR R4 section 2.9 (additions).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::path {

struct Node;  // of the syntax tree (syntax.hpp)

// One item of a collection: an element of the resource with its FHIR type, or a computed System value.
struct Item {
  enum class Kind : unsigned char { element, boolean, integer, decimal, string, date, datetime, time, quantity, type_info };
  Kind kind = Kind::element;
  const json::Value* value = nullptr;           // element; primitives too
  const json::Value* extension = nullptr;       // element: the "_name" sibling of a primitive, if any
  const model::Type* type = nullptr;            // element: its FHIR type where known
  const model::Element* element = nullptr;      // element: its definition where known (backbones)
  const json::Value* resource = nullptr;        // element: the resource that contains it
  std::string text;                             // System values: their text (decimals keep digits); quantity: number
  std::string unit;                             // quantity: its unit as written
  bool truth = false;
  std::string_view name;                        // element: the JSON property it came from
};

using Collection = std::vector<Item>;

struct Environment {
  const model::Definitions* definitions = nullptr;
  core::Instant now;                                         // for now(), today(), timeOfDay(): fixed for one evaluation
  const json::Value* root = nullptr;                         // %rootResource, %resource
  std::function<const json::Value*(std::string_view reference)> resolve;  // resolve(); null: resolves by type alone
  std::vector<std::pair<std::string, Collection>> variables; // %name
  std::function<void(std::string_view name, const Collection&)> trace;
};

class Expression {
 public:
  static core::Result<Expression> parse(std::string_view text);  // Kind::invalid, message with position
  core::Result<Collection> evaluate(const json::Value& input, const Environment& environment) const;
  core::Result<Collection> evaluate(const Collection& input, const Environment& environment) const;
  const Node& root() const { return *root_; }
  const std::string& text() const { return text_; }

 private:
  std::shared_ptr<const Node> root_;
  std::string text_;
};

}  // namespace fhir::path
