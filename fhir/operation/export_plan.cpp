// The kick-off of an $export: what is asked for, checked before anything starts.
// Source: FHIR Bulk Data Access 2.0, "Query Parameters".
#include <algorithm>
#include <array>

#include "core/store/criteria.hpp"
#include "core/store/no_room.hpp"
#include "fhir/operation/export.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::operation {
namespace {

using core::Result;
using Done = Result<core::Done>;

class Reader {
 public:
  Reader(rest::Exchange& exchange, const ExportSights& sights)
      : exchange_(exchange), engine_(exchange.engine), sights_(sights) {}

  Result<ExportPlan> read() {
    auto input = rest::operation_input(exchange_);
    if (!input) return input.error();
    plan_.engine = &engine_;
    plan_.caller = exchange_.caller();
    plan_.request = exchange_.request;
    plan_.people = !exchange_.target.type.empty();
    plan_.group = exchange_.target.id;
    plan_.request_url = engine_.services.base_url + exchange_.request.path;
    if (!exchange_.request.query.empty()) plan_.request_url += '?' + exchange_.request.query;
    if (sights_.kind_of) own_kind_ = recipient_ = sights_.kind_of(plan_.caller);
    for (const auto& [name, value] : *input)
      if (auto done = take(name, value); !done) return done.error();
    if (auto done = narrow(); !done) return done.error();
    if (plan_.types.empty()) all_types();
    for (const auto& [type, queries] : plan_.filters)
      if (!plan_.types.contains(type))
        return core::invalid("_typeFilter names " + type + ", which is not exported (_type).", "_typeFilter");
    return std::move(plan_);
  }

 private:
  struct Parameter {
    std::string_view name;
    Done (Reader::*take)(const std::string& value);
  };

  Done take(const std::string& name, const std::string& value) {
    static constexpr std::array<Parameter, 8> table = {{{"_type", &Reader::type},
                                                        {"_since", &Reader::since},
                                                        {"_typeFilter", &Reader::filter},
                                                        {"_outputFormat", &Reader::format},
                                                        {"_elements", &Reader::elements},
                                                        {"patient", &Reader::patient},
                                                        {"recipient", &Reader::recipient},
                                                        {"_format", &Reader::nothing}}};
    for (const Parameter& row : table)
      if (row.name == name) return (this->*row.take)(value);
    return aside(core::unsupported("$export does not understand " + name.substr(0, 60) + '.', name.substr(0, 60)));
  }

  // Refused, or with handling=lenient left out and told among the errors of the manifest.
  Done aside(core::Error error) {
    if (!asked_for_lenient()) {
      error.message += " With Prefer: handling=lenient it is left aside.";
      return error;
    }
    plan_.ignored.push_back(error.message);
    return core::Done{};
  }

  Done recipient(const std::string& word) {
    if (!own_kind_.empty() && own_kind_ != word)
      return core::Error{core::Kind::forbidden, "You get what a recipient of kind " + own_kind_ + " may see.",
                         "recipient"};
    recipient_ = word;
    return core::Done{};
  }

  Done narrow() {
    if (recipient_.empty()) return core::Done{};
    if (sights_.of) plan_.sight = sights_.of(recipient_);
    if (!plan_.sight)
      return core::invalid(
          "'" + recipient_.substr(0, 60) + "' is no kind of recipient: municipality, practice, community, vendor.",
          "recipient");
    for (const std::string& type : plan_.types)
      if (!plan_.sight->knows(type))
        return core::invalid("A recipient of kind " + recipient_ + " gets nothing about " + type + '.', "_type");
    if (!plan_.group.empty() && !plan_.sight->knows("Group"))  // who is in it is what it tells
      return core::invalid("A recipient of kind " + recipient_ + " gets nothing about Group.", "recipient");
    for (const std::string& type : plan_.types)
      if (!says_whose(type))
        return core::invalid("A recipient of kind " + recipient_ + " says whose: with _typeFilter=" + type + "?" +
                                 std::string(plan_.sight->asked_by(type)) + "=...",
                             "_typeFilter");
    for (const auto& [type, queries] : plan_.filters)
      for (const core::store::Query& query : queries)
        if (follows(query.all))
          return core::invalid("For a recipient of kind " + recipient_ +
                                   " a filter asks about the resource itself: no chain, no _has, no full text.",
                               "_typeFilter");
    return core::Done{};
  }

