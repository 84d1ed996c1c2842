// The people of the reference engine: who is who, and what each resource says.
#include "tests/unit/core/gap/naive.hpp"

#include <algorithm>
#include <set>

#include "tests/unit/core/gap/naive_evaluation.hpp"

namespace naive {

void World::put(const std::string& key, const Digest& digest) {
  const auto speak = [&](const std::string& record) {
    if (std::find(records_.begin(), records_.end(), record) == records_.end()) records_.push_back(record);
  };
  if (!digest.facts.empty() && !digest.subject.empty()) speak(digest.subject);
  if (digest.person) {
    speak(key);
    for (const auto& link : digest.person->links) speak(link);
  }
  for (auto& each : resources_)
    if (each.key == key) {
      each.digest = digest;
      return;
    }
  resources_.push_back({key, digest});
}

// A resource that is gone and comes back is stored anew.
void World::remove(const std::string& key) {
  std::erase_if(resources_, [&](const Resource& each) { return each.key == key; });
}

const Digest* World::find(const std::string& key) const {
  for (const auto& each : resources_)
    if (each.key == key && each.digest) return &*each.digest;
  return nullptr;
}

std::vector<std::string> World::subjects() const { return records_; }

std::size_t World::place(const std::string& record) const {
  return static_cast<std::size_t>(std::find(records_.begin(), records_.end(), record) - records_.begin());
}

bool World::joined(const std::string& a, const std::string& b) const {
  const auto* first = find(a);
  const auto* second = find(b);
  const auto identifiers = [](const std::string& key, const Digest* digest) {
    std::vector<Coding> all;
    if (digest && digest->person) all = digest->person->identifiers;
    if (key.starts_with("urn:identifier:")) {
      const auto rest = key.substr(15);
      all.push_back({rest.substr(0, rest.find('|')), rest.substr(rest.find('|') + 1)});
    }
    return all;
  };
  for (const auto& mine : identifiers(a, first))
    for (const auto& theirs : identifiers(b, second))
      if (mine == theirs) return true;
  const auto links = [](const Digest* digest, const std::string& to) {
    return digest && digest->person && std::find(digest->person->links.begin(), digest->person->links.end(), to) != digest->person->links.end();
  };
  return links(first, b) || links(second, a);
}

std::vector<std::string> World::group(const std::string& patient) const {
  std::vector<std::string> found{patient};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const auto& other : subjects())
      if (std::find(found.begin(), found.end(), other) == found.end() && joined(found[i], other)) found.push_back(other);
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return found;
}

std::optional<std::string> World::leading(const std::string& patient) const {
  for (const bool replaced : {false, true})
    for (const auto& record : group(patient)) {
      const auto* digest = find(record);
      if (digest && digest->person && digest->person->replaced_by.empty() != replaced) return record;
    }
  return std::nullopt;
}

bool World::known(const std::string& record) const {
  const auto* digest = find(record);
  return digest && digest->person;
}

std::vector<std::string> World::people() const {
  std::vector<std::string> all;
  for (const auto& record : records_)
    if (leading(record) == record) all.push_back(record);
  return all;
}

std::vector<std::string> World::describe(const std::string& patient) const {
  std::vector<std::string> lines;
  for (const auto& record : group(patient))
    for (const auto& resource : resources_) {
      if (!resource.digest || (resource.digest->subject.empty() ? resource.key : resource.digest->subject) != record) continue;
      if (resource.digest->person) lines.push_back(record + " is known");
      for (const auto& fact : resource.digest->facts) {
        auto line = record + " " + resource.key + " kind " + std::to_string(static_cast<int>(fact.kind)) + " state " + std::to_string(static_cast<int>(fact.state));
        for (const auto& each : fact.codes) line += " code " + each.code;
        for (const auto& each : fact.answers) line += " answer " + each.code;
        for (const auto& each : fact.about) line += " about " + each.code;
        line += " start " + (fact.start == no_day ? "-" : text(fact.start)) + (fact.end == open_end ? "" : " end " + text(fact.end));
        if (fact.value) line += " value " + std::to_string(*fact.value) + " " + fact.unit;
        lines.push_back(line);
      }
    }
  return lines;
}

std::vector<Answer> World::decide(const std::string& patient, Day as_of) const { return Evaluation(*this, patient, as_of).all(); }

}  // namespace naive
