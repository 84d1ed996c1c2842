#include "fhir/search/paths.hpp"

#include <algorithm>

namespace fhir::search {
namespace {

using path::Node;
using Form = Node::Form;

// R4 writes DateTime once where it means dateTime.
bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && a.size() > 0 && (a[0] | 32) == (b[0] | 32) && a.substr(1) == b.substr(1);
}

std::string_view type_name(const Node& node) {  // Quantity, FHIR.Quantity
  if (node.form == Form::dot && node.children.size() == 2) return type_name(*node.children[1]);
  return node.form == Form::identifier ? std::string_view(node.text) : std::string_view();
}

class Folder {
 public:
  Folder(const Path& start, const model::Definitions& definitions, std::string_view resource_type)
      : start_(start), definitions_(definitions), resource_type_(resource_type) {}

  std::optional<Paths> fold(const Node& node) const { return fold(node, {start_}, true); }

 private:
  using Maybe = std::optional<Paths>;

  Maybe fold(const Node& node, const Paths& from, bool at_start) const {
    switch (node.form) {
      case Form::identifier: return at_start ? start(node, from) : member(node.text, from);
      case Form::this_: return from;
      case Form::variable: return node.text == "resource" || node.text == "rootResource" ? resource() : std::nullopt;
      case Form::dot: return dot(node, from, at_start);
      case Form::call: return call(node, from);
      case Form::indexer: return indexer(node, from, at_start);
      case Form::binary: return binary(node, from, at_start);
      default: return std::nullopt;
    }
  }

  // The first name may be a type: this resource's, one above it, or (in a union over many types) another one's: then
  // nothing.
  Maybe start(const Node& node, const Paths& from) const {
    const model::Type* type = definitions_.type(node.text);
    if (type == nullptr || type->family != model::Family::resource) return member(node.text, from);
    if (node.text == resource_type_ || definitions_.derives(resource_type_, node.text)) return from;
    return Paths{};
  }

  Maybe resource() const {
    Path path;
    path.datatype = resource_type_;
    path.type = definitions_.type(resource_type_);
    path.from_resource = true;
    return Paths{path};
  }

  Maybe member(std::string_view name, const Paths& from) const {
    Paths found;
    for (const Path& path : from)
      for (Path& child : children(path, name, definitions_)) found.push_back(std::move(child));
    if (found.empty() && !from.empty()) return std::nullopt;
    return found;
  }

  Maybe dot(const Node& node, const Paths& from, bool at_start) const {
    const Maybe left = fold(*node.children[0], from, at_start);
    return left ? fold(*node.children[1], *left, false) : std::nullopt;
  }

  Maybe indexer(const Node& node, const Paths& from, bool at_start) const {
    const Node& index = *node.children[1];
    if (index.form != Form::number || index.text != "0") return std::nullopt;
    const Maybe left = fold(*node.children[0], from, at_start);
    return left ? filtered(*left, {Filter::Form::first, {}, {}}) : std::nullopt;
  }

  Maybe binary(const Node& node, const Paths& from, bool at_start) const {
    Maybe left = fold(*node.children[0], from, at_start);
    if (!left) return std::nullopt;
    if (node.text == "as") return as(*left, type_name(*node.children[1]));
    if (node.text != "|") return std::nullopt;
    const Maybe right = fold(*node.children[1], from, at_start);
    if (!right) return std::nullopt;
    left->insert(left->end(), right->begin(), right->end());
    return left;
  }

  Maybe call(const Node& node, const Paths& from) const {
    if (node.children.size() != 1) return std::nullopt;
    const Node& argument = *node.children[0];
    if (node.text == "as" || node.text == "ofType") return as(from, type_name(argument));
    if (node.text == "where") return where(argument, from);
    if (node.text == "extension" && argument.form == Form::string) {
      const Maybe found = member("extension", from);
      return found ? filtered(*found, {Filter::Form::has, "url", argument.text}) : std::nullopt;
    }
    return std::nullopt;
  }

  Maybe as(const Paths& from, std::string_view name) const {
    if (name.empty()) return std::nullopt;
    Paths kept;
    for (const Path& path : from) {
      if (path.datatype == "Resource") return std::nullopt;  // known only when one is there
      if (same_name(path.datatype, name)) kept.push_back(path);
    }
    return kept;
  }

  Maybe where(const Node& condition, const Paths& from) const {
    if (condition.form != Form::binary || condition.children.size() != 2) return std::nullopt;
    const Node &left = *condition.children[0], &right = *condition.children[1];
    if (condition.text == "is" && left.form == Form::call && left.text == "resolve" && left.children.empty())
      return filtered(from, {Filter::Form::refers_to, {}, std::string(type_name(right))});
    if (condition.text == "=" && left.form == Form::identifier && right.form == Form::string)
      return filtered(from, {Filter::Form::has, left.text, right.text});
    return std::nullopt;
  }

  Maybe filtered(const Paths& from, const Filter& filter) const {
    Paths kept = from;
    for (Path& path : kept) {
      if (path.steps.empty() || path.steps.back().filter.form != Filter::Form::none) path.steps.emplace_back();
      path.steps.back().filter = filter;
    }
    return kept;
  }

  const Path& start_;
  const model::Definitions& definitions_;
  const std::string resource_type_;
};

std::string json_name(const model::Element& element, const model::ElementType& type) {
  if (!element.choice) return element.name;
  std::string name = element.name + type.code;
  if (char& first = name[element.name.size()]; first >= 'a' && first <= 'z') first = static_cast<char>(first - 32);
  return name;
}

}  // namespace

Paths children(const Path& path, std::string_view name, const model::Definitions& definitions) {
  const std::vector<model::Element>* elements = nullptr;
  if (path.element && path.element->children) elements = path.element->children;
  else if (path.type) elements = &path.type->elements;
  Paths found;
  if (elements == nullptr) return found;
  for (const model::Element& element : *elements) {
    if (element.name != name) continue;
    static const std::vector<model::ElementType> backbone{
        {"BackboneElement", {}, nullptr}};  // a contentReference names no type
    for (const model::ElementType& type : element.types.empty() ? backbone : element.types) {
      Path& child = found.emplace_back(path);
      child.steps.push_back({json_name(element, type), {}});
      child.datatype = type.code;
      child.type = type.type ? type.type : definitions.type(type.code);
      child.element = &element;
      child.several = path.several || element.is_list();
      if (!element.choice) break;
    }
  }
  return found;
}

std::optional<Paths> paths_from(const path::Node& expression, const Path& start, const model::Definitions& definitions,
                                std::string_view resource_type) {
  return Folder(start, definitions, resource_type).fold(expression);
}

}  // namespace fhir::search
