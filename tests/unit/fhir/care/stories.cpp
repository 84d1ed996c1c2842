// Runs the written stories of tests/unit/fhir/care/stories: given people and events, expect gaps, Tasks, plans and panels. A story is data; this
// file only knows the sentences. After every story a sweep and a fresh start must find nothing left to do.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "fhir/care/elements.hpp"
#include "fhir/care/outreach.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

namespace json = fhir::json;
namespace care = fhir::care;
using care::test::House;

const std::string snomed = "http://snomed.info/sct", loinc = "http://loinc.org", own = "https://w3id.org/panelbridge/fhir/";

struct Word {
  std::string kind, system, code;
};

std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "condition | diabetes | SNOMED | 44054006"
const std::map<std::string, Word>& words() {
  static const std::map<std::string, Word> all = [] {
    std::map<std::string, Word> read;
    const std::map<std::string, std::string> systems{{"SNOMED", snomed}, {"LOINC", loinc}, {"RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"},
                                                     {"CVX", "http://hl7.org/fhir/sid/cvx"}, {"ACT", "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
                                                     {"HOUSE", own + "CodeSystem/evidence"}, {"ICD10", "http://hl7.org/fhir/sid/icd-10"},
                                                     {"ICPC", "http://hl7.org/fhir/sid/icpc-1"}};
    std::ifstream in(PANELBRIDGE_SOURCE "/tests/unit/fhir/care/stories/words.txt");
    for (std::string line; std::getline(in, line);) {
      if (trimmed(line).empty() || line[0] == '#') continue;
      std::vector<std::string> parts;
      std::stringstream columns(line);
      for (std::string part; std::getline(columns, part, '|');) parts.push_back(trimmed(part));
      if (parts.size() != 4) throw std::runtime_error("words.txt: " + line);
      read[parts[1]] = {parts[0], systems.at(parts[2]), parts[3]};
    }
    return read;
  }();
  return all;
}

std::string slug(const std::string& name) {
  std::string id;
  for (const char c : name) {
    if (c == '.') continue;
    id += c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return id;
}

// "{who} has {what} since {day}": slots take as little as the next words allow.
bool matches(std::string_view pattern, std::string_view line, std::vector<std::string>& slots) {
  slots.clear();
  while (true) {
    const auto open = pattern.find('{');
    const auto literal = pattern.substr(0, open);
    if (!line.starts_with(literal)) return false;
    line.remove_prefix(literal.size());
    if (open == std::string_view::npos) return line.empty();
    pattern.remove_prefix(pattern.find('}') + 1);
    const auto next = pattern.substr(0, pattern.find('{'));
    const auto end = next.empty() ? line.size() : line.find(next);
    if (end == std::string_view::npos || end == 0) return false;
    slots.push_back(std::string(line.substr(0, end)));
    line.remove_prefix(end);
  }
}

class Stage {
 public:
  explicit Stage(care::GapSetting setting) : house(std::move(setting)) {}

  House house;

  std::string patient(const std::string& who) const { return "Patient/" + slug(who); }
  const Word& word(const std::string& name) const {
    const auto found = words().find(name);
    if (found == words().end()) throw std::runtime_error("words.txt does not know '" + name + "'");
    return found->second;
  }
  static std::string concept_json(const std::string& system, const std::string& code) {
    return R"({"coding":[{"system":")" + system + R"(","code":")" + code + "\"}]}";
  }
  static std::string reference_json(const std::string& target) { return R"({"reference":")" + target + "\"}"; }

  void post(const std::string& who, const std::string& type, const std::string& content) {
    const std::string subject = type == "Immunization" ? "patient" : "subject";
    last_ = type + "/r" + std::to_string(++count_);
    house.write("PUT", "/" + last_, R"({"resourceType":")" + type + R"(","id":")" + last_.substr(type.size() + 1) + R"(",")" + subject + "\":" +
                                        reference_json(patient(who)) + "," + content + "}");
    named_[who] = last_;
  }

  void put_person(const std::string& who) {
    const Person& p = people_[who];
    std::string body = R"({"resourceType":"Patient","id":")" + slug(who) + R"(","gender":")" + p.gender + R"(","birthDate":")" + p.birth + R"(","name":[{"given":[")" +
                       who + R"("],"family":"Jansen"}])";
    if (!p.doctor.empty()) body += R"(,"generalPractitioner":[)" + reference_json("Practitioner/" + slug(p.doctor)) + "]";
    if (!p.practice.empty()) body += R"(,"managingOrganization":)" + reference_json("Organization/" + slug(p.practice));
    if (!p.bsn.empty()) body += R"(,"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":")" + p.bsn + "\"}]";
    if (!p.died.empty()) body += R"(,"deceasedDateTime":")" + p.died + "\"";
    if (p.prohibited) body += R"(,"extension":[{"url":")" + own + R"(StructureDefinition/contact-prohibited","valueBoolean":true}])";
    if (!p.same_as.empty()) body += R"(,"link":[{"type":"seealso","other":)" + reference_json(patient(p.same_as)) + "}]";
    if (p.inactive) body += R"(,"active":false)";
    house.write("PUT", "/" + patient(who), body + "}");
  }

  struct Person {
    std::string gender, birth, doctor, practice, bsn, died, same_as;
    bool prohibited = false, inactive = false;
  };
  Person& person(const std::string& who) { return people_[who]; }

  void change_last(const std::string& who, const std::string& name, const std::string& value) {
    json::Document document = house.read("/" + named_.at(who));
    document.set(document.root(), name, document.string(value));
    house.write("PUT", "/" + named_.at(who), json::write(document.root()));
  }
  void delete_last(const std::string& who) { house.write("DELETE", "/" + named_.at(who), ""); }

  std::vector<json::Document> find(const std::string& query) {
    const json::Document bundle = house.read(query);
    std::vector<json::Document> found;
    for (const json::Value& entry : bundle.root()["entry"].elements()) {
      found.emplace_back();
      found.back().root() = found.back().copy(entry["resource"]);
    }
    return found;
  }
  // Gap Tasks of one item, in the order of their intervals.
  std::vector<json::Document> tasks(const std::string& who, const std::string& item) {
    std::map<std::string, json::Document> by_interval;
    for (json::Document& task : find("/Task?patient=" + patient(who) + "&code=" + own + "CodeSystem/item%7C" + item + "&_count=100")) {
      const std::string identity(care::gap_identifier(task.root()));
      if (identity.empty()) continue;
      std::string interval = identity.substr(identity.rfind('|') + 1);
      if (interval == "initial") interval = "0";
      by_interval[interval] = std::move(task);
    }
    std::vector<json::Document> all;
    for (auto& [interval, task] : by_interval) all.push_back(std::move(task));
    return all;
  }
  json::Document task(const std::string& who, const std::string& item) {
    auto all = tasks(who, item);
    if (all.empty()) throw std::runtime_error("there is no task for " + item + " of " + who);
    return std::move(all.back());
  }
  std::vector<json::Document> outreach(const std::string& who) {  // newest last
    auto all = find("/Task?patient=" + patient(who) + "&code=" + own + "CodeSystem/task-kind%7Coutreach&_sort=authored-on&_count=100");
    return all;
  }
  json::Document last_outreach(const std::string& who) {
    auto all = outreach(who);
    if (all.empty()) throw std::runtime_error("there is no outreach for " + who);
    return std::move(all.back());
  }
  void set_outreach(const std::string& who, const std::string& status) {
    json::Document task = last_outreach(who);
    task.set(task.root(), "status", task.string(status));
    house.write("PUT", "/Task/" + std::string(task.root().text("id")), json::write(task.root()));
  }
  std::string gap_status(const std::string& who, const std::string& item) {
    for (const json::Document& gap : find("/" + patient(who) + "/$gaps"))
      if (care::has_coding(gap.root()["code"], own + "CodeSystem/item", item)) {
        std::string status(gap.root()["businessStatus"]["coding"][0].text("code"));
        std::replace(status.begin(), status.end(), '-', ' ');
        return status;
      }
    return "not asked";
  }
  std::optional<json::Document> plan(const std::string& who) {
    auto plans = find("/CarePlan?patient=" + patient(who) + "&_tag=" + own + "CodeSystem/origin%7Cpanelbridge");
    if (plans.empty()) return std::nullopt;
    if (plans.size() > 1) throw std::runtime_error(who + " has " + std::to_string(plans.size()) + " plans");
    return std::move(plans.front());
  }
  std::string activity(const std::string& who, std::string kind) {  // its status, or "none"
    std::replace(kind.begin(), kind.end(), ' ', '-');
    const auto found = plan(who);
    if (!found || found->root().text("status") != "active") return "none";
    for (const json::Value& each : found->root()["activity"].elements())
      if (care::has_coding(each["detail"]["code"], own + "CodeSystem/intervention", kind)) return std::string(each["detail"].text("status"));
    return "none";
  }
  bool in_panel(const std::string& who, const std::string& panel) {
    for (const json::Document& group : find("/Group?member=" + patient(who)))
      if (care::has_coding(group.root()["code"], "", panel))
        for (const json::Value& member : group.root()["member"].elements())
          if (care::link_from(member["entity"]) == patient(who) && !member.find("inactive")) return true;
    return false;
  }

 private:
  std::map<std::string, Person> people_;
  std::map<std::string, std::string> named_;  // the last record about each
  std::string last_;
  int count_ = 0;
};