  // Every filter of the type names the parameter that it must, if any.
  bool says_whose(const std::string& type) const {
    const std::string_view parameter = plan_.sight->asked_by ? plan_.sight->asked_by(type) : std::string_view();
    if (parameter.empty()) return true;
    const auto filters = plan_.filters.find(type);
    return filters != plan_.filters.end() &&
           std::all_of(filters->second.begin(), filters->second.end(),
                       [&](const core::store::Query& query) { return core::store::names(query.all, parameter); });
  }

  static bool follows(const std::vector<core::store::Criterion>& all) {
    using Form = core::store::Criterion::Form;
    return std::any_of(all.begin(), all.end(), [](const core::store::Criterion& each) {
      return each.form == Form::chain || each.form == Form::has || each.form == Form::words ||
             std::any_of(each.alternatives.begin(), each.alternatives.end(),
                         [](const auto& branch) { return follows(branch); });
    });
  }

  bool asked_for_lenient() const {
    for (const rest::Header& header : exchange_.request.headers)
      if (rest::same_word(header.name, "Prefer") && header.value.find("handling=lenient") != std::string::npos)
        return true;
    return false;
  }

  Done nothing(const std::string&) { return core::Done{}; }

  Done type(const std::string& list) {
    for (const std::string_view part : rest::split(list, ',')) {
      const std::string name(part);
      Done done = core::Done{};
      if (!engine_.definitions().is_resource(name))
        done = aside(core::invalid("There is no resource type '" + name.substr(0, 60) + "' in FHIR R4.", "_type"));
      else if (plan_.people && !of_people(name))
        done = aside(core::invalid(name + " is never in the compartment of a Patient.", "_type"));
      else plan_.types.insert(name);
      if (!done) return done;
    }
    if (plan_.types.empty()) return core::invalid("None of the types of _type can be exported.", "_type");
    return core::Done{};
  }

  Done since(const std::string& text) {
    const auto moment = core::moment_from(text, engine_.services.zone_minutes);
    if (!moment || moment->precision < core::Precision::second)
      return core::invalid("_since is an instant such as 2026-11-24T06:00:00Z; not '" + text.substr(0, 60) + "'.",
                           "_since");
    plan_.since = moment->low;
    return core::Done{};
  }

  Done format(const std::string& text) {
    for (const std::string_view known :
         {"application/fhir+ndjson", "application/fhir ndjson", "application/ndjson", "ndjson"})
      if (text == known) return core::Done{};
    return core::invalid("_outputFormat is application/fhir+ndjson; not '" + text.substr(0, 60) + "'.",
                         "_outputFormat");
  }

  Done elements(const std::string& list) {
    for (const std::string_view part : rest::split(list, ',')) plan_.elements.emplace_back(part);
    return core::Done{};
  }

  Done patient(const std::string& list) {
    if (!plan_.people) return core::invalid("'patient' belongs to the export of Patients or of a Group.", "patient");
    constexpr std::string_view type = "Patient/";
    for (std::string_view part : rest::split(list, ',')) {
      if (part.starts_with(type)) part.remove_prefix(type.size());
      if (!rest::is_id(part)) return core::invalid("'patient' is a reference such as Patient/1.", "patient");
      plan_.chosen.emplace(part);
    }
    return core::Done{};
  }

  // "Observation?code=1,MedicationRequest?status=active": a comma parts two filters where a type and '?' follow it.
  Done filter(const std::string& list) {
    std::size_t from = 0;
    while (from < list.size()) {
      std::size_t end = list.find(',', from);
      while (end != std::string::npos && !begins_filter(std::string_view(list).substr(end + 1)))
        end = list.find(',', end + 1);
      if (auto done = one_filter(list.substr(from, end - from)); !done) return done;
      if (end == std::string::npos) break;
      from = end + 1;
    }
    return core::Done{};
  }

