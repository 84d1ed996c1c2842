#include "tests/spec/care_resources.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "fhir/json/json.hpp"
#include "tests/spec/care_words.hpp"
#include "tests/spec/care_world.hpp"

namespace spec::care {
namespace {

constexpr std::string_view terminology = "http://terminology.hl7.org/CodeSystem/";

std::string concept_of(std::string_view system, std::string_view code, std::string_view text = {}) {
  return R"({"coding":[{"system":)" + json_string(system) + R"(,"code":)" + json_string(code) + "}]" +
         (text.empty() ? "" : R"(,"text":)" + json_string(text)) + "}";
}

std::string reference(std::string_view to) { return R"({"reference":)" + json_string(to) + "}"; }

// The parts of a line's body: what it is, then "until 2024-01-01", "for that condition", "because ...".
struct Body {
  Words::Word word;
  std::string until, about, by, to, dated;
};

Body body_from(const Fact& fact, const Lookup& lookup) {
  Body body;
  const std::vector<std::string> parts = split(fact.body, ',');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    const auto after = [&](std::string_view lead) -> std::optional<std::string> {
      return part.starts_with(lead) ? std::optional(part.substr(lead.size())) : std::nullopt;
    };
    if (const auto end = after("until ")) body.until = *end;
    else if (const auto kind = after("for that ")) body.about = lookup(*kind);
    else if (const auto who = after("by ")) body.by = lookup(*who);
    else if (const auto whom = after("to ")) body.to = lookup(*whom);
    else if (const auto day = after("dated ")) body.dated = *day;
    else if (i == 0) {
      if (!part.empty()) body.word = Words::shipped().read(part);
    } else throw Failure("'" + part + "' is not understood");
  }
  return body;
}

std::string code_of(const Body& body) {
  if (body.word.code.empty()) throw Failure("after the colon a word of words.txt is expected");
  return concept_of(body.word.system, body.word.code);
}

std::string quantity(std::string_view number, std::string_view unit) {
  const std::string code = unit.empty() ? "{score}" : Words::shipped().unit(unit);
  return R"({"value":)" + std::string(number) + R"(,"unit":)" + json_string(code) +
         R"(,"system":"http://unitsofmeasure.org","code":)" + json_string(code) + "}";
}

std::string pressure(std::string_view code, const std::string& number) {
  return R"({"code":)" + concept_of("http://loinc.org", code) + R"(,"valueQuantity":)" + quantity(number, "mm[Hg]") +
         "}";
}

// "51 mmol/mol", "150/95", "= smokes daily", "without a value".
std::string value_of(const std::string& text) {
  if (text == "without a value")
    return R"("dataAbsentReason":)" + concept_of(std::string(terminology) + "data-absent-reason", "unknown");
  if (text.starts_with("= ")) {
    const Words::Word answer = Words::shipped().answer(text.substr(2));
    return R"("valueCodeableConcept":)" + concept_of(answer.system, answer.code);
  }
  const std::size_t space = text.find(' ');
  const std::string number = text.substr(0, space), unit = space == std::string::npos ? "" : text.substr(space + 1);
  if (number.empty() || number.find_first_not_of("0123456789./-") != std::string::npos)
    throw Failure("'" + text + "' is not a value");
  if (const std::size_t slash = number.find('/'); slash != std::string::npos)
    return R"("component":[)" + pressure("8480-6", number.substr(0, slash)) + "," +
           pressure("8462-4", number.substr(slash + 1)) + "]";
  return R"("valueQuantity":)" + quantity(number, unit);
}

std::string head(const Fact& fact, std::string_view type, std::string_view subject = "subject") {
  return R"({"resourceType":")" + std::string(type) + "\"," + json_string(subject) + ":" + reference(fact.patient);
}

std::string condition(const Fact& fact, const Body& body) {
  const std::string verification = fact.state.empty() ? "confirmed" : status_from(fact.kind, fact.state);
  std::string text =
      head(fact, "Condition") + R"(,"code":)" + code_of(body) + R"(,"onsetDateTime":)" + json_string(fact.day);
  if (verification != "entered-in-error")
    text += R"(,"clinicalStatus":)" +
            concept_of(std::string(terminology) + "condition-clinical", body.until.empty() ? "active" : "resolved");
  text += R"(,"verificationStatus":)" + concept_of(std::string(terminology) + "condition-ver-status", verification);
  if (!body.until.empty()) text += R"(,"abatementDateTime":)" + json_string(body.until);
  return text + "}";
}

