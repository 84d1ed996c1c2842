#include "fhir/subscription/subscription.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/store/criteria.hpp"
#include "fhir/rest/header.hpp"

namespace fhir::subscription {

using core::Result;
using Done = Result<core::Done>;

namespace {

constexpr std::array<std::string_view, 4> status_words = {"requested", "active", "error", "off"};
constexpr std::array<std::string_view, 3> content_words = {"empty", "id-only", "full-resource"};
constexpr std::size_t most_headers = 20, most_filters = 20, most_endpoint = 2'000;

const json::Value* extension(const json::Value& element, std::string_view name) {
  for (const json::Value& each : element["extension"].elements())
    if (each.text("url").starts_with(backport) && each.text("url").substr(backport.size()) == name) return &each;
  return nullptr;
}

Result<std::int64_t> number(const json::Value& channel, std::string_view name, std::string_view member,
                            std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const json::Value* found = extension(channel, name);
  if (found == nullptr) return otherwise;
  const std::string_view text = found->text(member);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least)
    return core::unprocessable("The extension " + std::string(name) + " is a number from " + std::to_string(least) +
                                   " in " + std::string(member) + '.',
                               "Subscription.channel.extension");
  return std::min(value, most);
}

class Reader {
 public:
  Reader(const json::Value& resource, const Ground& ground, core::Instant now)
      : resource_(resource), channel_(resource["channel"]), ground_(ground), now_(now) {}

  Result<Subscription> read() {
    out_.id = resource_.text("id");
    for (Done (Reader::*part)() : {&Reader::status, &Reader::channel, &Reader::endpoint, &Reader::headers,
                                   &Reader::criteria, &Reader::payload, &Reader::figures, &Reader::disclosed})
      if (auto done = (this->*part)(); !done) return done.error();
    return std::move(out_);
  }

 private:
  static core::Error wrong(std::string text, std::string where) {
    return core::unprocessable(std::move(text), "Subscription." + std::move(where));
  }

  Done status() {
    const auto status = status_from(resource_.text("status"));
    if (!status) return wrong("status is one of requested, active, error, off.", "status");
    out_.status = *status;
    if (resource_.find("end") == nullptr) return core::Done{};
    const auto end = core::moment_from(resource_.text("end"));
    if (!end) return wrong("end is an instant.", "end");
    out_.end = end->low;
    return core::Done{};
  }

  Done channel() {
    if (channel_.text("type") != "rest-hook")
      return wrong("Of the channels only rest-hook is offered here.", "channel.type");
    return core::Done{};
  }

  Done endpoint() {
    out_.endpoint = channel_.text("endpoint");
    if (out_.endpoint.empty() || out_.endpoint.size() > most_endpoint)
      return wrong("A rest-hook needs an endpoint.", "channel.endpoint");
    const Target* target = target_of(ground_.targets, out_.endpoint);
    if (target == nullptr)
      return wrong(
          "Notifications may not go to this endpoint: the operator allows addresses with "
          "notifications.targets of the configuration.",
          "channel.endpoint");
    out_.recipient = target->recipient;
    return core::Done{};
  }

