// Deep: the datatypes that have rules of their own.
#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/path/html.hpp"
#include "fhir/validate/conform.hpp"
#include "fhir/validate/deep.hpp"
#include "fhir/validate/primitive.hpp"

namespace fhir::validate {
namespace {

using json::Value;
using terminology::Answer;

std::string plain(std::string_view text) {  // for comparing displays: case and runs of spaces aside
  std::string out;
  for (const char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// "Observation.component.value[x]" -> "Observation.component.value"
std::string_view without_choice(std::string_view path) {
  return path.ends_with("[x]") ? path.substr(0, path.size() - 3) : path;
}

// R4 states too narrow a context for these, and uses them elsewhere itself.
constexpr std::array<std::string_view, 3> free_of_context{
    "http://hl7.org/fhir/StructureDefinition/regex",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version"};

bool fits_context(const model::Definitions& definitions, const Value& where, const Spot& parent) {
  const std::string_view type = where.text("type"), expression = where.text("expression");
  if (type == "fhirpath") return true;  // not decided here
  if (type == "extension")
    return parent.type && parent.type->name == "Extension" && parent.value && parent.value->text("url") == expression;
  if (expression == "Element" || expression == "Resource" || expression == "*") return true;
  if (parent.element && without_choice(parent.element->path) == without_choice(expression)) return true;
  return parent.type && definitions.derives(parent.type->name, expression);
}

}  // namespace

void Deep::datatype(const Spot& spot, const Spot& parent, const Context& context) {
  using Check = void (Deep::*)(const Spot&, const Spot&, const Context&);
  static constexpr std::array<std::pair<std::string_view, Check>, 8> checks{{{"Extension", &Deep::extension},
                                                                             {"Reference", &Deep::reference},
                                                                             {"Coding", &Deep::coding},
                                                                             {"Attachment", &Deep::attachment},
                                                                             {"xhtml", &Deep::narrative},
                                                                             {"uri", &Deep::uri},
                                                                             {"url", &Deep::uri},
                                                                             {"canonical", &Deep::uri}}};
  if (!spot.value) return;
  for (const auto& [name, check] : checks)
    if (spot.type->name == name) (this->*check)(spot, parent, context);
}

void Deep::extension(const Spot& spot, const Spot& parent, const Context& context) {
  const std::string url(spot.value->text("url"));
  if (url.empty() || url.find(':') == url.npos) return;  // a part of the extension around it
  const Profile* profile = run_.profiles.find(url);
  if (!profile)
    return run_.once("not-found", url, spot.place.text(), "the extension " + url + " is not loaded and not checked");
  Conform(run_).check(*profile, spot, context);
  const auto contexts = (*profile->source)["context"].elements();
  const bool fits = std::any_of(contexts.begin(), contexts.end(),
                                [&](const Value& where) { return fits_context(run_.definitions, where, parent); });
  const bool exempt = std::find(free_of_context.begin(), free_of_context.end(), url) != free_of_context.end();
  if (contexts.empty() || fits || exempt) return;
  std::string allowed;
  for (const Value& where : contexts) allowed.append(allowed.empty() ? "" : ", ").append(where.text("expression"));
  run_.error("structure", spot.place.text(), "the extension " + url + " may not stand here, only on " + allowed);
}

void Deep::reference(const Spot& spot, const Spot&, const Context& context) {
  const std::string_view text = spot.value->text("reference");
  const Value* target = run_.resolve(text, context);
  if (text.starts_with('#') && !target)
    return run_.error("not-found", spot.place.text(),
                      "there is no contained resource with the id of " + std::string(text));
  const std::string_view type = target ? target->text("resourceType") : type_in(run_.definitions, text);
  const std::string_view stated = spot.value->text("type");
  if (type.empty()) return;
  if (!stated.empty() && stated != type && last_step(stated) != type)
    run_.error("structure", spot.place.text(),
               "the reference says its target is a " + std::string(stated) + ", and it is a " + std::string(type));
  if (!target && !text.starts_with('#') && !text.starts_with("urn:"))
    run_.once("not-found", std::string(text), spot.place.text(),
              "the target of the reference " + std::string(text) + " is not at hand and not checked");
  const model::ElementType* allowed = nullptr;
  for (const model::ElementType& candidate : spot.element->types)
    if (candidate.code == "Reference") allowed = &candidate;
  if (!allowed || allowed->targets.empty()) return;
  const bool fits = std::any_of(allowed->targets.begin(), allowed->targets.end(),
                                [&](const std::string& t) { return run_.definitions.derives(type, t); });
  if (fits) return;
  std::string words;
  for (const std::string& t : allowed->targets) words += (words.empty() ? "" : ", ") + t;
  run_.error("structure", spot.place.text(),
             "a reference to " + words + " is expected, found one to " + std::string(type));
}

void Deep::coding(const Spot& spot, const Spot&, const Context&) {
  const std::string_view system = spot.value->text("system"), code = spot.value->text("code"),
                         display = spot.value->text("display");
  if (system.empty() || code.empty()) return;
  const auto& terminology = run_.known.terminology();
  if (terminology.in_system(system, code) == Answer::no)
    return run_.error(
        "code-invalid", spot.place.text("code"),
        "\"" + std::string(code.substr(0, 60)) + "\" is not a code of the code system " + std::string(system));
  const auto displays = terminology.displays(system, code);
  if (display.empty() || displays.empty()) return;
  if (std::any_of(displays.begin(), displays.end(),
                  [&](std::string_view known) { return plain(known) == plain(display); }))
    return;
  run_.error("invalid", spot.place.text("display"),
             "the display of " + std::string(code) + " is \"" + std::string(displays.front()) + "\", found \"" +
                 std::string(display.substr(0, 120)) + "\"");
}

void Deep::attachment(const Spot& spot, const Spot&, const Context&) {
  const std::string_view data = spot.value->text("data"), size = spot.value->text("size");
  if (data.empty() || size.empty()) return;
  const auto kept =
      std::count_if(data.begin(), data.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20; });
  const auto padding = std::count(data.begin(), data.end(), '=');
  long long stated = 0;
  std::from_chars(size.data(), size.data() + size.size(), stated);
  const long long bytes = kept / 4 * 3 - padding;
  if (stated != bytes)
    run_.error("structure", spot.place.text(),
               "size says " + std::string(size) + " bytes, and the data are " + std::to_string(bytes));
}

void Deep::narrative(const Spot& spot, const Spot&, const Context& context) {
  const path::Narrative found = path::read_narrative(spot.value->text());
  if (!found.formed) return;  // said by the structure
  if (!found.entities)
    run_.error("invalid", spot.place.text(),
               "only the entities of XML are known here: use a character reference instead of a name of HTML");
  for (const std::string_view link : found.links) {
    const bool is_anchor =
        link.empty() || std::find(found.anchors.begin(), found.anchors.end(), link) != found.anchors.end();
    if (!is_anchor && !run_.resolve('#' + std::string(link), context))
      return run_.warn("not-found", spot.place.text(),
                       "the link #" + std::string(link.substr(0, 60)) + " leads nowhere in this narrative");
  }
}

void Deep::uri(const Spot& spot, const Spot&, const Context&) {
  const std::string_view text = spot.value->text();
  if (text.starts_with("urn:uuid:") && !rule_of(model::Primitive::uuid).valid(text))
    run_.error("invalid", spot.place.text(), "a UUID of lower-case hexadecimal digits is expected after urn:uuid:");
  if (text.starts_with("urn:oid:") && !rule_of(model::Primitive::oid).valid(text))
    run_.error("invalid", spot.place.text(), "an OID is expected after urn:oid:");
}

}  // namespace fhir::validate
