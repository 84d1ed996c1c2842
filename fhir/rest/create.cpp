// create, and conditional create: of any number of equal requests at once exactly one creates.
// Source: FHIR R4 RESTful API 3.1.0.8 (create), 3.1.0.8.1 (If-None-Exist).
#include "fhir/rest/answer.hpp"
#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

Answer create_if_none(Exchange& exchange, std::string_view condition, const core::store::Op& op) {
  const Engine& engine = exchange.engine;
  if (const std::size_t mark = condition.find('?'); mark != std::string_view::npos) condition.remove_prefix(mark + 1);
  auto query = search::criteria(engine.index(), exchange.target.type, condition,
                                engine.search_context(search::Handling::strict, exchange.caller()));
  if (!query) return query.error();
  return persist(exchange, [&]() -> Answer {
    auto view = engine.view(exchange.caller());
    if (!view) return view.error();
    auto existing = find_records(**view, *query, 2);
    if (!existing) return existing.error();
    if (existing->size() > 1)
      return core::Error{core::Kind::stale, "If-None-Exist matches several resources; nothing was created.",
                         "If-None-Exist"};
    if (existing->size() == 1) return written_response(exchange, 200, existing->front());
    view->reset();
    return commit_one(exchange, op, {{*query, {}, "If-None-Exist"}});
  });
}

}  // namespace

Answer create(Exchange& exchange) {
  if (!exchange.in_bundle && !is_raw(exchange))
    if (auto refused = refuse_body(exchange.request)) return *refused;
  auto body = typed_body(exchange, exchange.target.type);
  if (!body) return body.error();
  if (auto checked = check(exchange, **body); !checked) return checked.error();
  if (auto resolved = resolve_conditional(exchange, **body); !resolved) return resolved.error();
  const Engine& engine = exchange.engine;
  core::store::Op op = put(engine, *exchange.document, **body, {exchange.target.type, new_id(engine.now())});
  if (has_rules(engine, exchange.target.type))
    if (auto obeyed = obey_rules(exchange, std::nullopt, **body); !obeyed) return obeyed.error();
  const std::string_view condition = exchange.header("If-None-Exist");
  if (!condition.empty()) return create_if_none(exchange, condition, op);
  for (const Header& header : exchange.request.headers)
    if (same_word(header.name, "If-None-Exist"))
      return core::invalid("If-None-Exist is empty; it must name what must not exist.", "If-None-Exist");
  return commit_one(exchange, std::move(op));
}

}  // namespace fhir::rest
