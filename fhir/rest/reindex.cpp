// $reindex: makes index rows and the facts kept beside resources anew, of one resource at once, of a type or everything on another thread; $reindex-status
// tells how far that is and which added search parameters can be used. Operations of the house, for operators.
#include "fhir/rest/added_parameters.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {
namespace {

Response words(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.body =
      std::make_shared<const std::string>(outcome_text(validate::Severity::information, "informational", text));
  return response;
}

Answer reindex_one(Exchange& exchange) {
  const core::store::Key key{exchange.target.type, exchange.target.id};
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto record = (*view)->read(key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
  Engine& engine = exchange.engine;
  bool differs = false;
  auto op = index_op(engine, **view, **record, differs);
  if (!op) return core::fault("A stored resource cannot be read.");
  core::store::Batch batch;
  batch.ops.push_back(std::move(*op));
  batch.values.push_back(engine.added.renewal());
  view->reset();
  if (auto done = engine.commit(std::move(batch), exchange.caller()); !done) return done.error();
  engine.added.renewed(engine);
  if (differs && engine.services.digests_renewed) engine.services.digests_renewed();
  return words(200, "Indexed " + key.type + '/' + key.id + '.');
}

}  // namespace

Answer reindex(Exchange& exchange) {
  if (!exchange.caller().operator_role && exchange.caller().id != core::access::Caller{}.id)
    return core::Error{core::Kind::forbidden, "Only an operator may index anew.", {}};
  if (!exchange.target.version.empty()) return core::unsupported("Old versions are not indexed.", "vid");
  if (!exchange.target.id.empty()) return reindex_one(exchange);
  Engine& engine = exchange.engine;
  std::vector<std::string> types;
  if (!exchange.target.type.empty()) types.push_back(exchange.target.type);
  if (!engine.added.reindex(engine, std::move(types)))
    return core::Error{core::Kind::busy, "Too much is being indexed already.", {}};
  if (!engine.services.later) return words(200, "Everything was indexed anew.");
  Response response = words(202, "Indexing has begun; $reindex-status tells how far it is.");
  response.headers.push_back({"Content-Location", engine.services.base_url + "/$reindex-status"});
  return response;
}

Answer reindex_status(Exchange& exchange) {
  json::Document document;
  document.root() = document.object();
  document.set(document.root(), "resourceType", document.string("Parameters"));
  const auto standing = exchange.engine.added.standing(exchange.engine);
  json::Value list = document.array();
  for (const AddedParameters::Standing& one : standing) {
    json::Value& work = document.push(list, document.object());
    document.set(work, "name", document.string("work"));
    json::Value& parts = document.set(work, "part", document.array());
    for (const auto& [name, value] : {std::pair("what", &one.what), std::pair("state", &one.words)}) {
      json::Value& part = document.push(parts, document.object());
      document.set(part, "name", document.string(name));
      document.set(part, "valueString", document.string(*value));
    }
  }
  if (list.size() > 0) document.set(document.root(), "parameter", list);
  Response response;
  response.body = std::make_shared<const std::string>(json::write(document.root()));
  return response;
}

}  // namespace fhir::rest
