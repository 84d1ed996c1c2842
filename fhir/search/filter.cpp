#include "fhir/search/criterion.hpp"

namespace fhir::search {

core::Result<core::store::Criterion> filter_from(const Scope&, std::string_view) {
  return core::unsupported("_filter is not offered yet", "_filter");
}

}  // namespace fhir::search
