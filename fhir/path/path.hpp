// FHIRPath over FHIR JSON: parse once, evaluate often. The whole grammar; functions come from one table
// (functions.cpp). Never: I/O; resolve() asks the Environment. Threads: a compiled Expression is immutable and may be
// shared. Source: FHIRPath N1 (2.0.0), FHIR R4 section 2.9 (additions).
#pragma once
#include <cstdint>
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
  enum class Kind : unsigned char {
    element,
    boolean,
    integer,
    decimal,
    string,
    date,
    datetime,
    time,
    quantity,
    type_info,
    long_integer
  };
  Kind kind = Kind::element;
  const json::Value* value =
      nullptr;  // element; primitives too. A null Value: only "_name" was given, or a stub of resolve()
  const json::Value* extension = nullptr;   // element: the "_name" sibling of a primitive, if any
  const model::Type* type = nullptr;        // element: its FHIR type where known
  const model::Element* element = nullptr;  // element: its definition where known (backbones)
  const json::Value* resource = nullptr;    // element: the resource that contains it
  std::string text;                         // System values: their text (decimals keep digits); quantity: number
  std::string unit;  // quantity: its unit without quotes; type_info: the namespace (text is the name)
  bool truth = false;
  bool calendar = false;   // quantity: a calendar duration (3 days), not a UCUM code ('d')
  bool from_fhir = false;  // quantity: from a FHIR Quantity; 'a' and 'mo' also count as years and months
  std::string_view name;   // element: the JSON property it came from
  std::shared_ptr<const json::Document> owner;  // element made by an expression: what keeps it alive
};

using Collection = std::vector<Item>;

struct Environment {
  const model::Definitions* definitions = nullptr;
  core::Instant now;                  // for now(), today(), timeOfDay(): fixed for one evaluation
  const json::Value* root = nullptr;  // %rootResource; null: the input
  // resolve(): null: contained resources, entries of a root Bundle, and otherwise the type alone (a stub without
  // value).
  std::function<const json::Value*(std::string_view reference)> resolve;
  std::vector<std::pair<std::string, Collection>> variables;  // %name
  std::function<void(std::string_view name, const Collection&)> trace;
  std::function<std::optional<bool>(const Item&, std::string_view value_set)>
      member_of;  // memberOf(); null: unknown, empty
  std::function<std::optional<bool>(const Item&, std::string_view profile)>
      conforms_to;                    // conformsTo() beyond the base types
  std::uint64_t budget = 40'000'000;  // steps; an item made costs 40: some seconds and some hundred megabytes at most
  bool strict = false;  // `as` on several items is an error (N1); without, it filters, as R4's search parameters need
};

// The FHIRPath type: "Patient" of FHIR, "Integer" of System; empty where unknown.
std::string_view type_name(const Item& item);
// A FHIR primitive or Quantity as the System value it converts to; System values as they are. nullopt: it has no such
// value.
std::optional<Item> system_value(const Item& item);
// The JSON of the result: System values as interfaces show them, elements as their FHIR JSON. Elements without value
// are left out.
void write(const Collection& collection, std::string& out);

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
  const Node* unknown_ =
      nullptr;  // the first call of a function that the table has not, or with a wrong number of arguments
};

}  // namespace fhir::path
