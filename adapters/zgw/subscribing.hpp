// Our place in the partner's notifications service: one subscription (abonnement) to the channel of cases, found by its
// callback URL or made, kept right, and taken away when the callback has moved. Never: one that is not ours, an address
// that they cannot reach. Threads: one thread's. Source: ZGW Notificaties API 1.0 (abonnement, kanaal).
#pragma once
#include <string>
#include <string_view>

#include "adapters/zgw/client.hpp"

namespace adapters::zgw {

// "https://host/partners/ID/notifications" of "https://host/fhir".
std::string callback_of(std::string_view base_url, std::string_view partner);
bool is_loopback(std::string_view url);

struct Subscribed {
  std::string url;     // of the abonnement
  std::string remark;  // what the operator should know, in words; empty: all is well
};

// Makes it so. `before`: the URL of the subscription that was made last, or empty.
core::Result<Subscribed> subscribe(Client& client, const Settings& settings, const std::string& callback,
                                   const std::string& before);
// Looks only: what subscribe() would find, in words.
core::Result<std::string> subscription_in_words(Client& client, const Settings& settings, const std::string& callback);

}  // namespace adapters::zgw
