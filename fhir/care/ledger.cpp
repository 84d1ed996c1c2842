#include "fhir/care/ledger.hpp"

#include <algorithm>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {
namespace {

using core::population::Digest;
using core::population::Fact;
using core::population::FactKind;

const std::string& gap_system() {
  static const std::string system = std::string(house) + "/gap";
  return system;
}

}  // namespace

Digest gap_digest_from(const json::Value& task) {
  Digest digest;
  digest.subject = link_from(task["for"]);
  Fact fact;
  fact.kind = FactKind::task;
  fact.codes.push_back({gap_system(), std::string(gap_identifier(task))});
  fact.about.push_back({"status", std::string(task.text("status"))});
  digest.facts.push_back(std::move(fact));
  return digest;
}

bool GapLedger::take(std::string_view task_id, const Digest& digest, std::int64_t version) {
  if (digest.facts.size() != 1 || digest.facts[0].codes.size() != 1 || digest.facts[0].codes[0].system != gap_system()) return false;
  const std::string& identity = digest.facts[0].codes[0].code;
  const std::size_t last = identity.rfind('|'), middle = last == std::string::npos ? last : identity.rfind('|', last - 1);
  if (middle == std::string::npos) return false;
  const std::string status = digest.facts[0].about.empty() ? std::string() : digest.facts[0].about[0].code;
  forget(task_id);
  StoredGap gap;
  gap.family = identity.substr(middle + 1, last - middle - 1);
  gap.interval = identity.substr(last + 1);
  gap.task = std::string(task_id);
  gap.over = status == "completed" || status == "cancelled" || status == "failed" || status == "entered-in-error";
  gap.decided = status != "requested" && status != "draft";
  gap.version = version;
  patients_[gap.task] = digest.subject;
  gaps_[digest.subject].push_back(std::move(gap));
  return true;
}

bool GapLedger::forget(std::string_view task_id) {
  const auto found = patients_.find(std::string(task_id));
  if (found == patients_.end()) return false;
  std::vector<StoredGap>& gaps = gaps_[found->second];
  std::erase_if(gaps, [&](const StoredGap& gap) { return gap.task == task_id; });
  if (gaps.empty()) gaps_.erase(found->second);
  patients_.erase(found);
  return true;
}

std::vector<StoredGap>& GapLedger::of(const std::string& patient) { return gaps_[patient]; }

const std::vector<StoredGap>* GapLedger::find(const std::string& patient) const {
  const auto found = gaps_.find(patient);
  return found == gaps_.end() ? nullptr : &found->second;
}

const std::string* GapLedger::patient_of(std::string_view task_id) const {
  const auto found = patients_.find(std::string(task_id));
  return found == patients_.end() ? nullptr : &found->second;
}

StoredGap* GapLedger::gap(std::string_view task_id) {
  const std::string* patient = patient_of(task_id);
  if (!patient) return nullptr;
  for (StoredGap& gap : gaps_[*patient])
    if (gap.task == task_id) return &gap;
  return nullptr;
}

std::vector<std::string> GapLedger::people() const {
  std::vector<std::string> people;
  people.reserve(gaps_.size());
  for (const auto& [patient, gaps] : gaps_) people.push_back(patient);
  std::sort(people.begin(), people.end());
  return people;
}

}  // namespace fhir::care
