#include "fhir/light/directory.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "core/store/criteria.hpp"
#include "fhir/json/json.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::light {

using core::Result;
using json::Value;
using Done = Result<core::Done>;

namespace {

constexpr std::array<std::string_view, 6> names = {"organizations",       "services", "locations",
                                                   "service_at_location", "phones",   "addresses"};

std::uint64_t hash(std::string_view text, std::uint64_t seed) {  // FNV-1a
  std::uint64_t value = seed;
  for (const unsigned char c : text) value = (value ^ c) * 1'099'511'628'211ULL;
  return value;
}

std::string hex(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
  return out;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot), part = dot == text.npos ? "" : text.substr(dot + 1);
  const auto digits = [](std::string_view t) {
    return std::all_of(t.begin(), t.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 3 || (whole.size() > 1 && whole[0] == '0') || !digits(whole)) return false;
  return dot == text.npos || (!part.empty() && part.size() < 20 && digits(part));
}

class Maker {
 public:
  Maker(const DirectoryTables& tables, const std::string& source) : tables_(tables), source_(source) {}

  Result<std::vector<DirectoryResource>> make() {
    for (Done (Maker::*part)() : {&Maker::organizations, &Maker::locations, &Maker::services})
      if (auto done = (this->*part)(); !done) return done.error();
    return std::move(out_);
  }

 private:
  // One row at work.
  struct Row {
    std::string_view table;
    const Table& rows;
    std::size_t at;
    std::string_view operator[](std::string_view column) const { return rows.cell(at, column); }
    core::Error wrong(const std::string& what) const {
      const std::string place = std::string(table) + ", line " + std::to_string(rows.lines[at]);
      return core::invalid(place + ": " + what + ".", place);
    }
  };

  template <class Each>
  Done each_row(std::string_view name, Each&& each) {
    const auto found = tables_.find(name);
    if (found == tables_.end()) return core::Done{};
    for (std::size_t i = 0; i < found->second.rows.size(); ++i)
      if (auto done = each(Row{name, found->second, i}); !done) return done;
    return core::Done{};
  }

  // The rows of a table whose `column` is `value`, in their order. A table is gone through once for each column asked
  // for.
  template <class Each>
  Done each_row(std::string_view name, std::string_view column, std::string_view value, Each&& each) {
    const auto found = tables_.find(name);
    if (found == tables_.end()) return core::Done{};
    const auto [place, fresh] = by_value_.try_emplace({std::string(name), std::string(column)});
    for (std::size_t i = 0; fresh && i < found->second.rows.size(); ++i)
      place->second[found->second.cell(i, column)].push_back(i);
    const auto rows = place->second.find(value);
    if (rows == place->second.end()) return core::Done{};
    for (const std::size_t row : rows->second)
      if (auto done = each(Row{name, found->second, row}); !done) return done;
    return core::Done{};
  }

