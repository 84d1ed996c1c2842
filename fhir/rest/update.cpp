// update, update as create, and conditional update. Source: FHIR R4 RESTful API 3.1.0.7 and 3.1.0.7.1.
#include "fhir/rest/binary.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

core::Result<json::Value*> prepared(Exchange& exchange) {
  auto body = typed_body(exchange, exchange.target.type);
  if (!body) return body;
  if (auto checked = check(exchange, **body); !checked) return checked.error();
  if (auto resolved = resolve_conditional(exchange, **body); !resolved) return resolved.error();
  return body;
}

bool conditioned(const Exchange& exchange) {
  return !exchange.header("If-Match").empty() || !exchange.header("If-None-Match").empty() ||
         has_rules(exchange.engine, exchange.target.type);
}

// Puts under what the current version allows; without conditions nothing needs to be read.
Answer store(Exchange& exchange, const json::Value& resource, core::store::Op& op,
             const std::vector<core::store::Guard>& guards) {
  if (!conditioned(exchange)) return commit_one(exchange, op, guards);
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto now = current(**view, op.key);
  if (!now) return now.error();
  if (auto holds = preconditions(exchange, *now); !holds) return holds.error();
  if (has_rules(exchange.engine, op.key.type))
    if (auto obeyed = obey_rules(exchange, *now, resource); !obeyed) return obeyed.error();
  op.if_version = *now ? (*now)->version : 0;
  view->reset();
  return commit_one(exchange, op, guards);
}

// What a conditional update is to do: the id it writes, by what its condition finds.
core::Result<std::string> chosen_id(const Exchange& exchange, core::store::Snapshot& view,
                                    const std::vector<core::store::Record>& found, std::string_view own_id) {
  const std::string type = exchange.target.type;
  if (found.size() > 1)
    return core::Error{core::Kind::stale,
                       "The condition matches several resources of type " + type + "; none was changed.", "query"};
  if (found.size() == 1) {
    const std::string& id = found.front().key.id;
    if (!own_id.empty() && own_id != id)
      return core::invalid(
          "The condition matches " + type + '/' + id + ", but the body has the id '" + std::string(own_id) + "'.",
          "id");
    return id;
  }
  if (own_id.empty()) return new_id(exchange.engine.now());
  auto existing = current(view, {type, std::string(own_id)});
  if (!existing) return existing.error();
  if (*existing)
    return core::Error{core::Kind::conflict,
                       "The condition matches nothing, but " + type + '/' + std::string(own_id) + " exists.", "id"};
  return std::string(own_id);
}

}  // namespace

Answer update(Exchange& exchange) {
  if (!exchange.in_bundle && !is_raw(exchange))
    if (auto refused = refuse_body(exchange.request)) return *refused;
  auto body = prepared(exchange);
  if (!body) return body.error();
  const std::string& id = exchange.target.id;
  if (is_raw(exchange)) exchange.document->set(**body, "id", exchange.document->string(id));
  const json::Value* own = (*body)->find("id");
  if (own == nullptr) return core::invalid("The body has no id; it must be '" + id + "', as in the address.", "id");
  if (own->text() != id)
    return core::invalid(
        "The body has the id '" + std::string(own->text().substr(0, 80)) + "', the address '" + id + "'.", "id");
  core::store::Op op = put(exchange.engine, *exchange.document, **body, {exchange.target.type, id});
  return persist(exchange, [&] { return store(exchange, **body, op, {}); });
}

Answer conditional_update(Exchange& exchange) {
  if (!exchange.in_bundle)
    if (auto refused = refuse_body(exchange.request)) return *refused;
  const Engine& engine = exchange.engine;
  auto query = search::criteria(engine.index(), exchange.target.type, exchange.request.query,
                                engine.search_context(search::Handling::strict, exchange.caller()));
  if (!query) return query.error();
  auto body = prepared(exchange);
  if (!body) return body.error();
  const std::string own_id((*body)->text("id"));
  return persist(exchange, [&]() -> Answer {
    auto view = engine.view(exchange.caller());
    if (!view) return view.error();
    auto found = find_records(**view, *query, 2);
    if (!found) return found.error();
    auto id = chosen_id(exchange, **view, *found, own_id);
    if (!id) return id.error();
    core::store::Guard guard{*query, {}, "condition"};
    if (!found->empty()) guard.ids = {*id};
    core::store::Op op = put(engine, *exchange.document, **body, {exchange.target.type, *id});
    if (found->empty()) op.if_version = 0;
    view->reset();
    return store(exchange, **body, op, {guard});
  });
}

}  // namespace fhir::rest
