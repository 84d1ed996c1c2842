#include "adapters/zgw/subscribing.hpp"

#include <algorithm>

#include "adapters/zgw/texts.hpp"

namespace adapters::zgw {
namespace {

using core::Kind;
using core::Result;
using fhir::json::Document;
using fhir::json::Value;

constexpr std::string_view channel = "zaken", own_filter = "bronorganisatie";

std::string_view host_of(std::string_view url) {
  const std::size_t start = url.find("//");
  url = start == url.npos ? url : url.substr(start + 2);
  url = url.substr(0, url.find_first_of("/?#"));
  return url.starts_with('[') ? url.substr(0, url.find(']') + 1) : url.substr(0, url.find(':'));
}

// The channel as they have it; a null root: they have none of that name.
Result<Document> read_channel(Client& client, const Settings& settings) {
  auto channels = client.list(settings.notificaties_url + "/kanaal?naam=" + std::string(channel));
  if (!channels) return channels.error();
  Document found;
  for (const Value& each : channels->root().elements())
    if (each.text("naam") == channel) found.root() = found.copy(each);
  return found;
}

// Beside the server nobody knows its address: then the path decides.
bool is_it(std::string_view theirs, std::string_view callback) {
  return callback.starts_with('/') ? theirs.ends_with(callback) : theirs == callback;
}

Result<Document> find_own(Client& client, const Settings& settings, const std::string& callback) {
  auto all = client.list(settings.notificaties_url + "/abonnement");
  if (!all) return all.error();
  Document found;
  for (const Value& each : all->root().elements())
    if (found.root().is_null() && is_it(each.text("callbackUrl"), callback)) found.root() = found.copy(each);
  return found;
}

// Of our cases alone where their channel can tell, of all others' too where it cannot.
Document body_of(const Settings& settings, const std::string& callback, const Value& their_channel) {
  Document doc;
  doc.root() = doc.object();
  doc.set(doc.root(), "callbackUrl", doc.string(callback));
  doc.set(doc.root(), "auth", doc.string("Bearer " + settings.webhook_token));
  Value wanted = doc.object(), filters = doc.object(), list = doc.array();
  const auto known = their_channel["filters"].elements();
  if (std::any_of(known.begin(), known.end(), [](const Value& each) { return each.text() == own_filter; }))
    doc.set(filters, own_filter, doc.string(settings.rsin));
  doc.set(wanted, "naam", doc.string(channel));
  doc.set(wanted, "filters", filters);
  doc.push(list, wanted);
  doc.set(doc.root(), "kanalen", list);
  return doc;
}

bool is_right(const Value& found, const Value& wanted) {
  return found.text("auth") == wanted.text("auth") && fhir::json::equal(found["kanalen"], wanted["kanalen"]);
}

}  // namespace

std::string callback_of(std::string_view base_url, std::string_view partner) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  if (base_url.ends_with("/fhir")) base_url.remove_suffix(5);
  return std::string(base_url) + "/partners/" + std::string(partner) + "/notifications";
}

bool is_loopback(std::string_view url) {
  const std::string_view host = host_of(url);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Result<Subscribed> subscribe(Client& client, const Settings& settings, const std::string& callback,
                             const std::string& before) {
  if (is_loopback(callback) && !is_loopback(settings.notificaties_url))
    return Subscribed{"", "notificaties_url: they cannot send to " + callback + "; give serve its --base-url"};
  auto theirs = read_channel(client, settings);
  if (!theirs) return theirs.error();
  if (theirs->root().is_null())
    return Subscribed{"", "notificaties_url: there is no channel '" + std::string(channel) + "' to subscribe to"};
  auto found = find_own(client, settings, callback);
  if (!found) return found.error();
  const Document wanted = body_of(settings, callback, theirs->root());
  Subscribed made{std::string(found->root().text("url")), ""};
  const bool there = !found->root().is_null();
  if (!there || !is_right(found->root(), wanted.root())) {
    const std::string place = client.below(settings.notificaties_url, "abonnement", made.url);
    auto reply = there ? client.put(place, wanted.root())
                       : client.post(settings.notificaties_url + "/abonnement", wanted.root());
    if (!reply) return reply.error();
    if (!reply->ok()) return Subscribed{made.url, "notificaties_url: our subscription is refused: " + reply->problem()};
    if (!there) made.url = std::string(reply->body.root().text("url"));
  }
  if (!before.empty() && last_segment(before) != last_segment(made.url))  // ours, of an earlier address
    (void)client.remove(client.below(settings.notificaties_url, "abonnement", before));
  return made;
}

Result<std::string> subscription_in_words(Client& client, const Settings& settings, const std::string& callback) {
  auto found = find_own(client, settings, callback);
  if (!found) return found.error();
  if (found->root().is_null())
    return "notificaties_url: answers; no subscription for " + callback + " yet, it is made when serving";
  return "notificaties_url: answers, and tells " + std::string(found->root().text("callbackUrl"));
}

}  // namespace adapters::zgw
