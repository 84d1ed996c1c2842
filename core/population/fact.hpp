// What the core knows of a person: facts, each from one resource, already free of FHIR. A Digest is the facts of one resource
// as bytes; the store keeps it beside the resource, so that the population loads without parsing resources again.
// Never: decides anything. Threads: plain values. Sources: ../../profiles/README.md names the rule behind each field.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace core::population {

constexpr Day no_day = std::numeric_limits<Day>::min();       // not known
constexpr Day open_end = std::numeric_limits<Day>::max();     // has not ended

enum class FactKind : std::uint8_t {
  condition, observation, procedure, immunization, medication, encounter, care_plan, service_request, task, communication, other
};

// What the status of the resource says about the fact, told apart because each is a different answer (see domain: absence).
enum class State : std::uint8_t {
  valid,        // counts: final, completed, finished, an open or past Condition
  active,       // medication, care plan, service request, task: running now
  stopped,      // medication or plan that ran and ended
  planned,      // not yet done: draft, booked, registered
  preliminary,  // a result that is not final: does not close
  not_done,     // negated: not-done, doNotPerform, cancelled
  declined,     // the person or the physician said no (reason kept in codes)
  refuted,      // verificationStatus refuted, entered-in-error, withdrawn: does not count
  unconfirmed   // a screening's Condition that nobody has confirmed
};

struct Coding {
  std::string system, code;
  bool operator==(const Coding&) const = default;
};

struct Fact {
  FactKind kind = FactKind::other;
  State state = State::valid;
  std::vector<Coding> codes;    // what it is (Condition.code, Observation.code, component code, vaccineCode, medication ...)
  std::vector<Coding> answers;  // coded value (Observation.valueCodeableConcept, QuestionnaireResponse answer)
  std::vector<Coding> about;    // linked needs or categories (reasonCode, category, orderDetail)
  std::vector<std::string> links;  // "Type/id" of linked resources (reasonReference, addresses, basedOn, partOf, focus)
  Day start = no_day;           // effective, performed, onset, authored, occurrence, period.start: first day it may mean
  Day end = open_end;           // abatement, period.end; open_end when it has none
  bool day_exact = true;        // false: only month or year was given
  std::optional<double> value;  // numeric value
  std::string unit;             // UCUM code, else the unit text
  std::string owner;            // task: owner "Type/id"
};

struct Person {
  std::string id;               // "Patient/id" is the key everywhere
  Day birth = no_day;
  bool birth_exact = true;
  char sex = 'u';               // m, f, o (other), u (unknown), from Patient.gender
  Day deceased = no_day;
  bool dead = false;            // deceasedBoolean true, day unknown
  bool active = true;
  bool contact_prohibited = false;
  std::vector<std::string> practitioners;   // generalPractitioner, "Type/id", in order
  std::string organization;     // managingOrganization
  std::vector<Coding> identifiers;          // system and value: business identity
  std::vector<std::string> links;           // Patient.link.other
  std::string replaced_by;                  // link of type replaced-by
  std::string country, postal_code;
};

// The digest of one resource: a person, or facts about a person (subject), or both empty (not about anyone).
struct Digest {
  std::optional<Person> person;
  std::string subject;          // "Patient/id", or "urn:identifier:system|value" for a logical reference, empty: nobody
  std::vector<Fact> facts;
  std::string provider;         // Encounter: participant or serviceProvider, for the owner rule
  std::string service_provider;
};

std::string encode(const Digest& digest);                  // compact bytes, versioned by the first byte
std::optional<Digest> decode(std::string_view bytes);      // nothing when the bytes are not of this form

}  // namespace core::population
