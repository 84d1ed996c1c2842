#include "fhir/care/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <span>

#include "fhir/care/elements.hpp"
#include "fhir/care/ledger.hpp"
#include "fhir/care/referral.hpp"

namespace fhir::care {
namespace {

using namespace core::population;

struct StatusRow {
  std::string_view status;
  State state;
};

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

// value[x] of an Observation, a component or a QuestionnaireResponse answer.
void read_value(const json::Value& element, Fact& fact) {
  if (const json::Value* quantity = element.find("valueQuantity")) {
    fact.value = number((*quantity)["value"]);
    fact.unit = std::string(quantity->find("code") ? quantity->text("code") : quantity->text("unit"));
  } else if (const json::Value* integer = element.find("valueInteger")) {
    fact.value = number(*integer);
    fact.unit = "1";
  } else if (const json::Value* decimal = element.find("valueDecimal")) {
    fact.value = number(*decimal);
    fact.unit = "1";
  } else if (const json::Value* truth = element.find("valueBoolean")) {
    fact.answers.push_back({"", truth->boolean() ? "true" : "false"});
  }
  add_codings(element["valueCodeableConcept"], fact.answers);
  add_codings(element["valueCoding"], fact.answers);
}

void from_patient(const json::Value& patient, Digest& digest) {
  Person person;
  person.id = std::string(patient.text("id"));
  const When birth = when(patient["birthDate"]);
  person.birth = birth.day;
  person.birth_exact = birth.exact;
  const std::string_view gender = patient.text("gender");
  person.sex = gender == "male" ? 'm' : gender == "female" ? 'f' : gender == "other" ? 'o' : 'u';
  person.deceased = when(patient["deceasedDateTime"]).day;
  person.dead = is_true(patient["deceasedBoolean"]);
  person.active = !(patient["active"].is_boolean() && !patient["active"].boolean());
  if (const json::Value* flag = extension(patient, std::string(house) + "/StructureDefinition/contact-prohibited"))
    person.contact_prohibited = is_true((*flag)["valueBoolean"]);
  add_links(patient["generalPractitioner"], person.practitioners);
  person.organization = link_from(patient["managingOrganization"]);
  for (const json::Value& identifier : patient["identifier"].elements())
    if (!identifier.text("system").empty() && !identifier.text("value").empty() && identifier.text("use") != "old")
      person.identifiers.push_back({std::string(identifier.text("system")), std::string(identifier.text("value"))});
  for (const json::Value& link : patient["link"].elements()) {
    std::string other = link_from(link["other"]);
    if (other.empty()) continue;
    if (link.text("type") == "replaced-by") person.replaced_by = other;
    person.links.push_back(std::move(other));
  }
  for (const json::Value& address : patient["address"].elements()) {
    if (person.country.empty()) person.country = std::string(address.text("country"));
    if (person.postal_code.empty()) person.postal_code = std::string(address.text("postalCode"));
  }
  digest.person = std::move(person);
}

State verification_state(const json::Value& verification) {
  if (has_coding(verification, "", "refuted") || has_coding(verification, "", "entered-in-error")) return State::refuted;
  return has_coding(verification, "", "unconfirmed") ? State::unconfirmed : State::valid;
}

void read_onset(const json::Value& condition, Fact& fact) {
  read_when(condition, "onset", fact);
  if (fact.start == no_day) read_when(condition, "recordedDate", fact);
}

void from_condition(const json::Value& condition, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::condition;
  fact.state = verification_state(condition["verificationStatus"]);
  add_codings(condition["code"], fact.codes);
  add_codings(condition["category"], fact.about);
  read_onset(condition, fact);
  Fact abatement;
  read_when(condition, "abatement", abatement);
  if (abatement.start != no_day) fact.end = abatement.start;
  // Over, on a day that nobody wrote down: never open, still "ever".
  const json::Value& clinical = condition["clinicalStatus"];
  const bool over = has_coding(clinical, "", "resolved") || has_coding(clinical, "", "inactive") || has_coding(clinical, "", "remission") ||
                    is_true(condition["abatementBoolean"]) || condition.find("abatementString") || condition.find("abatementAge");
  if (fact.end == open_end && over) fact.end = fact.start;
  digest.facts.push_back(std::move(fact));
}

State result_state(std::string_view status) {
  return state_of(status,
                  {{"final", State::valid}, {"amended", State::valid}, {"corrected", State::valid}, {"appended", State::valid},
                   {"cancelled", State::not_done}, {"entered-in-error", State::refuted}},
                  State::preliminary);
}

// "I choose not to answer this question" to every question: the form was refused, not filled in.
bool all_refused(std::span<const Fact> parts) {
  const auto refused = [](const Fact& part) {
    return std::any_of(part.answers.begin(), part.answers.end(), [](const Coding& answer) { return answer.code == "LA30122-8"; });
  };
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), refused);
}

