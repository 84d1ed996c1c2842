// $status and $events of a Subscription: how it stands, and events again, by number.
// Source: FHIR Subscriptions R5 Backport 1.1, operations backport-subscription-status and -events.
#include <charconv>
#include <set>

#include "core/store/criteria.hpp"
#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/subscription/hub.hpp"

namespace fhir::subscription {

using core::Result;
using rest::Request;
using rest::Response;

namespace {

constexpr std::size_t most_events_at_once = 1'000;

Response answer(std::string body) {
  Response response;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

// The input of a GET, or the values of a Parameters resource.
Result<search::Parameters> input_of(const Request& request) {
  auto input = search::parameters_from(request.query);
  if (!input || request.body.empty()) return input;
  auto body = json::parse(request.body);
  if (!body) return body.error();
  for (const json::Value& parameter : body->root()["parameter"].elements())
    for (const json::Member& member : parameter.members())
      if (member.name.starts_with("value"))
        input->emplace_back(std::string(parameter.text("name")), std::string(member.value.text()));
  return input;
}

struct Range {
  std::int64_t since = 1, until = INT64_MAX;
  std::optional<Content> content;
};

Result<Range> range_from(const Request& request) {
  auto input = input_of(request);
  if (!input) return input.error();
  Range range;
  for (const auto& [name, value] : *input) {
    if (name == "content") {
      range.content = content_from(value);
      if (!range.content) return core::invalid("content is empty, id-only or full-resource.", "content");
    }
    if (name != "eventsSinceNumber" && name != "eventsUntilNumber") continue;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 0)
      return core::invalid(name + " is a number of an event.", name);
    (name == "eventsSinceNumber" ? range.since : range.until) = number;
  }
  return range;
}

}  // namespace

Result<json::Document> Hub::shown(const std::string& id) const {
  auto view = parts_.store->snapshot();
  if (!view) return view.error();
  auto record = (*view)->read({"Subscription", id});
  if (!record) return record.error();
  if (!*record) return core::not_found("Subscription/" + id + " is not known here.", "id");
  if ((*record)->deleted()) return core::Error{core::Kind::gone, "Subscription/" + id + " was deleted.", "id"};
  return json::parse((*record)->body);
}

// Of one; or at the type, of those that `id` names and whose status is `status` (all without).
Response Hub::status_of(const Request& request, const std::string& id) const {
  std::vector<std::string> wanted;
  std::set<std::string> statuses;
  const core::Instant now = parts_.clock->now();
  auto view = parts_.store->snapshot();
  if (!view) return rest::refusal(view.error());
  if (!id.empty()) {
    if (const auto there = shown(id); !there) return rest::refusal(there.error());
    wanted.push_back(id);
  } else {
    const auto input = input_of(request);
    if (!input) return rest::refusal(input.error());
    for (const auto& [name, value] : *input) {
      if (name == "id") wanted.push_back(value);
      else if (name == "status") statuses.insert(value);
    }
    if (wanted.empty()) {
      core::store::Query all;
      all.types = {"Subscription"};
      auto records = core::store::find_all(**view, all);
      if (!records) return rest::refusal(records.error());
      for (const core::store::Record& record : *records) wanted.push_back(record.key.id);
    }
  }
  Writer writer(**view, *parts_.ground.disclosure, parts_.ground.base_url, now);
  std::vector<std::string> found;
  for (const std::string& each : wanted) {
    auto document = shown(each);
    if (!document) continue;  // asked for by name among others: it is not in the answer
    if (!statuses.empty() && !statuses.contains(std::string(document->root().text("status")))) continue;
    auto count = ledger::count(**view, each);
    if (!count) return rest::refusal(count.error());
    Subscription what;
    what.id = each;
    what.topic = topic_of(document->root().text("criteria"));
    const Status status = status_from(document->root().text("status")).value_or(Status::off);
    found.push_back(writer.status(
        {what, status, Kind::query_status, count->value_or(0), std::string(document->root().text("error"))}, {},
        Content::empty));
  }
  rest::BundleText text("searchset", now);
  text.total(found.size());
  text.link("self", parts_.ground.base_url + "/Subscription/" + (id.empty() ? "" : id + "/") + "$status");
  for (std::string& each : found) {
    text.open();
    text.full_url("urn:uuid:" + rest::new_id(now));
    text.resource(std::move(each));
    text.search_mode("match");
    text.close();
  }
  return answer(text.finish());
}

Response Hub::events_of(const Request& request, const std::string& id) const {
  const auto range = range_from(request);
  if (!range) return rest::refusal(range.error());
  auto document = shown(id);
  if (!document) return rest::refusal(document.error());
  auto what = subscription_from(document->root(), parts_.ground, parts_.clock->now());
  if (!what) return rest::refusal(what.error());
  if (what->topic == nullptr)
    return rest::refusal(core::unsupported("$events belongs to a Subscription of a topic.", "Subscription.criteria"));
  auto view = parts_.store->snapshot();
  if (!view) return rest::refusal(view.error());
  auto count = ledger::count(**view, id);
  if (!count) return rest::refusal(count.error());
  auto events = ledger::events(**view, id, range->since - 1, most_events_at_once);
  if (!events) return rest::refusal(events.error());
  std::erase_if(*events, [&](const Event& event) { return event.number > range->until; });
  // No more than was asked for when it was made: the recipient is the same.
  const Content content = std::min(range->content.value_or(what->content), what->content);
  Writer writer(**view, *parts_.ground.disclosure, parts_.ground.base_url, parts_.clock->now());
  auto bundle = writer.bundle({*what, what->status, Kind::query_event, count->value_or(0), {}}, *events, content);
  if (!bundle) return rest::refusal(bundle.error());
  return answer(std::move(*bundle));
}

std::vector<rest::Operation> Hub::operations() const {
  constexpr std::string_view base = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/";
  struct Row {
    std::string_view name, definition;
    Response (Hub::*call)(const Request&, const std::string&) const;
  };
  std::vector<rest::Operation> table;
  for (const Row& row : {Row{"status", "backport-subscription-status", &Hub::status_of},
                         Row{"events", "backport-subscription-events", &Hub::events_of}}) {
    rest::Operation operation;
    operation.name = row.name;
    operation.type = "Subscription";
    operation.instance = true;
    operation.type_level = row.name == "status";
    operation.definition = std::string(base) + std::string(row.definition);
    operation.call = [this, call = row.call](const Request& request, const std::string&, const std::string& id) {
      return (this->*call)(request, id);
    };
    table.push_back(std::move(operation));
  }
  return table;
}

}  // namespace fhir::subscription
