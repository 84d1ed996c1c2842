// batch: each entry on its own, in the order DELETE, POST, PUT and PATCH, GET; an entry that fails says so and hinders
// no other. Source: FHIR R4 RESTful API 3.1.0.11.1.
#include <algorithm>

#include "fhir/rest/bundle.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {
namespace {

Response answer_one(Exchange& exchange, Entry& entry) {
  if (entry.fault) return refusal(*entry.fault);
  if (entry.request.path.empty() && entry.request.method == "POST")
    return refusal(core::invalid("A Bundle cannot stand inside a Bundle's request.", entry.place()));
  return entry_response(exchange, entry);
}

}  // namespace

Answer batch(Exchange& exchange) {
  auto entries = entries_of(exchange);
  if (!entries) return entries.error();
  std::vector<Entry*> order;
  for (Entry& entry : *entries) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) { return a->rank() < b->rank(); });
  std::vector<Response> responses(entries->size());
  std::size_t bytes = 1024;
  for (Entry* entry : order) {
    const bool reads = entry->rank() >= 3;
    Response& response = responses[entry->index] =
        reads && bytes > most_answer_bytes ? refusal(too_much(*entry)) : answer_one(exchange, *entry);
    bytes += 256 + (response.body ? response.body->size() : 0);
  }
  if (!order.empty() && order.front()->rank() < 3)
    if (auto settled = exchange.engine.settle(exchange.caller()); !settled) return settled.error();
  BundleText text("batch-response", exchange.engine.now(), bytes);
  for (const Response& response : responses) answer_entry(response, text);
  Response response;
  response.interaction = "batch";
  response.body = std::make_shared<const std::string>(text.finish());
  return response;
}

}  // namespace fhir::rest