std::string result(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "final" : status_from(fact.kind, fact.state);
  return head(fact, "Observation") + R"(,"status":)" + json_string(status) + R"(,"code":)" + code_of(body) +
         R"(,"effectiveDateTime":)" + json_string(fact.day) +
         (body.about.empty() ? "" : R"(,"encounter":)" + reference(body.about)) + "," + value_of(body.word.rest) + "}";
}

// "PRAPARE; worried about losing home = yes; transport = no"
std::string form(const Fact& fact, const Body&) {
  const std::vector<std::string> lines = split(fact.body, ';');
  const Words::Word name = Words::shipped().read(lines.front());
  std::string components;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const Words::Word question = Words::shipped().read(lines[i]);
    components += std::string(i > 1 ? "," : "") + R"({"code":)" + concept_of(question.system, question.code) + "," +
                  value_of(question.rest) + "}";
  }
  const std::string status = fact.state.empty() ? "final" : status_from(fact.kind, fact.state);
  return head(fact, "Observation") + R"(,"status":)" + json_string(status) + R"(,"code":)" +
         concept_of(name.system, name.code) + R"(,"effectiveDateTime":)" + json_string(fact.day) +
         (components.empty() ? "" : R"(,"component":[)" + components + "]") + "}";
}

std::string procedure(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "completed" : status_from(fact.kind, fact.state);
  std::string text = head(fact, "Procedure") + R"(,"status":)" + json_string(status) + R"(,"code":)" + code_of(body) +
                     R"(,"performedDateTime":)" + json_string(fact.day);
  if (!body.about.empty()) text += R"(,"reasonReference":[)" + reference(body.about) + "]";
  if (fact.state == "declined") text += R"(,"statusReason":)" + concept_of("http://snomed.info/sct", "105480006");
  return text + "}";
}

std::string vaccination(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "completed" : status_from(fact.kind, fact.state);
  std::string text = head(fact, "Immunization", "patient") + R"(,"status":)" + json_string(status) + R"(,"vaccineCode":)" +
                     code_of(body) + R"(,"occurrenceDateTime":)" + json_string(fact.day);
  if (fact.state == "declined")
    text += R"(,"statusReason":)" + concept_of(std::string(terminology) + "v3-ActReason", "PATOBJ");
  return text + "}";
}

std::string medicine(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "active" : status_from(fact.kind, fact.state);
  return head(fact, "MedicationRequest") + R"(,"intent":"order","status":)" + json_string(status) +
         R"(,"medicationCodeableConcept":)" + code_of(body) + R"(,"authoredOn":)" + json_string(fact.day) + "}";
}

std::string visit(const Fact& fact, const Body& body) {
  const std::string klass = fact.kind == "emergency visit" ? "EMER" : fact.kind == "hospital stay" ? "IMP" : "AMB";
  const std::string status = fact.state.empty() ? "finished" : status_from(fact.kind, fact.state);
  std::string text = head(fact, "Encounter") + R"(,"status":)" + json_string(status) + R"(,"class":{"system":)" +
                     json_string(std::string(terminology) + "v3-ActCode") + R"(,"code":)" + json_string(klass) +
                     R"(},"period":{"start":)" + json_string(fact.day) + R"(,"end":)" +
                     json_string(body.until.empty() ? fact.day : body.until) + "}";
  if (!body.word.code.empty()) text += R"(,"type":[)" + code_of(body) + "]";
  if (!body.by.empty()) text += R"(,"participant":[{"individual":)" + reference(body.by) + "}]";
  return text + "}";
}

std::string plan(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "active" : status_from(fact.kind, fact.state);
  std::string text = head(fact, "CarePlan") + R"(,"intent":"plan","status":)" + json_string(status) + R"(,"category":[)" +
                     code_of(body) + R"(],"period":{"start":)" + json_string(fact.day);
  if (!body.until.empty()) text += R"(,"end":)" + json_string(body.until);
  text += "}";
  if (!body.about.empty()) text += R"(,"addresses":[)" + reference(body.about) + "]";
  return text + "}";
}

std::string referral(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "active" : status_from(fact.kind, fact.state);
  std::string text = head(fact, "ServiceRequest") + R"(,"intent":"order","status":)" + json_string(status) + R"(,"code":)" +
                     code_of(body) + R"(,"authoredOn":)" + json_string(fact.day);
  if (!body.about.empty()) text += R"(,"reasonReference":[)" + reference(body.about) + "]";
  return text + "}";
}

