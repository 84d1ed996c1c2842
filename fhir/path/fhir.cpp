#include "fhir/path/families.hpp"
#include "fhir/path/html.hpp"

namespace fhir::path::functions {
namespace {

constexpr std::string_view base_profile = "http://hl7.org/fhir/StructureDefinition/";

// "Patient" of Patient/1, http://x/fhir/Patient/1/_history/2; empty where the reference does not say.
std::string_view type_in(std::string_view reference, const model::Definitions* definitions) {
  if (const auto history = reference.find("/_history/"); history != std::string_view::npos)
    reference = reference.substr(0, history);
  const auto slash = reference.rfind('/');
  if (slash == std::string_view::npos) return {};
  const auto before = reference.rfind('/', slash - 1);
  const std::string_view type = reference.substr(before == std::string_view::npos ? 0 : before + 1,
                                                 slash - (before == std::string_view::npos ? 0 : before + 1));
  return definitions && definitions->is_resource(type) ? type : std::string_view();
}

const json::Value* contained_in(const json::Value& resource, std::string_view id) {
  if (id.empty()) return &resource;
  for (const json::Value& one : resource["contained"].elements())
    if (one.text("id") == id) return &one;
  return nullptr;
}

const json::Value* entry_in(const json::Value& bundle, std::string_view reference) {
  for (const json::Value& entry : bundle["entry"].elements()) {
    const json::Value* resource = entry.find("resource");
    if (!resource) continue;
    if (entry.text("fullUrl") == reference) return resource;
    const std::string_view type = resource->text("resourceType"), id = resource->text("id");
    if (!id.empty() && reference.size() == type.size() + 1 + id.size() && reference.starts_with(type) &&
        reference.ends_with(id))
      return resource;
  }
  return nullptr;
}

const json::Value* target_of(const Call& call, const Item& item, std::string_view reference) {
  const Environment& environment = call.on.environment();
  const json::Value* root = environment.root          ? environment.root
                            : call.on.input().empty() ? nullptr
                                                      : call.on.input().front().resource;
  if (!reference.empty() && reference[0] == '#') {
    const json::Value* here = item.resource ? contained_in(*item.resource, reference.substr(1)) : nullptr;
    return here || !root ? here : contained_in(*root, reference.substr(1));
  }
  if (environment.resolve)
    if (const json::Value* found = environment.resolve(reference)) return found;
  return root && root->text("resourceType") == "Bundle" ? entry_in(*root, reference) : nullptr;
}

}  // namespace

void extension(const Call& call, Collection& out) {
  const auto url = call.text(0);
  if (!url) return;
  auto keep = [&](Item&& item) {
    if (item.value->text("url") == *url) out.push_back(std::move(item));
  };
  for (const Item& item : call.input) members(item, "extension", call.on.definitions(), keep);
}

// Not in the specification, but in one of R4's own search parameters.
void has_extension(const Call& call, Collection& out) {
  Collection found;
  extension(call, found);
  if (!call.failed()) out.push_back(boolean_item(!found.empty()));
}

// XHTML counts as a value where R4's own invariant ele-1 is at work, and not for who asks strictly.
void has_value(const Call& call, Collection& out) {
  const bool one = call.input.size() == 1;
  const Item* item = one ? &call.input.front() : nullptr;
  const bool xhtml = item && item->type && item->type->name == "xhtml" && call.on.environment().strict;
  const bool primitive = item && item->kind != Item::Kind::quantity && item->kind != Item::Kind::type_info &&
                         (item->kind != Item::Kind::element || is_primitive_element(*item));
  out.push_back(boolean_item(primitive && !xhtml && path::has_value(*item)));
}

void get_value(const Call& call, Collection& out) {
  if (call.input.size() != 1 ||
      (call.input.front().kind == Item::Kind::element && !is_primitive_element(call.input.front())))
    return;
  if (auto value = system_value(call.input.front())) out.push_back(std::move(*value));
}

// What cannot be fetched is a stub that has a type and no value, so that `resolve() is Patient` holds.
void resolve(const Call& call, Collection& out) {
  const auto* definitions = call.on.definitions();
  for (const Item& item : call.input) {
    if (item.kind != Item::Kind::element && item.kind != Item::Kind::string) continue;
    const bool object = item.kind == Item::Kind::element && item.value->is_object();
    const std::string_view reference = object                            ? item.value->text("reference")
                                       : item.kind == Item::Kind::string ? std::string_view(item.text)
                                                                         : item.value->text();
    if (!call.on.spend(call.node)) return;
    if (const json::Value* found = reference.empty() ? nullptr : target_of(call, item, reference)) {
      out.push_back(root_item(*found, definitions));
      continue;
    }
    std::string_view type = type_in(reference, definitions);
    if (type.empty() && object) type = item.value->text("type");
    if (!definitions || !definitions->is_resource(type)) continue;
    out.push_back(element_item(&no_value(), definitions->type(type)));
  }
}

void member_of(const Call& call, Collection& out) {
  const auto url = call.text(0);
  const Item* item = call.failed() ? nullptr : call.single();
  const auto& ask = call.on.environment().member_of;
  if (!url || !item || !ask) return;
  if (const auto answer = ask(*item, *url)) out.push_back(boolean_item(*answer));
}

void conforms_to(const Call& call, Collection& out) {
  const auto url = call.text(0);
  const Item* item = call.failed() ? nullptr : call.single();
  if (!url || !item) return;
  const auto* definitions = call.on.definitions();
  const std::string_view name =
      url->starts_with(base_profile) ? std::string_view(*url).substr(base_profile.size()) : std::string_view();
  if (definitions && !name.empty() && definitions->type(name)) {
    out.push_back(boolean_item(is_type(*item, "FHIR", name, definitions)));
    return;
  }
  const auto& ask = call.on.environment().conforms_to;
  const auto answer = ask ? ask(*item, *url) : std::nullopt;
  if (!answer) return void(call.fail("conformsTo(): the profile " + *url + " is not known"));
  out.push_back(boolean_item(*answer));
}

void html_checks(const Call& call, Collection& out) {
  const Item* item = call.single();
  if (!item || !path::has_value(*item)) return;
  const auto value = system_value(*item);
  out.push_back(boolean_item(value && value->kind == Item::Kind::string && is_narrative(value->text)));
}

}  // namespace fhir::path::functions
