// People and their visits.
#include "fhir/care/fact_readers.hpp"

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {

using namespace core::population;

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

void from_related_person(const json::Value& related, Digest& digest) {
  Fact fact;
  add_codings(related["relationship"], fact.codes);
  fact.codes.push_back({std::string(house) + "/CodeSystem/fact", "related-person"});
  read_period(related["period"], fact);
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

}  // namespace fhir::care
