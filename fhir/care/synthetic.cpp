#include "fhir/care/synthetic.hpp"

#include <array>
#include <charconv>

namespace fhir::care {
namespace {

using namespace core::population;
using json::Document;
using json::Value;

constexpr const char* terminology = "http://terminology.hl7.org/CodeSystem/";

class Writer {
 public:
  explicit Writer(const SynthResource& source) : source_(source) {
    doc_.root() = doc_.object();
    const std::size_t slash = source.key.find('/');
    set("resourceType", text(source.key.substr(0, slash)));
    set("id", text(source.key.substr(slash + 1)));
  }

  Document write() {
    if (source_.digest.person) person(*source_.digest.person);
    else if (!source_.digest.facts.empty()) fact(source_.digest.facts.front());
    return std::move(doc_);
  }

 private:
  Value text(std::string_view value) { return doc_.string(value); }
  void set(std::string_view name, Value value) { doc_.set(doc_.root(), name, value); }
  Value one(Value value) {
    Value list = doc_.array();
    doc_.push(list, value);
    return list;
  }
  Value member(std::string_view name, Value value) {
    Value object = doc_.object();
    doc_.set(object, name, value);
    return object;
  }
  Value reference(std::string_view target) { return member("reference", text(target)); }
  Value coding(const Coding& code) {
    Value value = doc_.object();
    if (!code.system.empty()) doc_.set(value, "system", text(code.system));
    doc_.set(value, "code", text(code.code));
    return value;
  }
  Value concept_of(const std::vector<Coding>& codes) {
    Value list = doc_.array();
    for (const Coding& code : codes) doc_.push(list, coding(code));
    return member("coding", list);
  }
  Value term(const char* system, const char* code) { return concept_of({{std::string(terminology) + system, code}}); }
  void day(std::string_view name, core::Day value) {
    if (value != no_day && value != open_end) set(name, text(core::text(value)));
  }
  Value period(const Fact& f) {
    Value value = doc_.object();
    if (f.start != no_day) doc_.set(value, "start", text(core::text(f.start)));
    if (f.end != open_end) doc_.set(value, "end", text(core::text(f.end)));
    return value;
  }

  void person(const Person& p) {
    if (!p.identifiers.empty()) {
      Value list = doc_.array();
      for (const Coding& each : p.identifiers) {
        Value identifier = doc_.object();
        doc_.set(identifier, "system", text(each.system));
        doc_.set(identifier, "value", text(each.code));
        doc_.push(list, identifier);
      }
      set("identifier", list);
    }
    set("active", doc_.boolean(p.active));
    set("name", one(member("family", text("Synthetic"))));
    set("gender", text(p.sex == 'm' ? "male" : p.sex == 'f' ? "female" : p.sex == 'o' ? "other" : "unknown"));
    day("birthDate", p.birth);
    day("deceasedDateTime", p.deceased);
    if (!p.practitioners.empty()) {
      Value list = doc_.array();
      for (const std::string& practitioner : p.practitioners) doc_.push(list, reference(practitioner));
      set("generalPractitioner", list);
    }
    if (!p.organization.empty()) set("managingOrganization", reference(p.organization));
  }

  Value value_of(const Fact& f) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, f.value.value_or(0));
    Value quantity = doc_.object();
    doc_.set(quantity, "value", doc_.number(std::string_view(digits, error == std::errc{} ? static_cast<std::size_t>(end - digits) : 0)));
    if (!f.unit.empty()) {
      doc_.set(quantity, "unit", text(f.unit));
      doc_.set(quantity, "system", text("http://unitsofmeasure.org"));
      doc_.set(quantity, "code", text(f.unit));
    }
    return quantity;
  }
  void add_value(Value& element, const Fact& f) {
    if (f.value) doc_.set(element, "valueQuantity", value_of(f));
    else if (!f.answers.empty()) doc_.set(element, "valueCodeableConcept", concept_of(f.answers));
  }

