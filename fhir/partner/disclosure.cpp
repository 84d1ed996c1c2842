#include "fhir/partner/disclosure.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace fhir::partner {
namespace {

using core::Done;
using core::Result;
using json::Value;
using Node = Disclosure::Node;

constexpr std::array<std::pair<std::string_view, Recipient>, 4> words{{{"municipality", Recipient::municipality},
                                                                       {"practice", Recipient::practice},
                                                                       {"community", Recipient::community},
                                                                       {"vendor", Recipient::vendor}}};

// --- the table -------------------------------------------------------------------------------------------------------

Result<std::vector<Disclosure::Condition>> conditions_from(const Value& object, const std::string& place) {
  std::vector<Disclosure::Condition> conditions;
  if (object.is_null()) return conditions;
  if (!object.is_object() || object.size() == 0) return core::invalid(place + " must be an object of members", place);
  for (const json::Member& member : object.members()) {
    Disclosure::Condition condition{std::string(member.name), {}};
    for (const Value& value : member.value.elements()) condition.values.emplace_back(value.text());
    if (condition.values.empty())
      return core::invalid(place + "." + condition.member + " must be a list of texts", place);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Node* node_at(Node& root, std::string_view path) {
  Node* node = &root;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (dot == 0 || path.ends_with('.')) return nullptr;
    node = &node->children[std::string(path.substr(0, dot))];
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return node == &root ? nullptr : node;
}

Result<Done> add_entry(Node& root, const Value& entry, const std::string& place) {
  Node* node = node_at(root, entry.is_string() ? entry.text() : entry.text("path"));
  if (node == nullptr) return core::invalid(place + " must name a path such as name.family", place);
  for (const json::Member& member : entry.members()) {
    constexpr std::array<std::string_view, 7> known{"path",  "where",  "not",     "unless_sensitive",
                                                    "first", "needed", "asked_by"};
    if (std::find(known.begin(), known.end(), member.name) == known.end())
      return core::invalid(place + "." + std::string(member.name) + " is not known", place);
  }
  auto where = conditions_from(entry["where"], place + ".where");
  if (!where) return where.error();
  auto unless = conditions_from(entry["not"], place + ".not");
  if (!unless) return unless.error();
  if (!where->empty()) node->where = *std::move(where);
  if (!unless->empty()) node->unless = *std::move(unless);
  node->unless_sensitive |= entry["unless_sensitive"].is_boolean() && entry["unless_sensitive"].boolean();
  node->first |= entry["first"].is_boolean() && entry["first"].boolean();
  node->needed |= entry["needed"].is_boolean() && entry["needed"].boolean();
  if (entry.find("asked_by")) node->asked_by = entry.text("asked_by");
  return Done{};
}

Result<Node> row_from(const Value& list, const std::string& place) {
  Node root;
  if (!list.is_array()) return core::invalid(place + " must be a list of paths", place);
  std::size_t number = 0;
  for (const Value& entry : list.elements())
    if (auto added = add_entry(root, entry, place + "[" + std::to_string(number++) + "]"); !added) return added.error();
  return root;
}

// --- the projection --------------------------------------------------------------------------------------------------

bool one_of(const Value& element, const Disclosure::Condition& condition) {
  const std::string_view text = element.text(condition.member);
  return std::find(condition.values.begin(), condition.values.end(), text) != condition.values.end();
}

bool passes(const Node& node, const Value& element) {
  return std::all_of(node.where.begin(), node.where.end(), [&](const auto& each) { return one_of(element, each); }) &&
         std::none_of(node.unless.begin(), node.unless.end(), [&](const auto& each) { return one_of(element, each); });
}

// What the row needs is in what is left of the resource.
bool complete(const Node& node, const Value& left) {
  if (left.is_array())
    return std::any_of(left.elements().begin(), left.elements().end(),
                       [&](const Value& each) { return complete(node, each); });
  if (node.needed && left.is_null()) return false;
  return std::all_of(node.children.begin(), node.children.end(),
                     [&](const auto& child) { return complete(child.second, left[child.first]); });
}

std::string_view asked_by_of(const Node& node) {
  if (!node.asked_by.empty()) return node.asked_by;
  for (const auto& [name, child] : node.children)
    if (const std::string_view found = asked_by_of(child); !found.empty()) return found;
  return {};
}

class Projection {
 public:
  Projection(json::Document& document, bool sensitive) : document_(document), sensitive_(sensitive) {}

  // Null: nothing of it may leave.
  Value of(const Value& value, const Node& node) {
    if (node.unless_sensitive && sensitive_) return {};
    if (value.is_array()) return list_of(value, node);
    if (!passes(node, value)) return {};
    if (!value.is_object()) return node.children.empty() ? document_.copy(value) : Value();
    Value object = document_.object();
    for (const json::Member& member : value.members()) {
      const auto child = node.children.find(member.name);
      if (child == node.children.end()) continue;
      if (const Value kept = of(member.value, child->second); !kept.is_null()) document_.set(object, member.name, kept);
    }
    return object.size() == 0 ? Value() : object;
  }

 private:
  Value list_of(const Value& list, const Node& node) {
    Value kept = document_.array();
    for (const Value& element : list.elements()) {
      if (element.is_array()) continue;  // no FHIR element
      if (const Value each = of(element, node); !each.is_null()) document_.push(kept, each);
      if (node.first && kept.size() > 0) break;
    }
    return kept.size() == 0 ? Value() : kept;
  }

  json::Document& document_;
  bool sensitive_;
};

}  // namespace

std::optional<Recipient> recipient_from(std::string_view word) {
  for (const auto& [name, recipient] : words)
    if (name == word) return recipient;
  return std::nullopt;
}

std::string_view word_of(Recipient recipient) {
  for (const auto& [name, each] : words)
    if (each == recipient) return name;
  return {};
}

Result<Disclosure> Disclosure::load(const std::filesystem::path& profiles) {
  std::ifstream file(profiles / "house" / "disclosure.json", std::ios::binary);
  if (!file) return core::fault("the disclosure table cannot be read", "house/disclosure.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto table = json::parse(text);
  if (!table) return table.error();
  return from(table->root());
}

Result<Disclosure> Disclosure::from(const json::Value& table) {
  Disclosure disclosure;
  for (const Value& each : table["sensitive"].elements())
    for (const Value& code : each["codes"].elements())
      disclosure.sensitive_.emplace_back(each.text("system"), code.text());
  for (const json::Member& recipient : table["recipients"].members()) {
    const auto known = recipient_from(recipient.name);
    const std::string place = "recipients." + std::string(recipient.name);
    if (!known) return core::invalid(place + " is no kind of recipient", place);
    for (const json::Member& type : recipient.value.members()) {
      auto row = row_from(type.value, place + "." + std::string(type.name));
      if (!row) return row.error();
      disclosure.recipients_[*known].emplace(type.name, *std::move(row));
    }
  }
  return disclosure;
}

bool Disclosure::is_sensitive(const json::Value& value) const {
  if (value.is_array())
    return std::any_of(value.elements().begin(), value.elements().end(),
                       [&](const Value& each) { return is_sensitive(each); });
  if (!value.is_object()) return false;
  const std::pair<std::string, std::string> coding(value.text("system"), value.text("code"));
  if (std::find(sensitive_.begin(), sensitive_.end(), coding) != sensitive_.end()) return true;
  return std::any_of(value.members().begin(), value.members().end(),
                     [&](const json::Member& member) { return is_sensitive(member.value); });
}

bool Disclosure::knows(std::string_view type, Recipient recipient) const {
  const auto rows = recipients_.find(recipient);
  return rows != recipients_.end() && rows->second.find(type) != rows->second.end();
}

std::string_view Disclosure::asked_by(std::string_view type, Recipient recipient) const {
  return knows(type, recipient) ? asked_by_of(recipients_.at(recipient).find(type)->second) : std::string_view();
}

bool Disclosure::names(std::string_view type, std::string_view element, Recipient recipient) const {
  if (!knows(type, recipient)) return false;
  const Node& row = recipients_.at(recipient).find(type)->second;
  return row.children.find(element) != row.children.end();
}

json::Document Disclosure::project(const json::Value& resource, Recipient recipient) const {
  json::Document document;
  const std::string_view type = resource.text("resourceType");
  if (!knows(type, recipient)) return document;
  const Node& row = recipients_.at(recipient).find(type)->second;
  const Value kept = Projection(document, is_sensitive(resource)).of(resource, row);
  if (!complete(row, kept)) return document;
  document.root() = kept.is_object() ? kept : document.object();
  document.insert_first(document.root(), "resourceType", document.string(type));
  return document;
}

}  // namespace fhir::partner
