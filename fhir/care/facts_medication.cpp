// Medicines and vaccines.
#include "fhir/care/fact_readers.hpp"

#include "fhir/care/elements.hpp"

namespace fhir::care {

using namespace core::population;

namespace {

void add_contained_codes(const json::Value& event, std::string_view id, Fact& fact) {
  for (const json::Value& contained : event["contained"].elements())
    if (contained.text("id") == id) add_codings(contained["code"], fact.codes);
}

}  // namespace

void from_immunization(const json::Value& immunization, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::immunization;
  fact.state = state_of(immunization.text("status"), {{"completed", State::valid}, {"not-done", State::not_done}}, State::refuted);
  if (fact.state == State::not_done && says_declined(immunization["statusReason"])) fact.state = State::declined;
  add_codings(immunization["vaccineCode"], fact.codes);
  read_when(immunization, "occurrence", fact);
  digest.facts.push_back(std::move(fact));
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
  if (fact.state == State::not_done && (says_declined(event["statusReason"]) || says_declined(event["reasonCode"]))) fact.state = State::declined;
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

// A Medication says nothing about a person, but its codes are looked up by those who refer to it.
void from_medication(const json::Value& medication, Digest& digest) {
  Fact fact;
  add_codings(medication["code"], fact.codes);
  digest.facts.push_back(std::move(fact));
}

}  // namespace fhir::care
