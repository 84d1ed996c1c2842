// The few expressions that are no plain paths (Patient.deceased ...), evaluated by fhir/path for each resource.
// Threads: immutable. Source: FHIR R4 search parameter registry.
#pragma once
#include <string>

#include "fhir/path/path.hpp"
#include "fhir/search/paths.hpp"
#include "fhir/search/type.hpp"

namespace fhir::search {

struct ByEngine {
  path::Expression expression;
  const std::string* param = nullptr;
  const Type* type = nullptr;
  const Setting* setting = nullptr;

  void rows(const json::Value& resource, core::store::Rows& rows) const;
};

// `make` is null when the type does not apply to the path's datatype.
Maker maker_for(const Type& type, const Path& path, const std::string& param, const Setting& setting);

}  // namespace fhir::search
