#include "fhir/rest/write.hpp"

#include <algorithm>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/validate/structure.hpp"

namespace fhir::rest {

core::Result<json::Value*> typed_body(Exchange& exchange, std::string_view type) {
  if (exchange.resource == nullptr && is_raw(exchange)) {
    exchange.own = binary_from(exchange.header("Content-Type"), exchange.request.body, exchange.header("X-Security-Context"));
    exchange.document = &exchange.own;
    exchange.resource = &exchange.own.root();
  }
  auto body = body_of(exchange);
  if (!body) return body;
  const json::Value* name = (*body)->find("resourceType");
  if (name == nullptr || !name->is_string())
    return core::invalid("The body has no resourceType; a " + std::string(type) + " was expected.", "body");
  if (name->text() != type)
    return core::invalid(
        "The body is a " + std::string(name->text().substr(0, 64)) + ", the address is of " + std::string(type) + '.',
        "body");
  return body;
}

core::Result<core::Done> check(Exchange& exchange, const json::Value& resource, std::string_view place) {
  validate::Issues found = validate::check(exchange.engine.definitions(), resource);
  if (resource.text("resourceType") == "SearchParameter" && exchange.engine.services.adjustable != nullptr &&
      !validate::has_error(found))
    if (const auto why = refused_parameter(exchange.engine.index(), resource))
      found.push_back({validate::Severity::error, "processing", "SearchParameter",
                       "An active search parameter is used for searching, and this one cannot be: " + *why + '.', {}});
  const bool wrong = validate::has_error(found);
  if (!wrong) return core::Done{};
  const std::string_view type = resource.text("resourceType");
  for (validate::Issue& issue : found) {
    if (!place.empty() && issue.expression.starts_with(type))
      issue.expression = std::string(place) + issue.expression.substr(type.size());
    exchange.issues.push_back(std::move(issue));
  }
  return core::unprocessable("The " + std::string(type) + " does not follow its definition.");
}

bool has_rules(const Engine& engine, std::string_view type) {
  if (!engine.services.rule) return false;
  const auto& types = engine.services.rule_types;
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

core::Result<core::Done> obey_rules(Exchange& exchange, const std::optional<core::store::Record>& before,
                                    const json::Value& after) {
  std::optional<json::Document> stored;
  if (before && !before->deleted()) {
    auto parsed = json::parse(before->body);
    if (!parsed) return core::fault("A stored resource cannot be read.");
    stored = std::move(*parsed);
  }
  validate::Issues found;
  exchange.engine.services.rule(stored ? &stored->root() : nullptr, after, exchange.caller(), found);
  if (!validate::has_error(found)) return core::Done{};
  exchange.issues.insert(exchange.issues.end(), found.begin(), found.end());
  return core::unprocessable("A rule of this server forbids it.");
}

core::store::Op put(const Engine& engine, json::Document& document, json::Value& resource, core::store::Key key) {
  document.set(resource, "id", document.string(key.id));
  Stored stored = stored_form(resource, key.id);
  core::store::Op op;
  op.body = std::move(stored.body);
  op.stamp_at = stored.stamp_at;
  op.rows = engine.index().rows(resource);
  if (engine.services.digest) op.digest = engine.services.digest(resource);
  op.key = std::move(key);
  return op;
}

Written written(const core::store::Op& op, bool with_body) {
  return {op.key, with_body ? op.body : std::string(), op.stamp_at};
}

core::store::Record record_of(const Written& written, const core::store::Committed& committed, std::size_t index) {
  core::store::Record record;
  record.key = written.key;
  record.version = committed.versions[index];
  record.updated = committed.at;
  record.method = committed.created[index] ? core::store::Method::create : core::store::Method::update;
  if (!written.body.empty()) record.body = stamp(written.body, written.stamp_at, record.version, record.updated);
  return record;
}

// A Bundle's answer would be as long as the Bundle: there resources come only when asked for.
bool answers_with_body(const Exchange& exchange) {
  const Return returning = exchange.wishes.returning;
  return returning == Return::representation || (returning == Return::unasked && !exchange.in_bundle);
}

core::Result<std::optional<core::store::Record>> current(core::store::Snapshot& view, const core::store::Key& key) {
  auto found = view.read(key);
  if (found && *found && (*found)->deleted()) return std::optional<core::store::Record>();
  return found;
}

core::Result<core::Done> preconditions(const Exchange& exchange, const std::optional<core::store::Record>& now) {
  const std::string_view match = exchange.header("If-Match");
  if (!match.empty() && (!now || !names_version(match, now->version)))
    return core::Error{
        core::Kind::stale,
        "If-Match asks for " + std::string(match.substr(0, 100)) +
            (now ? "; the current version is " + etag(now->version) + '.' : "; there is no such resource."),
        "If-Match"};
  const std::string_view none = exchange.header("If-None-Match");
  if (!none.empty() && now && names_version(none, now->version))
    return core::Error{core::Kind::stale,
                       "If-None-Match forbids it: the current version is " + etag(now->version) + '.', "If-None-Match"};
  return core::Done{};
}

Answer commit_one(Exchange& exchange, core::store::Op op, std::vector<core::store::Guard> guards) {
  const Written kept = written(op, answers_with_body(exchange));
  core::store::Batch batch;
  batch.ops.push_back(std::move(op));
  batch.guards = std::move(guards);
  batch.waits = exchange.waits;
  auto committed = exchange.engine.commit(std::move(batch), exchange.caller());
  if (!committed) return committed.error();
  const core::store::Record record = record_of(kept, *committed, 0);
  return written_response(exchange, record.method == core::store::Method::create ? 201 : 200, record);
}

}  // namespace fhir::rest
