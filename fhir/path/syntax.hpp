// The syntax tree of FHIRPath, one node type. Others may read it: fhir/search folds common paths, fhir/care turns the
// rules of programmes (FHIRPath syntax over named facts) into core rules. Source: FHIRPath N1 appendix B (grammar).
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace fhir::path {

struct Function;  // a row of the function table (functions.hpp)
class Regex;

struct Node {
  enum class Form : unsigned char {
    empty,  // {}
    boolean,
    string,
    number,
    long_number,
    date,
    datetime,
    time,
    quantity,    // literals: text (quantity: text and unit)
    variable,    // %name
    identifier,  // a member, or at the start a type name
    this_,
    index_,
    total_,   // $this $index $total
    call,     // function: text = name, children = arguments; what it is called on is the left side of its dot, else the
              // context
    dot,      // children[0] . children[1]; the right side is an identifier, a call, $this, $index or $total
    indexer,  // children[0] [ children[1] ]
    unary,    // text = + or -
    binary    // text = operator: * / div mod + - & | <= < > >= = ~ != !~ in contains and or xor implies is as;
              // the right side of is and as is a type: an identifier, or a dot of two
  };
  Form form = Form::empty;
  std::string text,
      unit;  // date, datetime, time: without the @ and, for a time, the T; string and identifier: unescaped
  bool calendar = false;               // quantity: the unit is a calendar duration (3 days), not a UCUM code ('d')
  const Function* function = nullptr;  // call: its row in the function table; null when the table has none of that name
  std::shared_ptr<const Regex> regex;  // call of matches() and its like with a literal pattern: that pattern, compiled
  std::size_t position = 0;            // byte offset in the text
  unsigned height = 1;                 // longest way down to a leaf; bounded by the parser
  std::vector<std::unique_ptr<Node>> children;
};

}  // namespace fhir::path
