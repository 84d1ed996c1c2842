// What a search parameter's type can do: make index rows from elements, and terms from searched values. One table of
// nine rows (type.cpp), one file per type. Never: knows which elements a parameter points at (paths.hpp). Threads:
// const tables. Source: FHIR R4 search 3.1.1.4 (parameter types and the datatypes they apply to).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/query.hpp"
#include "core/store/row.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/search/search.hpp"

namespace fhir::search {

// What row makers need to know of the server.
struct Setting {
  std::shared_ptr<const model::Definitions> definitions;
  Options options;
};

// How elements of one datatype become rows of one parameter: compiled once, called for each element.
struct Maker {
  using Make = void (*)(const Maker& maker, const json::Value& value, core::store::Rows& rows);
  Make make = nullptr;
  const std::string* param = nullptr;
  core::store::RowKind kind = core::store::RowKind::token;
  std::string system;     // code: the one system of its required binding
  std::string value_set;  // code: its required binding, when the system depends on the code
  const Setting* setting = nullptr;

  core::store::Row& row(core::store::Rows& rows) const {
    core::store::Row& row = rows.emplace_back();
    row.param = *param;
    row.kind = kind;
    return row;
  }
};

// One parameter as it was asked for.
struct Asked {
  const Index& index;
  const Context& context;
  const model::SearchParameter& parameter;
  std::string name;                  // as written, with its modifier: what an error names
  std::string_view modifier;         // without ':'; a type name for reference
  std::vector<std::string> targets;  // reference: the types it may lead to; empty: any
};

using Terms = std::vector<core::store::Term>;

struct Type {
  std::string_view name;
  core::store::RowKind kind;
  Maker::Make (*maker)(std::string_view datatype);  // nullptr for a datatype that this type does not apply to
  // One alternative of a value (still escaped) -> one or more terms.
  core::Result<core::Done> (*terms)(const Asked& asked, std::string_view value, Terms& out);
  std::span<const std::string_view> modifiers;  // beside :missing, and :[type] of reference
};

const Type* type_of(std::string_view parameter_type);  // nullptr: unknown

// The parameter that says how the i-th component is compared; nullptr: not known.
const model::SearchParameter* component_of(const model::SearchParameter& composite, std::size_t i,
                                           const model::Definitions& definitions);

// Errors that name the parameter.
core::Error bad_value(const Asked& asked, std::string_view value, std::string_view why);

// The types, one file each. A composite has no datatype of its own: its components have (walk.hpp).
Maker::Make string_maker(std::string_view datatype);
Maker::Make token_maker(std::string_view datatype);
Maker::Make reference_maker(std::string_view datatype);
Maker::Make date_maker(std::string_view datatype);
Maker::Make number_maker(std::string_view datatype);
Maker::Make quantity_maker(std::string_view datatype);
Maker::Make uri_maker(std::string_view datatype);
Maker::Make special_maker(std::string_view datatype);
core::Result<core::Done> string_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> token_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> reference_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> date_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> number_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> quantity_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> uri_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> special_terms(const Asked& asked, std::string_view value, Terms& out);
core::Result<core::Done> composite_terms(const Asked& asked, std::string_view value, Terms& out);

}  // namespace fhir::search
