#include "fhir/path/equality.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/quantity.hpp"

namespace fhir::path::functions {

void is(const Call& call, Collection& out) {
  const auto type = call.on.type_name_of(*call.node.children[0]);
  const Item* item = type ? call.single() : nullptr;
  if (item) out.push_back(boolean_item(call.on.fits(*item, *type)));
}

void as(const Call& call, Collection& out) {
  const auto type = call.on.type_name_of(*call.node.children[0]);
  if (type) out = call.on.of_type(call.node, std::move(call.input), *type, true);
}

void type(const Call& call, Collection& out) {
  for (const Item& item : call.input) {
    const std::string_view name = type_name(item);
    out.push_back(
        type_item(item.kind == Item::Kind::element && item.type ? "FHIR" : "System", name.empty() ? "Any" : name));
  }
}

void comparable(const Call& call, Collection& out) {
  const auto left = call.input_value(), right = call.value(0);
  const auto a = left ? quantity_of(*left) : std::nullopt, b = right ? quantity_of(*right) : std::nullopt;
  if (!call.failed()) out.push_back(boolean_item(a && b && common(*a, *b)));
}

}  // namespace fhir::path::functions
