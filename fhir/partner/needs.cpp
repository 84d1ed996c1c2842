#include "fhir/partner/needs.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "fhir/care/elements.hpp"

namespace fhir::partner {
namespace {

// "valueset-need-child-care-about.json" -> "child-care"; empty: not one that names a need by its codes.
std::string need_in(std::string name) {
  constexpr std::string_view head = "valueset-need-", tail = ".json", about = "-about";
  if (!name.starts_with(head) || !name.ends_with(tail)) return {};
  name = name.substr(head.size(), name.size() - head.size() - tail.size());
  if (name.ends_with("-answers") || name.ends_with("-no") || name == "recorded") return {};
  return name.ends_with(about) ? name.substr(0, name.size() - about.size()) : name;
}

}  // namespace

core::Result<Needs> Needs::load(const std::filesystem::path& profiles) {
  Needs needs;
  std::ifstream system(profiles / "house" / "codesystem-need.json", std::ios::binary);
  const auto house = json::parse(std::string(std::istreambuf_iterator<char>(system), {}));
  if (!house) return core::fault(house.error().message, "house/codesystem-need.json");
  for (const json::Value& each : house->root()["concept"].elements()) needs.codes_.emplace(each.text("code"));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(profiles / "programmes", error)) {
    const std::string name = entry.path().filename().string(), need = need_in(name);
    if (need.empty()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const auto parsed = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!parsed) return core::fault(parsed.error().message, name);
    needs.add(parsed->root(), need);
  }
  if (error || needs.exact_.empty()) return core::fault("the value sets of the needs cannot be read", "programmes");
  return needs;
}

void Needs::add(const json::Value& value_set, const std::string& need) {
  for (const json::Value& include : value_set["compose"]["include"].elements()) {
    const std::string system(include.text("system"));
    for (const json::Value& each : include["concept"].elements())
      exact_.emplace(std::pair(system, std::string(each.text("code"))), need);
    for (const json::Value& each : include["filter"].elements())
      begins_.emplace_back(std::pair(system, std::string(each.text("value"))), need);
  }
}

std::string Needs::of(const json::Value& value) const {
  std::vector<care::Coding> codings;
  care::add_codings(value, codings);
  for (const care::Coding& coding : codings) {
    if (const auto found = exact_.find({coding.system, coding.code}); found != exact_.end()) return found->second;
    const auto begin = std::find_if(begins_.begin(), begins_.end(), [&](const auto& each) {
      return each.first.first == coding.system && coding.code.starts_with(each.first.second);
    });
    if (begin != begins_.end()) return begin->second;
  }
  return {};
}

}  // namespace fhir::partner
