// delete (idempotent) and conditional delete: of one, or of several when _count states how many at most.
// Source: FHIR R4 RESTful API 3.1.0.10, 3.1.0.10.1.
#include <charconv>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/deletion.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

constexpr std::size_t most_at_once = 10'000;

Response removed_response(const Exchange& exchange, std::size_t count, std::optional<std::int64_t> version) {
  Response response;
  response.status = 204;
  if (version && *version > 0) response.headers.push_back({"ETag", etag(*version)});
  if (exchange.wishes.returning != Return::outcome && count <= 1) return response;
  response.status = 200;
  response.body = std::make_shared<const std::string>(outcome_text(validate::Severity::information, "informational",
                                                                   "Deleted " + std::to_string(count) + " resources."));
  return response;
}

// Takes the view, to let it go before the commit waits: a waiting reader keeps the store's log from starting over.
Answer remove_all(Exchange& exchange, std::unique_ptr<core::store::Snapshot> view, const std::vector<core::store::Record>& records,
                  std::vector<core::store::Guard> guards) {
  std::set<core::store::Key> going;
  for (const core::store::Record& record : records) going.insert(record.key);
  core::store::Batch batch;
  batch.guards = std::move(guards);
  batch.waits = exchange.waits;
  std::set<core::store::Key> named;
  for (const core::store::Record& record : records) {
    auto plan = deletion(exchange, *view, record.key, cascades(exchange), going);
    if (!plan) return plan.error();
    plan->ops.front().if_version = record.version;
    for (core::store::Op& op : plan->ops)
      if (named.insert(op.key).second) batch.ops.push_back(std::move(op));
    for (core::store::Guard& guard : plan->guards) batch.guards.push_back(std::move(guard));
  }
  const std::size_t count = batch.ops.size();
  view.reset();
  auto committed = exchange.engine.commit(std::move(batch), exchange.caller());
  if (!committed) return committed.error();
  return removed_response(exchange, count,
                          records.size() == 1 ? std::optional(committed->versions.front()) : std::nullopt);
}

// The condition without what only this interaction understands.
core::Result<std::string> condition_of(const Exchange& exchange, std::optional<std::size_t>& bound) {
  std::string condition;
  for (const auto& [name, value] : exchange.parameters) {
    if (name == "_cascade") continue;
    if (name == "_count") {
      std::size_t count = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
      if (error != std::errc() || end != value.data() + value.size() || count < 1 || count > most_at_once)
        return core::invalid(
            "_count states how many may be deleted at most: 1 to " + std::to_string(most_at_once) + '.', "_count");
      bound = count;
      continue;
    }
    condition += (condition.empty() ? "" : "&") + search::encode(name) + '=' + search::encode(value);
  }
  return condition;
}

}  // namespace

Answer remove(Exchange& exchange) {
  const core::store::Key key{exchange.target.type, exchange.target.id};
  return persist(exchange, [&]() -> Answer {
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    auto now = current(**view, key);
    if (!now) return now.error();
    if (auto holds = preconditions(exchange, *now); !holds) return holds.error();
    if (!*now) return removed_response(exchange, 0, std::nullopt);
    return remove_all(exchange, *std::move(view), {**now}, {});
  });
}

Answer conditional_remove(Exchange& exchange) {
  const Engine& engine = exchange.engine;
  std::optional<std::size_t> bound;
  auto condition = condition_of(exchange, bound);
  if (!condition) return condition.error();
  auto query = search::criteria(engine.index(), exchange.target.type, *condition,
                                engine.search_context(search::Handling::strict, exchange.caller()));
  if (!query) return query.error();
  const std::size_t most = bound.value_or(1);
  return persist(exchange, [&]() -> Answer {
    auto view = engine.view(exchange.caller());
    if (!view) return view.error();
    auto found = find_records(**view, *query, most + 1);
    if (!found) return found.error();
    if (found->size() > most)
      return core::Error{
          core::Kind::stale,
          "The condition matches more than " + std::to_string(most) +
              (bound ? " resources; nothing was deleted." : " resource; nothing was deleted. _count=N allows up to N."),
          "query"};
    if (found->empty()) return removed_response(exchange, 0, std::nullopt);
    core::store::Guard guard{*query, {}, "condition"};
    for (const core::store::Record& record : *found) guard.ids.push_back(record.key.id);
    return remove_all(exchange, *std::move(view), *found, {guard});
  });
}

}  // namespace fhir::rest
