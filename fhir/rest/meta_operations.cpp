// $meta, $meta-add and $meta-delete of one resource. A change of meta is a new version, like any other change.
// Source: FHIR R4 Resource-meta, Resource-meta-add, Resource-meta-delete.
#include <algorithm>
#include <array>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

constexpr std::array<std::string_view, 3> lists = {"profile", "tag", "security"};

bool same(const json::Value& a, const json::Value& b) {
  if (a.is_string()) return b.is_string() && a.text() == b.text();
  return a.text("system") == b.text("system") && a.text("code") == b.text("code");
}

Response parameters(const json::Value& meta) {
  json::Document document;
  document.root() = document.object();
  document.set(document.root(), "resourceType", document.string("Parameters"));
  json::Value& list = document.set(document.root(), "parameter", document.array());
  json::Value& parameter = document.push(list, document.object());
  document.set(parameter, "name", document.string("return"));
  document.set(parameter, "valueMeta", document.copy(meta));
  Response response;
  response.body = std::make_shared<const std::string>(json::write(document.root()));
  return response;
}

void add(json::Document& document, json::Value& meta, const json::Value& given) {
  for (const std::string_view name : lists)
    for (const json::Value& item : given[name].elements()) {
      json::Value* list = document.find(meta, name);
      if (list == nullptr) list = &document.set(meta, name, document.array());
      const auto there = list->elements();
      if (std::none_of(there.begin(), there.end(), [&](const json::Value& old) { return same(old, item); }))
        document.push(*list, document.copy(item));
    }
}

void take(json::Document& document, json::Value& meta, const json::Value& given) {
  for (const std::string_view name : lists)
    for (const json::Value& item : given[name].elements()) {
      json::Value* list = document.find(meta, name);
      if (list == nullptr) continue;
      for (std::size_t i = list->size(); i-- > 0;)
        if (same((*list)[i], item)) document.erase(*list, i);
      if (list->size() == 0) document.remove(meta, name);
    }
}

core::Result<core::store::Record> record_of(Exchange& exchange, core::store::Snapshot& view) {
  const core::store::Key key{exchange.target.type, exchange.target.id};
  const auto version = version_from_etag(exchange.target.version);
  auto found = exchange.target.version.empty() ? view.read(key)
               : version                       ? view.read(key, *version)
                                               : std::optional<core::store::Record>();
  if (!found) return found.error();
  if (!*found) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
  if ((*found)->deleted()) return core::Error{core::Kind::gone, key.type + '/' + key.id + " was deleted.", "id"};
  return std::move(**found);
}

using Edit = void (*)(json::Document&, json::Value& meta, const json::Value& given);

Answer change(Exchange& exchange, Edit edit) {
  if (!exchange.target.version.empty())
    return core::unsupported("The meta of an old version is not changed; versions stay as they were.", "vid");
  auto body = body_of(exchange);
  if (!body) return body.error();
  const json::Value* given = nullptr;
  for (const json::Value& parameter : (**body)["parameter"].elements())
    if (parameter.text("name") == "meta") given = parameter.find("valueMeta");
  if (given == nullptr) return core::invalid("The input is Parameters with a parameter meta (valueMeta).", "meta");
  return persist(exchange, [&]() -> Answer {
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    auto record = record_of(exchange, **view);
    if (!record) return record.error();
    auto document = json::parse(record->body);
    if (!document) return core::fault("A stored resource cannot be read.");
    json::Value& root = document->root();
    edit(*document, *document->find(root, "meta"), *given);
    if (auto checked = check(exchange, root); !checked) return checked.error();
    core::store::Op op = put(exchange.engine, *document, root, record->key);
    op.if_version = record->version;
    auto stored = commit_one(exchange, std::move(op));
    if (!stored) return stored;
    auto after = exchange.engine.view(exchange.caller());
    if (!after) return after.error();
    auto now = record_of(exchange, **after);
    if (!now) return now.error();
    auto read = json::parse(now->body);
    return read ? Answer(parameters(read->root()["meta"])) : Answer(read.error());
  });
}

}  // namespace

Answer meta_of(Exchange& exchange) {
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto record = record_of(exchange, **view);
  if (!record) return record.error();
  auto document = json::parse(record->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  return parameters(document->root()["meta"]);
}

Answer meta_add(Exchange& exchange) { return change(exchange, add); }
Answer meta_delete(Exchange& exchange) { return change(exchange, take); }

}  // namespace fhir::rest