  bool begins_filter(std::string_view text) const {
    const std::size_t mark = text.find('?');
    return mark != std::string_view::npos && engine_.definitions().is_resource(text.substr(0, mark));
  }

  Done one_filter(const std::string& text) {
    const std::size_t mark = text.find('?');
    const std::string of = text.substr(0, mark);
    if (mark == std::string::npos || !engine_.definitions().is_resource(of))
      return core::invalid("_typeFilter is a search such as Observation?code=4548-4; not '" + text.substr(0, 80) + "'.",
                           "_typeFilter");
    auto parameters = search::parameters_from(std::string_view(text).substr(mark + 1));
    if (!parameters) return parameters.error();
    auto parsed = search::parse(engine_.index(), of, *parameters,
                                engine_.search_context(search::Handling::strict, exchange_.caller()));
    if (!parsed) return core::invalid("_typeFilter: " + parsed.error().message, "_typeFilter");
    parsed->query.sort.clear();
    parsed->query.limit = static_cast<std::size_t>(-1);
    plan_.filters[of].push_back(std::move(parsed->query));
    return core::Done{};
  }

  // A Group names other people, so it does not come with one of its members; nor with a Group's export.
  bool of_people(const std::string& name) const {
    if (name == "Patient") return true;
    if (name == "Group" && !plan_.group.empty()) return false;
    const model::Compartment* compartment = engine_.definitions().compartment("Patient");
    const auto found = compartment->resources.find(name);
    return found != compartment->resources.end() && !found->second.empty();
  }

  void all_types() {
    for (const std::string& name : engine_.definitions().resource_types())
      if ((!plan_.people || of_people(name)) && (!plan_.sight || (plan_.sight->knows(name) && says_whose(name))))
        plan_.types.insert(name);
  }

  rest::Exchange& exchange_;
  const rest::Engine& engine_;
  const ExportSights& sights_;
  std::string own_kind_, recipient_;
  ExportPlan plan_;
};

rest::Answer kick_off(rest::Exchange& exchange, const StartExport& start, const ExportSights& sights) {
  if (!exchange.wishes.respond_async)
    return core::invalid("$export answers later: send it with the header Prefer: respond-async.", "Prefer");
  auto plan = export_plan(exchange, sights);
  if (!plan) return plan.error();
  auto status = start(std::move(*plan));
  if (!status && status.error().kind == core::Kind::busy && !core::store::is_no_room(status.error())) {
    rest::Response later = rest::refusal(429, "throttled", status.error().message);
    later.headers.push_back({"Retry-After", "120"});
    return later;
  }
  if (!status) return status.error();
  rest::Response response;
  response.status = 202;
  response.headers.push_back({"Content-Location", *status});
  response.body = std::make_shared<const std::string>(rest::outcome_text(
      validate::Severity::information, "informational", "The export has begun; " + *status + " tells how far it is."));
  return response;
}

}  // namespace

Result<ExportPlan> export_plan(rest::Exchange& exchange, const ExportSights& sights) {
  auto plan = Reader(exchange, sights).read();
  if (!plan || plan->group.empty()) return plan;
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto group = (*view)->read({"Group", plan->group});
  if (!group) return group.error();
  if (!*group || (*group)->deleted()) return core::not_found("Group/" + plan->group + " is not there.", "id");
  return plan;
}

std::vector<rest::Operation> export_operations(StartExport start, ExportSights sights) {
  struct Level {
    std::string_view type, definition;
  };
  constexpr std::string_view base = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/";
  std::vector<rest::Operation> table;
  for (const Level& level : {Level{"", "export"}, Level{"Patient", "patient-export"}, Level{"Group", "group-export"}}) {
    rest::Operation operation;
    operation.name = "export";
    operation.type = level.type;
    operation.system = level.type.empty();
    operation.type_level = level.type == "Patient";
    operation.instance = level.type == "Group";
    operation.definition = std::string(base) + std::string(level.definition);
    operation.serve = [start, sights](rest::Exchange& exchange) { return kick_off(exchange, start, sights); };
    table.push_back(std::move(operation));
  }
  return table;
}

}  // namespace fhir::operation
