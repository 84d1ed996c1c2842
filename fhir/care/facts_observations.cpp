// Results, forms and reports.
#include "fhir/care/fact_readers.hpp"

#include <algorithm>
#include <span>

#include "fhir/care/elements.hpp"

namespace fhir::care {

using namespace core::population;

namespace {

// value[x] of an Observation, a component or a QuestionnaireResponse answer.
void read_value(const json::Value& element, Fact& fact) {
  if (const json::Value* quantity = element.find("valueQuantity")) {
    fact.value = number((*quantity)["value"]);
    fact.unit = std::string(quantity->find("code") ? quantity->text("code") : quantity->text("unit"));
  } else if (const json::Value* integer = element.find("valueInteger")) {
    fact.value = number(*integer);
    fact.unit = "1";
  } else if (const json::Value* decimal = element.find("valueDecimal")) {
    fact.value = number(*decimal);
    fact.unit = "1";
  } else if (const json::Value* truth = element.find("valueBoolean")) {
    fact.answers.push_back({"", truth->boolean() ? "true" : "false"});
  }
  add_codings(element["valueCodeableConcept"], fact.answers);
  add_codings(element["valueCoding"], fact.answers);
}

// "I choose not to answer this question" to every question: the form was refused, not filled in.
bool all_refused(std::span<const Fact> parts) {
  const auto refused = [](const Fact& part) {
    return std::any_of(part.answers.begin(), part.answers.end(), [](const Coding& answer) { return answer.code == "LA30122-8"; });
  };
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), refused);
}

// A LOINC code at the end of a linkId or canonical ("/93025-5/93031-3") names the question.
std::string question_code(std::string_view link_id) {
  const std::string_view tail = link_id.substr(link_id.find_last_of('/') + 1);
  const std::size_t dash = tail.find('-');
  const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (dash == std::string_view::npos || tail.size() - dash != 2) return {};
  return digits(tail.substr(0, dash)) && digits(tail.substr(dash + 1)) ? std::string(tail) : std::string();
}

void from_items(const json::Value& items, const Fact& form, Digest& digest) {
  for (const json::Value& item : items.elements()) {
    const std::string code = question_code(item.text("linkId"));
    if (!code.empty()) {
      Fact fact = form;
      fact.codes = {{"http://loinc.org", code}};
      for (const json::Value& answer : item["answer"].elements()) read_value(answer, fact);
      if (fact.value || !fact.answers.empty()) digest.facts.push_back(std::move(fact));
    }
    from_items(item["item"], form, digest);  // depth is bounded by the parser
    for (const json::Value& answer : item["answer"].elements()) from_items(answer["item"], form, digest);
  }
}

}  // namespace

void from_observation(const json::Value& observation, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::observation;
  fact.state = result_state(observation.text("status"));
  add_codings(observation["code"], fact.codes);
  add_codings(observation["category"], fact.about);
  read_when(observation, "effective", fact);
  add_links(observation["encounter"], fact.links);
  Fact whole = fact;
  read_value(observation, whole);
  digest.facts.push_back(std::move(whole));
  for (const json::Value& component : observation["component"].elements()) {
    Fact part = fact;
    part.codes.clear();
    add_codings(component["code"], part.codes);
    read_value(component, part);
    digest.facts.push_back(std::move(part));
  }
  Fact& panel = digest.facts.front();
  if (panel.state == State::valid && all_refused(std::span(digest.facts).subspan(1))) panel.state = State::declined;
}

void from_questionnaire_response(const json::Value& response, Digest& digest) {
  Fact form;
  form.kind = FactKind::observation;
  form.state = state_of(response.text("status"), {{"completed", State::valid}, {"amended", State::valid}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  read_when(response, "authored", form);
  const std::string_view questionnaire = response.text("questionnaire");
  if (std::string code = question_code(questionnaire.substr(0, questionnaire.find('|'))); !code.empty()) {
    Fact whole = form;
    whole.codes.push_back({"http://loinc.org", std::move(code)});
    digest.facts.push_back(std::move(whole));
  }
  const std::size_t before = digest.facts.size();
  from_items(response["item"], form, digest);
  if (before == 1 && form.state == State::valid && all_refused(std::span(digest.facts).subspan(before)))
    digest.facts.front().state = State::declined;
}

void from_report(const json::Value& report, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::observation;
  fact.state = result_state(report.text("status"));
  add_codings(report["code"], fact.codes);
  read_when(report, "effective", fact);
  add_links(report["result"], fact.links);
  digest.facts.push_back(std::move(fact));
}

}  // namespace fhir::care
