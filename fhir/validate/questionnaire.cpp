// A QuestionnaireResponse against its Questionnaire: items where they belong, the right number of answers, required
// ones given where they apply. Source: FHIR R4 QuestionnaireResponse (11.2), Questionnaire extensions.
#include <algorithm>
#include <map>

#include "fhir/path/decimal.hpp"
#include "fhir/validate/answer.hpp"
#include "fhir/validate/compare.hpp"
#include "fhir/validate/deep.hpp"
#include "fhir/validate/pattern.hpp"

namespace fhir::validate {
namespace {

using json::Value;
class Answers {
 public:
  Answers(Run& run, const Value& questionnaire, const Value& response)
      : run_(run),
        questionnaire_(questionnaire),
        complete_(response.text("status") == "completed" || response.text("status") == "amended") {
    collect(response);
  }

  void items(const Value& definitions, const Value& given, const Place& place) {
    const auto all = given.elements();
    order(definitions, all, place);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Place here{&place, "item", {}, static_cast<int>(i)};
      const Value* definition = find(definitions, all[i].text("linkId"));
      if (definition) item(*definition, all[i], here);
      else stray(all[i], here);
    }
    for (const Value& definition : definitions.elements()) presence(definition, all, place);
  }

 private:
  static const Value* find(const Value& definitions, std::string_view link) {
    for (const Value& definition : definitions.elements())
      if (definition.text("linkId") == link) return &definition;
    return nullptr;
  }

  static const Value* find_anywhere(const Value& definitions, std::string_view link) {
    for (const Value& definition : definitions.elements()) {
      if (definition.text("linkId") == link) return &definition;
      if (const Value* below = find_anywhere(definition["item"], link)) return below;
    }
    return nullptr;
  }

  void stray(const Value& item, const Place& place) {
    const std::string link(item.text("linkId"));
    if (find_anywhere(questionnaire_["item"], link))
      run_.error("structure", place.text(), "the item " + link + " does not belong here");
    else run_.error("not-found", place.text(), "the Questionnaire has no item " + link);
  }

  void order(const Value& definitions, std::span<const Value> given, const Place& place) {
    std::size_t newest = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto all = definitions.elements();
      const auto at = static_cast<std::size_t>(
          std::find_if(all.begin(), all.end(),
                       [&](const Value& d) { return d.text("linkId") == given[i].text("linkId"); }) -
          all.begin());
      if (at == all.size()) continue;
      if (at < newest)
        run_.error("structure", Place{&place, "item", {}, static_cast<int>(i)}.text(),
                   "the items are not in the order of the Questionnaire");
      newest = std::max(newest, at);
    }
  }

  // Is the required item there, when it applies and the answers are complete?
  void presence(const Value& definition, std::span<const Value> given, const Place& place) {
    const std::string link(definition.text("linkId"));
    const auto count =
        std::count_if(given.begin(), given.end(), [&](const Value& g) { return g.text("linkId") == link; });
    if (count > 1 && definition.text("type") != "group")
      run_.error("invalid", place.text(), "the item " + link + " stands here " + std::to_string(count) + " times");
    if (count > 1 && definition.text("type") == "group" && !definition["repeats"].boolean())
      run_.error("invalid", place.text(),
                 "the group " + link + " does not repeat, and stands here " + std::to_string(count) + " times");
    if (count || !complete_ || !definition["required"].boolean() || !enabled(definition)) return;
    run_.error("required", place.text(), "the item " + link + " is required, and missing");
  }

  void item(const Value& definition, const Value& given, const Place& place) {
    const std::string_view type = definition.text("type");
    const auto answers = given["answer"].elements();
    if (given.find("answer") && (type == "group" || type == "display" || type == "question")) {
      run_.error("structure", place.text(), "an item of type " + std::string(type) + " has no answers");
    } else {
      number(definition, answers.size(), place);
      for (std::size_t i = 0; i < answers.size(); ++i)
        answer(definition, answers[i], Place{&place, "answer", {}, static_cast<int>(i)});
      exclusive(definition, answers, place);
    }
    if (type != "group" && given.find("item"))
      run_.error("structure", place.text(), "the items of a question stand within its answers");
    if (type == "group") items(definition["item"], given["item"], place);
  }

