#include "fhir/rest/answer.hpp"

#include <algorithm>

#include "fhir/rest/header.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::rest {
namespace {

std::shared_ptr<const std::string> body_wished(const Exchange& exchange, const core::store::Record& record) {
  if (!exchange.wishes.subset()) return std::make_shared<const std::string>(record.body);
  return std::make_shared<const std::string>(
      subset(exchange.engine.definitions(), record.body, exchange.wishes.summary, exchange.wishes.elements));
}

}  // namespace

void stamp_headers(const core::store::Record& record, Response& response) {
  response.headers.push_back({"ETag", etag(record.version)});
  response.headers.push_back({"Last-Modified", http_date(record.updated)});
}

Response resource_response(const Exchange& exchange, const core::store::Record& record) {
  Response response;
  stamp_headers(record, response);
  response.body = body_wished(exchange, record);
  return response;
}

core::Result<core::Done> check_read(const Exchange& exchange) {
  static constexpr std::string_view known[] = {"_format", "_pretty", "_summary", "_elements"};
  if (exchange.wishes.handling != search::Handling::strict) return core::Done{};
  for (const auto& [name, value] : exchange.parameters)
    if (std::find(std::begin(known), std::end(known), name) == std::end(known))
      return core::invalid("A read has no parameter '" + name.substr(0, 80) + "'.", name);
  return core::Done{};
}

bool not_modified(const Exchange& exchange, const core::store::Record& record) {
  if (exchange.in_bundle && exchange.request.headers.empty()) return false;
  const std::string_view none_match = exchange.header("If-None-Match");
  if (!none_match.empty()) return names_version(none_match, record.version);
  const std::string_view since = exchange.header("If-Modified-Since");
  if (since.empty()) return false;
  const auto instant = instant_from_http_date(since);
  return instant && record.updated.ms / 1000 <= instant->ms / 1000;
}

Response not_modified_response(const core::store::Record& record) {
  Response response;
  response.status = 304;
  stamp_headers(record, response);
  return response;
}

Response written_response(const Exchange& exchange, int status, const core::store::Record& record) {
  Response response;
  response.status = status;
  stamp_headers(record, response);
  const std::string place = record.key.type + '/' + record.key.id + "/_history/" + std::to_string(record.version);
  response.headers.push_back(
      {"Location", exchange.in_bundle ? place : exchange.engine.services.base_url + '/' + place});
  switch (exchange.wishes.returning) {
    case Return::minimal: break;
    case Return::outcome:
      response.body = std::make_shared<const std::string>(outcome_text(
          validate::Severity::information, "informational", (status == 201 ? "Created " : "Stored as ") + place + "."));
      break;
    case Return::unasked:
      if (exchange.in_bundle) break;  // a Bundle's answer would be as long as the Bundle
      [[fallthrough]];
    case Return::representation: response.body = body_wished(exchange, record);
  }
  return response;
}

}  // namespace fhir::rest
