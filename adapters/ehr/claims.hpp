// What the server says of itself in its capability statement, as far as a pull asks.
// Never: believed without need: what it leaves out is tried, what it refuses is done without. Threads: plain values.
// Source: FHIR R4 CapabilityStatement (rest.resource, rest.operation).
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace adapters::ehr {

struct Claims {
  struct Type {
    bool search = false, history = false, read = false, last_updated = false;
  };
  bool known = false;  // false: there was no statement to read
  std::string version, software, home;
  std::map<std::string, Type, std::less<>> types;
  bool system_export = false, patient_export = false;

  const Type* find(std::string_view type) const {
    const auto it = types.find(type);
    return it == types.end() ? nullptr : &it->second;
  }
  bool offers(std::string_view type) const { return !known || find(type) != nullptr; }
  bool history(std::string_view type) const { return find(type) != nullptr && find(type)->history; }
};

// Errors: another FHIR release, or no capability statement.
core::Result<Claims> claims_from(const fhir::json::Value& statement);

}  // namespace adapters::ehr
