// The syntax tree of FHIRPath, one node type. Others may read it: fhir/search folds common paths, fhir/care turns the rules
// of programmes (FHIRPath syntax over named facts) into core rules. Source: FHIRPath N1 appendix B (grammar).
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace fhir::path {

struct Node {
  enum class Form : unsigned char {
    empty,       // {}
    boolean, string, number, long_number, date, datetime, time, quantity,  // literals: text (quantity: text and unit)
    variable,    // %name
    identifier,  // a member, or at the start a type name
    this_, index_, total_,  // $this $index $total
    call,        // function: text = name, children = arguments; `left` is what it is called on (null: the context)
    dot,         // children[0] . children[1]
    indexer,     // children[0] [ children[1] ]
    unary,       // text = + or -
    binary       // text = operator: * / div mod + - & | <= < > >= = ~ != !~ in contains and or xor implies is as
  };
  Form form = Form::empty;
  std::string text, unit;
  std::size_t position = 0;  // byte offset in the text
  std::vector<std::unique_ptr<Node>> children;
};

}  // namespace fhir::path
