#include "fhir/search/type.hpp"

#include <array>

namespace fhir::search {
namespace {

using core::store::RowKind;

constexpr std::array<std::string_view, 2> of_string{"exact", "contains"};
constexpr std::array<std::string_view, 7> of_token{"not", "text", "in", "not-in", "above", "below", "of-type"};
constexpr std::array<std::string_view, 1> of_reference{"identifier"};
constexpr std::array<std::string_view, 2> of_uri{"above", "below"};

Maker::Make no_maker(std::string_view) { return nullptr; }

constexpr std::array<Type, 9> types{{
    {"string", RowKind::string, string_maker, string_terms, of_string},
    {"token", RowKind::token, token_maker, token_terms, of_token},
    {"reference", RowKind::reference, reference_maker, reference_terms, of_reference},
    {"date", RowKind::date, date_maker, date_terms, {}},
    {"number", RowKind::number, number_maker, number_terms, {}},
    {"quantity", RowKind::quantity, quantity_maker, quantity_terms, {}},
    {"uri", RowKind::uri, uri_maker, uri_terms, of_uri},
    {"composite", RowKind::composite, no_maker, composite_terms, {}},
    {"special", RowKind::number, special_maker, special_terms, {}},
}};

}  // namespace

const Type* type_of(std::string_view parameter_type) {
  for (const Type& type : types)
    if (type.name == parameter_type) return &type;
  return nullptr;
}

core::Error bad_value(const Asked& asked, std::string_view value, std::string_view why) {
  return core::invalid("'" + std::string(value) + "' " + std::string(why), asked.name);
}

}  // namespace fhir::search
