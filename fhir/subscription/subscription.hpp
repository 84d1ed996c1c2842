// A Subscription resource understood: what it listens to, where it goes, what may go there.
// Never: sends, stores. Threads: plain values. Source: FHIR R4 Subscription; FHIR Subscriptions R5 Backport 1.1.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/query.hpp"
#include "fhir/json/json.hpp"
#include "fhir/partner/disclosure.hpp"
#include "fhir/rest/message.hpp"
#include "fhir/search/search.hpp"
#include "fhir/subscription/target.hpp"
#include "fhir/subscription/topic.hpp"

namespace fhir::subscription {

constexpr std::string_view backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

enum class Status : unsigned char { requested, active, error, off };
std::string_view word_of(Status status);
std::optional<Status> status_from(std::string_view word);

enum class Content : unsigned char { empty, id_only, full_resource };
std::optional<Content> content_from(std::string_view word);

// What a Subscription is checked against.
struct Ground {
  const search::Index* index = nullptr;
  const partner::Disclosure* disclosure = nullptr;
  std::vector<Target> targets;
  std::string base_url;
};

struct Subscription {
  std::string id;
  Status status = Status::requested;
  const Topic* topic = nullptr;                              // null: R4's own, by criteria
  std::string type;                                          // of the resources
  std::vector<std::vector<core::store::Criterion>> filters;  // every one must hold
  std::string endpoint;
  std::vector<rest::Header> headers;
  Content content = Content::empty;  // R4's own: empty or full_resource
  std::optional<partner::Recipient> recipient;
  std::optional<core::Instant> end;
  std::int64_t heartbeat_s = 0;  // 0: none
  std::int64_t timeout_s = 30;
  std::size_t most_events = 20;  // in one notification
};

// Error: Kind::unprocessable, `where` is the path.
core::Result<Subscription> subscription_from(const json::Value& resource, const Ground& ground, core::Instant now);

}  // namespace fhir::subscription
