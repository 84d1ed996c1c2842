#include "fhir/validate/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fhir::validate {
namespace {

using json::Value;
using model::Strength;

constexpr std::string_view core_prefix = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::array<std::pair<std::string_view, Strength>, 4> strengths{{{"example", Strength::example},
                                                                          {"preferred", Strength::preferred},
                                                                          {"extensible", Strength::extensible},
                                                                          {"required", Strength::required}}};

std::optional<std::uint32_t> number(const Value& value) {
  const std::string_view text = value.text();
  if (text == "*") return UINT32_MAX;
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> out;
  for (const Value& text : list.elements()) out.emplace_back(text.text());
  return out;
}

// R4 core writes the types of id and url as System.String with the FHIR type in an extension.
std::string type_code(const Value& type) {
  for (const Value& extension : type["extension"].elements())
    if (extension.text("url") == "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type")
      return std::string(extension.text("valueUrl").empty() ? extension.text("valueUri") : extension.text("valueUrl"));
  std::string code(type.text("code"));
  constexpr std::string_view system = "http://hl7.org/fhirpath/System.";
  if (code.starts_with(system)) {
    code.erase(0, system.size());
    code[0] = static_cast<char>(code[0] | 32);
  }
  return code;
}

void read_types(const Value& element, ProfileNode& node) {
  if (!element.find("type")) return;
  node.types.clear();
  for (const Value& type : element["type"].elements())
    node.types.push_back({type_code(type), texts(type["profile"]), texts(type["targetProfile"])});
}

void read_slicing(const Value& element, ProfileNode& node) {
  const Value* slicing = element.find("slicing");
  if (!slicing) return;
  Slicing& out = node.slicing.emplace();
  for (const Value& d : (*slicing)["discriminator"].elements())
    out.discriminators.push_back({std::string(d.text("type")), std::string(d.text("path"))});
  if (const auto rules = slicing->text("rules"); !rules.empty()) out.rules = rules;
  out.ordered = (*slicing)["ordered"].boolean();
}

void read_values(const Value& element, ProfileNode& node) {
  for (const json::Member& member : element.members()) {
    if (member.name.starts_with("fixed")) node.fixed = &member.value;
    else if (member.name.starts_with("pattern")) node.pattern = &member.value;
    else if (member.name.starts_with("minValue")) {
      node.min_value = &member.value;
      node.min_value_type = member.name.substr(8);
    } else if (member.name.starts_with("maxValue")) {
      node.max_value = &member.value;
      node.max_value_type = member.name.substr(8);
    }
  }
}

void read_element(const Value& element, ProfileNode& node) {
  if (const auto min = number(element["min"])) node.min = min;
  if (const auto max = number(element["max"])) node.max = max;
  node.max_length = number(element["maxLength"]);
  read_types(element, node);
  read_slicing(element, node);
  read_values(element, node);
  if (const Value* binding = element.find("binding"); binding && binding->find("valueSet")) {
    for (const auto& [word, strength] : strengths)
      if (binding->text("strength") == word) node.strength = strength;
    node.value_set = binding->text("valueSet");
  }
  for (const Value& rule : element["constraint"].elements())
    node.rules.push_back(
        {{std::string(rule.text("key")), rule.text("severity") != "warning", std::string(rule.text("expression"))},
         std::string(rule.text("human"))});
}

// Puts the elements of a StructureDefinition, which come in order of their paths, into a tree.
class Tree {
 public:
  Tree(const model::Definitions& definitions, Profile& profile) : definitions_(definitions), profile_(profile) {
    profile_.root.name = profile.type;
    profile_.root.content = definitions.type(profile.type);
    last_.emplace(profile.type, &profile_.root);
  }

  void add(const Value& element) {
    const std::string path(element.text("path"));
    if (path.find('.') == path.npos) return read_element(element, profile_.root);
    ProfileNode* parent = parent_of(path);
    if (!parent) return;
    ProfileNode& node = place(*parent, path, element);
    read_element(element, node);
    connect(*parent, node, element);
    // What lay below an earlier element of this path (another slice) is over.
    for (auto it = last_.lower_bound(path + '.'); it != last_.end() && it->first.starts_with(path + '.');)
      it = last_.erase(it);
    last_[path] = &node;
  }

 private:
  ProfileNode* parent_of(const std::string& path) {
    const std::string above = path.substr(0, path.rfind('.'));
    if (const auto it = last_.find(above); it != last_.end()) return it->second;
    if (above.find('.') == above.npos) return nullptr;  // another root than the type
    ProfileNode* grand = parent_of(above);
    if (!grand) return nullptr;
    ProfileNode& node = child(*grand, above.substr(above.rfind('.') + 1));
    connect(*grand, node, Value());
    return last_[above] = &node;
  }