  void fact(const Fact& f) {
    set(status_name(f), f.kind == FactKind::condition ? clinical(f) : text(status_of(f)));
    switch (f.kind) {
      case FactKind::condition: return condition(f);
      case FactKind::observation: return observation(f);
      case FactKind::procedure:
        set("code", concept_of(f.codes));
        set("subject", subject());
        return day("performedDateTime", f.start);
      case FactKind::immunization:
        set("vaccineCode", concept_of(f.codes));
        set("patient", subject());
        return day("occurrenceDateTime", f.start);
      case FactKind::medication:
        set("intent", text("order"));
        set("medicationCodeableConcept", concept_of(f.codes));
        set("subject", subject());
        return day("authoredOn", f.start);
      case FactKind::encounter: return encounter(f);
      case FactKind::care_plan: return care_plan(f);
      case FactKind::service_request:
        set("intent", text("order"));
        set("code", concept_of(f.codes));
        set("subject", subject());
        return day("authoredOn", f.start);
      default:
        set("intent", text("order"));
        set("code", concept_of(f.codes));
        set("for", subject());
        return day("authoredOn", f.start);
    }
  }
  Value subject() { return reference(source_.digest.subject); }
  std::string_view status_name(const Fact& f) const { return f.kind == FactKind::condition ? "clinicalStatus" : "status"; }
  Value clinical(const Fact& f) { return term("condition-clinical", f.end == open_end ? "active" : "resolved"); }

  std::string_view status_of(const Fact& f) const {
    const bool valid = f.state == State::valid;
    switch (f.kind) {
      case FactKind::observation: return valid ? "final" : f.state == State::refuted ? "entered-in-error" : "preliminary";
      case FactKind::encounter: return valid ? "finished" : "in-progress";
      case FactKind::immunization: return valid ? "completed" : "not-done";
      case FactKind::medication: return f.state == State::active ? "active" : f.state == State::stopped ? "stopped" : "completed";
      case FactKind::care_plan:
      case FactKind::service_request: return f.state == State::active ? "active" : "completed";
      case FactKind::task: return f.state == State::active ? "in-progress" : "completed";
      default: return valid ? "completed" : f.state == State::refuted ? "entered-in-error" : "not-done";
    }
  }

  void condition(const Fact& f) {
    if (f.state == State::refuted || f.state == State::unconfirmed) set("verificationStatus", term("condition-ver-status", f.state == State::refuted ? "refuted" : "unconfirmed"));
    if (f.state == State::refuted) doc_.remove(doc_.root(), "clinicalStatus");
    set("code", concept_of(f.codes));
    set("subject", subject());
    day("onsetDateTime", f.start);
    day("abatementDateTime", f.end);
  }
  void observation(const Fact& f) {
    set("code", concept_of(f.codes));
    set("subject", subject());
    day("effectiveDateTime", f.start);
    add_value(doc_.root(), f);
    if (source_.digest.facts.size() < 2) return;
    Value components = doc_.array();
    for (std::size_t i = 1; i < source_.digest.facts.size(); ++i) {
      Value component = member("code", concept_of(source_.digest.facts[i].codes));
      add_value(component, source_.digest.facts[i]);
      doc_.push(components, component);
    }
    set("component", components);
  }
  void encounter(const Fact& f) {
    set("class", coding(f.codes.empty() ? Coding{std::string(terminology) + "v3-ActCode", "AMB"} : f.codes.front()));
    if (f.codes.size() > 1) set("type", one(concept_of({f.codes.begin() + 1, f.codes.end()})));
    set("subject", subject());
    if (!source_.digest.provider.empty()) set("participant", one(member("individual", reference(source_.digest.provider))));
    set("period", period(f));
    if (!source_.digest.service_provider.empty()) set("serviceProvider", reference(source_.digest.service_provider));
  }
  void care_plan(const Fact& f) {
    set("intent", text("plan"));
    set("category", one(concept_of(f.codes)));
    set("subject", subject());
    set("period", period(f));
  }

  const SynthResource& source_;
  Document doc_;
};

}  // namespace

json::Document resource_from(const SynthResource& synthetic) { return Writer(synthetic).write(); }

}  // namespace fhir::care
