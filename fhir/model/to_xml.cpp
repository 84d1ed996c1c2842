#include <algorithm>

#include "fhir/model/xml_form.hpp"
#include "fhir/xml/xml.hpp"

namespace fhir::model {
namespace {

using json::Value;
using Done = core::Result<core::Done>;

// A member with what its "_name" adds, in the order of the definition.
struct Entry {
  const Element* element;
  const Type* type;  // null for a backbone
  std::string_view name;
  const Value* value = nullptr;
  const Value* extra = nullptr;
};

class Writer {
 public:
  Writer(const Definitions& definitions, json::Style style)
      : definitions_(definitions), pretty_(style == json::Style::pretty) {}

  core::Result<std::string> run(const Value& resource) {
    out_ = R"(<?xml version="1.0" encoding="UTF-8"?>)";
    if (!pretty_) out_ += '\n';
    if (auto done = write_resource(resource, true); !done) return done.error();
    return std::move(out_);
  }

 private:
  Done write_resource(const Value& resource, bool root);
  core::Result<std::vector<Entry>> entries(const Value& object, const Children& type, bool resource) const;
  Done write_members(const Value& object, const Children& type, bool resource);
  Done write_entry(const Entry& entry);
  Done write_complex(const Entry& entry, const Value& value);
  Done write_primitive(const Entry& entry, const Value* value, const Value* extra);
  void attribute(std::string_view name, std::string_view text);
  void line();
  void open(std::string_view name);
  void close(std::string_view name);

  const Definitions& definitions_;
  bool pretty_;
  std::size_t depth_ = 0;
  std::string out_;
};

void Writer::line() {
  if (!pretty_) return;
  out_ += '\n';
  out_.append(depth_ * 2, ' ');
}

void Writer::open(std::string_view name) {
  line();
  out_ += '<';
  out_ += name;
  ++depth_;
}

void Writer::close(std::string_view name) {
  --depth_;
  line();
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void Writer::attribute(std::string_view name, std::string_view text) {
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  xml::escape_attribute(text, out_);
  out_ += '"';
}

Done Writer::write_resource(const Value& resource, bool root) {
  const std::string_view name = resource.text("resourceType");
  const Type* type = definitions_.type(name);
  if (!resource.is_object() || type == nullptr || type->family != Family::resource)
    return core::unprocessable("What has no known resourceType cannot be written as XML.", "resourceType");
  open(name);
  if (root) attribute("xmlns", xml::fhir_space);
  out_ += '>';
  if (auto done = write_members(resource, *type, true); !done) return done;
  close(name);
  return core::Done{};
}

core::Result<std::vector<Entry>> Writer::entries(const Value& object, const Children& type, bool resource) const {
  std::vector<Entry> out;
  out.reserve(object.size());
  for (const json::Member& member : object.members()) {
    if (resource && member.name == "resourceType") continue;
    const bool extra = member.name.starts_with('_');
    const std::string_view name = extra ? member.name.substr(1) : member.name;
    const Named* named = type.find(name);
    if (named == nullptr) return core::unprocessable("An unknown member cannot be written as XML.", std::string(member.name));
    auto entry = std::find_if(out.begin(), out.end(), [&](const Entry& known) { return known.name == name; });
    if (entry == out.end()) {
      const bool backbone = named->element->children != nullptr || named->type == nullptr;
      out.push_back({named->element, backbone ? nullptr : named->type->type, name});
      entry = out.end() - 1;
    }
    (extra ? entry->extra : entry->value) = &member.value;
  }
  std::stable_sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.element < b.element; });
  return out;
}

// Attributes are written by whoever opened the element; here come its child elements.
Done Writer::write_members(const Value& object, const Children& type, bool resource) {
  auto list = entries(object, type, resource);
  if (!list) return list.error();
  for (const Entry& entry : *list) {
    if (!resource && (entry.name == "id" || entry.element->path == "Extension.url")) continue;
    if (auto done = write_entry(entry); !done) return done;
  }
  return core::Done{};
}

Done Writer::write_entry(const Entry& entry) {
  const bool primitive = entry.type != nullptr && entry.type->primitive != Primitive::none;
  const auto at = [](const Value* list, std::size_t i) -> const Value* {
    if (list == nullptr || !list->is_array()) return i == 0 ? list : nullptr;
    return i < list->size() ? &list->elements()[i] : nullptr;
  };
  const auto count = [](const Value* value) -> std::size_t {
    return value == nullptr ? 0 : value->is_array() ? value->size() : 1;
  };
  const std::size_t size = std::max(count(entry.value), count(entry.extra));
  for (std::size_t i = 0; i < size; ++i) {
    const Value* value = at(entry.value, i);
    if (!primitive && value == nullptr)
      return core::unprocessable("An unknown member cannot be written as XML.", '_' + std::string(entry.name));
    auto done = primitive ? write_primitive(entry, value, at(entry.extra, i)) : write_complex(entry, *value);
    if (!done) return done;
  }
  return core::Done{};
}

Done Writer::write_complex(const Entry& entry, const Value& value) {
  if (!value.is_object()) return core::unprocessable("An object was expected.", std::string(entry.name));
  open(entry.name);
  if (entry.type != nullptr && entry.type->family == Family::resource) {
    out_ += '>';
    if (auto done = write_resource(value, false); !done) return done;
    close(entry.name);
    return core::Done{};
  }
  const Children* children = entry.element->backbone != nullptr ? entry.element->backbone : entry.type;
  if (children == nullptr) return core::unprocessable("Its type is not known.", std::string(entry.name));
  std::size_t written = 0;
  if (const Value* id = value.find("id")) {
    attribute("id", id->text());
    ++written;
  }
  if (const Value* url = value.find("url"); url != nullptr && entry.type != nullptr && entry.type->name == "Extension") {
    attribute("url", url->text());
    ++written;
  }
  if (written == value.size()) {
    out_ += "/>";
    --depth_;
    return core::Done{};
  }
  out_ += '>';
  if (auto done = write_members(value, *children, false); !done) return done;
  close(entry.name);
  return core::Done{};
}

Done Writer::write_primitive(const Entry& entry, const Value* value, const Value* extra) {
  if (entry.type->primitive == Primitive::xhtml) {
    line();
    if (value != nullptr) out_ += xml::embedded_div(value->text());
    return core::Done{};
  }
  open(entry.name);
  const Value* id = extra == nullptr ? nullptr : extra->find("id");
  if (id != nullptr) attribute("id", id->text());
  if (value != nullptr && !value->is_null())
    attribute("value", value->is_boolean() ? (value->boolean() ? "true" : "false") : value->text());
  if (extra == nullptr || extra->size() == (id == nullptr ? 0U : 1U)) {
    out_ += "/>";
    --depth_;
    return core::Done{};
  }
  out_ += '>';
  const Type* element = definitions_.type("Element");
  if (element == nullptr) return core::fault("The definitions have no Element.");
  if (auto done = write_members(*extra, *element, false); !done) return done;
  close(entry.name);
  return core::Done{};
}

}  // namespace

core::Result<std::string> to_xml(const Definitions& definitions, const json::Value& resource, json::Style style) {
  return Writer(definitions, style).run(resource);
}

}  // namespace fhir::model
