// Conditions, allergies, procedures, what a person judged of a risk.
#include "fhir/care/fact_readers.hpp"

#include "fhir/care/elements.hpp"

namespace fhir::care {

using namespace core::population;

namespace {

State verification_state(const json::Value& verification) {
  if (has_coding(verification, "", "refuted") || has_coding(verification, "", "entered-in-error")) return State::refuted;
  return has_coding(verification, "", "unconfirmed") ? State::unconfirmed : State::valid;
}

void read_onset(const json::Value& condition, Fact& fact) {
  read_when(condition, "onset", fact);
  if (fact.start == no_day) read_when(condition, "recordedDate", fact);
}

}  // namespace

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

void from_allergy(const json::Value& allergy, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::condition;
  fact.state = verification_state(allergy["verificationStatus"]);
  add_codings(allergy["code"], fact.codes);
  read_onset(allergy, fact);
  digest.facts.push_back(std::move(fact));
}

void from_procedure(const json::Value& procedure, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::procedure;
  fact.state = state_of(procedure.text("status"),
                        {{"completed", State::valid}, {"in-progress", State::active}, {"preparation", State::planned}, {"on-hold", State::planned},
                         {"not-done", State::not_done}, {"stopped", State::stopped}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  if (fact.state == State::not_done && says_declined(procedure["statusReason"])) fact.state = State::declined;
  add_codings(procedure["code"], fact.codes);
  for (const char* name : {"category", "reasonCode", "statusReason"}) add_codings(procedure[name], fact.about);
  for (const char* name : {"reasonReference", "basedOn"}) add_links(procedure[name], fact.links);
  read_when(procedure, "performed", fact);
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

}  // namespace fhir::care