using Slots = std::vector<std::string>;

struct Sentence {
  std::string_view pattern;
  std::function<void(Stage&, const Slots&)> act;
};

std::string day_json(const std::string& name, const std::string& day) { return "\"" + name + "\":\"" + day + "\""; }

void record(Stage& stage, const std::string& who, const std::string& what, const std::string& day, const std::string& status) {
  const Word& word = stage.word(what);
  const std::string code = Stage::concept_json(word.system, word.code);
  if (word.kind == "procedure") return stage.post(who, "Procedure", R"("status":")" + status + R"(","code":)" + code + "," + day_json("performedDateTime", day));
  if (word.kind == "vaccine") return stage.post(who, "Immunization", R"("status":")" + status + R"(","vaccineCode":)" + code + "," + day_json("occurrenceDateTime", day));
  if (word.kind == "visit")
    return stage.post(who, "Encounter", R"("status":"finished","class":{"system":")" + word.system + R"(","code":")" + word.code + R"("},"period":{"start":")" + day +
                                            R"(","end":")" + day + "\"}");
  throw std::runtime_error("'" + what + "' is a " + word.kind + ", which nobody 'had'");
}

void measure(Stage& stage, const std::string& who, const std::string& what, const std::string& value, const std::string& day, const std::string& status) {
  if (what == "blood pressure") {
    const auto slash = value.find('/');
    const auto part = [](const std::string& code, const std::string& number) {
      return R"({"code":)" + Stage::concept_json(loinc, code) + R"(,"valueQuantity":{"value":)" + number +
             R"(,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}})";
    };
    return stage.post(who, "Observation", R"("status":")" + status + R"(","code":)" + Stage::concept_json(loinc, "85354-9") + "," + day_json("effectiveDateTime", day) +
                                              R"(,"component":[)" + part("8480-6", value.substr(0, slash)) + "," + part("8462-4", value.substr(slash + 1)) + "]");
  }
  const Word& word = stage.word(what);
  const auto space = value.find(' ');
  const std::string number = value.substr(0, space), unit = space == std::string::npos ? "1" : value.substr(space + 1);
  const std::string given = number == "without" ? std::string() : R"(,"valueQuantity":{"value":)" + number + R"(,"unit":")" + unit +
                                                                      R"(","system":"http://unitsofmeasure.org","code":")" + unit + "\"}";
  stage.post(who, "Observation", R"("status":")" + status + R"(","code":)" + Stage::concept_json(word.system, word.code) + "," + day_json("effectiveDateTime", day) + given);
}

