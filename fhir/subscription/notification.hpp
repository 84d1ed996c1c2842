// What is sent: the Bundle of a topic-based notification, or R4's own (nothing, or the resource). Every resource passes
// the table of disclosure. Never: sends. Threads: pure but for the view handed in.
// Source: FHIR R4 Subscription; FHIR Subscriptions R5 Backport 1.1 (backport-subscription-notification-r4).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/partner/disclosure.hpp"
#include "fhir/partner/outgoing.hpp"
#include "fhir/subscription/ledger.hpp"
#include "fhir/subscription/subscription.hpp"

namespace fhir::subscription {

enum class Kind : unsigned char { handshake, heartbeat, event_notification, query_status, query_event };

struct Shown {
  const Subscription& subscription;
  Status status = Status::active;  // as it is to be told
  Kind kind = Kind::event_notification;
  std::int64_t events = 0;  // since it began
  std::string error;        // in words, with query_status
};

class Writer {
 public:
  Writer(core::store::Snapshot& view, const partner::Disclosure& disclosure, std::string base_url, core::Instant now)
      : view_(view), disclosure_(disclosure), base_url_(std::move(base_url)), now_(now) {}

  // The notification Bundle: the status first, then what `events` are about, as far as `content` goes.
  core::Result<std::string> bundle(const Shown& shown, const std::vector<Event>& events, Content content);
  std::string status(const Shown& shown, const std::vector<Event>& events, Content content);  // Parameters
  // What R4's own notification carries: empty when nothing of it may.
  core::Result<std::string> resource(const Subscription& subscription, const Event& event);

 private:
  core::store::Snapshot& view_;
  const partner::Disclosure& disclosure_;
  std::string base_url_;
  core::Instant now_;
};

partner::Call call_of(const Subscription& subscription, std::string body);

}  // namespace fhir::subscription
