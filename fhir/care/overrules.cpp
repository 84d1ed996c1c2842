// What physicians judged of a risk: which overrule stands on a day.
#include <algorithm>

#include "fhir/care/risk.hpp"

namespace fhir::care {

using core::population::Coding;
using core::population::Digest;
using core::population::Fact;
using core::population::no_day;

bool Overrules::take(const std::string& resource, const Digest& digest) {
  if (digest.facts.size() != 1 || digest.facts[0].state != core::population::State::valid) return false;
  const Fact& fact = digest.facts[0];
  Overrule overrule;
  overrule.resource = resource;
  bool tiered = false;
  for (const Coding& answer : fact.answers)
    if (const auto tier = core::panel::tier_from(answer.code); tier && answer.system.ends_with("risk-tier")) {
      overrule.tier = static_cast<int>(*tier);
      tiered = true;
    }
  for (const Coding& code : fact.codes)
    if (code.system.ends_with("CodeSystem/algorithm")) overrule.algorithm = code.code;
  if (!tiered || overrule.algorithm.empty()) return false;
  if (fact.start != no_day) overrule.from = fact.start;
  overrule.until = fact.end;
  forget(resource);
  patient_of_[resource] = digest.subject;
  overrules_[digest.subject].push_back(std::move(overrule));
  return true;
}

std::string Overrules::forget(const std::string& resource) {
  const auto found = patient_of_.find(resource);
  if (found == patient_of_.end()) return {};
  std::string patient = found->second;
  std::erase_if(overrules_[patient], [&](const Overrule& o) { return o.resource == resource; });
  patient_of_.erase(found);
  return patient;
}

core::Day Overrules::next(const std::string& patient, core::Day as_of) const {
  core::Day next = core::population::open_end;
  const auto found = overrules_.find(patient);
  if (found == overrules_.end()) return next;
  for (const Overrule& o : found->second) {
    if (o.from > as_of) next = std::min(next, o.from);
    if (o.until != core::population::open_end && o.until + 1 > as_of) next = std::min(next, o.until + 1);
  }
  return next;
}

const Overrule* Overrules::standing(const std::string& patient, std::string_view algorithm, core::Day on) const {
  const auto found = overrules_.find(patient);
  if (found == overrules_.end()) return nullptr;
  const Overrule* latest = nullptr;
  for (const Overrule& o : found->second)
    if (o.algorithm == algorithm && o.from <= on && on <= o.until && (!latest || o.from >= latest->from)) latest = &o;
  return latest;
}

}  // namespace fhir::care