void answer(Stage& stage, const std::string& who, const std::string& question, const std::string& said, const std::string& day) {
  const Word &asked = stage.word(question), &word = stage.word(said);
  stage.post(who, "Observation", R"("status":"final","code":)" + Stage::concept_json(asked.system, asked.code) + "," + day_json("effectiveDateTime", day) +
                                     R"(,"valueCodeableConcept":)" + Stage::concept_json(word.system, word.code));
}

void condition(Stage& stage, const std::string& who, const std::string& what, const std::string& since, const std::string& verification, const std::string& until = {}) {
  const Word& word = stage.word(what);
  stage.post(who, "Condition", R"("clinicalStatus":)" + Stage::concept_json("http://terminology.hl7.org/CodeSystem/condition-clinical", until.empty() ? "active" : "resolved") +
                                   R"(,"verificationStatus":)" + Stage::concept_json("http://terminology.hl7.org/CodeSystem/condition-ver-status", verification) +
                                   R"(,"code":)" + Stage::concept_json(word.system, word.code) + "," + day_json("onsetDateTime", since) +
                                   (until.empty() ? "" : "," + day_json("abatementDateTime", until)));
}

void medicine(Stage& stage, const std::string& who, const std::string& what, const std::string& day, const std::string& status) {
  const Word& word = stage.word(what);
  stage.post(who, "MedicationRequest", R"("status":")" + status + R"(","intent":"order","medicationCodeableConcept":)" + Stage::concept_json(word.system, word.code) + "," +
                                           day_json("authoredOn", day));
}

