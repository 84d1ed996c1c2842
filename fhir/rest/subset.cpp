#include "fhir/rest/subset.hpp"

#include <algorithm>

namespace fhir::rest {
namespace {

constexpr std::string_view observation_value = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

// "_birthDate" carries the extensions of birthDate and goes where it goes.
std::string_view base_name(std::string_view name) { return name.starts_with('_') ? name.substr(1) : name; }

struct Part {
  search::Summary summary;
  const std::vector<std::string>& elements;
  std::string_view type;

  // _elements names elements without [x], optionally "Type.name".
  bool asked(const model::Element& element, std::string_view json_name) const {
    return std::any_of(elements.begin(), elements.end(), [&](const std::string& text) {
      std::string_view name = text;
      if (const std::size_t dot = name.find('.'); dot != std::string_view::npos) {
        if (name.substr(0, dot) == type) name.remove_prefix(dot + 1);
        name = name.substr(0, name.find('.'));
      }
      return name == element.name || name == json_name;
    });
  }

  bool keeps(const model::Element& element, std::string_view json_name) const {
    if (json_name == "id" || json_name == "meta") return true;
    if (summary == search::Summary::data) return json_name != "text";
    const bool mandatory = element.min > 0;
    if (summary == search::Summary::text) return mandatory || json_name == "text";
    if (summary == search::Summary::yes) return element.summary;
    if (elements.empty()) return true;
    return mandatory || element.modifier || asked(element, json_name);
  }
};

void tag(json::Document& document, json::Value& root) {
  json::Value* meta = document.find(root, "meta");
  if (meta == nullptr || !meta->is_object()) meta = &document.set(root, "meta", document.object());
  json::Value* tags = document.find(*meta, "tag");
  if (tags == nullptr || !tags->is_array()) tags = &document.set(*meta, "tag", document.array());
  for (const json::Value& each : tags->elements())
    if (each.text("system") == observation_value && each.text("code") == "SUBSETTED") return;
  json::Value& coding = document.push(*tags, document.object());
  document.set(coding, "system", document.string(observation_value));
  document.set(coding, "code", document.string("SUBSETTED"));
}

// Elements that _elements names deeper ("Patient.contact.name") keep the whole of their top element. Summary elements
// are summaries throughout: within a backbone only its own summary elements stay.
void prune(json::Document& document, json::Value& object, const model::Element& backbone) {
  if (object.is_array()) {
    for (json::Value& item : document.elements(object)) prune(document, item, backbone);
    return;
  }
  if (!object.is_object()) return;
  std::vector<std::string> gone;
  for (json::Member& member : document.members(object)) {
    const auto* named = model::find_child(backbone, base_name(member.name));
    if (named == nullptr || named->element == nullptr) continue;
    if (!named->element->summary && named->element->min == 0) gone.emplace_back(member.name);
    else if (named->element->children != nullptr) prune(document, member.value, *named->element);
  }
  for (const std::string& name : gone) document.remove(object, name);
}

}  // namespace

void mark_part(json::Document& part, const json::Value& whole) {
  if (part.root().is_object() && !json::equal(part.root(), whole)) tag(part, part.root());
}

std::string subset(const model::Definitions& definitions, std::string_view body, search::Summary summary,
                   const std::vector<std::string>& elements) {
  auto document = json::parse(body);
  if (!document || summary == search::Summary::count) return std::string(body);
  json::Value& root = document->root();
  const std::string type_name(root.text("resourceType"));
  const model::Type* type = definitions.type(type_name);
  if (type == nullptr) return std::string(body);
  const Part part{summary, elements, type_name};
  std::vector<std::string> gone;
  for (json::Member& member : document->members(root)) {
    if (member.name == "resourceType") continue;
    const std::string_view name = base_name(member.name);
    const auto* named = type->find(name);
    if (named == nullptr || named->element == nullptr) continue;
    if (!part.keeps(*named->element, name)) gone.emplace_back(member.name);
    else if (summary == search::Summary::yes && named->element->children != nullptr)
      prune(*document, member.value, *named->element);
  }
  for (const std::string& name : gone) document->remove(root, name);
  tag(*document, root);
  return json::write(root);
}

}  // namespace fhir::rest