  static ProfileNode& child(ProfileNode& parent, std::string name) {
    const bool choice = name.ends_with("[x]");
    if (choice) name.resize(name.size() - 3);
    for (auto& known : parent.children)
      if (known->name == name) return *known;
    auto& node = *parent.children.emplace_back(std::make_unique<ProfileNode>());
    node.name = std::move(name);
    node.choice = choice;
    return node;
  }

  ProfileNode& place(ProfileNode& parent, const std::string& path, const Value& element) {
    std::string name = path.substr(path.rfind('.') + 1);
    std::string slice(element.text("sliceName"));
    const model::Named* named = parent.content ? parent.content->find(name) : nullptr;
    const bool typed_choice = named && named->element->choice;  // valueQuantity: a slice of value[x] by its type
    if (typed_choice) {
      if (slice.empty()) slice = name;
      name = named->element->name + "[x]";
    }
    ProfileNode& base = child(parent, name);
    connect(parent, base, Value());
    if (slice.empty()) return base;
    for (auto& known : base.slices)
      if (known->slice == slice) return *known;
    ProfileNode& node = *base.slices.emplace_back(std::make_unique<ProfileNode>());
    node.name = base.name;
    node.choice = base.choice;
    node.slice = slice;
    if (typed_choice) node.types.push_back({named->type->code, {}, {}});
    return node;
  }

  // Finds the base definitions of the node's children, where its type is certain.
  void connect(const ProfileNode& parent, ProfileNode& node, const Value& element) {
    if (const std::string_view reference = element.text("contentReference"); !reference.empty() && !node.content) {
      const auto it = last_.find(std::string(reference.substr(reference.find('#') + 1)));
      if (it != last_.end()) node.content = it->second->content;
    }
    const model::Element* base = parent.content ? parent.content->element(node.name) : nullptr;
    if (base && base->backbone) node.content = base->backbone;
    else if (node.types.size() == 1) node.content = definitions_.type(node.types[0].code);
    else if (base && base->types.size() == 1 && node.types.empty()) node.content = base->types[0].type;
    if (base && base->choice) node.choice = true;
  }

  const model::Definitions& definitions_;
  Profile& profile_;
  std::map<std::string, ProfileNode*> last_;  // path -> the node it means now
};

}  // namespace

std::string_view last_step(std::string_view canonical) {
  canonical = canonical.substr(0, canonical.find('|'));
  const std::size_t slash = canonical.rfind('/');
  return slash == canonical.npos ? canonical : canonical.substr(slash + 1);
}

bool is_base_type(const model::Definitions& definitions, std::string_view canonical) {
  if (!canonical.starts_with(core_prefix)) return false;
  const model::Type* type = definitions.type(last_step(canonical));
  return type && !type->constraint;
}

const ProfileNode* ProfileNode::child(std::string_view child_name) const {
  const auto it = std::find_if(children.begin(), children.end(), [&](const auto& c) { return c->name == child_name; });
  return it == children.end() ? nullptr : it->get();
}

const Profile* Profiles::find(std::string_view canonical) {
  const Value* source = known_.profile(canonical);
  if (!source) return nullptr;
  auto& made = made_[source];
  if (made) return made.get();
  made = std::make_unique<Profile>();
  made->url = source->text("url");
  made->type = source->text("type");
  made->source = source;
  const std::string_view base = source->text("baseDefinition");
  if (!is_base_type(known_.definitions(), base)) made->base = base;
  const Value& snapshot = (*source)["snapshot"]["element"];
  made->from_snapshot = snapshot.size() != 0;
  Tree tree(known_.definitions(), *made);
  for (const Value& element : (made->from_snapshot ? snapshot : (*source)["differential"]["element"]).elements())
    tree.add(element);
  return made.get();
}

const ProfileNode* Profiles::inherited(const Profile& profile, const std::vector<std::string>& path) {
  constexpr int deepest = 10;
  const Profile* at = &profile;
  for (int i = 0; i < deepest && at && !at->base.empty(); ++i) {
    at = find(at->base);
    const ProfileNode* node = at ? &at->root : nullptr;
    for (const std::string& name : path) node = node ? node->child(name) : nullptr;
    if (node && node->slicing) return node;
  }
  return nullptr;
}

}  // namespace fhir::validate
