#include "fhir/care/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/care/elements.hpp"
#include "fhir/care/fact_readers.hpp"

namespace fhir::care {
namespace {

using namespace core::population;

// Set X12 of the programmes, Immunization's own reasons, and data that is absent because the question was declined.
constexpr std::array declined_codes{
    std::string_view("105480006"), std::string_view("183945002"), std::string_view("413311005"), std::string_view("895451009"),
    std::string_view("720834000"), std::string_view("183932001"), std::string_view("183964008"), std::string_view("410534003"),
    std::string_view("410536001"), std::string_view("428119001"), std::string_view("407563006"), std::string_view("PATOBJ"),
    std::string_view("MEDPREC"), std::string_view("IMMUNE")};

struct Reader {
  std::string_view type;
  std::string_view subject;  // element that refers to the person; empty: not about one
  void (*read)(const json::Value&, Digest&);
};

constexpr std::array readers{
    Reader{"AllergyIntolerance", "patient", from_allergy},
    Reader{"CarePlan", "subject", from_care_plan},
    Reader{"Communication", "subject", from_communication},
    Reader{"Condition", "subject", from_condition},
    Reader{"DiagnosticReport", "subject", from_report},
    Reader{"Encounter", "subject", from_encounter},
    Reader{"Immunization", "patient", from_immunization},
    Reader{"Medication", "", from_medication},
    Reader{"MedicationAdministration", "subject", from_medication_event},
    Reader{"MedicationDispense", "subject", from_medication_event},
    Reader{"MedicationRequest", "subject", from_medication_event},
    Reader{"MedicationStatement", "subject", from_medication_event},
    Reader{"Observation", "subject", from_observation},
    Reader{"Patient", "", from_patient},
    Reader{"Procedure", "subject", from_procedure},
    Reader{"QuestionnaireResponse", "subject", from_questionnaire_response},
    Reader{"RelatedPerson", "patient", from_related_person},
    Reader{"RiskAssessment", "subject", from_risk_assessment},
    Reader{"ServiceRequest", "subject", from_service_request},
    Reader{"Task", "for", from_task},
};

bool says_nothing(const Digest& digest) { return !digest.person && digest.facts.empty(); }

}  // namespace

State state_of(std::string_view status, std::initializer_list<StatusRow> table, State otherwise) {
  for (const StatusRow& row : table)
    if (row.status == status) return row.state;
  return otherwise;
}

bool is_true(const json::Value& value) { return value.is_boolean() && value.boolean(); }

std::optional<double> number(const json::Value& value) {
  if (!value.is_number()) return std::nullopt;
  const std::string_view text = value.text();
  double result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return result;
}

State result_state(std::string_view status) {
  return state_of(status,
                  {{"final", State::valid}, {"amended", State::valid}, {"corrected", State::valid}, {"appended", State::valid},
                   {"cancelled", State::not_done}, {"entered-in-error", State::refuted}},
                  State::preliminary);
}

bool says_declined(const json::Value& reasons) {
  std::vector<Coding> given;
  add_codings(reasons, given);
  return std::any_of(given.begin(), given.end(),
                     [](const Coding& each) { return std::find(declined_codes.begin(), declined_codes.end(), each.code) != declined_codes.end(); });
}

std::string link_from(const json::Value& reference) {
  const std::string_view text = reference.text("reference");
  if (text.empty()) {
    const json::Value& identifier = reference["identifier"];
    if (identifier.text("value").empty()) return {};
    return "urn:identifier:" + std::string(identifier.text("system")) + "|" + std::string(identifier.text("value"));
  }
  if (text.front() == '#' || text.starts_with("urn:")) return {};
  const std::string_view path = text.substr(0, text.find("/_history/"));
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t before = path.rfind('/', last - 1);
  return std::string(before == std::string_view::npos ? path : path.substr(before + 1));
}

json::Value reference_from(json::Document& doc, std::string_view link) {
  constexpr std::string_view logical = "urn:identifier:";
  json::Value value = doc.object();
  const std::size_t bar = link.find('|');
  if (!link.starts_with(logical) || bar == link.npos) {
    doc.set(value, "reference", doc.string(link));
    return value;
  }
  json::Value identifier = doc.object();
  if (bar > logical.size()) doc.set(identifier, "system", doc.string(link.substr(logical.size(), bar - logical.size())));
  doc.set(identifier, "value", doc.string(link.substr(bar + 1)));
  doc.set(value, "identifier", identifier);
  return value;
}

bool is_own(const json::Value& resource) {
  return has_coding(resource["meta"]["tag"], std::string(house) + "/CodeSystem/origin", "panelbridge");
}

std::string_view gap_identifier(const json::Value& task) {
  constexpr std::string_view system = "https://w3id.org/panelbridge/fhir/gap";
  for (const json::Value& identifier : task["identifier"].elements())
    if (identifier.text("system") == system) return identifier.text("value");
  return {};
}

Digest digest_from(const json::Value& resource) {
  Digest digest;
  const std::string_view type = resource.text("resourceType");
  const auto reader = std::find_if(readers.begin(), readers.end(), [&](const Reader& r) { return r.type == type; });
  if (reader == readers.end()) return digest;
  if (!reader->subject.empty()) {
    digest.subject = link_from(resource[reader->subject]);
    if (!digest.subject.starts_with("Patient/") && !digest.subject.starts_with("urn:identifier:")) return {};
  }
  reader->read(resource, digest);
  return says_nothing(digest) ? Digest{} : digest;
}

std::string digest_bytes(const json::Value& resource) {
  const Digest digest = digest_from(resource);
  return says_nothing(digest) ? std::string() : core::population::encode(digest);
}

}  // namespace fhir::care
