#include "fhir/subscription/notification.hpp"

#include <array>

#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::subscription {

using core::Result;

namespace {

constexpr std::array<std::string_view, 5> kind_words = {"handshake", "heartbeat", "event-notification", "query-status",
                                                        "query-event"};

class Parameters {
 public:
  Parameters() : list_(document_.array()) { document_.root() = document_.object(); }
  json::Value part(std::string_view name, std::string_view type, json::Value value) {
    json::Value out = document_.object();
    document_.set(out, "name", document_.string(name));
    document_.set(out, type, value);
    return out;
  }
  void add(std::string_view name, std::string_view type, std::string_view text) {
    document_.push(list_, part(name, type, document_.string(text)));
  }
  json::Value reference(std::string_view to) {
    json::Value out = document_.object();
    document_.set(out, "reference", document_.string(to));
    return out;
  }
  json::Document& document() { return document_; }
  json::Value& list() { return list_; }
  std::string write(std::string_view id, std::string_view profile) {
    json::Value& root = document_.root();
    document_.set(root, "resourceType", document_.string("Parameters"));
    document_.set(root, "id", document_.string(id));
    json::Value meta = document_.object(), profiles = document_.array();
    document_.push(profiles, document_.string(profile));
    document_.set(meta, "profile", profiles);
    document_.set(root, "meta", meta);
    document_.set(root, "parameter", list_);
    return json::write(root);
  }

 private:
  json::Document document_;
  json::Value list_;
};

}  // namespace

std::string Writer::status(const Shown& shown, const std::vector<Event>& events, Content content) {
  const Subscription& subscription = shown.subscription;
  Parameters out;
  json::Document& document = out.document();
  document.push(out.list(), out.part("subscription", "valueReference",
                                     out.reference(base_url_ + "/Subscription/" + subscription.id)));
  if (subscription.topic != nullptr) out.add("topic", "valueCanonical", subscription.topic->url);
  out.add("status", "valueCode", word_of(shown.status));
  out.add("type", "valueCode", kind_words[static_cast<std::size_t>(shown.kind)]);
  out.add("events-since-subscription-start", "valueString", std::to_string(shown.events));
  for (const Event& event : events) {
    json::Value parts = document.array();
    document.push(parts, out.part("event-number", "valueString", document.string(std::to_string(event.number))));
    document.push(parts, out.part("timestamp", "valueInstant", document.string(core::text(event.at))));
    if (content != Content::empty)
      document.push(parts, out.part("focus", "valueReference",
                                    out.reference(base_url_ + '/' + event.key.type + '/' + event.key.id)));
    document.push(out.list(), out.part("notification-event", "part", parts));
  }
  if (!shown.error.empty()) {
    json::Value words = document.object();
    document.set(words, "text", document.string(shown.error));
    document.push(out.list(), out.part("error", "valueCodeableConcept", words));
  }
  return out.write(rest::new_id(now_), std::string(backport) + "backport-subscription-status-r4");
}

Result<std::string> Writer::resource(const Subscription& subscription, const Event& event) {
  auto record = view_.read(event.key, event.version);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::string();  // erased meanwhile
  if (!subscription.recipient) return std::move((*record)->body);
  auto document = json::parse((*record)->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  json::Document shown = disclosure_.project(document->root(), *subscription.recipient);
  rest::mark_part(shown, document->root());
  return shown.root().is_object() ? json::write(shown.root()) : std::string();
}

Result<std::string> Writer::bundle(const Shown& shown, const std::vector<Event>& events, Content content) {
  rest::BundleText text("history", now_);
  text.member(R"(,"timestamp":")" + core::text(now_) + '"');  // of the Bundle itself
  text.open();
  text.full_url("urn:uuid:" + rest::new_id(now_));
  text.resource(status(shown, events, content));
  text.request("GET", base_url_ + "/Subscription/" + shown.subscription.id + "/$status");
  text.member(R"("response":{"status":"200"})");
  text.close();
  if (content == Content::empty) return text.finish();
  for (const Event& event : events) {
    const bool gone = event.method == core::store::Method::remove;
    const std::string name = event.key.type + '/' + event.key.id;
    text.open();
    text.full_url(base_url_ + '/' + name);
    if (content == Content::full_resource && !gone && event.matches) {
      auto body = resource(shown.subscription, event);
      if (!body) return body.error();
      if (!body->empty()) text.resource(*body);
    }
    const bool created = event.method == core::store::Method::create;
    text.request(gone ? "DELETE" : created ? "POST" : "PUT", created ? event.key.type : name);
    text.member(std::string(R"("response":{"status":")") + (gone ? "204" : created ? "201" : "200") + R"("})");
    text.close();
  }
  return text.finish();
}

partner::Call call_of(const Subscription& subscription, std::string body) {
  partner::Call call;
  call.method = "POST";
  call.url = subscription.endpoint;
  call.headers = subscription.headers;
  if (!body.empty()) call.headers.push_back({"Content-Type", "application/fhir+json"});
  call.body = std::move(body);
  call.deadline = std::chrono::seconds(subscription.timeout_s);
  call.answer_bytes = 1UL << 20;
  return call;
}

}  // namespace fhir::subscription