  Done headers() {
    constexpr std::array<std::string_view, 9> ours = {"host",       "content-length", "transfer-encoding",
                                                      "connection", "content-type",   "upgrade",
                                                      "te",         "expect",         "trailer"};
    for (const json::Value& each : channel_["header"].elements()) {
      const std::string_view text = each.text();
      const std::size_t colon = text.find(':');
      const std::string_view name = rest::trimmed(text.substr(0, colon));
      const bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
      });
      const bool printable =
          std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
      if (colon == text.npos || !word || !printable || out_.headers.size() == most_headers)
        return wrong("A header is 'Name: value', at most 20 of them.", "channel.header");
      for (const std::string_view own : ours)
        if (rest::same_word(own, name))
          return wrong("The header " + std::string(name) + " is this server's to set.", "channel.header");
      out_.headers.push_back({std::string(name), std::string(rest::trimmed(text.substr(colon + 1)))});
    }
    return core::Done{};
  }

  Done criteria() {
    const std::string_view text = resource_.text("criteria");
    const bool canonical = text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:");
    if (!canonical) return filter(text, "criteria", nullptr);
    out_.topic = topic_of(text);
    if (out_.topic == nullptr)
      return wrong("There is no topic " + std::string(text.substr(0, 200)) +
                       " here; the capability statement lists those there are.",
                   "criteria");
    out_.type = out_.topic->type;
    for (const json::Value& each : resource_["_criteria"]["extension"].elements()) {
      if (each.text("url") != std::string(backport) + "backport-filter-criteria") continue;
      if (out_.filters.size() == most_filters) return wrong("There are too many filters.", "criteria.extension");
      if (auto done = filter(each.text("valueString"), "criteria.extension", out_.topic); !done) return done;
    }
    if (out_.filters.empty())
      return wrong("The topic needs a filter, as " + out_.type + "?" + std::string(out_.topic->filters.front()) +
                       "=..., in the extension backport-filter-criteria.",
                   "criteria.extension");
    return core::Done{};
  }

  // "Task?owner=Practitioner/1"
  Done filter(std::string_view text, const std::string& where, const Topic* topic) {
    const std::size_t mark = text.find('?');
    const std::string type(text.substr(0, mark));
    if (!ground_.index->definitions().is_resource(type) || (topic != nullptr && topic->type != type))
      return wrong("A criterion is a search such as Task?owner=Practitioner/1.", where);
    auto parameters = search::parameters_from(mark == text.npos ? std::string_view() : text.substr(mark + 1));
    if (!parameters) return wrong(parameters.error().message, where);
    for (const auto& [name, value] : *parameters)
      if (topic != nullptr && !takes(*topic, name))
        return wrong("The topic takes no filter '" + name.substr(0, 60) + "'.", where);
    search::Context context;
    context.base_url = ground_.base_url;
    context.now = now_;
    context.handling = search::Handling::strict;
    auto parsed = search::parse(*ground_.index, type, *parameters, context);
    if (!parsed) return wrong(parsed.error().message, where);
    if (auto done = only_filters(*parsed, where); !done) return done;
    touched_.insert(touched_.end(), parsed->types_touched.begin(), parsed->types_touched.end());
    out_.type = type;
    out_.filters.push_back(std::move(parsed->query.all));
    return core::Done{};
  }

  // A criterion chooses; what shapes an answer, or is not known of one resource by itself, has no place in it.
  static Done only_filters(const search::Search& search, const std::string& where) {
    if (!search.includes.empty() || !search.reverse_includes.empty() || !search.query.sort.empty() || search.count ||
        search.total != search::Total::unasked || search.summary != search::Summary::no || !search.elements.empty())
      return wrong("A criterion only chooses: _include, _sort, _count, _summary and their like mean nothing in it.",
                   where);
    if (has_form(search.query.all, core::store::Criterion::Form::words))
      return wrong("Full text (_text, _content) cannot be subscribed to.", where);
    return core::Done{};
  }

  static bool has_form(const std::vector<core::store::Criterion>& all, core::store::Criterion::Form form) {
    return std::any_of(all.begin(), all.end(), [&](const core::store::Criterion& each) {
      return each.form == form || (each.inner && has_form(each.inner->all, form)) ||
             std::any_of(each.alternatives.begin(), each.alternatives.end(),
                         [&](const auto& branch) { return has_form(branch, form); });
    });
  }

  static bool takes(const Topic& topic, std::string_view name) {
    name = name.substr(0, name.find_first_of(":."));
    return std::find(topic.filters.begin(), topic.filters.end(), name) != topic.filters.end();
  }

  Done payload() {
    const std::string_view media = channel_.text("payload");
    if (!media.empty() && media != "application/fhir+json" && media != "application/json")
      return wrong("Notifications are written as application/fhir+json.", "channel.payload");
    out_.content = media.empty() ? Content::empty : Content::full_resource;
    if (out_.topic == nullptr) return core::Done{};
    out_.content = Content::empty;
    if (const json::Value* found = extension(channel_["_payload"], "backport-payload-content")) {
      const auto content = content_from(found->text("valueCode"));
      if (!content) return wrong("The content is empty, id-only or full-resource.", "channel.payload.extension");
      out_.content = *content;
    }
    return core::Done{};
  }

  Done figures() {
    auto heartbeat = number(channel_, "backport-heartbeat-period", "valueUnsignedInt", 0, 86'400, 0);
    if (!heartbeat) return heartbeat.error();
    auto timeout = number(channel_, "backport-timeout", "valueUnsignedInt", 1, 60, 30);
    if (!timeout) return timeout.error();
    auto count = number(channel_, "backport-max-count", "valuePositiveInt", 1, 100, 20);
    if (!count) return count.error();
    out_.heartbeat_s = *heartbeat;
    out_.timeout_s = *timeout;
    out_.most_events = static_cast<std::size_t>(*count);
    return core::Done{};
  }

  // That something happened tells what the criteria ask: so they may only ask what the recipient may know of.
  Done disclosed() {
    if (!out_.recipient) return core::Done{};
    std::vector<std::string> types = touched_;
    types.push_back(out_.type);
    for (const std::string& type : types)
      if (!ground_.disclosure->knows(type, *out_.recipient))
        return wrong("A recipient of kind " + std::string(partner::word_of(*out_.recipient)) + " gets nothing about " +
                         (type.empty() ? "other resources" : type) + '.',
                     "criteria");
    for (const auto& filter : out_.filters)
      if (has_form(filter, core::store::Criterion::Form::has))
        return wrong("_has asks about resources that the recipient does not see.", "criteria");
    const std::string_view whose = ground_.disclosure->asked_by(out_.type, *out_.recipient);
    if (!whose.empty() && std::none_of(out_.filters.begin(), out_.filters.end(),
                                       [&](const auto& filter) { return core::store::names(filter, whose); }))
      return wrong("A recipient of kind " + std::string(partner::word_of(*out_.recipient)) +
                       " says whose, in a filter " + out_.type + "?" + std::string(whose) + "=...",
                   "criteria");
    for (const auto& filter : out_.filters)
      if (auto done = seen(out_.type, filter); !done) return done;
    return core::Done{};
  }

  // Better refused in words than never met.
  Done seen(const std::string& type, const std::vector<core::store::Criterion>& all) {
    for (const core::store::Criterion& each : all) {
      for (const auto& branch : each.alternatives)
        if (auto done = seen(type, branch); !done) return done;
      if (each.param == "owner" || each.param.starts_with('_') || each.param.empty()) continue;
      const model::SearchParameter* parameter = ground_.index->parameter(type, each.param);
      if (parameter != nullptr && !sees_some(type, parameter->expression))
        return wrong("A recipient of kind " + std::string(partner::word_of(*out_.recipient)) + " does not see what '" +
                         each.param + "' of " + type + " asks about.",
                     "criteria");
      if (each.inner && each.inner->types.size() == 1)
        if (auto done = seen(each.inner->types.front(), each.inner->all); !done) return done;
    }
    return core::Done{};
  }

  // Of the elements that an expression such as "Task.code | Task.reasonCode" begins with.
  bool sees_some(const std::string& type, std::string_view expression) const {
    bool named = false;
    const std::string begin = type + '.';
    for (std::size_t at = expression.find(begin); at != expression.npos; at = expression.find(begin, at)) {
      at += begin.size();
      std::size_t end = at;
      while (end < expression.size() && ((expression[end] | 32) >= 'a' && (expression[end] | 32) <= 'z')) ++end;
      named = true;
      if (ground_.disclosure->names(type, expression.substr(at, end - at), *out_.recipient)) return true;
    }
    return !named;
  }

  const json::Value& resource_;
  const json::Value& channel_;
  const Ground& ground_;
  core::Instant now_;
  std::vector<std::string> touched_;
  Subscription out_;
};

}  // namespace

std::string_view word_of(Status status) { return status_words[static_cast<std::size_t>(status)]; }

std::optional<Status> status_from(std::string_view word) {
  const auto found = std::find(status_words.begin(), status_words.end(), word);
  if (found == status_words.end()) return std::nullopt;
  return static_cast<Status>(found - status_words.begin());
}

std::optional<Content> content_from(std::string_view word) {
  const auto found = std::find(content_words.begin(), content_words.end(), word);
  if (found == content_words.end()) return std::nullopt;
  return static_cast<Content>(found - content_words.begin());
}

Result<Subscription> subscription_from(const json::Value& resource, const Ground& ground, core::Instant now) {
  return Reader(resource, ground, now).read();
}

}  // namespace fhir::subscription
