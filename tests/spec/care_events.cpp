// What happens in a story: people, facts, decisions, the passing of days.
#include "tests/spec/care_resources.hpp"
#include "tests/spec/care_story.hpp"
#include "tests/spec/care_words.hpp"

namespace spec::care {

namespace json = fhir::json;

namespace {

const std::string own = "https://w3id.org/panelbridge/fhir";
constexpr const char* bsn = "http://fhir.nl/fhir/NamingSystem/bsn";
constexpr const char* prohibited = "https://w3id.org/panelbridge/fhir/StructureDefinition/contact-prohibited";

std::string parameter(std::string_view name, std::string_view type, std::string_view value) {
  return R"({"name":)" + json_string(name) + "," + json_string(type) + ":" + std::string(value) + "}";
}

std::string parameters(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& each : list) all += (all.empty() ? "" : ",") + each;
  return R"({"resourceType":"Parameters","parameter":[)" + all + "]}";
}

std::string reference(std::string_view to) { return R"({"reference":)" + json_string(to) + "}"; }

json::Value reference(json::Document& doc, std::string_view to) {
  json::Value value = doc.object();
  doc.set(value, "reference", doc.string(to));
  return value;
}

json::Value list_of(json::Document& doc, json::Value only) {
  json::Value list = doc.array();
  doc.push(list, only);
  return list;
}

void set_code(json::Document& doc, std::string_view element, std::string_view code) {
  json::Value coding = doc.copy(doc.root()[element]["coding"][0]), value = doc.object();
  doc.set(coding, "code", doc.string(code));
  doc.set(value, "coding", list_of(doc, coding));
  doc.set(doc.root(), element, value);
}

}  // namespace

void Story::set_today(const Groups& groups) {
  const auto day = core::day_from(groups[0]);
  if (!day) throw Failure("'" + groups[0] + "' is not a day");
  if (!world_) {
    world_ = std::make_unique<World>(*day, setting_);
    return;
  }
  if (*day <= world().today()) throw Failure("days only pass forward; it is " + core::text(world().today()));
  world().pass_to(*day);
}

void Story::standing_order(const Groups& groups) {
  if (world_) throw Failure("standing orders stand before the first day");
  setting_.standing_orders[World::family_of(groups[1])] = "Practitioner/" + id_from(groups[0]);
}

void Story::days_pass(const Groups& groups) { world().pass_to(world().today() + std::stoi(groups[0])); }

void Story::new_person(const Groups& groups) {
  const std::string& name = groups[0];
  std::string id = lower(name);
  for (char& c : id)
    if (c == ' ') c = '-';
  std::string body = R"({"resourceType":"Patient","id":")" + id + R"(","name":[{"text":)" + json_string(name) +
                     R"(}],"birthDate":")" + groups[2] + R"(","gender":")" +
                     (groups[1] == "woman" ? "female"
                      : groups[1] == "man" ? "male"
                                           : "unknown") +
                     "\"";
  for (const std::string& part : groups[3].empty() ? std::vector<std::string>{} : split(groups[3], ',')) {
    if (part.starts_with("of practice ")) body += R"(,"managingOrganization":)" + reference(actor(part.substr(3)));
    else if (part.starts_with("of doctor "))
      body += R"(,"generalPractitioner":[)" + reference(actor(part.substr(3))) + "]";
    else if (part.starts_with("BSN "))
      body += R"(,"identifier":[{"system":")" + std::string(bsn) + R"(","value":")" + part.substr(4) + "\"}]";
    else throw Failure("'" + part + "' is not understood: 'of practice ...', 'of doctor ...' or 'BSN ...'");
  }
  if (!people_.emplace(name, "Patient/" + id).second) throw Failure(name + " is already there");
  newest_person_ = name;
  world().put("Patient/" + id, body + "}");
}