// A referral to somebody of the social side, as a Task: what a municipality receives.
std::string request(const Fact& fact, const Body& body) {
  const std::string status = fact.state.empty() ? "requested" : status_from(fact.kind, fact.state);
  std::string text =
      head(fact, "Task", "for") + R"(,"intent":"order","status":)" + json_string(status) + R"(,"code":{"coding":[)" +
      R"({"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"},{"system":)" +
      json_string(body.word.system) + R"(,"code":)" + json_string(body.word.code) + R"(}]},"authoredOn":)" + json_string(fact.day);
  if (!body.to.empty()) text += R"(,"owner":)" + reference(body.to);
  if (!body.about.empty()) text += R"(,"reasonReference":)" + reference(body.about);
  return text + "}";
}

std::string allergy(const Fact& fact, const Body& body) {
  return head(fact, "AllergyIntolerance", "patient") + R"(,"clinicalStatus":)" +
         concept_of(std::string(terminology) + "allergyintolerance-clinical", "active") + R"(,"verificationStatus":)" +
         concept_of(std::string(terminology) + "allergyintolerance-verification", "confirmed") + R"(,"code":)" +
         code_of(body) + R"(,"recordedDate":)" + json_string(fact.day) + "}";
}

struct Kind {
  std::string_view name, type;
  std::string (*make)(const Fact&, const Body&);
};

constexpr std::array kinds{
    Kind{"condition", "Condition", condition},
    Kind{"result", "Observation", result},
    Kind{"form", "Observation", form},
    Kind{"procedure", "Procedure", procedure},
    Kind{"vaccination", "Immunization", vaccination},
    Kind{"medicine", "MedicationRequest", medicine},
    Kind{"visit", "Encounter", visit},
    Kind{"emergency visit", "Encounter", visit},
    Kind{"hospital stay", "Encounter", visit},
    Kind{"care plan", "CarePlan", plan},
    Kind{"referral", "ServiceRequest", referral},
    Kind{"request", "Task", request},
    Kind{"allergy", "AllergyIntolerance", allergy},
};

struct StatusRow {
  std::string_view kind, word, code;
};

// The clinician's word for a state, where FHIR has another one; kind "" is any.
constexpr std::array status_rows{
    StatusRow{"", "withdrawn", "entered-in-error"},   StatusRow{"procedure", "planned", "preparation"},
    StatusRow{"procedure", "not done", "not-done"},   StatusRow{"procedure", "declined", "not-done"},
    StatusRow{"procedure", "done", "completed"},      StatusRow{"vaccination", "not done", "not-done"},
    StatusRow{"vaccination", "declined", "not-done"}, StatusRow{"referral", "planned", "draft"},
    StatusRow{"referral", "not done", "revoked"},     StatusRow{"medicine", "planned", "draft"},
    StatusRow{"care plan", "planned", "draft"},       StatusRow{"care plan", "ended", "completed"},
    StatusRow{"visit", "not done", "cancelled"},      StatusRow{"request", "done", "completed"},
    StatusRow{"request", "planned", "draft"},         StatusRow{"referral", "done", "completed"},
};

constexpr std::array state_words{std::string_view("preliminary"), std::string_view("unconfirmed"),
                                 std::string_view("withdrawn"),   std::string_view("not done"),
                                 std::string_view("declined"),    std::string_view("planned"),
                                 std::string_view("stopped"),     std::string_view("refuted")};

}  // namespace

std::string json_string(std::string_view text) {
  std::string out;
  fhir::json::write_string(text, out);
  return out;
}

bool is_kind(std::string_view kind) {
  return std::any_of(kinds.begin(), kinds.end(), [&](const Kind& each) { return each.name == kind; });
}

bool is_state(std::string_view state) {
  return std::find(state_words.begin(), state_words.end(), state) != state_words.end();
}

std::vector<std::string> states() { return {state_words.begin(), state_words.end()}; }

std::string status_from(std::string_view kind, std::string_view word) {
  for (const StatusRow& row : status_rows)
    if ((row.kind.empty() || row.kind == kind) && row.word == word) return std::string(row.code);
  return std::string(word);
}

Resource resource_from(const Fact& fact, const Lookup& lookup) {
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& each) { return each.name == fact.kind; });
  if (kind == kinds.end()) throw Failure("'" + fact.kind + "' is no kind of fact");
  const Body body = fact.kind == "form" ? Body{} : body_from(fact, lookup);
  Fact told = fact;
  if (!body.dated.empty()) told.day = body.dated;
  return {std::string(kind->type), kind->make(told, body)};
}

}  // namespace spec::care
