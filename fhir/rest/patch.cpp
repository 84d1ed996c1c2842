// patch and conditional patch: read, change, check, and write again unless someone else wrote meanwhile.
// Source: FHIR R4 RESTful API 3.1.0.8.
#include "fhir/rest/patch.hpp"

#include <array>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

using core::store::Record;

enum class Form : unsigned char { by_content, json_patch, merge };

struct MediaType {
  std::string_view name;
  Form form;
};
// Where the name leaves it open, the content tells: an array is a JSON Patch, Parameters a FHIRPath Patch, any other
// object a merge.
constexpr std::array<MediaType, 10> media_types = {{{"application/json-patch+json", Form::json_patch},
                                                   {"application/merge-patch+json", Form::merge},
                                                   {"application/fhir+json", Form::by_content},
                                                   {"application/json+fhir", Form::by_content},
                                                   {"application/json", Form::by_content},
                                                   {"text/json", Form::by_content},
                                                   {"application/fhir+xml", Form::by_content},
                                                   {"application/xml+fhir", Form::by_content},
                                                   {"application/xml", Form::by_content},
                                                   {"text/xml", Form::by_content}}};

std::optional<Form> form_of(std::string_view media_type) {
  if (media_type.empty()) return Form::by_content;
  for (const MediaType& row : media_types)
    if (same_word(trimmed(media_type.substr(0, media_type.find(';'))), row.name)) return row.form;
  return std::nullopt;
}

core::Result<core::Done> apply(const model::Definitions& definitions, Form form, json::Document& document,
                               const json::Value& patch, bool from_xml = false) {
  if (form == Form::json_patch || (form == Form::by_content && patch.is_array()))
    return apply_json_patch(document, patch);
  if (form == Form::by_content && patch.text("resourceType") == "Parameters")
    return apply_fhirpath_patch(definitions, document, patch);
  if (from_xml) return core::unsupported("A patch in XML is a Parameters resource (FHIRPath Patch).", "body");
  if (!patch.is_object()) return core::invalid("A merge patch is an object.", "body");
  apply_merge_patch(document, patch);
  return core::Done{};
}

// In a Bundle a JSON Patch travels as the data of a Binary.
core::Result<core::Done> apply_from_bundle(Exchange& exchange, json::Document& document) {
  const model::Definitions& definitions = exchange.engine.definitions();
  const json::Value& resource = *exchange.resource;
  if (resource.text("resourceType") != "Binary") return apply(definitions, Form::by_content, document, resource);
  const auto form = form_of(resource.text("contentType"));
  const auto bytes = from_base64(resource.text("data"));
  if (!form) return core::unsupported("A patch in a Binary has the contentType application/json-patch+json.");
  if (!bytes) return core::invalid("The data of the Binary is not base64.");
  auto patch = json::parse(*bytes);
  if (!patch) return patch.error();
  return apply(definitions, *form, document, patch->root());
}

Response unsupported_patch(const Exchange& exchange) {
  Response response = refusal(415, "not-supported",
                 "A patch is application/json-patch+json, application/fhir+json or application/fhir+xml (Parameters), or "
                 "application/merge-patch+json; not " +
                     std::string(exchange.header("Content-Type").substr(0, 200)) + '.');
  response.headers.push_back({"Accept-Patch", "application/json-patch+json, application/fhir+json, application/fhir+xml, "
                                              "application/merge-patch+json"});  // RFC 5789
  return response;
}

Answer store_patched(Exchange& exchange, const Record& before, std::vector<core::store::Guard> guards) {
  auto result = patched(exchange, before);
  if (!result) return result.error();
  json::Value& after = result->root();
  if (auto checked = check(exchange, after); !checked) return checked.error();
  if (has_rules(exchange.engine, before.key.type))
    if (auto obeyed = obey_rules(exchange, before, after); !obeyed) return obeyed.error();
  core::store::Op op = put(exchange.engine, *result, after, before.key);
  op.if_version = before.version;
  return commit_one(exchange, std::move(op), std::move(guards));
}

}  // namespace

bool fits(const json::Value& value, std::size_t depth, std::size_t& bytes) {
  const bool holds_others = value.is_array() || value.is_object();
  const std::size_t own = 2 * sizeof(json::Value) + (holds_others ? 0 : value.size());
  if (own > bytes || (holds_others && depth == 0)) return false;
  bytes -= own;
  for (const json::Value& each : value.elements())
    if (!fits(each, depth - 1, bytes)) return false;
  for (const json::Member& each : value.members())
    if (!fits(each.value, depth - 1, bytes)) return false;
  return true;
}

core::Error outgrown() { return {core::Kind::too_large, "the patch makes the resource too large, or nests it too deeply.", "body"}; }

core::Result<json::Document> patched(Exchange& exchange, const Record& before) {
  auto document = json::parse(before.body);
  if (!document) return core::fault("A stored resource cannot be read.");
  core::Result<core::Done> done = core::Done{};
  if (exchange.in_bundle) {
    done = apply_from_bundle(exchange, *document);
  } else {
    auto body = parsed_body(exchange);
    if (!body) return body.error();
    done = apply(exchange.engine.definitions(), form_of(exchange.header("Content-Type")).value_or(Form::by_content),
                 *document, body->root(), format_of(exchange.header("Content-Type")) == Format::xml);
  }
  if (!done) return done.error();
  const json::Value& root = document->root();
  if (std::size_t bytes = most_patched_bytes; !fits(root, json::Limits{}.depth, bytes)) return outgrown();
  if (!root.is_object() || root.text("resourceType") != before.key.type || root.text("id") != before.key.id)
    return core::unprocessable("A patch cannot change the resource's type or id.");
  return std::move(*document);
}

Answer patch(Exchange& exchange) {
  if (!exchange.in_bundle && !form_of(exchange.header("Content-Type"))) return unsupported_patch(exchange);
  const core::store::Key key{exchange.target.type, exchange.target.id};
  return persist(exchange, [&]() -> Answer {
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    auto now = (*view)->read(key);
    if (!now) return now.error();
    if (!*now) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
    if ((*now)->deleted()) return core::Error{core::Kind::gone, key.type + '/' + key.id + " is deleted.", "id"};
    if (auto holds = preconditions(exchange, *now); !holds) return holds.error();
    view->reset();
    return store_patched(exchange, **now, {});
  });
}

Answer conditional_patch(Exchange& exchange) {
  if (!exchange.in_bundle && !form_of(exchange.header("Content-Type"))) return unsupported_patch(exchange);
  const Engine& engine = exchange.engine;
  auto query = search::criteria(engine.index(), exchange.target.type, exchange.request.query,
                                engine.search_context(search::Handling::strict, exchange.caller()));
  if (!query) return query.error();
  return persist(exchange, [&]() -> Answer {
    auto view = engine.view(exchange.caller());
    if (!view) return view.error();
    auto found = find_records(**view, *query, 2);
    if (!found) return found.error();
    if (found->empty()) return core::not_found("The condition matches nothing that could be patched.", "query");
    if (found->size() > 1)
      return core::Error{core::Kind::stale, "The condition matches several resources; none was changed.", "query"};
    if (auto holds = preconditions(exchange, found->front()); !holds) return holds.error();
    view->reset();
    return store_patched(exchange, found->front(), {{*query, {found->front().key.id}, "condition"}});
  });
}

}  // namespace fhir::rest
