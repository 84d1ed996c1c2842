#include "adapters/server/partner_kinds.hpp"

#include <algorithm>
#include <set>

#include "adapters/auth/jwt.hpp"
#include "adapters/auth/signature.hpp"
#include "adapters/ehr/pull.hpp"
#include "adapters/zgw/partner.hpp"

namespace adapters::server {
namespace {

using fhir::partner::Keys;

MakePartner read_ehr(const std::string& id, Keys& keys) {
  return ehr::read(id, keys, [](const ehr::Assertion& assertion) {
    return auth::jwt_signed(assertion.algorithm, assertion.key, assertion.key_id, assertion.claims);
  });
}

MakePartner read_zgw(const std::string& id, Keys& keys) { return zgw::read(id, keys, {auth::jwt_hs256, auth::same_secret}); }

// One row for each kind: {"name", function of its folder}.
constexpr PartnerKind table[] = {
    {"fhir", read_ehr},
    {"zgw", read_zgw},
};

PartnerSetting common_keys(Keys& keys) {
  PartnerSetting setting;
  setting.id = keys.text("id");
  setting.kind = keys.text("kind");
  setting.organization = keys.text("organization", "");
  setting.allow_private_address = keys.flag("allow_private_address", false);
  setting.authorities = keys.file("ca_file");
  return setting;
}

bool is_id(std::string_view id) {  // it stands in URLs, names of values and labels
  return id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

std::string kinds_in_words() {
  std::string list;
  for (const PartnerKind& kind : table) list.append(list.empty() ? "" : ", ").append(kind.name);
  return list.empty() ? "(none)" : list;
}

core::Result<PartnerSetting> partner_from(Keys keys) {
  PartnerSetting setting = common_keys(keys);
  if (!is_id(setting.id)) keys.refuse("id", "may have letters, digits, '-' and '.', at most 64");
  const auto kind =
      std::find_if(std::begin(table), std::end(table), [&](const PartnerKind& k) { return k.name == setting.kind; });
  if (kind != std::end(table)) {
    setting.make = kind->read(setting.id, keys);
  } else if (!setting.kind.empty()) {
    keys.refuse("kind", "must be one of: " + kinds_in_words());
  }
  if (auto finished = keys.finish(); !finished) return finished.error();
  return setting;
}

}  // namespace

std::span<const PartnerKind> partner_kinds() { return table; }

core::Result<std::vector<PartnerSetting>> partners_from(const fhir::json::Value& list, const std::string& path,
                                                        const fhir::partner::Source& source) {
  if (!list.is_array()) return core::invalid(path + " must be a list of objects", path);
  std::vector<PartnerSetting> partners;
  std::set<std::string> ids;
  for (const fhir::json::Value& each : list.elements()) {
    const std::string place = path + "[" + std::to_string(partners.size()) + "]";
    auto partner = partner_from(Keys(&each, place, source));
    if (!partner) return partner.error();
    for (const char* key : {"base_url", "zaken_url"})
      if (partner->address.empty()) partner->address = each.text(key);
    if (!ids.insert(partner->id).second)
      return core::invalid(place + ".id is used twice: " + partner->id, place + ".id");
    partners.push_back(*std::move(partner));
  }
  return partners;
}

std::vector<std::string> partner_keys(const PartnerKind& kind) {
  Keys keys(nullptr, "", {});
  common_keys(keys);
  kind.read("", keys);
  return keys.asked();
}

}  // namespace adapters::server
