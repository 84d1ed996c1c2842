// history of an instance, a type and the whole system, newest first, paged by sequence number, so that writes between
// pages neither repeat nor hide a version. Source: FHIR R4 RESTful API 3.1.0.12.
#include <algorithm>
#include <charconv>

#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/page.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::rest {
namespace {

using core::store::HistoryQuery;
using core::store::Method;
using core::store::Record;

struct Span {
  HistoryQuery query;
  std::optional<core::Instant> until;  // _at: versions made later were not current then
};

core::Result<core::Moment> moment(const Exchange& exchange, std::string_view name) {
  std::string value(exchange.parameter(name));
  std::replace(value.begin(), value.end(), ' ', '+');  // a zone's + that was not encoded
  const auto found = core::moment_from(value, exchange.engine.services.zone_minutes);
  if (!found)
    return core::invalid(std::string(name) + " is not a date or instant: '" + value.substr(0, 80) + "'.", std::string(name));
  return *found;
}

// What would narrow or order the answer and cannot is refused; what else is not known is refused when that is asked for
// (an entry of a history has no room to tell).
core::Result<core::Done> check_parameters(const Exchange& exchange) {
  static constexpr std::string_view known[] = {"_since", "_at", "_count", "_before", "_format", "_pretty", "_summary", "_elements"};
  for (const auto& [name, value] : exchange.parameters) {
    if (std::find(std::begin(known), std::end(known), name) != std::end(known)) continue;
    if (name == "_list" || name == "_sort" || name == "_type")
      return core::unsupported("A history takes _since, _at and _count; " + name + " is not offered.", name);
    if (exchange.wishes.handling == search::Handling::strict)
      return core::invalid("A history has no parameter '" + name.substr(0, 80) + "'.", name);
  }
  return core::Done{};
}

core::Result<Span> span_of(const Exchange& exchange) {
  Span span;
  if (auto fits = check_parameters(exchange); !fits) return fits.error();
  auto count = count_of(exchange);
  if (!count) return count.error();
  span.query.limit = *count;
  if (exchange.has_parameter("_since")) {
    auto since = moment(exchange, "_since");
    if (!since) return since.error();
    span.query.since = since->low;
  }
  if (exchange.has_parameter("_at")) {
    auto at = moment(exchange, "_at");
    if (!at) return at.error();
    span.query.at = at->low;
    span.until = at->high;
  }
  const std::string_view before = exchange.parameter("_before");
  if (!before.empty()) {
    const auto [end, error] = std::from_chars(before.data(), before.data() + before.size(), span.query.before);
    if (error != std::errc() || end != before.data() + before.size() || span.query.before < 1)
      return core::invalid("_before is taken from a link of an earlier page; this is none.", "_before");
  }
  return span;
}

// A page and one more, so that it is known whether there is a next one.
core::Result<std::vector<Record>> versions(core::store::Snapshot& view, Span span, std::size_t wanted) {
  std::vector<Record> out;
  span.query.limit = wanted + 1;
  while (out.size() <= wanted) {
    auto some = view.history(span.query);
    if (!some) return some.error();
    const bool last = some->size() < span.query.limit;
    if (!some->empty()) span.query.before = some->back().sequence;
    for (Record& record : *some)
      if (out.size() <= wanted && (!span.until || record.updated < *span.until)) out.push_back(std::move(record));
    if (last) break;
  }
  return out;
}

void entry(const Exchange& exchange, const Record& record, BundleText& text) {
  static constexpr std::string_view methods[] = {"POST", "PUT", "DELETE"};
  static constexpr std::string_view statuses[] = {"201", "200", "204"};
  const auto method = static_cast<std::size_t>(record.method);
  text.open();
  text.full_url(exchange.engine.url(record.key.type, record.key.id));
  if (!record.deleted()) {
    if (exchange.wishes.subset())
      text.resource(
          subset(exchange.engine.definitions(), record.body, exchange.wishes.summary, exchange.wishes.elements));
    else text.resource(record.body);
  }
  text.request(methods[method],
               record.method == Method::create ? record.key.type : record.key.type + '/' + record.key.id);
  text.member(R"("response":{"status":")" + std::string(statuses[method]) + R"(","etag":"W/\")" +
              std::to_string(record.version) + R"(\"","lastModified":")" + core::text(record.updated) + "\"}");
  text.close();
}

std::string address(const Exchange& exchange, const HistoryQuery& query) {
  std::string out = exchange.engine.services.base_url;
  if (query.type) out += '/' + *query.type;
  if (query.id) out += '/' + *query.id;
  return out + "/_history";
}

std::string link(const Exchange& exchange, const HistoryQuery& query, core::store::Sequence before) {
  std::string parameters;
  for (const auto& [name, value] : exchange.parameters)
    if (name != "_before")
      parameters += (parameters.empty() ? "?" : "&") + search::encode(name) + '=' + search::encode(value);
  if (before > 0) parameters += (parameters.empty() ? "?_before=" : "&_before=") + std::to_string(before);
  return address(exchange, query) + parameters;
}

Answer answer(Exchange& exchange, std::optional<std::string> type, std::optional<std::string> id) {
  auto span = span_of(exchange);
  if (!span) return span.error();
  span->query.type = std::move(type);
  span->query.id = std::move(id);
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  const bool only_total = exchange.wishes.summary == search::Summary::count;
  if (only_total && (!span->query.id || span->query.since || span->query.at))
    return core::unsupported("_summary=count counts all versions of one resource; other histories are not counted.", "_summary");
  std::optional<Record> newest;
  if (span->query.id) {
    auto found = (*view)->read({*span->query.type, *span->query.id});
    if (!found) return found.error();
    if (!*found) return core::not_found(*span->query.type + '/' + *span->query.id + " is not known.", "id");
    newest = std::move(*found);
  }
  const std::size_t wanted = only_total ? 0 : span->query.limit;
  auto found = versions(**view, *span, wanted);
  if (!found) return found.error();
  const bool more = found->size() > wanted;
  if (more) found->resize(wanted);
  BundleText text("history", exchange.engine.now(), 512 + found->size() * 2048);
  const bool whole = !more && span->query.before == 0 && !only_total;
  if (whole) text.total(found->size());
  else if (newest && !span->query.since && !span->query.at) text.total(static_cast<std::size_t>(newest->version));
  text.link("self", link(exchange, span->query, span->query.before));
  if (more && wanted > 0) text.link("next", link(exchange, span->query, found->back().sequence));
  for (const Record& record : *found) entry(exchange, record, text);
  Response response;
  response.body = std::make_shared<const std::string>(text.finish());
  return response;
}

}  // namespace

Answer history_instance(Exchange& exchange) { return answer(exchange, exchange.target.type, exchange.target.id); }
Answer history_type(Exchange& exchange) { return answer(exchange, exchange.target.type, std::nullopt); }
Answer history_system(Exchange& exchange) { return answer(exchange, std::nullopt, std::nullopt); }

}  // namespace fhir::rest
