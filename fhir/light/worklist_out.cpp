#include <algorithm>
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

std::string code_of(const Value& codeable) { return std::string(codeable["coding"][0].text("code")); }

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
    {"what",
     [](const Value& t, const Value&) {
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
    {"do_not_contact",
     [](const Value& t, const Value& p) { return std::string(prohibited(t) || prohibited(p) ? "yes" : ""); }},
    {"new_status", [](const Value&, const Value&) { return std::string(); }},
    {"comment", [](const Value&, const Value&) { return std::string(); }},
}};

class Lister {
 public:
  Lister(rest::Exchange& exchange, core::store::Snapshot& view, const partner::Disclosure& disclosure,
         std::optional<partner::Recipient> recipient, char separator)
      : exchange_(exchange), view_(view), disclosure_(disclosure), recipient_(recipient), separator_(separator) {}

  Result<std::string> write(const std::string& owner) {
    Cells head{"task_id", "version"};
    for (const Column& column : columns) head.emplace_back(column.name);
    std::string out = "\xEF\xBB\xBF";  // spreadsheets take the text for UTF-8 then
    write_row(head, out, separator_);
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
    write_row(cells, out, separator_);
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
  char separator_;
  std::map<std::string, std::shared_ptr<const json::Document>> people_;
};

// By what the owner is: people of care are a practice, an Organization by its type. Where nothing is known of it the
// row of the table with the least.
Result<partner::Recipient> kind_of(core::store::Snapshot& view, const std::string& owner, const ListGround& ground) {
  using partner::Recipient;
  const std::string type = owner.substr(0, owner.find('/'));
  if (type == "Practitioner" || type == "PractitionerRole" || type == "CareTeam") return Recipient::practice;
  const auto& known = ground.municipalities;
  if (std::find(known.begin(), known.end(), owner) != known.end()) return Recipient::municipality;
  if (type != "Organization") return Recipient::community;
  auto record = view.read({type, owner.substr(type.size() + 1)});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Recipient::community;
  const auto organization = json::parse((*record)->body);
  if (!organization) return core::fault("A stored resource cannot be read.");
  for (const Value& each : organization->root()["type"].elements())
    for (const Value& coding : each["coding"].elements()) {
      if (coding.text("system") != "http://terminology.hl7.org/CodeSystem/organization-type") continue;
      const std::string_view code = coding.text("code");
      if (code == "govt") return Recipient::municipality;
      if (code == "prov" || code == "dept" || code == "team") return Recipient::practice;
    }
  return Recipient::community;
}

// Who is of a kind gets that kind's row and no other; an operator may name one. Nothing: whole resources.
Result<std::optional<partner::Recipient>> recipient_for(const rest::Exchange& exchange, core::store::Snapshot& view,
                                                        const std::string& owner, const ListGround& ground) {
  const std::string_view asked = exchange.parameter("recipient");
  const std::string own = ground.kind_of ? ground.kind_of(exchange.caller()) : std::string();
  if (!own.empty() && !asked.empty() && asked != own)
    return core::Error{core::Kind::forbidden, "You get what a recipient of kind " + own + " may see.", "recipient"};
  const std::string_view word = own.empty() ? asked : std::string_view(own);
  if (word == "operator") return std::optional<partner::Recipient>();
  if (word.empty()) {
    auto kind = kind_of(view, owner, ground);
    if (!kind) return kind.error();
    return std::optional(*kind);
  }
  const auto recipient = partner::recipient_from(word);
  if (!recipient)
    return core::invalid("'recipient' is one of municipality, practice, community, vendor, operator.", "recipient");
  return recipient;
}

}  // namespace

rest::Answer worklist_out(rest::Exchange& exchange, const ListGround& ground) {
  const std::string owner(exchange.parameter("owner"));
  const std::size_t slash = owner.find('/');
  if (slash == std::string::npos || !exchange.engine.definitions().is_resource(owner.substr(0, slash)) ||
      !rest::is_id(owner.substr(slash + 1)))
    return core::invalid("'owner' is a reference such as Practitioner/1.", "owner");
  const std::string_view between = exchange.parameter("separator");
  if (!between.empty() && between != "," && between != ";" && between != "\t")
    return core::invalid("'separator' is , or ; or a tab.", "separator");
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  const auto recipient = recipient_for(exchange, **view, owner, ground);
  if (!recipient) return recipient.error();
  auto text =
      Lister(exchange, **view, *ground.disclosure, *recipient, between.empty() ? ground.separator : between.front())
          .write(owner);
  if (!text) return text.error();
  rest::Response response;
  response.headers.push_back({"Content-Type", "text/csv; charset=utf-8"});
  response.headers.push_back({"Content-Disposition", "attachment; filename=\"worklist.csv\""});
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::make_shared<const std::string>(std::move(*text));
  return response;
}

std::vector<rest::Operation> light_operations(ListGround ground) {
  rest::Operation operation;
  operation.name = "worklist-csv";
  operation.system = true;
  operation.definition = std::string(care::house) + "/OperationDefinition/worklist-csv";
  operation.serve = [ground = std::move(ground)](rest::Exchange& exchange) {
    return exchange.request.method == "POST" ? worklist_in(exchange) : worklist_out(exchange, ground);
  };
  return {operation};
}

}  // namespace fhir::light
