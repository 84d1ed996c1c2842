#include "fhir/path/item.hpp"
#include "fhir/path/path.hpp"
#include "fhir/path/quantity.hpp"

namespace fhir::path {
namespace {

void write_one(const Item& item, std::string& out) {
  using Kind = Item::Kind;
  switch (item.kind) {
    case Kind::element: return json::write(*item.value, out);
    case Kind::boolean: out += item.truth ? "true" : "false"; return;
    case Kind::integer:
    case Kind::decimal: out += item.text; return;
    case Kind::quantity: {
      const auto quantity = quantity_of(item);
      return json::write_string(quantity ? text(*quantity) : item.text, out);
    }
    case Kind::type_info:
      out += "{\"namespace\":";
      json::write_string(item.unit, out);
      out += ",\"name\":";
      json::write_string(item.text, out);
      out += '}';
      return;
    case Kind::long_integer:  // as FHIR writes an integer64
    case Kind::string:
    case Kind::date:
    case Kind::datetime:
    case Kind::time: return json::write_string(item.text, out);
  }
}

}  // namespace

void write(const Collection& collection, std::string& out) {
  out += '[';
  bool first = true;
  for (const Item& item : collection) {
    if (!has_value(item)) continue;
    if (!first) out += ',';
    first = false;
    write_one(item, out);
  }
  out += ']';
}

}  // namespace fhir::path
