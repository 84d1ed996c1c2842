// Task/[id]/$explain and Patient/[id]/$explain: the rule behind an item of a person on a day, what was used, what was looked for and not
// found, the decision, and the history of the Task, if one is stored. The text begins with what the Task says.
#include <algorithm>
#include <array>

#include "fhir/care/facts.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::population::no_day;

struct Explained {
  core::gap::Explanation explanation;
  std::string rule, item, family;
};

// `asked` is a family of items: then the asking item that decides, of the person's decisions the strictest; or one item.
core::Result<Explained> explained(const Desk& desk, const std::string& patient, const std::string& asked, core::Day as_of) {
  return desk.surveillance->reading([&](const core::population::Population& population, const core::gap::Plan& plan) -> core::Result<Explained> {
    const auto person = population.find(patient);
    if (!person) return core::not_found(patient + " is not known here", patient);
    core::gap::Decider decider(plan, population);
    const auto decisions = decider.decide(*person, as_of);
    const core::gap::Needs needs = core::gap::merge(plan, decisions);
    const auto of_item = plan.item(asked);
    std::uint16_t item = of_item.value_or(0);
    bool found = of_item.has_value();
    for (const core::gap::Need& need : needs.needs)
      if (!of_item && plan.families()[need.family] == asked) {
        item = need.item;
        found = true;
      }
    for (std::size_t i = 0; !found && i < plan.items().size(); ++i)
      if (plan.families()[plan.items()[i].family] == asked) {
        item = static_cast<std::uint16_t>(i);
        found = true;
      }
    if (!found) return core::not_found("no programme asks for '" + asked + "'", "item");
    const core::gap::Programme& programme = *plan.programmes()[plan.items()[item].programme].source;
    return Explained{decider.explain(*person, item, as_of), programme.url + "|" + programme.version, plan.items()[item].source->code,
                     plan.families()[plan.items()[item].family]};
  });
}

class Answer {
 public:
  Answer() { doc_.root() = doc_.object(); doc_.set(doc_.root(), "resourceType", doc_.string("Parameters")); }
  void add(std::string_view name, std::string_view type, json::Value value) {
    json::Value parameter = doc_.object();
    doc_.set(parameter, "name", doc_.string(name));
    doc_.set(parameter, type, value);
    doc_.push(list_, parameter);
  }
  void text(std::string_view name, std::string_view type, std::string_view value) {
    if (!value.empty()) add(name, type, doc_.string(value));
  }
  void reference(std::string_view name, std::string_view target) {
    json::Value value = doc_.object();
    doc_.set(value, "reference", doc_.string(target));
    add(name, "valueReference", value);
  }
  void parts(std::string_view name, std::initializer_list<std::array<std::string, 3>> parts) {
    json::Value list = doc_.array();
    for (const auto& [part, type, value] : parts) {
      if (value.empty()) continue;
      json::Value object = doc_.object();
      doc_.set(object, "name", doc_.string(part));
      doc_.set(object, type, doc_.string(value));
      doc_.push(list, object);
    }
    add(name, "part", list);
  }
  rest::Response finish() {
    doc_.set(doc_.root(), "parameter", list_);
    return answer(doc_.root());
  }

 private:
  json::Document doc_;
  json::Value list_ = doc_.array();
};

void add_history(core::store::Snapshot& snapshot, const std::string& task, Answer& out) {
  core::store::HistoryQuery query;
  query.type = "Task";
  query.id = task;
  query.limit = 200;
  auto versions = snapshot.history(query);
  if (!versions) return;
  std::reverse(versions->begin(), versions->end());
  std::string before;
  for (const core::store::Record& record : *versions) {
    if (record.deleted()) {
      out.parts("history", {{"at", "valueInstant", core::text(record.updated)}, {"status", "valueCode", "deleted"}});
      continue;
    }
    const auto parsed = json::parse(record.body);
    if (!parsed) continue;
    const json::Value& body = parsed->root();
    const json::Value& codings = body["businessStatus"]["coding"];
    const std::string gap(codings.size() > 0 ? codings[0].text("code") : "");
    const std::string line = std::string(body.text("status")) + gap;
    if (line == before) continue;
    before = line;
    out.parts("history", {{"at", "valueInstant", core::text(record.updated)},
                          {"status", "valueCode", std::string(body.text("status"))},
                          {"gapStatus", "valueCode", gap},
                          {"reason", "valueString", std::string(body["statusReason"].text("text"))}});
  }
}

