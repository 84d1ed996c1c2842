// What the operator set for a partner of kind `fhir`: where it is, how we prove who we are, what is pulled and how often.
// Never: opens a file, keeps a secret longer than the partner lives. Threads: plain values.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fhir/partner/keys.hpp"

namespace adapters::ehr {

struct Auth {
  enum class Way : unsigned char { none, basic, bearer, smart };
  Way way = Way::none;
  std::string user;       // basic: user; smart: client_id
  std::string secret;     // basic: password; bearer: token; smart: private key, PEM or JWK
  std::string key_id;     // smart: kid of the key as the server knows it
  std::string algorithm;  // smart: RS384 or ES384
  std::string scopes;     // smart
  std::string token_url;  // smart; empty: discovered
};

struct Wanted {
  std::string type;
  std::vector<std::string> queries;  // percent-encoded, without '?'; empty: all of the type
};

struct Setting {
  std::string id, base_url, path;  // path: of its keys in the configuration
  Auth auth;
  std::vector<Wanted> types;  // in the order in which they are pulled: what is referred to comes first
  std::int64_t interval_s = 300, reconcile_s = 6'000, overlap_s = 60;
  std::int64_t page_size = 250;
  bool history = true;         // deletions and changes from _history where it is offered
  bool bulk = true;            // the first load by $export where it is offered
};

// Mistakes lie in `keys` with the path of their key; finish() belongs to the caller.
Setting setting_from(const std::string& id, fhir::partner::Keys& keys);

}  // namespace adapters::ehr