void decide(Stage& stage, const std::string& doctor, const std::string& decision, const std::string& item, const std::string& who, const std::string& until) {
  const json::Document task = stage.task(who, item);
  std::string body = R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":")" + decision + R"("},{"name":"by","valueReference":)" +
                     Stage::reference_json("Practitioner/" + slug(doctor)) + R"(},{"name":"reason","valueString":"as written"})";
  if (!until.empty()) body += R"(,{"name":"until","valueDate":")" + until + "\"}";
  stage.house.write("POST", "/Task/" + std::string(task.root().text("id")) + "/$decide", body + "]}");
}

void contact(Stage& stage, const std::string& who, const std::string& medium, const std::string& day, bool reached) {
  const json::Document task = stage.last_outreach(who);
  stage.post(who, "Communication",
             std::string(R"("status":")") + (reached ? "completed" : "not-done") + R"(","basedOn":[)" + Stage::reference_json("Task/" + std::string(task.root().text("id"))) +
                 R"(],"medium":[{"text":")" + medium + "\"}]," + day_json("sent", day + "T10:00:00Z") + (reached ? "" : R"(,"statusReason":{"text":"nobody answered"})"));
}

void overrule(Stage& stage, const std::string& doctor, const std::string& who, const std::string& tier, const std::string& until) {
  std::string body = R"({"resourceType":"Parameters","parameter":[{"name":"tier","valueCode":")" + tier + R"("},{"name":"by","valueReference":)" +
                     Stage::reference_json("Practitioner/" + slug(doctor)) + R"(},{"name":"reason","valueString":"knows the person"})";
  if (!until.empty()) body += R"(,{"name":"until","valueDate":")" + until + "\"}";
  stage.house.write("POST", "/" + stage.patient(who) + "/$overrule", body + "]}");
}