// "preliminary result of Anna: HbA1c 51 mmol/mol"
void Story::add_fact(const Groups& groups) {
  const std::string& text = groups[0];
  const std::size_t colon = text.find(": ");
  std::string lead = text.substr(0, colon);
  Fact fact;
  fact.day = date_;
  fact.body = colon == std::string::npos ? "" : trimmed(text.substr(colon + 2));
  for (const std::string& state : states())
    if (lead.starts_with(state + " ")) {
      fact.state = state;
      lead = lead.substr(state.size() + 1);
      break;
    }
  std::string name = newest_person_;
  if (const std::size_t of = lead.find(" of "); of != std::string::npos) name = lead.substr(of + 4), lead.resize(of);
  if (!is_kind(lead)) throw Failure("this line is not understood");
  fact.kind = lead;
  fact.patient = patient(name);
  const Resource resource = resource_from(fact, [this](std::string_view what) {
    const std::string words(what);
    return words.find(' ') != std::string::npos && !is_kind(words) ? actor(words) : last(words);
  });
  last_[fact.kind] = world().post(resource.type, resource.body);
}

void Story::drop(const Groups& groups) {
  const std::string link = last(groups[0]);
  if (link.starts_with("Condition/"))
    edit(link, [](json::Document& doc) {
      doc.remove(doc.root(), "clinicalStatus"), set_code(doc, "verificationStatus", "entered-in-error");
    });
  else edit(link, [](json::Document& doc) { doc.set(doc.root(), "status", doc.string("entered-in-error")); });
}

void Story::change_state(const Groups& groups) {
  const std::string &kind = groups[0], &word = groups[1], link = last(kind);
  edit(link, [&](json::Document& doc) {
    if (kind != "condition") {
      doc.set(doc.root(), "status", doc.string(status_from(kind, word)));
    } else if (word.starts_with("over since ")) {
      set_code(doc, "clinicalStatus", "resolved");
      doc.set(doc.root(), "abatementDateTime", doc.string(word.substr(11)));
    } else {
      set_code(doc, "verificationStatus", word);
    }
  });
}

void Story::person_event(const Groups& groups) {
  const std::string& event = groups[1];
  const std::string place = event.starts_with("moves to ")  ? actor(event.substr(9))
                            : event.starts_with("goes to ") ? actor(event.substr(8))
                                                            : "";
  edit(patient(groups[0]), [&](json::Document& doc) {
    json::Value& person = doc.root();
    if (event == "dies") doc.set(person, "deceasedDateTime", doc.string(date_));
    else if (event == "did not die after all") doc.remove(person, "deceasedDateTime");
    else if (event == "is no longer active") doc.set(person, "active", doc.boolean(false));
    else if (event == "loses the BSN") doc.remove(person, "identifier");
    else if (event == "may be contacted") doc.remove(person, "extension");
    else if (event.starts_with("moves to ")) doc.set(person, "managingOrganization", reference(doc, place));
    else if (event.starts_with("goes to ")) doc.set(person, "generalPractitioner", list_of(doc, reference(doc, place)));
    else if (event.starts_with("gets BSN ")) {
      json::Value identifier = doc.object();
      doc.set(identifier, "system", doc.string(bsn));
      doc.set(identifier, "value", doc.string(event.substr(9)));
      doc.set(person, "identifier", list_of(doc, identifier));
    } else {
      json::Value flag = doc.object();
      doc.set(flag, "url", doc.string(prohibited));
      doc.set(flag, "valueBoolean", doc.boolean(true));
      doc.set(person, "extension", list_of(doc, flag));
    }
  });
}

void Story::decide(const Groups& groups) {
  const std::string task = std::string(the_task(groups[1], groups[2]).root().text("id"));
  std::string decision = groups[3];
  for (char& c : decision)
    if (c == ' ') c = '-';
  std::vector<std::string> list{parameter("decision", "valueCode", json_string(decision)),
                                parameter("by", "valueReference", reference(actor(groups[0])))};
  if (!groups[4].empty()) list.push_back(parameter("until", "valueDate", json_string(groups[4])));
  if (!groups[5].empty()) list.push_back(parameter("reason", "valueString", json_string(groups[5])));
  may_be_refused(world().call("POST", "/Task/" + task + "/$decide", parameters(list)));
}

