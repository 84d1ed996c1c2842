#include "fhir/rest/exchange.hpp"

#include <array>
#include <mutex>

#include "fhir/model/xml_form.hpp"

namespace fhir::rest {
namespace {

constexpr int most_attempts = 100;

std::mutex& lane(const Target& target) {
  static std::array<std::mutex, 64> lanes;
  return lanes[std::hash<std::string>{}(target.type + '/' + target.id) % lanes.size()];
}

bool raced(const Answer& answer) { return !answer && answer.error().where == lost_race; }

}  // namespace

core::Result<json::Document> parsed_body(const Exchange& exchange) {
  if (format_of(exchange.header("Content-Type")) == Format::xml)
    return model::from_xml(exchange.engine.definitions(), exchange.request.body);
  return json::parse(exchange.request.body);
}

core::Result<json::Value*> body_of(Exchange& exchange) {
  if (exchange.resource != nullptr) return exchange.resource;
  if (exchange.request.body.empty())
    return core::invalid("The request has no body; a resource was expected.", "body");
  auto document = parsed_body(exchange);
  if (!document) return document.error();
  exchange.own = std::move(*document);
  exchange.document = &exchange.own;
  json::Value& root = exchange.own.root();
  if (!root.is_object()) return core::invalid("The body is not a JSON object; a resource was expected.", "body");
  exchange.resource = &root;
  return &root;
}

Answer persist(Exchange& exchange, const std::function<Answer()>& attempt) {
  Answer answer = attempt();
  if (!raced(answer)) return answer;
  const std::lock_guard<std::mutex> turn(lane(exchange.target));
  for (int i = 1; i < most_attempts && raced(answer); ++i) {
    exchange.issues.clear();
    answer = attempt();
  }
  if (raced(answer))
    return core::Error{core::Kind::busy, "Others keep changing what this request depends on; try again.", {}};
  return answer;
}

}  // namespace fhir::rest