std::string sentence(const Explained& e, std::string_view description, care::Language language) {
  std::string text(description);
  if (!e.explanation.reason.empty()) text += (text.empty() ? "" : " ") + care::said(e.explanation.reason, language);
  if (!e.explanation.calls.empty()) {
    text += language == care::Language::dutch ? " Gevraagd:" : " Asked:";
    for (const auto& call : e.explanation.calls) text += " " + call.text + " = " + call.result + ";";
    text.back() = '.';
  }
  return text;
}

// What the Task says, or would say, on that day; nothing where the item does not apply.
std::string description_of(const Desk& desk, const std::string& patient, const std::string& family, core::Day as_of, std::string& task) {
  const auto shown = desk.surveillance->gaps(patient, as_of);
  if (!shown) return {};
  for (const care::Surveillance::Shown& each : *shown)
    if (each.gap.family == family) {
      if (task.empty()) task = each.task;
      return care::describe(each.gap, desk.setting.language);
    }
  return {};
}

// `task` empty: the one that is stored for it, if any.
rest::Response told(const Desk& desk, core::store::Snapshot& snapshot, const std::string& patient, const std::string& asked, core::Day as_of, std::string task) {
  const auto e = explained(desk, patient, asked, as_of);
  if (!e) return answer(e.error());
  const std::string description = description_of(desk, patient, e->family, as_of, task);
  Answer out;
  out.text("rule", "valueCanonical", e->rule);
  out.text("item", "valueCode", e->item);
  for (const std::string& source : e->explanation.used) out.reference("used", source);
  for (const auto& unused : e->explanation.unused) out.parts("notUsed", {{"reference", "valueString", unused.source}, {"why", "valueString", care::said(unused.why, desk.setting.language)}});
  for (const std::string& missing : e->explanation.missing) out.text("missing", "valueString", missing);
  out.text("decision", "valueCode", core::gap::code_of(e->explanation.decision.status));
  if (e->explanation.decision.since != no_day) out.text("since", "valueDate", core::text(e->explanation.decision.since));
  if (e->explanation.decision.due != no_day) out.text("due", "valueDate", core::text(e->explanation.decision.due));
  if (!task.empty()) {
    out.reference("task", "Task/" + task);
    add_history(snapshot, task, out);
  }
  out.text("text", "valueString", sentence(*e, description, desk.setting.language));
  return out.finish();
}

}  // namespace

rest::Response explain(const Desk& desk, const rest::Request& request, const std::string& task) {
  const auto call = Call::read(request, {"asOf"});
  if (!call) return answer(call.error());
  const auto as_of = call->day("asOf", desk.clock->today());
  if (!as_of) return answer(as_of.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto record = read_current(**snapshot, "Task", task);
  if (!record) return answer(record.error());
  const auto stored = json::parse(record->body);
  if (!stored) return answer(stored.error());
  const std::string identity(care::gap_identifier(stored->root()));
  const std::size_t last = identity.rfind('|'), middle = last == std::string::npos ? last : identity.rfind('|', last - 1);
  if (middle == std::string::npos) return answer(core::unprocessable("only a gap Task can be explained: this Task was not made by the panel core", "Task.identifier"));
  return told(desk, **snapshot, care::link_from(stored->root()["for"]), identity.substr(middle + 1, last - middle - 1), *as_of, task);
}

rest::Response explain_item(const Desk& desk, const rest::Request& request, const std::string& patient) {
  const auto call = Call::read(request, {"item", "asOf"});
  if (!call) return answer(call.error());
  const auto item = call->required("item");
  if (!item) return answer(item.error());
  const auto as_of = call->day("asOf", desk.clock->today());
  if (!as_of) return answer(as_of.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto record = read_current(**snapshot, "Patient", patient); !record) return answer(record.error());
  return told(desk, **snapshot, "Patient/" + patient, *item, *as_of, {});
}

}  // namespace fhir::operation