void member(Stage& stage, const std::string& operation, const std::string& doctor, const std::string& who, const std::string& panel) {
  for (const json::Document& group : stage.find("/Group?_count=200"))
    if (care::has_coding(group.root()["code"], "", panel)) {
      stage.house.write("POST", "/Group/" + std::string(group.root().text("id")) + "/$" + operation,
                        R"({"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":)" + Stage::reference_json(stage.patient(who)) +
                            R"(},{"name":"by","valueReference":)" + Stage::reference_json("Practitioner/" + slug(doctor)) + R"(},{"name":"reason","valueString":"as written"}]})");
      return;
    }
  throw std::runtime_error("there is no panel " + panel);
}

void born(Stage& stage, const Slots& s, const std::string& gender) {
  Stage::Person& p = stage.person(s[0]);
  p.gender = gender;
  p.birth = s[1].substr(0, s[1].find(','));
  const auto after = [&](const std::string& lead) {
    const auto at = s[1].find(lead);
    if (at == std::string::npos) return std::string();
    const std::string rest = s[1].substr(at + lead.size());
    return rest.substr(0, rest.find(", "));
  };
  p.doctor = after(", patient of ");
  p.practice = after(", at ");
  p.bsn = after(", BSN ");
  stage.put_person(s[0]);
}

