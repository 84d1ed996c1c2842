#include "adapters/ehr/localise.hpp"

#include "adapters/ehr/identity.hpp"
#include "fhir/rest/identity.hpp"

namespace adapters::ehr {
namespace {

using core::store::Key;
using fhir::json::Document;
using fhir::json::Value;

std::string source_url(const Origin& origin, const Key& source) {
  return origin.base_url + "/" + source.type + "/" + source.id;
}

std::string text_of(const Key& key) { return key.type + "/" + key.id; }

Value list_of(Document& document, Value first) {
  Value list = document.array();
  document.push(list, first);
  return list;
}

// Every object below with a text `reference`.
template <class Each>
void each_reference(Document& document, Value& node, const Each& each) {
  if (node.is_array()) {
    for (Value& item : document.elements(node)) each_reference(document, item, each);
  } else if (node.is_object()) {
    each(node);
    for (fhir::json::Member& member : document.members(node))
      if (member.value.is_object() || member.value.is_array()) each_reference(document, member.value, each);
  }
}

void make_logical(const Origin& origin, Document& document, Value& reference, const Key& source) {
  Value note = document.object();
  document.set(note, "url", document.string(source_reference));
  const std::string_view was = reference.text("reference");
  const bool tells = source_key(origin, was, {}).has_value();  // else it is below another name of the server
  document.set(note, "valueString", document.string(tells ? was : std::string_view(text_of(source))));
  document.remove(reference, "reference");
  if (Value* extensions = document.find(reference, "extension"); extensions != nullptr && extensions->is_array())
    document.push(*extensions, note);
  else
    document.insert_first(reference, "extension", list_of(document, note));
  if (reference.find("identifier") != nullptr) return;  // the source's own business identifier says more
  Value identifier = document.object();
  document.set(identifier, "system", document.string(source_system));
  document.set(identifier, "value", document.string(source_url(origin, source)));
  document.set(reference, "identifier", identifier);
}

// The text that make_logical() kept, or empty; its place in extension.
std::string kept_reference(const Value& reference, std::size_t& place) {
  const auto extensions = reference["extension"].elements();
  for (place = 0; place < extensions.size(); ++place)
    if (extensions[place].text("url") == source_reference) return std::string(extensions[place].text("valueString"));
  return {};
}

void make_literal(Document& document, Value& reference, std::size_t place, const Key& local) {
  Value* extensions = document.find(reference, "extension");
  document.erase(*extensions, place);
  if (extensions->size() == 0) document.remove(reference, "extension");
  if (reference["identifier"].text("system") == source_system) document.remove(reference, "identifier");
  document.insert_first(reference, "reference", document.string(text_of(local)));
}

bool is_ours(const Value& coding) { return coding.text("system") == source_tag || coding.text("system") == origin_tag; }

void set_meta(const Origin& origin, Document& document, const Key& source) {
  Value& root = document.root();
  Value meta = document.find(root, "meta") != nullptr ? *document.find(root, "meta") : document.object();
  document.remove(meta, "versionId");
  document.remove(meta, "lastUpdated");
  document.set(meta, "source", document.string(source_url(origin, source)));
  Value tags = document.array();
  for (const Value& tag : root["meta"]["tag"].elements())
    if (!is_ours(tag)) document.push(tags, tag);
  Value tag = document.object();
  document.set(tag, "system", document.string(source_tag));
  document.set(tag, "code", document.string(origin.partner));
  document.push(tags, tag);
  document.set(meta, "tag", tags);
  document.set(root, "meta", meta);
}

void set_identifier(const Origin& origin, Document& document, const Key& source) {
  const auto* type = origin.definitions->type(source.type);
  const auto* element = type == nullptr ? nullptr : type->element("identifier");
  if (element == nullptr || element->types.empty() || element->types.front().code != "Identifier") return;
  Value identifier = document.object();
  document.set(identifier, "system", document.string(source_system));
  document.set(identifier, "value", document.string(source_url(origin, source)));
  Value& root = document.root();
  if (!element->is_list()) {
    if (root.find("identifier") == nullptr) document.set(root, "identifier", identifier);
    return;
  }
  Value list = document.array();
  for (const Value& each : root["identifier"].elements())
    if (each.text("system") != source_system) document.push(list, each);
  document.push(list, identifier);
  document.set(root, "identifier", list);
}

}  // namespace

std::optional<Key> source_key(const Origin& origin, std::string_view reference, std::string_view home) {
  for (const std::string_view base : {std::string_view(origin.base_url), home})
    if (!base.empty() && reference.size() > base.size() && reference.starts_with(base) && reference[base.size()] == '/') {
      reference.remove_prefix(base.size() + 1);
      break;
    }
  reference = reference.substr(0, reference.find("/_history/"));
  const std::size_t slash = reference.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view type = reference.substr(0, slash), id = reference.substr(slash + 1);
  if (!origin.definitions->is_resource(type) || !fhir::rest::is_id(id)) return std::nullopt;
  return Key{std::string(type), std::string(id)};
}

Key local_key(const Origin& origin, const Key& source) {
  return {source.type, local_id(origin.partner, source.type, source.id)};
}

Document localised(const Origin& origin, const Value& resource, std::string_view home, const Exists& exists,
                   std::vector<Key>& waits) {
  Document document;
  document.root() = document.copy(resource);
  Value& root = document.root();
  const Key source{std::string(resource.text("resourceType")), std::string(resource.text("id"))};
  each_reference(document, root, [&](Value& reference) {
    const Value* text = reference.find("reference");
    if (text == nullptr || !text->is_string()) return;
    const auto target = source_key(origin, text->text(), home);
    if (!target) return;
    const Key local = local_key(origin, *target);
    if (exists(local)) {
      document.set(reference, "reference", document.string(text_of(local)));
    } else {
      make_logical(origin, document, reference, *target);
      waits.push_back(local);
    }
  });
  document.set(root, "id", document.string(local_key(origin, source).id));
  set_meta(origin, document, source);
  set_identifier(origin, document, source);
  return document;
}

bool heal(const Origin& origin, Document& resource, const Exists& exists) {
  bool healed = false;
  each_reference(resource, resource.root(), [&](Value& reference) {
    std::size_t place = 0;
    const std::string was = kept_reference(reference, place);
    if (was.empty() || reference.find("reference") != nullptr) return;
    const auto source = source_key(origin, was, {});
    if (!source) return;
    const Key local = local_key(origin, *source);
    if (!exists(local)) return;
    make_literal(resource, reference, place, local);
    healed = true;
  });
  return healed;
}

}  // namespace adapters::ehr