  void number(const Value& definition, std::size_t count, const Place& place) {
    const std::string link(definition.text("linkId"));
    if (count > 1 && !definition["repeats"].boolean())
      run_.error("invalid", place.text(), link + " takes one answer, found " + std::to_string(count));
    const auto bound = [&](std::string_view name, bool least) {
      const Value* limit = extension_value(definition, core_extension, name);
      if (!limit || (least && !complete_)) return;
      const auto order = compare(*limit, *limit) ? path::Decimal::from(limit->text()) : std::nullopt;
      const path::Decimal found(static_cast<std::int64_t>(count));
      if (order && (least ? found < *order : found > *order))
        run_.error("invalid", place.text(),
                   link + " takes " + (least ? "at least " : "at most ") + std::string(limit->text()) +
                       " answers, found " + std::to_string(count));
    };
    bound("questionnaire-minOccurs", true);
    bound("questionnaire-maxOccurs", false);
    if (complete_ && count == 0 && definition["required"].boolean() && definition.text("type") != "group" &&
        enabled(definition))
      run_.error("required", place.text(), link + " is required, and has no answer");
  }

  void answer(const Value& definition, const Value& given, const Place& place) {
    items(definition["item"], given["item"], place);
    check_answer(run_, questionnaire_, definition, given, place);
  }

  void exclusive(const Value& definition, std::span<const Value> answers, const Place& place) {
    if (answers.size() < 2) return;
    for (const Value& option : definition["answerOption"].elements()) {
      const Value* alone = extension_value(option, core_extension, "questionnaire-optionExclusive");
      if (!alone || !alone->boolean()) continue;
      for (std::size_t i = 0; i < answers.size(); ++i)
        if (const json::Member* value = answer_value(answers[i]); value && is_option(option, *value))
          run_.error("invariant", Place{&place, "answer", {}, static_cast<int>(i)}.text(),
                     "this option excludes every other answer");
    }
  }

  // Whether the conditions under which the item applies hold, judged by the answers of the whole response.
  bool enabled(const Value& definition) {
    const auto conditions = definition["enableWhen"].elements();
    if (conditions.empty()) return true;
    const auto holds = [&](const Value& when) { return this->holds(when); };
    if (definition.text("enableBehavior") == "all") return std::all_of(conditions.begin(), conditions.end(), holds);
    return std::any_of(conditions.begin(), conditions.end(), holds);
  }

  bool holds(const Value& when) {
    const auto& answers = answers_[std::string(when.text("question"))];
    const std::string_view op = when.text("operator");
    const Value* wanted = nullptr;
    for (const json::Member& member : when.members())
      if (member.name.starts_with("answer")) wanted = &member.value;
    if (!wanted) return false;
    if (op == "exists") return answers.empty() != wanted->boolean();
    const auto same = [&](const Value* answer) {
      return matches_pattern(*answer, *wanted) || (answer->is_object() && is_same_code(*answer, *wanted));
    };
    if (op == "=") return std::any_of(answers.begin(), answers.end(), same);
    if (op == "!=") return !answers.empty() && std::none_of(answers.begin(), answers.end(), same);
    return std::any_of(answers.begin(), answers.end(), [&](const Value* answer) {
      const auto order = compare(*answer, *wanted);
      if (!order) return false;
      if (op == ">") return *order > 0;
      if (op == "<") return *order < 0;
      return op == ">=" ? *order >= 0 : *order <= 0;
    });
  }

  static bool is_same_code(const Value& a, const Value& b) {
    return !a.text("code").empty() && a.text("code") == b.text("code") && a.text("system") == b.text("system");
  }

  void collect(const Value& holder) {
    for (const Value& item : holder["item"].elements()) {
      for (const Value& answer : item["answer"].elements()) {
        if (const json::Member* value = answer_value(answer))
          answers_[std::string(item.text("linkId"))].push_back(&value->value);
        collect(answer);
      }
      collect(item);
    }
  }

  Run& run_;
  const Value& questionnaire_;
  bool complete_;  // in progress: what is required may still come
  std::map<std::string, std::vector<const Value*>> answers_;
};

}  // namespace

void check_answers(Run& run, const Spot& response, const Value& questionnaire) {
  if (questionnaire.text("status") == "draft" || questionnaire.text("status") == "retired")
    run.once("business-rule", std::string(questionnaire.text("url")), response.place.text("questionnaire"),
             "the Questionnaire is of status " + std::string(questionnaire.text("status")));
  Answers(run, questionnaire, *response.value).items(questionnaire["item"], (*response.value)["item"], response.place);
}

}  // namespace fhir::validate