// What happens. The more telling sentence stands before the shorter one that it contains.
const std::vector<Sentence>& events() {
  static const std::vector<Sentence> all{
      {"On {day}",
       [](Stage& t, const Slots& s) {
         const core::Day day = core::day_from(s[0]).value();
         if (day > t.house.clock.day) t.house.pass_to(day);
         else t.house.clock.day = day, t.house.sweep();
       }},
      {"{who} is a woman born {rest}", [](Stage& t, const Slots& s) { born(t, s, "female"); }},
      {"{who} is a girl born {rest}", [](Stage& t, const Slots& s) { born(t, s, "female"); }},
      {"{who} is a man born {rest}", [](Stage& t, const Slots& s) { born(t, s, "male"); }},
      {"{who} is a boy born {rest}", [](Stage& t, const Slots& s) { born(t, s, "male"); }},
      {"{who} has a plan for {what} since {day}",
       [](Stage& t, const Slots& s) {
         const Word& word = t.word(s[1]);
         t.post(s[0], "CarePlan", R"("status":"active","intent":"plan","category":[)" + Stage::concept_json(word.system, word.code) + R"(],"period":{"start":")" + s[2] + "\"}");
       }},
      {"{who} has {what} since {day} until {day}", [](Stage& t, const Slots& s) { condition(t, s[0], s[1], s[2], "confirmed", s[3]); }},
      {"{who} perhaps has {what} since {day}", [](Stage& t, const Slots& s) { condition(t, s[0], s[1], s[2], "unconfirmed"); }},
      {"{who} has {what} since {day}", [](Stage& t, const Slots& s) { condition(t, s[0], s[1], s[2], "confirmed"); }},
      {"{who} had {what} on {day}", [](Stage& t, const Slots& s) { record(t, s[0], s[1], s[2], "completed"); }},
      {"{who} did not have {what} on {day}", [](Stage& t, const Slots& s) { record(t, s[0], s[1], s[2], "not-done"); }},
      {"{who} measured {what} {value} on {day}, preliminary", [](Stage& t, const Slots& s) { measure(t, s[0], s[1], s[2], s[3], "preliminary"); }},
      {"{who}: {what} = {value} on {day}, preliminary", [](Stage& t, const Slots& s) { measure(t, s[0], s[1], s[2], s[3], "preliminary"); }},
      {"{who}: {what} = {value} on {day}", [](Stage& t, const Slots& s) { measure(t, s[0], s[1], s[2], s[3], "final"); }},
      {"{who} answers {question}: {answer} on {day}", [](Stage& t, const Slots& s) { answer(t, s[0], s[1], s[2], s[3]); }},
      {"{who} takes {what} since {day}", [](Stage& t, const Slots& s) { medicine(t, s[0], s[1], s[2], "active"); }},
      {"{who} took {what} since {day}, stopped", [](Stage& t, const Slots& s) { medicine(t, s[0], s[1], s[2], "stopped"); }},
      {"{who} stops the last medicine", [](Stage& t, const Slots& s) { t.change_last(s[0], "status", "stopped"); }},
      {"The last record of {who} was an error", [](Stage& t, const Slots& s) { t.change_last(s[0], "status", "entered-in-error"); }},
      {"The last record of {who} becomes final", [](Stage& t, const Slots& s) { t.change_last(s[0], "status", "final"); }},
      {"The last record of {who} is deleted", [](Stage& t, const Slots& s) { t.delete_last(s[0]); }},
      {"{who} died on {day}", [](Stage& t, const Slots& s) { t.person(s[0]).died = s[1]; t.put_person(s[0]); }},
      {"{who} did not die after all", [](Stage& t, const Slots& s) { t.person(s[0]).died.clear(); t.put_person(s[0]); }},
      {"{who} leaves the practice", [](Stage& t, const Slots& s) { t.person(s[0]).inactive = true; t.put_person(s[0]); }},
      {"{who} moves to {doctor}", [](Stage& t, const Slots& s) { t.person(s[0]).doctor = s[1]; t.put_person(s[0]); }},
      {"{who} must not be contacted", [](Stage& t, const Slots& s) { t.person(s[0]).prohibited = true; t.put_person(s[0]); }},
      {"{who} may be contacted again", [](Stage& t, const Slots& s) { t.person(s[0]).prohibited = false; t.put_person(s[0]); }},
      {"{who} turns out to be {other}", [](Stage& t, const Slots& s) { t.person(s[0]).same_as = s[1]; t.put_person(s[0]); }},
      {"{who} is not {other} after all", [](Stage& t, const Slots& s) { t.person(s[0]).same_as.clear(); t.put_person(s[0]); }},
      {"{doctor} decides {decision} on {item} of {who} until {day}", [](Stage& t, const Slots& s) { decide(t, s[0], s[1], s[2], s[3], s[4]); }},
      {"{doctor} decides {decision} on {item} of {who}", [](Stage& t, const Slots& s) { decide(t, s[0], s[1], s[2], s[3], {}); }},
      {"{doctor} overrules the risk of {who} to {tier} until {day}", [](Stage& t, const Slots& s) { overrule(t, s[0], s[1], s[2], s[3]); }},
      {"{doctor} overrules the risk of {who} to {tier}", [](Stage& t, const Slots& s) { overrule(t, s[0], s[1], s[2], {}); }},
      {"{doctor} puts {who} into panel {panel}", [](Stage& t, const Slots& s) { member(t, "include-member", s[0], s[1], s[2]); }},
      {"{doctor} takes {who} out of panel {panel}", [](Stage& t, const Slots& s) { member(t, "exclude-member", s[0], s[1], s[2]); }},
      {"The outreach for {who} begins", [](Stage& t, const Slots& s) { t.set_outreach(s[0], "in-progress"); }},
      {"The outreach for {who} is done", [](Stage& t, const Slots& s) { t.set_outreach(s[0], "completed"); }},
      {"{who} is not reached by {medium} on {day}", [](Stage& t, const Slots& s) { contact(t, s[0], s[1], s[2], false); }},
      {"{who} is reached by {medium} on {day}", [](Stage& t, const Slots& s) { contact(t, s[0], s[1], s[2], true); }},
      {"{who} is referred to {what} for {condition} on {day}",
       [](Stage& t, const Slots& s) {
         const Word &word = t.word(s[1]), &need = t.word(s[2]);
         t.post(s[0], "ServiceRequest", R"("status":"active","intent":"order","code":)" + Stage::concept_json(word.system, word.code) + R"(,"reasonCode":[)" +
                                            Stage::concept_json(need.system, need.code) + "]," + day_json("authoredOn", s[3]));
       }},
      {"The status of task {item} of {who} is set to {status}",
       [](Stage& t, const Slots& s) {
         json::Document task = t.task(s[1], s[0]);
         task.set(task.root(), "status", task.string(s[2]));
         t.house.write("PUT", "/Task/" + std::string(task.root().text("id")), json::write(task.root()));
       }},
  };
  return all;
}

