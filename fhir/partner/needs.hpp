// Which of the house's social needs a code speaks of: from the value sets of the programmes (NEED-x and NEED-x-about),
// so that a referral with a Condition or a category of somebody else's words finds its need. Never: says whether the
// need is there. Threads: load once, then const. Source: profiles/programmes/valueset-need-*.json and
// profiles/house/codesystem-need.json.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace fhir::partner {

class Needs {
 public:
  static core::Result<Needs> load(const std::filesystem::path& profiles);  // the folder that holds programmes/
  // Of a CodeableConcept, a Coding or a list of either; empty: none.
  std::string of(const json::Value& concept_or_list) const;
  bool knows(std::string_view need) const { return codes_.contains(need); }  // of CodeSystem/need

 private:
  std::set<std::string, std::less<>> codes_;
  void add(const json::Value& value_set, const std::string& need);
  std::map<std::pair<std::string, std::string>, std::string> exact_;  // system, code
  std::vector<std::pair<std::pair<std::string, std::string>, std::string>> begins_;
};

}  // namespace fhir::partner
