#include <array>
#include <map>

#include "core/store/criteria.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/light/csv.hpp"
#include "fhir/light/worklist.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::light {

using core::Result;
using json::Value;

namespace {

core::store::Query open_work_of(const std::string& owner) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(core::store::reference_criterion("owner", {owner}));
  query.all.push_back(
      core::store::token_criterion("status", {"requested", "received", "accepted", "in-progress", "on-hold"}));
  query.sort.push_back({"rank", core::store::RowKind::number, false});
  return query;
}

std::string joined(const Value& list) {
  std::string out;
  for (const Value& each : list.elements()) out += (out.empty() ? "" : " ") + std::string(each.text());
  return out;
}

std::string code_of(const Value& codeable) {
  return std::string(codeable["coding"][0].text("code"));
}

std::string words_of(const Value& codeable) {
  if (const std::string_view text = codeable.text("text"); !text.empty()) return std::string(text);
  return std::string(codeable["coding"][0].text("display"));
}

std::string phone_of(const Value& patient) {
  for (const std::string_view system : {"phone", "sms", "email"})
    for (const Value& each : patient["telecom"].elements())
      if (each.text("system") == system) return std::string(each.text("value"));
  return {};
}

bool prohibited(const Value& resource) {
  const Value* found = care::extension(resource, std::string(care::house) + "/StructureDefinition/contact-prohibited");
  return found != nullptr && (*found)["valueBoolean"].boolean();
}

struct Column {
  std::string_view name;
  std::string (*cell)(const Value& task, const Value& patient);
};

// After task_id and version. The last three are empty: they are filled in and sent back.
constexpr std::array<Column, 15> columns = {{
    {"status", [](const Value& t, const Value&) { return std::string(t.text("status")); }},
    {"gap_status", [](const Value& t, const Value&) { return code_of(t["businessStatus"]); }},
    {"code", [](const Value& t, const Value&) { return code_of(t["code"]); }},
    {"what", [](const Value& t, const Value&) {
       const std::string words = words_of(t["code"]);
       return words.empty() ? code_of(t["reasonCode"][0]) : words;
     }},
    {"description", [](const Value& t, const Value&) { return std::string(t.text("description")); }},
    {"due", [](const Value& t, const Value&) { return std::string(t["restriction"]["period"].text("end")); }},
    {"priority", [](const Value& t, const Value&) { return std::string(t.text("priority")); }},
    {"patient_id", [](const Value&, const Value& p) { return std::string(p.text("id")); }},
    {"given", [](const Value&, const Value& p) { return joined(p["name"][0]["given"]); }},
    {"family", [](const Value&, const Value& p) { return std::string(p["name"][0].text("family")); }},
    {"birth_date", [](const Value&, const Value& p) { return std::string(p.text("birthDate")); }},
    {"contact", [](const Value&, const Value& p) { return phone_of(p); }},
    {"do_not_contact", [](const Value& t, const Value& p) {
       return std::string(prohibited(t) || prohibited(p) ? "yes" : "");
     }},
    {"new_status", [](const Value&, const Value&) { return std::string(); }},
    {"comment", [](const Value&, const Value&) { return std::string(); }},
}};

class Lister {
 public:
  Lister(rest::Exchange& exchange, core::store::Snapshot& view, const partner::Disclosure& disclosure,
         std::optional<partner::Recipient> recipient)
      : exchange_(exchange), view_(view), disclosure_(disclosure), recipient_(recipient) {}

  Result<std::string> write(const std::string& owner) {
    Cells head{"task_id", "version"};
    for (const Column& column : columns) head.emplace_back(column.name);
    std::string out = "\xEF\xBB\xBF";  // spreadsheets take the text for UTF-8 then
    write_row(head, out);
    auto found = view_.find(open_work_of(owner));
    if (!found) return found.error();
    constexpr std::size_t at_once = 500;
    const std::span<const core::store::Match> all(found->matches);
    for (std::size_t from = 0; from < all.size(); from += at_once) {
      auto records = view_.load(all.subspan(from, std::min(at_once, all.size() - from)));
      if (!records) return records.error();
      for (const core::store::Record& record : *records)
        if (auto done = row(record, out); !done) return done.error();
    }
    return out;
  }

 private:
  Result<core::Done> row(const core::store::Record& record, std::string& out) {
    auto whole = json::parse(record.body);
    if (!whole) return core::fault("A stored resource cannot be read.");
    const std::string patient = care::link_from(whole->root()["for"]);
    auto person = patient_of(patient);
    if (!person) return person.error();
    const json::Document task = shown(std::move(*whole));
    Cells cells{record.key.id, std::to_string(record.version)};
    for (const Column& column : columns) cells.push_back(column.cell(task.root(), (*person)->root()));
    write_row(cells, out);
    return core::Done{};
  }

  json::Document shown(json::Document whole) const {
    return recipient_ ? disclosure_.project(whole.root(), *recipient_) : std::move(whole);
  }

  Result<std::shared_ptr<const json::Document>> patient_of(const std::string& reference) {
    constexpr std::string_view type = "Patient/";
    const auto known = people_.find(reference);
    if (known != people_.end()) return known->second;
    auto document = std::make_shared<json::Document>();
    if (reference.starts_with(type)) {
      auto record = view_.read({"Patient", reference.substr(type.size())});
      if (!record) return record.error();
      if (*record && !(*record)->deleted())
        if (auto whole = json::parse((*record)->body)) *document = shown(std::move(*whole));
    }
    people_[reference] = document;
    return std::shared_ptr<const json::Document>(document);
  }

  rest::Exchange& exchange_;
  core::store::Snapshot& view_;
  const partner::Disclosure& disclosure_;
  std::optional<partner::Recipient> recipient_;
  std::map<std::string, std::shared_ptr<const json::Document>> people_;
};

}  // namespace

rest::Answer worklist_out(rest::Exchange& exchange, const partner::Disclosure& disclosure) {
  const std::string owner(exchange.parameter("owner"));
  const std::size_t slash = owner.find('/');
  if (slash == std::string::npos || !exchange.engine.definitions().is_resource(owner.substr(0, slash)) ||
      !rest::is_id(owner.substr(slash + 1)))
    return core::invalid("'owner' is a reference such as Practitioner/1.", "owner");
  const std::string_view word = exchange.has_parameter("recipient") ? exchange.parameter("recipient") : "practice";
  const auto recipient = partner::recipient_from(word);
  if (!recipient && word != "operator")
    return core::invalid("'recipient' is one of municipality, practice, community, vendor, operator.", "recipient");
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto text = Lister(exchange, **view, disclosure, recipient).write(owner);
  if (!text) return text.error();
  rest::Response response;
  response.headers.push_back({"Content-Type", "text/csv; charset=utf-8"});
  response.headers.push_back({"Content-Disposition", "attachment; filename=\"worklist.csv\""});
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::make_shared<const std::string>(std::move(*text));
  return response;
}

std::vector<rest::Operation> light_operations(const partner::Disclosure& disclosure) {
  rest::Operation operation;
  operation.name = "worklist-csv";
  operation.system = true;
  operation.definition = std::string(care::house) + "/OperationDefinition/worklist-csv";
  operation.serve = [&disclosure](rest::Exchange& exchange) {
    return exchange.request.method == "POST" ? worklist_in(exchange) : worklist_out(exchange, disclosure);
  };
  return {operation};
}

}  // namespace fhir::light