void same(const std::string& found, const std::string& expected) {
  if (found != expected) throw std::runtime_error("it is '" + found + "'");
}

void contains(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) throw std::runtime_error("it says: " + text);
}

const std::vector<Sentence>& expectations() {
  static const std::vector<Sentence> all{
      {"task for {item} of {who} says {text}", [](Stage& t, const Slots& s) { contains(json::write(t.task(s[1], s[0]).root()), s[2]); }},
      {"task for {item} of {who} belongs to {doctor}",
       [](Stage& t, const Slots& s) { same(care::link_from(t.task(s[1], s[0]).root()["owner"]), "Practitioner/" + slug(s[2])); }},
      {"task for {item} of {who} has {n} reasons", [](Stage& t, const Slots& s) { same(std::to_string(t.task(s[1], s[0]).root()["input"].size()), s[2]); }},
      {"task for {item} of {who} is {status}", [](Stage& t, const Slots& s) { same(std::string(t.task(s[1], s[0]).root().text("status")), s[2]); }},
      {"no task for {item} of {who}", [](Stage& t, const Slots& s) { same(std::to_string(t.tasks(s[1], s[0]).size()), "0"); }},
      {"{n} tasks for {item} of {who}", [](Stage& t, const Slots& s) { same(std::to_string(t.tasks(s[2], s[1]).size()), s[0]); }},
      {"no outreach for {who}", [](Stage& t, const Slots& s) { same(std::to_string(t.outreach(s[0]).size()), "0"); }},
      {"{n} outreach for {who}", [](Stage& t, const Slots& s) { same(std::to_string(t.outreach(s[1]).size()), s[0]); }},
      {"outreach for {who} is in the name of {doctor}",
       [](Stage& t, const Slots& s) { same(care::link_from(t.last_outreach(s[0]).root()["requester"]), "Practitioner/" + slug(s[1])); }},
      {"outreach for {who} goes to {practice}",
       [](Stage& t, const Slots& s) { same(care::link_from(t.last_outreach(s[0]).root()["owner"]), "Organization/" + slug(s[1])); }},
      {"outreach for {who} serves {n} gaps", [](Stage& t, const Slots& s) { same(std::to_string(t.last_outreach(s[0]).root()["partOf"].size()), s[1]); }},
      {"outreach for {who} says {text}", [](Stage& t, const Slots& s) { contains(json::write(t.last_outreach(s[0]).root()), s[1]); }},
      {"outreach for {who} is {status}", [](Stage& t, const Slots& s) { same(std::string(t.last_outreach(s[0]).root().text("status")), s[1]); }},
      {"plan of {who} says {text}",
       [](Stage& t, const Slots& s) {
         const auto plan = t.plan(s[0]);
         contains(plan ? json::write(plan->root()) : "nothing: there is none", s[1]);
       }},
      {"plan of {who} has no {kind}", [](Stage& t, const Slots& s) { same(t.activity(s[0], s[1]), "none"); }},
      {"plan of {who} has {kind} under way", [](Stage& t, const Slots& s) { same(t.activity(s[0], s[1]), "in-progress"); }},
      {"plan of {who} has {kind}", [](Stage& t, const Slots& s) { same(t.activity(s[0], s[1]), "not-started"); }},
      {"plan of {who} is {status}",
       [](Stage& t, const Slots& s) {
         const auto plan = t.plan(s[0]);
         same(plan ? std::string(plan->root().text("status")) : "none", s[1]);
       }},
      {"risk of {who} is {tier}",
       [](Stage& t, const Slots& s) {
         const auto person = t.house.surveillance->reading([&](const auto& population, const auto&) {
           const auto id = population.find(t.patient(s[0]));
           return id ? population.tier(*id) : -2;
         });
         constexpr std::array<std::string_view, 5> tiers{"not known", "low", "rising", "high", "very-high"};
         same(person == -2 ? "nobody" : std::string(tiers[static_cast<std::size_t>(person + 1)]), s[1]);
       }},
      {"{who} is not in panel {panel}", [](Stage& t, const Slots& s) { same(t.in_panel(s[0], s[1]) ? "in it" : "not in it", "not in it"); }},
      {"{who} is in panel {panel}", [](Stage& t, const Slots& s) { same(t.in_panel(s[0], s[1]) ? "in it" : "not in it", "in it"); }},
      {"{item} of {who} is {status}", [](Stage& t, const Slots& s) { same(t.gap_status(s[1], s[0]), s[2]); }},
  };
  return all;
}

