#include <algorithm>
#include <span>

#include "fhir/model/xml_form.hpp"
#include "fhir/xml/xml.hpp"

namespace fhir::model {
namespace {

using json::Value;
using xml::Node;
using Done = core::Result<core::Done>;

// Where we are, for messages: "Patient.name[1].given".
struct Place {
  const Place* above = nullptr;
  std::string_view name;
  std::size_t index = 0;
  bool listed = false;
  std::string text() const {
    std::string out = above == nullptr ? std::string() : above->text() + '.';
    out += name.substr(0, 80);
    return listed ? out + '[' + std::to_string(index) + ']' : out;
  }
};

core::Error wrong(const Place& place, const Node& node, const std::string& what) {
  return core::invalid(place.text() + ' ' + what, "line " + std::to_string(node.line));
}

bool is_number(std::string_view text) {
  const auto digits = [&text] {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

bool is_numeric(Primitive primitive) {
  return primitive == Primitive::decimal || primitive == Primitive::integer || primitive == Primitive::positive_int ||
         primitive == Primitive::unsigned_int;
}

class Reader {
 public:
  explicit Reader(const Definitions& definitions) : definitions_(definitions) {}

  core::Result<json::Document> run(const Node& root) {
    auto value = resource(root, nullptr);
    if (!value) return value.error();
    out_.root() = *value;
    return std::move(out_);
  }

 private:
  using Run = std::span<const Node>;

  core::Result<Value> resource(const Node& node, const Place* above);
  Done members(const Node& node, const Children& type, bool resource, const Place& place, Value& object);
  Done run_of(Run run, const Named& named, const Place& place, Value& object);
  core::Result<Value> complex(const Node& node, const Named& named, const Place& place);
  Done primitives(Run run, const Named& named, const Type& type, const Place& place, Value& object);
  core::Result<Value> primitive_value(const Node& node, const Type& type, const Place& place);
  core::Result<Value> primitive_extras(const Node& node, const Place& place);
  Done attributes(const Node& node, bool url, const Place& place, Value& object);

  const Definitions& definitions_;
  json::Document out_;
  std::size_t depth_ = 0;
};

core::Result<Value> Reader::resource(const Node& node, const Place* above) {
  const Place place{above, node.name};
  const Type* type = node.xhtml ? nullptr : definitions_.type(node.name);
  if (type == nullptr || type->family != Family::resource || type->abstract_type)
    return wrong(place, node, "is no resource type of FHIR R4.");
  if (!node.attributes.empty()) return wrong(place, node, "has no attributes; its id is an element.");
  Value object = out_.object();
  out_.set(object, "resourceType", out_.string(node.name));
  if (auto done = members(node, *type, true, place, object); !done) return done.error();
  return object;
}

Done Reader::members(const Node& node, const Children& type, bool resource, const Place& place, Value& object) {
  depth_ += 2;  // in JSON an object, mostly in an array
  if (depth_ > json::Limits{}.depth)
    return core::Error{core::Kind::too_large, place.text() + " is nested too deep.",
                       "line " + std::to_string(node.line)};
  const Element* last = nullptr;
  for (std::size_t i = 0; i < node.children.size();) {
    const Node& child = node.children[i];
    std::size_t end = i + 1;
    while (end < node.children.size() && node.children[end].name == child.name) ++end;
    const Place here{&place, child.name};
    const Named* named = type.find(child.name);
    const bool as_attribute = !resource && (child.name == "id" || (named != nullptr && named->element->path == "Extension.url"));
    if (named == nullptr || as_attribute) return wrong(here, child, "is no element of " + place.text() + '.');
    if (last == named->element) return wrong(here, child, "cannot stand beside another form of the same element.");
    if (last != nullptr && named->element < last)
      return wrong(here, child, "comes too late: the order of elements is that of the definition.");
    last = named->element;
    if (end - i > 1 && !last->is_list()) return wrong(here, node.children[i + 1], "occurs more than once.");
    if (auto done = run_of(Run(node.children).subspan(i, end - i), *named, here, object); !done) return done;
    i = end;
  }
  depth_ -= 2;
  return core::Done{};
}

Done Reader::run_of(Run run, const Named& named, const Place& place, Value& object) {
  const Type* type = named.type == nullptr ? nullptr : named.type->type;
  if (named.element->children == nullptr && type != nullptr && type->primitive != Primitive::none)
    return primitives(run, named, *type, place, object);
  if (!named.element->is_list()) {
    auto value = complex(run.front(), named, place);
    if (!value) return value.error();
    out_.set(object, place.name, *value);
    return core::Done{};
  }
  Value list = out_.array();
  for (std::size_t i = 0; i < run.size(); ++i) {
    auto value = complex(run[i], named, {place.above, place.name, i, true});
    if (!value) return value.error();
    out_.push(list, *value);
  }
  out_.set(object, place.name, list);
  return core::Done{};
}

core::Result<Value> Reader::complex(const Node& node, const Named& named, const Place& place) {
  if (node.xhtml) return wrong(place, node, "is in the namespace of XHTML; only a narrative's div is.");
  const Type* type = named.type == nullptr ? nullptr : named.type->type;
  if (named.element->children == nullptr && type != nullptr && type->family == Family::resource) {
    if (node.children.size() != 1 || !node.attributes.empty())
      return wrong(place, node, "holds exactly one resource and has no attributes.");
    return resource(node.children.front(), &place);
  }
  const Children* children = named.element->backbone != nullptr ? named.element->backbone : type;
  if (children == nullptr) return wrong(place, node, "is of a type that is not known.");
  Value object = out_.object();
  const bool extension = type != nullptr && named.element->backbone == nullptr && type->name == "Extension";
  if (auto done = attributes(node, extension, place, object); !done) return done.error();
  if (auto done = members(node, *children, false, place, object); !done) return done.error();
  if (object.size() == 0) return wrong(place, node, "is empty.");
  return object;
}

Done Reader::attributes(const Node& node, bool url, const Place& place, Value& object) {
  for (const xml::Attribute& attribute : node.attributes) {
    if (attribute.name != "id" && !(url && attribute.name == "url"))
      return wrong(place, node, "has no attribute " + attribute.name.substr(0, 80) + '.');
    out_.set(object, attribute.name, out_.string(attribute.value));
  }
  return core::Done{};
}

Done Reader::primitives(Run run, const Named& named, const Type& type, const Place& place, Value& object) {
  const bool list = named.element->is_list();
  std::vector<Value> values, extras;
  bool any_value = false, any_extra = false;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const Place here{place.above, place.name, i, list};
    auto value = primitive_value(run[i], type, here);
    if (!value) return value.error();
    auto extra = primitive_extras(run[i], here);
    if (!extra) return extra.error();
    if (value->is_null() && extra->is_null()) return wrong(here, run[i], "is empty.");
    any_value = any_value || !value->is_null();
    any_extra = any_extra || !extra->is_null();
    values.push_back(*value);
    extras.push_back(*extra);
  }
  const auto put = [&](const std::string& name, const std::vector<Value>& row) {
    if (!list) {
      out_.set(object, name, row.front());
      return;
    }
    Value array = out_.array();
    for (const Value& value : row) out_.push(array, value);
    out_.set(object, name, array);
  };
  if (any_value) put(std::string(place.name), values);
  if (any_extra) put('_' + std::string(place.name), extras);
  return core::Done{};
}

core::Result<Value> Reader::primitive_value(const Node& node, const Type& type, const Place& place) {
  if (node.xhtml != (type.primitive == Primitive::xhtml))
    return wrong(place, node, node.xhtml ? "is in the namespace of XHTML; only a narrative's div is."
                                         : "is a div of XHTML; it needs that namespace.");
  if (node.xhtml) return out_.string(node.text);
  for (const xml::Attribute& attribute : node.attributes) {
    if (attribute.name != "value") continue;
    const std::string& text = attribute.value;
    if (type.primitive == Primitive::boolean) {
      if (text == "true" || text == "false") return out_.boolean(text == "true");
      return wrong(place, node, "is true or false; not '" + text.substr(0, 40) + "'.");
    }
    if (!is_numeric(type.primitive)) return out_.string(text);
    if (is_number(text)) return out_.number(std::string_view(text));
    return wrong(place, node, "is a number; not '" + text.substr(0, 40) + "'.");
  }
  return Value();
}

core::Result<Value> Reader::primitive_extras(const Node& node, const Place& place) {
  if (node.xhtml) return Value();
  Value object = out_.object();
  for (const xml::Attribute& attribute : node.attributes) {
    if (attribute.name == "value") continue;
    if (attribute.name != "id") return wrong(place, node, "has no attribute " + attribute.name.substr(0, 80) + '.');
    out_.set(object, "id", out_.string(attribute.value));
  }
  const Type* element = definitions_.type("Element");
  if (element == nullptr) return core::fault("The definitions have no Element.");
  if (auto done = members(node, *element, false, place, object); !done) return done.error();
  return object.size() == 0 ? Value() : object;
}

}  // namespace

core::Result<json::Document> from_xml(const Definitions& definitions, std::string_view text) {
  auto root = xml::parse(text);
  if (!root) return root.error();
  return Reader(definitions).run(*root);
}

}  // namespace fhir::model
