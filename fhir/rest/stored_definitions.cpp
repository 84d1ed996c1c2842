#include "fhir/rest/stored_definitions.hpp"

#include <array>

#include "fhir/rest/engine.hpp"
#include "fhir/rest/reference.hpp"

namespace fhir::rest {
namespace {

constexpr std::array<std::string_view, 5> types = {"StructureDefinition", "ValueSet", "CodeSystem", "Questionnaire",
                                                   "ImplementationGuide"};

}  // namespace

core::Result<std::shared_ptr<const validate::Known>> StoredDefinitions::now(const Engine& engine) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<core::store::Sequence> last;
  for (const std::string_view type : types) last.push_back(engine.services.store->last(type));
  if (known_ && last == seen_) return known_;
  auto view = engine.view({});
  if (!view) return view.error();
  auto known = std::make_shared<validate::Known>(engine.definitions());
  for (const std::string& text : engine.services.shipped)
    if (auto document = json::parse(text)) known->add(std::move(*document));
  for (const std::string_view type : types) {
    core::store::Query query;
    query.types = {std::string(type)};
    query.limit = most;
    auto found = find_records(**view, std::move(query), most);
    if (!found) return found.error();
    for (const core::store::Record& record : *found)
      if (auto document = json::parse(record.body)) known->add(std::move(*document));
  }
  known_ = std::move(known);
  seen_ = std::move(last);
  return known_;
}

}  // namespace fhir::rest