  std::string id_of(std::string_view hsds) const {
    const std::string head = hex(hash(source_, 14'695'981'039'346'656'037ULL)).substr(0, 8) + '-';
    if (hsds.size() <= 50 && rest::is_id(hsds)) return head + std::string(hsds);
    return head + hex(hash(hsds, 14'695'981'039'346'656'037ULL)) + hex(hash(hsds, 88'172'645'463'325'252ULL));
  }

  // A resource begun: type, id, source, identifier.
  Done begin(const Row& row, std::string_view type, json::Document& document) {
    const std::string_view id = row["id"];
    if (id.empty()) return row.wrong("id is empty");
    if (!known_[std::string(type)].insert(std::string(id)).second)
      return row.wrong("the id " + std::string(id.substr(0, 80)) + " is there twice");
    Value& root = document.root() = document.object();
    text(document, root, "resourceType", type);
    text(document, root, "id", id_of(id));
    Value meta = document.object();
    text(document, meta, "source", source_);
    document.set(root, "meta", meta);
    Value identifier = document.object(), list = document.array();
    text(document, identifier, "system", source_);
    text(document, identifier, "value", id);
    document.push(list, identifier);
    document.set(root, "identifier", list);
    return core::Done{};
  }

  static void text(json::Document& document, Value& object, std::string_view name, std::string_view value) {
    if (!value.empty()) document.set(object, name, document.string(value));
  }

  Done refer(const Row& row, json::Document& document, Value& object, std::string_view member, std::string_view type,
             std::string_view id) {
    if (id.empty()) return core::Done{};
    if (!known_[std::string(type)].contains(std::string(id)))
      return row.wrong("there is no " + std::string(type) + " with the id " + std::string(id.substr(0, 80)));
    Value reference = document.object();
    text(document, reference, "reference", std::string(type) + '/' + id_of(id));
    document.set(object, member, reference);
    return core::Done{};
  }

  void contacts(json::Document& document, const Row& row, std::string_view column) {
    Value list = document.array();
    const auto add = [&](std::string_view system, std::string_view value) {
      if (value.empty()) return;
      Value point = document.object();
      text(document, point, "system", system);
      text(document, point, "value", value);
      document.push(list, point);
    };
    (void)each_row("phones", column, row["id"], [&](const Row& phone) -> Done {
      add(phone["type"] == "fax" ? "fax" : phone["type"] == "sms" ? "sms" : "phone", phone["number"]);
      return core::Done{};
    });
    add("email", row["email"]);
    add("url", row["website"].empty() ? row["url"] : row["website"]);
    if (list.size() > 0) document.set(document.root(), "telecom", list);
  }

  Done keep(std::string_view type, const json::Document& document) {
    out_.push_back({{std::string(type), std::string(document.root().text("id"))}, json::write(document.root())});
    return core::Done{};
  }

  Done organizations() {
    return each_row("organizations", [&](const Row& row) -> Done {
      json::Document document;
      if (auto done = begin(row, "Organization", document); !done) return done;
      if (row["name"].empty()) return row.wrong("name is empty");
      document.set(document.root(), "active", document.boolean(true));
      text(document, document.root(), "name", row["name"]);
      if (!row["alternate_name"].empty()) {
        Value alias = document.array();
        document.push(alias, document.string(row["alternate_name"]));
        document.set(document.root(), "alias", alias);
      }
      contacts(document, row, "organization_id");
      return keep("Organization", document);
    });
  }

  Done locations() {
    return each_row("locations", [&](const Row& row) -> Done {
      json::Document document;
      if (auto done = begin(row, "Location", document); !done) return done;
      Value& root = document.root();
      text(document, root, "status", "active");
      text(document, root, "name", row["name"].empty() ? row["id"] : row["name"]);
      text(document, root, "description", row["description"]);
      text(document, root, "mode", "instance");
      contacts(document, row, "location_id");
      address(document, row);
      if (!row["latitude"].empty() || !row["longitude"].empty()) {
        if (!is_decimal(row["latitude"]) || !is_decimal(row["longitude"]))
          return row.wrong("latitude and longitude are decimal numbers");
        Value position = document.object();
        document.set(position, "longitude", document.number(row["longitude"]));
        document.set(position, "latitude", document.number(row["latitude"]));
        document.set(document.root(), "position", position);
      }
      if (auto done =
              refer(row, document, document.root(), "managingOrganization", "Organization", row["organization_id"]);
          !done)
        return done;
      return keep("Location", document);
    });
  }

  void address(json::Document& document, const Row& row) {
    (void)each_row("addresses", "location_id", row["id"], [&](const Row& found) -> Done {
      if (document.root().find("address") != nullptr) return core::Done{};
      Value out = document.object(), lines = document.array();
      for (const std::string_view column : {"address_1", "address_2"})
        if (!found[column].empty()) document.push(lines, document.string(found[column]));
      if (lines.size() > 0) document.set(out, "line", lines);
      text(document, out, "city", found["city"]);
      text(document, out, "state", found["state_province"]);
      text(document, out, "postalCode", found["postal_code"]);
      text(document, out, "country", found["country"]);
      document.set(document.root(), "address", out);
      return core::Done{};
    });
  }

  Done services() {
    return each_row("services", [&](const Row& row) -> Done {
      json::Document document;
      if (auto done = begin(row, "HealthcareService", document); !done) return done;
      if (row["name"].empty()) return row.wrong("name is empty");
      document.set(document.root(), "active", document.boolean(row["status"].empty() || row["status"] == "active"));
      if (auto done = refer(row, document, document.root(), "providedBy", "Organization", row["organization_id"]);
          !done)
        return done;
      if (auto done = places(row, document); !done) return done;
      text(document, document.root(), "name", row["name"]);
      text(document, document.root(), "comment", row["description"]);
      text(document, document.root(), "extraDetails", row["application_process"]);
      contacts(document, row, "service_id");
      if (!row["eligibility_description"].empty()) {
        Value list = document.array(), item = document.object();
        text(document, item, "comment", row["eligibility_description"]);
        document.push(list, item);
        document.set(document.root(), "eligibility", list);
      }
      return keep("HealthcareService", document);
    });
  }

  Done places(const Row& service, json::Document& document) {
    Value list = document.array();
    auto done = each_row("service_at_location", "service_id", service["id"], [&](const Row& row) -> Done {
      Value holder = document.object();
      if (auto found = refer(row, document, holder, "location", "Location", row["location_id"]); !found) return found;
      if (const Value* reference = holder.find("location")) document.push(list, *reference);
      return core::Done{};
    });
    if (done && list.size() > 0) document.set(document.root(), "location", list);
    return done;
  }

  const DirectoryTables& tables_;
  const std::string& source_;
  std::map<std::string, std::set<std::string>> known_;  // HSDS ids by FHIR type
  std::map<std::pair<std::string, std::string>, std::unordered_map<std::string_view, std::vector<std::size_t>>>
      by_value_;  // of (table, column)
  std::vector<DirectoryResource> out_;
};

}  // namespace

std::vector<std::string> directory_table_names() { return {names.begin(), names.end()}; }

Result<std::vector<DirectoryResource>> directory_from(const DirectoryTables& tables, const std::string& source) {
  return Maker(tables, source).make();
}

Result<std::vector<DirectoryResource>> directory_gone(core::store::Snapshot& view, const DirectoryTables& tables,
                                                      const std::vector<DirectoryResource>& kept,
                                                      const std::string& source) {
  struct Kind {
    std::string_view table, type, element, active, inactive;  // JSON
  };
  constexpr std::array<Kind, 3> kinds = {{{"organizations", "Organization", "active", "true", "false"},
                                          {"locations", "Location", "status", "\"active\"", "\"inactive\""},
                                          {"services", "HealthcareService", "active", "true", "false"}}};
  std::set<core::store::Key> still;
  for (const DirectoryResource& resource : kept) still.insert(resource.key);
  std::vector<DirectoryResource> out;
  for (const Kind& kind : kinds) {
    if (!tables.contains(kind.table)) continue;
    core::store::Query query;
    query.types = {std::string(kind.type)};
    query.all.push_back(core::store::token_criterion("identifier", {""}, source));
    query.all.back().any.front().any_value = true;
    auto found = core::store::find_all(view, query);
    if (!found) return found.error();
    for (const core::store::Record& record : *found) {
      auto document = json::parse(record.body);
      if (!document) return core::fault("A stored resource cannot be read.");
      Value& root = document->root();
      if (still.contains(record.key) || root["meta"].text("source") != source) continue;
      if (json::write(root[kind.element]) != kind.active) continue;
      const auto inactive = json::parse(kind.inactive);
      document->set(root, kind.element, document->copy(inactive->root()));
      out.push_back({record.key, json::write(root)});
    }
  }
  return out;
}

}  // namespace fhir::light
