// The RESTful API as one table: method, shape of the path, interaction. The router and the capability statement both
// read it. Never: does what an interaction does. Threads: immutable. Source: FHIR R4 RESTful API 3.1.0.2 to 3.1.0.14.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

struct Route {
  std::string_view method;       // HEAD is served by the row of GET
  std::string_view shape;        // T type, I id, V version, C type in a compartment (or *), $ operation, else literally
  std::string_view interaction;  // as in the value sets type- and system-restful-interaction, where they have it
  Answer (*call)(Exchange&);
  std::string_view capability =
      {};  // code in the capability statement: at T level for shapes with T, else at system level
};
std::span<const Route> routes();

struct Routed {
  const Route* route = nullptr;  // null: see allow
  Target target;
  std::string allow;  // methods that the path has: for 405 and OPTIONS; empty: the path leads nowhere
};
Routed route(std::string_view method, std::string_view path);

}  // namespace fhir::rest