void from_observation(const json::Value& observation, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::observation;
  fact.state = result_state(observation.text("status"));
  add_codings(observation["code"], fact.codes);
  add_codings(observation["category"], fact.about);
  read_when(observation, "effective", fact);
  add_links(observation["encounter"], fact.links);
  Fact whole = fact;
  read_value(observation, whole);
  digest.facts.push_back(std::move(whole));
  for (const json::Value& component : observation["component"].elements()) {
    Fact part = fact;
    part.codes.clear();
    add_codings(component["code"], part.codes);
    read_value(component, part);
    digest.facts.push_back(std::move(part));
  }
  Fact& panel = digest.facts.front();
  if (panel.state == State::valid && all_refused(std::span(digest.facts).subspan(1))) panel.state = State::declined;
}

// A LOINC code at the end of a linkId or canonical ("/93025-5/93031-3") names the question.
std::string question_code(std::string_view link_id) {
  const std::string_view tail = link_id.substr(link_id.find_last_of('/') + 1);
  const std::size_t dash = tail.find('-');
  const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (dash == std::string_view::npos || tail.size() - dash != 2) return {};
  return digits(tail.substr(0, dash)) && digits(tail.substr(dash + 1)) ? std::string(tail) : std::string();
}

void from_items(const json::Value& items, const Fact& form, Digest& digest) {
  for (const json::Value& item : items.elements()) {
    const std::string code = question_code(item.text("linkId"));
    if (!code.empty()) {
      Fact fact = form;
      fact.codes = {{"http://loinc.org", code}};
      for (const json::Value& answer : item["answer"].elements()) read_value(answer, fact);
      if (fact.value || !fact.answers.empty()) digest.facts.push_back(std::move(fact));
    }
    from_items(item["item"], form, digest);  // depth is bounded by the parser
    for (const json::Value& answer : item["answer"].elements()) from_items(answer["item"], form, digest);
  }
}