void Story::set_task(const Groups& groups) {
  json::Document doc = the_task(groups[1], groups[2]);
  (void)actor(groups[0]);
  doc.set(doc.root(), "status", doc.string(groups[3]));
  may_be_refused(world().call("PUT", "/Task/" + std::string(doc.root().text("id")), json::write(doc.root())));
}

void Story::set_outreach(const Groups& groups) {
  const std::string task = std::string(the_task(groups[0], groups[1]).root().text("id"));
  for (const json::Document& child : children(task)) {
    const std::string_view status = child.root().text("status");
    if (status == "completed" || status == "cancelled") continue;
    return edit("Task/" + std::string(child.root().text("id")), [&](json::Document& doc) {
      doc.set(doc.root(), "status", doc.string(groups[2] == "started" ? "in-progress" : "completed"));
    });
  }
  throw Failure("no outreach stands for this gap");
}

// Recorded for the newest outreach of the person.
void Story::contact(const Groups& groups) {
  const json::Document found = world().get("/Task?patient=" + patient(groups[0]) + "&code=" + own + "/CodeSystem/task-kind%7Coutreach&_sort=-authored-on&_count=1");
  if (found.root()["entry"].size() == 0) throw Failure("nobody was asked to contact " + groups[0]);
  const std::string task(found.root()["entry"][0]["resource"].text("id"));
  const bool reached = groups[1] == "is reached";
  world().post("Communication", R"({"resourceType":"Communication","status":")" + std::string(reached ? "completed" : "not-done") + R"(","basedOn":[)" + reference("Task/" + task) +
                                    R"(],"subject":)" + reference(patient(groups[0])) + R"(,"medium":[{"text":)" + json_string(groups[2]) + R"(}],"sent":")" + date_ + R"(T10:00:00Z")" +
                                    (reached ? "" : R"(,"statusReason":{"text":"nobody there"})") + "}");
}

void Story::same_person(const Groups& groups) {
  const std::string other = patient(groups[2]);
  edit(patient(groups[0]), [&](json::Document& doc) {
    if (groups[1] == "is not") {
      doc.remove(doc.root(), "link");
      return;
    }
    json::Value link = doc.object();
    doc.set(link, "other", reference(doc, other));
    doc.set(link, "type", doc.string("seealso"));
    doc.set(doc.root(), "link", list_of(doc, link));
  });
}

void Story::overrule(const Groups& groups) {
  std::vector<std::string> list{parameter("algorithm", "valueCode", json_string("composite")),
                                parameter("tier", "valueCode", json_string(groups[2])),
                                parameter("by", "valueReference", reference(actor(groups[0]))),
                                parameter("reason", "valueString", json_string(groups[4]))};
  if (!groups[3].empty()) list.push_back(parameter("until", "valueDate", json_string(groups[3])));
  may_be_refused(world().call("POST", "/" + patient(groups[1]) + "/$overrule", parameters(list)));
}

void Story::member_by_hand(const Groups& groups) {
  std::vector<std::string> list{parameter("patient", "valueReference", reference(patient(groups[2]))),
                                parameter("by", "valueReference", reference(actor(groups[0]))),
                                parameter("reason", "valueString", json_string(groups[6]))};
  if (!groups[5].empty()) list.push_back(parameter("until", "valueDate", json_string(groups[5])));
  may_be_refused(world().call(
      "POST", "/" + panel(groups[3], groups[4]) + (groups[1] == "puts" ? "/$include-member" : "/$exclude-member"),
      parameters(list)));
}

}  // namespace spec::care