void say(Stage& stage, const std::vector<Sentence>& sentences, const std::string& line) {
  Slots slots;
  for (const Sentence& sentence : sentences)
    if (matches(sentence.pattern, line, slots)) return sentence.act(stage, slots);
  throw std::runtime_error("no sentence of this form is known");
}

struct Story {
  std::string title, file;
  std::vector<std::pair<int, std::string>> lines;
};

std::vector<Story> stories() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(PANELBRIDGE_SOURCE "/tests/unit/fhir/care/stories"))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "words.txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Story> all;
  for (const auto& file : files) {
    std::ifstream in(file);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      line = trimmed(line);
      if (line.empty() || line.front() == '#') continue;
      if (line.starts_with("Story: ")) all.push_back({line.substr(7), file.filename().string(), {}});
      else if (!all.empty()) all.back().lines.emplace_back(number, line);
    }
  }
  return all;
}

void play(const Story& story) {
  care::GapSetting setting;
  for (const auto& [number, line] : story.lines) {
    Slots slots;
    if (matches("Standing order of {doctor} for {item}", line, slots)) setting.standing_orders[slots[1]] = "Practitioner/" + slug(slots[0]);
  }
  Stage stage(setting);
  for (const auto& [number, line] : story.lines) {
    const std::string place = story.file + ":" + std::to_string(number) + ": " + line;
    try {
      if (line.starts_with("Standing order of ")) continue;
      if (line.starts_with("expect ")) {
        say(stage, expectations(), line.substr(7));
      } else if (line.starts_with("refused: ")) {
        bool refused = false;
        try {
          say(stage, events(), line.substr(9));
        } catch (const std::exception& e) {
          refused = std::string_view(e.what()).find(": 4") != std::string_view::npos;
        }
        if (!refused) throw std::runtime_error("it was not refused");
      } else {
        say(stage, events(), line);
      }
      BOOST_TEST(true);
    } catch (const std::exception& e) {
      BOOST_ERROR(place + "\n    " + e.what());
      return;
    }
  }
  const auto before = stage.house.store->last();
  stage.house.sweep();
  if (stage.house.store->last() != before) {
    const auto snapshot = care::test::must(stage.house.store->snapshot());
    for (const auto& change : care::test::must(snapshot->changes(before, 20))) BOOST_TEST_MESSAGE("a sweep wrote " << change.key.type << "/" << change.key.id);
  }
  BOOST_TEST(stage.house.store->last() == before, story.file << ": after '" << story.title << "' a sweep still found something to do");
  stage.house.wake();
  BOOST_TEST(stage.house.store->last() == before, story.file << ": after '" << story.title << "' a fresh start still found something to do");
}

BOOST_AUTO_TEST_SUITE(care_stories)

BOOST_AUTO_TEST_CASE(every_written_story_comes_true) {
  const std::vector<Story> all = stories();
  BOOST_TEST(all.size() >= 40u);
  for (const Story& story : all) play(story);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
