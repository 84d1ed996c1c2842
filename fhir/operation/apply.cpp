// $apply: a definition for one person. PlanDefinition -> a CarePlan (draft, proposal) with a RequestGroup of its actions; of a live
// programme only what is due for the person. ActivityDefinition -> the resource of its kind. Stores nothing, orders nothing.
// Source: FHIR R4 PlanDefinition $apply, ActivityDefinition $apply.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "fhir/care/facts.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::Result;
using json::Document;
using json::Value;

Value one(Document& doc, Value value) {
  Value list = doc.array();
  doc.push(list, value);
  return list;
}

std::string canonical_of(const Value& definition) {
  const std::string url(definition.text("url")), version(definition.text("version"));
  return url.empty() || version.empty() ? url : url + "|" + version;
}

// Which actions of a live programme are asked of the person today; nothing: the plan is no live programme, or nobody knows the person.
std::optional<std::map<std::string, core::gap::Status>> asked(const Desk& desk, const Value& plan, const std::string& subject) {
  return desk.surveillance->reading([&](const core::population::Population& population, const core::gap::Plan& running) {
    std::optional<std::map<std::string, core::gap::Status>> found;
    const auto person = population.find(subject);
    for (std::size_t i = 0; person && i < running.programmes().size(); ++i) {
      if (running.programmes()[i].source->url != plan.text("url")) continue;
      found.emplace();
      core::gap::Decider decider(running, population);
      for (const core::gap::Decision& decision : decider.decide(*person, desk.clock->today()))
        if (running.items()[decision.item].programme == i) found->emplace(running.items()[decision.item].source->code, decision.status);
    }
    return found;
  });
}

bool is_due(core::gap::Status status) {
  using core::gap::Status;
  return status == Status::due_soon || status == Status::open || status == Status::overdue || status == Status::not_evaluable;
}

Document care_plan_for(const Desk& desk, const Value& plan, const std::string& subject) {
  const auto statuses = asked(desk, plan, subject);
  Document doc;
  doc.root() = doc.object();
  Value& root = doc.root();
  Value group = doc.object(), actions = doc.array();
  for (const Value& action : plan["action"].elements()) {
    const std::string id(action.text("id"));
    const auto status = statuses ? statuses->find(id) : std::map<std::string, core::gap::Status>::const_iterator{};
    if (statuses && (status == statuses->end() || !is_due(status->second))) continue;
    Value each = doc.object();
    if (!id.empty()) doc.set(each, "id", doc.string(id));
    for (const char* name : {"title", "description", "textEquivalent", "priority", "code"})
      if (const Value* found = action.find(name)) doc.set(each, name, doc.copy(*found));
    if (statuses && action.find("description") == nullptr) doc.set(each, "description", doc.string(core::gap::code_of(status->second)));
    doc.push(actions, each);
  }
  doc.set(group, "resourceType", doc.string("RequestGroup"));
  doc.set(group, "id", doc.string("actions"));
  if (const std::string canonical = canonical_of(plan); !canonical.empty()) doc.set(group, "instantiatesCanonical", one(doc, doc.string(canonical)));
  doc.set(group, "status", doc.string("draft"));
  doc.set(group, "intent", doc.string("proposal"));
  doc.set(group, "subject", care::reference_from(doc, subject));
  if (actions.size() > 0) doc.set(group, "action", actions);
  doc.set(root, "resourceType", doc.string("CarePlan"));
  doc.set(root, "contained", one(doc, group));
  if (const std::string canonical = canonical_of(plan); !canonical.empty()) doc.set(root, "instantiatesCanonical", one(doc, doc.string(canonical)));
  doc.set(root, "status", doc.string("draft"));
  doc.set(root, "intent", doc.string("proposal"));
  if (!plan.text("title").empty()) doc.set(root, "title", doc.string(plan.text("title")));
  doc.set(root, "subject", care::reference_from(doc, subject));
  doc.set(root, "created", doc.string(core::text(desk.clock->today())));
  Value activity = doc.object();
  doc.set(activity, "reference", care::reference_from(doc, "#actions"));
  doc.set(root, "activity", one(doc, activity));
  return doc;
}

