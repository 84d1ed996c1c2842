// One filter of a search, name and value, as a Criterion. Never: result parameters (result.hpp).
// Threads: a Scope belongs to one thread. Source: FHIR R4 search 3.1.1.4.4 (modifiers), 3.1.1.4.13
// (chaining), 3.1.1.4.15 (_has).
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/search/search.hpp"
#include "fhir/search/type.hpp"

namespace fhir::search {

// What is searched at this point: the types at the top, or those behind a chain.
struct Scope {
  const Index& index;
  const Context& context;
  std::vector<std::string> types;     // empty: the whole system
  std::vector<std::string>& touched;  // grows with every type that an answer depends on
  int& left;                          // hops that may still be looked into, all ways together
  int depth = 0;                      // hops from the start

  Scope inside(std::vector<std::string> inner) const {
    return {index, context, std::move(inner), touched, left, depth + 1};
  }
};

constexpr int most_ways = 2000;  // a chain over references to any type branches at each hop

constexpr int most_hops = 10;

// A parameter that all types of the scope have, in the same type of value.
struct Found {
  const model::SearchParameter* parameter = nullptr;
  const Type* type = nullptr;
  std::vector<std::string> targets;  // reference: types it may lead to; empty: any
};

// Kind::not_found: no such parameter here (the message says what was meant, if only the case differs); unsupported:
// named in R4 and not offered. `name` is what the error names.
core::Result<Found> find(const Scope& scope, std::string_view code, std::string_view name);
// The types that a reference parameter of one type may lead to; empty: any.
std::vector<std::string> targets_of(const model::SearchParameter& parameter);

// `name` with modifiers and chains, `value` with alternatives. Kind::not_found only for the name itself.
core::Result<core::store::Criterion> criterion_from(const Scope& scope, std::string_view name, std::string_view value);
core::Result<core::store::Criterion> chain_from(const Scope& scope, std::string_view name, std::string_view value);
// The same for any conditions behind the hop: `head` is code or code:Type, `next` the first parameter wanted there.
using Inside = std::function<core::Result<std::vector<core::store::Criterion>>(const Scope& scope)>;
core::Result<core::store::Criterion> chain_over(const Scope& scope, std::string_view name, std::string_view head,
                                                std::string_view next, const Inside& inside);
core::Result<core::store::Criterion> has_from(const Scope& scope, std::string_view name, std::string_view value);
core::Result<core::store::Criterion> list_from(const Scope& scope, std::string_view name, std::string_view value);
core::Result<core::store::Criterion> filter_from(const Scope& scope, std::string_view text);

// Fills terms (and form, negate, kind) of a known parameter.
core::Result<core::store::Criterion> rows_from(const Scope& scope, const Found& found, std::string_view name,
                                               std::string_view modifier, std::string_view value);

bool is_blank(std::string_view value);                                                 // no alternative has any text
void touch(std::vector<std::string>& touched, const std::vector<std::string>& types);  // empty: "*"
core::store::Criterion never();                                                        // matches nothing

}  // namespace fhir::search
