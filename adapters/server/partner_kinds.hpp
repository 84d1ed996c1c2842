// The kinds of partners as one table: how the configuration of each is read, and how a partner is made of it.
// Never: a thread or a call. A kind reads its own keys, in its own folder. Threads: plain values.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"
#include "fhir/partner/keys.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::server {

using MakePartner = std::function<std::unique_ptr<fhir::partner::Partner>(const fhir::partner::World& world)>;

struct PartnerKind {
  std::string_view name;
  // Takes the kind's own keys (id, kind, allow_private_address and ca_file are taken already) and gives what makes the
  // partner. Mistakes lie in `keys`; finish() is called after it.
  MakePartner (*read)(const std::string& id, fhir::partner::Keys& keys);
};

std::span<const PartnerKind> partner_kinds();

struct PartnerSetting {
  std::string id, kind;
  std::string organization;  // "Organization/7", empty: none; its referrals follow the table of referrals
  bool allow_private_address = false;
  std::string address;      // where it is, for its Endpoint
  std::string authorities;  // PEM: trusted for this partner beside the machine's own
  MakePartner make;
};

core::Result<std::vector<PartnerSetting>> partners_from(const fhir::json::Value& list, const std::string& path,
                                                        const fhir::partner::Source& source);
std::vector<std::string> partner_keys(const PartnerKind& kind);  // every key that a partner of this kind may have

}  // namespace adapters::server