// Of each kind, where the person, the code and the origin go.
struct Kind {
  std::string_view type, subject, code;
};
constexpr std::array kinds{
    Kind{"Task", "for", "code"},
    Kind{"ServiceRequest", "subject", "code"},
    Kind{"MedicationRequest", "subject", "medicationCodeableConcept"},
    Kind{"CommunicationRequest", "subject", "category"},
    Kind{"DeviceRequest", "subject", "codeCodeableConcept"},
    Kind{"NutritionOrder", "patient", ""},
};

Result<Document> resource_for(const Desk& desk, const Value& definition, const std::string& subject) {
  const std::string_view named = definition.text("kind").empty() ? std::string_view("Task") : definition.text("kind");
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.type == named; });
  if (kind == kinds.end()) return core::unsupported("an ActivityDefinition of kind " + std::string(named) + " cannot be applied here", "ActivityDefinition.kind");
  Document doc;
  doc.root() = doc.object();
  Value& root = doc.root();
  doc.set(root, "resourceType", doc.string(kind->type));
  if (const std::string canonical = canonical_of(definition); !canonical.empty())
    doc.set(root, "instantiatesCanonical", kind->type == "Task" ? doc.string(canonical) : one(doc, doc.string(canonical)));
  doc.set(root, "status", doc.string("draft"));
  if (kind->type != "CommunicationRequest") doc.set(root, "intent", doc.string("proposal"));
  if (const Value* code = definition.find("code"); code && !kind->code.empty())
    doc.set(root, kind->code, kind->code == "category" ? one(doc, doc.copy(*code)) : doc.copy(*code));
  if (const Value* product = definition.find("productCodeableConcept"); product && kind->type == "MedicationRequest")
    doc.set(root, "medicationCodeableConcept", doc.copy(*product));
  if (const Value* doses = definition.find("dosage"); doses && kind->type == "MedicationRequest") doc.set(root, "dosageInstruction", doc.copy(*doses));
  doc.set(root, kind->subject, care::reference_from(doc, subject));
  const std::string_view words = definition.text("description").empty() ? definition.text("title") : definition.text("description");
  if (kind->type == "Task" && !words.empty()) doc.set(root, "description", doc.string(words));
  doc.set(root, kind->type == "NutritionOrder" ? "dateTime" : "authoredOn", doc.string(core::text(desk.clock->now())));
  return doc;
}

}  // namespace

rest::Response apply(const Desk& desk, const rest::Request& request, const std::string& type, const std::string& id) {
  const auto call = Call::read(request, {"subject", "planDefinition", "activityDefinition", "encounter", "practitioner", "organization", "userType",
                                         "userLanguage", "userTaskContext", "setting", "settingContext"});
  if (!call) return answer(call.error());
  const auto subject = call->required("subject");
  if (!subject) return answer(subject.error());
  const auto named = subject->find('/') == std::string::npos ? core::Result<std::string>("Patient/" + *subject) : call->reference("subject", desk.base_url, patients);
  if (!named || !named->starts_with("Patient/")) return answer(core::unsupported("only a Patient of this server can be the subject here", "subject"));
  const std::string& patient = *named;
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto person = read_current(**snapshot, "Patient", patient.substr(8)); !person) return answer(person.error());
  const auto record = read_current(**snapshot, type, id);
  if (!record) return answer(record.error());
  const auto definition = json::parse(record->body);
  if (!definition) return answer(definition.error());
  if (type == "PlanDefinition") return answer(care_plan_for(desk, definition->root(), patient).root());
  const auto made = resource_for(desk, definition->root(), patient);
  return made ? answer(made->root()) : answer(made.error());
}

}  // namespace fhir::operation
