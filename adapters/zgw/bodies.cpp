#include "adapters/zgw/bodies.hpp"

#include <array>
#include <utility>

#include "adapters/zgw/texts.hpp"

namespace adapters::zgw {
namespace {

using fhir::json::Document;
using fhir::json::Value;

constexpr std::size_t longest_title = 80, longest_text = 1'000, longest_name = 200, longest_prefix = 80,
                      longest_initials = 20;
constexpr std::string_view own_prefix = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix";

Document begun() {
  Document doc;
  doc.root() = doc.object();
  return doc;
}

// An empty text is left out: what is not known is not said.
void set(Document& doc, Value& object, std::string_view name, std::string_view text) {
  if (!text.empty()) doc.set(object, name, doc.string(text));
}

std::string service_of(const Value& order) {
  const Value& code = order["code"];
  if (!code.text("text").empty()) return std::string(code.text("text"));
  for (const Value& coding : code["coding"].elements())
    if (!coding.text("display").empty()) return std::string(coding.text("display"));
  return {};
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (!value.empty()) text.append(text.empty() ? "" : "\n").append(label).append(value);
}

std::string_view urgency_of(const Value& task) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
      {{"routine", "normaal"}, {"urgent", "spoed"}, {"asap", "zo snel mogelijk"}, {"stat", "direct"}}};
  for (const auto& [code, word] : words)
    if (code == task.text("priority")) return word;
  return "normaal";
}

std::string joined(const Value& list) {
  std::string text;
  for (const Value& each : list.elements()) text.append(text.empty() ? "" : " ").append(each.text());
  return text;
}

std::string name_of(const Value& someone) {
  const Value& name = someone["name"];
  if (name.is_string()) return std::string(name.text());
  const Value& first = name[std::size_t{0}];
  std::string text = joined(first["prefix"]);
  for (const std::string& part : {joined(first["given"]), std::string(first.text("family"))})
    if (!part.empty()) text.append(text.empty() ? "" : " ").append(part);
  return text;
}

std::string contact_of(const Value& someone) {
  std::string text = name_of(someone);
  for (const Value& each : someone["telecom"].elements())
    text.append(text.empty() ? "" : ", ").append(each.text("value"));
  return text;
}

// What matters most comes first: the end may be cut.
std::string text_of(const Visible& visible) {
  std::string text;
  if (visible.contact_prohibited) text = "LET OP: geen contact opnemen met de persoon, alleen via de aanvrager.";
  add_line(text, "Behoefte: ", need_in_dutch(visible.need));
  add_line(text, "Spoed: ", urgency_of(visible.task.root()));
  add_line(text, "Gewenst voor: ", visible.task.root()["restriction"]["period"].text("end").substr(0, 10));
  add_line(text, "Gevraagd: ", service_of(visible.order.root()));
  add_line(text, "Aanvrager: ", contact_of(visible.requester.root()));
  add_line(text, "Praktijk: ", contact_of(visible.practice.root()));
  add_line(text, "Toelichting: ", visible.task.root().text("description"));
  return text;
}

std::string prefix_of(const Value& name) {
  for (const Value& each : name["extension"].elements())
    if (each.text("url") == own_prefix) return std::string(each.text("valueString"));
  return {};
}

std::string initials(const Value& given) {
  std::string text;
  for (const Value& each : given.elements())
    if (!each.text().empty()) text.append(first_character(each.text())).append(".");
  return text;
}

Value person_of(Document& doc, const Value& patient) {
  Value person = doc.object();
  if (const auto bsn = bsn_of(patient)) set(doc, person, "inpBsn", *bsn);
  const Value& name = patient["name"][std::size_t{0}];
  set(doc, person, "geslachtsnaam", cut(name.text("family"), longest_name));
  set(doc, person, "voorvoegselGeslachtsnaam", cut(prefix_of(name), longest_prefix));
  set(doc, person, "voorletters", cut(initials(name["given"]), longest_initials));
  set(doc, person, "voornamen", cut(joined(name["given"]), longest_name));
  const std::string_view gender = patient.text("gender");
  set(doc, person, "geslachtsaanduiding", gender == "male" ? "m" : gender == "female" ? "v" : "o");
  set(doc, person, "geboortedatum", patient.text("birthDate"));
  return person;
}

}  // namespace

std::optional<std::string> bsn_of(const Value& patient) {
  for (const Value& each : patient["identifier"].elements())
    if (auto bsn = bsn_from(each.text("value"))) return bsn;
  return std::nullopt;
}

Document case_body(const Visible& visible, const CaseType& type, const Settings& settings, std::string_view number,
                   core::Day today) {
  Document doc = begun();
  Value& body = doc.root();
  const Value& task = visible.task.root();
  const std::string service = service_of(visible.order.root());
  const auto asked = core::moment_from(task.text("authoredOn"));
  set(doc, body, "identificatie", number);
  set(doc, body, "bronorganisatie", settings.rsin);
  set(doc, body, "verantwoordelijkeOrganisatie", settings.rsin);
  set(doc, body, "zaaktype", type.url);
  set(doc, body, "startdatum", core::text(asked && asked->day() < today ? asked->day() : today));
  std::string title(need_in_dutch(visible.need));
  if (!service.empty()) title.append(title.empty() ? "" : ": ").append(service);
  set(doc, body, "omschrijving", cut(title, longest_title));
  set(doc, body, "toelichting", cut(text_of(visible), longest_text));
  Value mark = doc.object(), marks = doc.array();
  set(doc, mark, "kenmerk", number);
  set(doc, mark, "bron", source_name);
  doc.push(marks, mark);
  doc.set(body, "kenmerken", marks);
  return doc;
}

Document role_body(const Visible& visible, const CaseType& type, std::string_view case_url) {
  Document doc = begun();
  Value& body = doc.root();
  set(doc, body, "zaak", case_url);
  set(doc, body, "betrokkeneType", "natuurlijk_persoon");
  set(doc, body, "roltype", type.initiator);
  set(doc, body, "roltoelichting", "Persoon voor wie hulp wordt gevraagd");
  doc.set(body, "betrokkeneIdentificatie", person_of(doc, visible.patient.root()));
  return doc;
}

Document status_body(std::string_view case_url, std::string_view status_type, core::Instant at) {
  Document doc = begun();
  set(doc, doc.root(), "zaak", case_url);
  set(doc, doc.root(), "statustype", status_type);
  set(doc, doc.root(), "datumStatusGezet", second_text(at));
  return doc;
}

Document result_body(std::string_view case_url, std::string_view result_type, std::string_view words) {
  Document doc = begun();
  set(doc, doc.root(), "zaak", case_url);
  set(doc, doc.root(), "resultaattype", result_type);
  set(doc, doc.root(), "toelichting", cut(words, longest_text));
  return doc;
}

}  // namespace adapters::zgw