void from_questionnaire_response(const json::Value& response, Digest& digest) {
  Fact form;
  form.kind = FactKind::observation;
  form.state = state_of(response.text("status"), {{"completed", State::valid}, {"amended", State::valid}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  read_when(response, "authored", form);
  const std::string_view questionnaire = response.text("questionnaire");
  if (std::string code = question_code(questionnaire.substr(0, questionnaire.find('|'))); !code.empty()) {
    Fact whole = form;
    whole.codes.push_back({"http://loinc.org", std::move(code)});
    digest.facts.push_back(std::move(whole));
  }
  const std::size_t before = digest.facts.size();
  from_items(response["item"], form, digest);
  if (before == 1 && form.state == State::valid && all_refused(std::span(digest.facts).subspan(before)))
    digest.facts.front().state = State::declined;
}

void from_procedure(const json::Value& procedure, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::procedure;
  fact.state = state_of(procedure.text("status"),
                        {{"completed", State::valid}, {"in-progress", State::active}, {"preparation", State::planned}, {"on-hold", State::planned},
                         {"not-done", State::not_done}, {"stopped", State::stopped}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  add_codings(procedure["code"], fact.codes);
  for (const char* name : {"category", "reasonCode", "statusReason"}) add_codings(procedure[name], fact.about);
  for (const char* name : {"reasonReference", "basedOn"}) add_links(procedure[name], fact.links);
  read_when(procedure, "performed", fact);
  digest.facts.push_back(std::move(fact));
}

void from_immunization(const json::Value& immunization, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::immunization;
  fact.state = state_of(immunization.text("status"), {{"completed", State::valid}, {"not-done", State::not_done}}, State::refuted);
  if (fact.state == State::not_done && has_coding(immunization["statusReason"], "", "PATOBJ")) fact.state = State::declined;
  add_codings(immunization["vaccineCode"], fact.codes);
  read_when(immunization, "occurrence", fact);
  digest.facts.push_back(std::move(fact));
}

void add_contained_codes(const json::Value& event, std::string_view id, Fact& fact) {
  for (const json::Value& contained : event["contained"].elements())
    if (contained.text("id") == id) add_codings(contained["code"], fact.codes);
}

// MedicationRequest, MedicationStatement, MedicationDispense and MedicationAdministration.
void from_medication_event(const json::Value& event, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::medication;
  fact.state = state_of(event.text("status"),
                        {{"active", State::active}, {"in-progress", State::active}, {"intended", State::planned}, {"draft", State::planned},
                         {"preparation", State::planned}, {"completed", State::valid}, {"stopped", State::stopped}, {"on-hold", State::stopped},
                         {"cancelled", State::not_done}, {"not-taken", State::not_done}, {"not-done", State::not_done},
                         {"declined", State::declined}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  const std::string_view intent = event.text("intent");
  if (fact.state == State::active && (intent == "proposal" || intent == "plan")) fact.state = State::planned;
  if (is_true(event["doNotPerform"])) fact.state = State::not_done;
  add_codings(event["medicationCodeableConcept"], fact.codes);
  add_codings(event["reasonCode"], fact.about);
  const json::Value& reference = event["medicationReference"];
  if (const std::string_view target = reference.text("reference"); !target.empty() && target.front() == '#')
    add_contained_codes(event, target.substr(1), fact);
  else
    add_links(reference, fact.links);
  add_links(event["reasonReference"], fact.links);
  for (const char* name : {"authoredOn", "effective", "whenHandedOver", "whenPrepared", "dateAsserted"})
    if (fact.start == no_day) read_when(event, name, fact);
  digest.facts.push_back(std::move(fact));
}

void from_encounter(const json::Value& encounter, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::encounter;
  fact.state = state_of(encounter.text("status"),
                        {{"finished", State::valid}, {"in-progress", State::active}, {"arrived", State::active}, {"triaged", State::active},
                         {"onleave", State::active}, {"planned", State::planned}, {"cancelled", State::not_done}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  add_codings(encounter["class"], fact.codes);
  add_codings(encounter["type"], fact.codes);
  add_codings(encounter["priority"], fact.about);
  add_codings(encounter["reasonCode"], fact.about);
  for (const char* name : {"admitSource", "dischargeDisposition"}) add_codings(encounter["hospitalization"][name], fact.about);
  read_period(encounter["period"], fact);
  for (const json::Value& participant : encounter["participant"].elements())
    if (digest.provider.empty()) digest.provider = link_from(participant["individual"]);
  digest.service_provider = link_from(encounter["serviceProvider"]);
  digest.facts.push_back(std::move(fact));
}

State request_state(const json::Value& request) {
  if (is_true(request["doNotPerform"])) return State::not_done;
  const State state = state_of(request.text("status"),
                               {{"active", State::active}, {"on-hold", State::active}, {"draft", State::planned}, {"completed", State::valid},
                                {"revoked", State::stopped}, {"entered-in-error", State::refuted}},
                               State::preliminary);
  const std::string_view intent = request.text("intent");
  const bool wish = intent == "proposal" || (intent == "plan" && request.text("resourceType") != "CarePlan");
  return state == State::active && wish ? State::planned : state;
}

void from_care_plan(const json::Value& plan, Digest& digest) {
  if (is_own(plan)) return;  // an answer of the core, no evidence
  Fact fact;
  fact.kind = FactKind::care_plan;
  fact.state = request_state(plan);
  add_codings(plan["category"], fact.codes);
  for (const json::Value& activity : plan["activity"].elements()) add_codings(activity["detail"]["code"], fact.codes);
  add_links(plan["addresses"], fact.links);
  read_period(plan["period"], fact);
  if (fact.start == no_day) read_when(plan, "created", fact);
  digest.facts.push_back(std::move(fact));
}

void from_service_request(const json::Value& request, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::service_request;
  fact.state = request_state(request);
  add_codings(request["code"], fact.codes);
  for (const char* name : {"category", "orderDetail", "reasonCode"}) add_codings(request[name], fact.about);
  add_links(request["reasonReference"], fact.links);
  read_when(request, "authoredOn", fact);
  if (fact.start == no_day) read_when(request, "occurrence", fact);
  digest.facts.push_back(std::move(fact));
}

// Under way, a referral is work on the gap it is part of; ended, it is evidence from that day when its outcome closes the need.
void read_referral(const json::Value& task, Fact& fact) {
  const auto parts = task["partOf"].elements();
  const bool of_gap = std::any_of(parts.begin(), parts.end(), [](const json::Value& part) { return link_from(part).starts_with("Task/gap-"); });
  if (fact.state == State::active && of_gap) fact.state = State::planned;
  if (closes_need(task)) {
    fact.state = State::valid;
    const When end = when(task["executionPeriod"]["end"]);
    if (end.day != no_day) fact.start = end.day;
    else read_when(task, "lastModified", fact);
  } else if (fact.state == State::valid) {
    fact.state = State::stopped;
  }
}

// A gap Task is the answer, not evidence: its digest only tells the ledger that it is there. Referrals and outreach are facts
// (support under way, contacts).
void from_task(const json::Value& task, Digest& digest) {
  if (!gap_identifier(task).empty()) {
    digest = gap_digest_from(task);
    return;
  }
  Fact fact;
  fact.kind = FactKind::task;
  fact.state = state_of(task.text("status"),
                        {{"requested", State::active}, {"received", State::active}, {"accepted", State::active}, {"ready", State::active},
                         {"in-progress", State::active}, {"on-hold", State::active}, {"draft", State::planned}, {"completed", State::valid},
                         {"rejected", State::declined}, {"cancelled", State::not_done}, {"failed", State::stopped}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  if (is_referral(task)) read_referral(task, fact);
  add_codings(task["code"], fact.codes);
  for (const char* name : {"reasonCode", "businessStatus"}) add_codings(task[name], fact.about);
  for (const json::Value& output : task["output"].elements()) add_codings(output["valueCodeableConcept"], fact.answers);
  for (const char* name : {"reasonReference", "focus", "partOf", "basedOn"}) add_links(task[name], fact.links);
  if (fact.start == no_day) read_when(task, "authoredOn", fact);
  fact.owner = link_from(task["owner"]);
  digest.facts.push_back(std::move(fact));
}

void from_communication(const json::Value& communication, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::communication;
  fact.state = state_of(communication.text("status"),
                        {{"completed", State::valid}, {"in-progress", State::active}, {"preparation", State::planned}, {"not-done", State::not_done},
                         {"entered-in-error", State::refuted}},
                        State::preliminary);
  for (const char* name : {"category", "reasonCode"}) add_codings(communication[name], fact.codes);
  for (const char* name : {"medium", "statusReason"}) add_codings(communication[name], fact.about);
  add_links(communication["basedOn"], fact.links);
  read_when(communication, "sent", fact);
  if (fact.start == no_day) read_when(communication, "received", fact);
  digest.facts.push_back(std::move(fact));
}

void from_allergy(const json::Value& allergy, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::condition;
  fact.state = verification_state(allergy["verificationStatus"]);
  add_codings(allergy["code"], fact.codes);
  read_onset(allergy, fact);
  digest.facts.push_back(std::move(fact));
}

void from_report(const json::Value& report, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::observation;
  fact.state = result_state(report.text("status"));
  add_codings(report["code"], fact.codes);
  read_when(report, "effective", fact);
  add_links(report["result"], fact.links);
  digest.facts.push_back(std::move(fact));
}

// Only a person's overrule of a tier is a fact; what the core computes is an answer.
void from_risk_assessment(const json::Value& assessment, Digest& digest) {
  if (!assessment.find("performer")) return;
  Fact fact;
  fact.state = state_of(assessment.text("status"), {{"final", State::valid}, {"amended", State::valid}, {"corrected", State::valid}}, State::refuted);
  add_codings(assessment["method"], fact.codes);
  read_when(assessment, "occurrence", fact);
  for (const json::Value& prediction : assessment["prediction"].elements()) {
    add_codings(prediction["qualitativeRisk"], fact.answers);
    if (const When end = when(prediction["whenPeriod"]["end"]); end.day != no_day) fact.end = end.day;
  }
  digest.facts.push_back(std::move(fact));
}

void from_related_person(const json::Value& related, Digest& digest) {
  Fact fact;
  add_codings(related["relationship"], fact.codes);
  fact.codes.push_back({std::string(house) + "/CodeSystem/fact", "related-person"});
  read_period(related["period"], fact);
  digest.facts.push_back(std::move(fact));
}

// A Medication says nothing about a person, but its codes are looked up by those who refer to it.
void from_medication(const json::Value& medication, Digest& digest) {
  Fact fact;
  add_codings(medication["code"], fact.codes);
  digest.facts.push_back(std::move(fact));
}

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
