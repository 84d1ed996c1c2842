// The kick-off of an $export: what is asked for, checked before anything starts.
// Source: FHIR Bulk Data Access 2.0, "Query Parameters".
#include <array>

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
  explicit Reader(rest::Exchange& exchange) : exchange_(exchange), engine_(exchange.engine) {}

  Result<ExportPlan> read() {
    auto input = rest::operation_input(exchange_);
    if (!input) return input.error();
    plan_.engine = &engine_;
    plan_.caller = exchange_.caller();
    plan_.people = !exchange_.target.type.empty();
    plan_.group = exchange_.target.id;
    plan_.request_url = engine_.services.base_url + exchange_.request.path;
    if (!exchange_.request.query.empty()) plan_.request_url += '?' + exchange_.request.query;
    for (const auto& [name, value] : *input)
      if (auto done = take(name, value); !done) return done.error();
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
    static constexpr std::array<Parameter, 7> table = {{{"_type", &Reader::type},
                                                        {"_since", &Reader::since},
                                                        {"_typeFilter", &Reader::filter},
                                                        {"_outputFormat", &Reader::format},
                                                        {"_elements", &Reader::elements},
                                                        {"patient", &Reader::patient},
                                                        {"_format", &Reader::nothing}}};
    for (const Parameter& row : table)
      if (row.name == name) return (this->*row.take)(value);
    if (asked_for_lenient()) return core::Done{};
    return core::unsupported("$export does not understand " + name.substr(0, 60) +
                                 "; with Prefer: handling=lenient it is left aside.",
                             name.substr(0, 60));
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
      if (!engine_.definitions().is_resource(name))
        return core::invalid("There is no resource type '" + name.substr(0, 60) + "' in FHIR R4.", "_type");
      if (plan_.people && !of_people(name))
        return core::invalid(name + " is never in the compartment of a Patient.", "_type");
      plan_.types.insert(name);
    }
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
    for (const std::string_view known : {"application/fhir+ndjson", "application/fhir ndjson", "application/ndjson",
                                         "ndjson"})
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
      if (!plan_.people || of_people(name)) plan_.types.insert(name);
  }

  rest::Exchange& exchange_;
  const rest::Engine& engine_;
  ExportPlan plan_;
};

rest::Answer kick_off(rest::Exchange& exchange, const StartExport& start) {
  if (!exchange.wishes.respond_async)
    return core::invalid("$export answers later: send it with the header Prefer: respond-async.", "Prefer");
  auto plan = export_plan(exchange);
  if (!plan) return plan.error();
  auto status = start(std::move(*plan));
  if (!status) return status.error();
  rest::Response response;
  response.status = 202;
  response.headers.push_back({"Content-Location", *status});
  response.body = std::make_shared<const std::string>(rest::outcome_text(
      validate::Severity::information, "informational", "The export has begun; " + *status + " tells how far it is."));
  return response;
}

}  // namespace

Result<ExportPlan> export_plan(rest::Exchange& exchange) {
  auto plan = Reader(exchange).read();
  if (!plan || plan->group.empty()) return plan;
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto group = (*view)->read({"Group", plan->group});
  if (!group) return group.error();
  if (!*group || (*group)->deleted()) return core::not_found("Group/" + plan->group + " is not there.", "id");
  return plan;
}

std::vector<rest::Operation> export_operations(StartExport start) {
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
    operation.serve = [start](rest::Exchange& exchange) { return kick_off(exchange, start); };
    table.push_back(std::move(operation));
  }
  return table;
}

}  // namespace fhir::operation
