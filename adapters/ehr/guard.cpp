#include "adapters/ehr/guard.hpp"

#include "adapters/ehr/identity.hpp"

namespace adapters::ehr {

void protect(fhir::rest::Services& services) {
  services.refuses = [](const core::store::Key& key, std::string_view body, bool stored) -> std::optional<core::Error> {
    const std::string partner = partner_of(body);
    if (partner.empty()) return std::nullopt;
    if (!stored)
      return core::unprocessable("A tag of system " + std::string(source_tag) + " says that a resource was pulled; only the pull sets it.",
                                 key.type + ".meta.tag");
    return core::Error{core::Kind::forbidden,
                       key.type + "/" + key.id + " comes from the source '" + partner +
                           "', which owns it: it is changed or deleted there, and arrives here with the next pull.",
                       key.type};
  };
}

}  // namespace adapters::ehr
