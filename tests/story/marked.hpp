// Resources with a marker in every element that the definitions know, made at random from them: of each choice one
// type, of each binding one code. A marker is found again in any bytes, and says from which element it came. Never:
// knows a resource type by name. Threads: one owner.
#pragma once
#include <algorithm>
#include <cctype>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace story {

class Marked {
 public:
  Marked(const fhir::model::Definitions& definitions, unsigned seed) : definitions_(definitions), chance_(seed) {}

  // What an element is to be instead, by its path ("Task.owner"): JSON.
  std::map<std::string, std::string> fixed;

  std::string resource(const std::string& type, const std::string& id) {
    fhir::json::Document document;
    document_ = &document;
    fhir::json::Value& root = document.root() = document.object();
    document.set(root, "resourceType", document.string(type));
    document.set(root, "id", document.string(id));
    fill(root, *definitions_.type(type), type, 0);
    return fhir::json::write(root);
  }

  // Where the markers in `bytes` stood: "Patient.name.family".
  std::set<std::string> found_in(std::string_view bytes) const {
    std::set<std::string> out;
    for (const std::string_view sign : {text_sign, number_sign})
      for (std::size_t at = bytes.find(sign); at != bytes.npos; at = bytes.find(sign, at + 1))
        if (const std::string* path = path_of(bytes.substr(at + sign.size(), digits))) out.insert(*path);
    for (std::size_t at = bytes.find("\"1"); at != bytes.npos; at = bytes.find("\"1", at + 1))
      if (const auto found = days_.find(std::string(bytes.substr(at + 1, 10))); found != days_.end())
        out.insert(found->second);
    return out;
  }
  std::size_t count() const { return paths_.size(); }

 private:
  using Value = fhir::json::Value;
  static constexpr std::string_view text_sign = "Cnry", number_sign = "1319";
  static constexpr std::size_t digits = 6, deepest = 5, deepest_resource = 1;

  const std::string* path_of(std::string_view number) const {
    std::size_t value = 0;
    if (number.size() < digits) return nullptr;
    for (const char c : number) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) return nullptr;
      value = value * 10 + static_cast<std::size_t>(c - '0');
    }
    return value < paths_.size() ? &paths_[value] : nullptr;
  }

  std::size_t up_to(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(chance_); }
  std::string padded(std::size_t number) const {
    const std::string text = std::to_string(number);
    return std::string(digits - text.size(), '0') + text;
  }

  void fill(Value& object, const fhir::model::Children& type, const std::string& path, std::size_t depth) {
    for (const fhir::model::Element& element : type.elements) {
      if (document_->find(object, element.name) != nullptr || (depth > 0 && element.name == "id") || element.max == 0)
        continue;
      const std::string here = path + '.' + element.name;
      if (const auto wish = fixed.find(here); wish != fixed.end()) {
        const auto parsed = fhir::json::parse(wish->second);
        document_->set(object, element.name, document_->copy(parsed->root()));
        continue;
      }
      if (element.types.empty() && element.children == nullptr) continue;
      one(object, element, path, depth);
    }
  }

  void one(Value& object, const fhir::model::Element& element, const std::string& path, std::size_t depth) {
    static const fhir::model::ElementType backbone{};
    const fhir::model::ElementType& of =
        element.types.empty() ? backbone : element.types[up_to(element.types.size() - 1)];
    std::string name = element.name;
    if (element.choice)
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(of.code[0]))) + of.code.substr(1);
    if (depth > 0 && (name == "extension" || name == "modifierExtension")) {
      if (name == "modifierExtension" || depth > 2 || path.ends_with("xtension")) return;
    }
    if (element.min == 0 && depth >= deepest) return;
    if (depth > deepest + 3) return;
    const Value value = made(element, of, path + '.' + name, depth);
    if (value.is_null() && element.min > 0 && element.types.size() > 1)
      return one(object, element, path, depth);  // another type
    if (value.is_null()) return;
    if (!element.is_list()) return (void)document_->set(object, name, value);
    Value list = document_->array();
    document_->push(list, value);
    document_->set(object, name, list);
  }

  Value made(const fhir::model::Element& element, const fhir::model::ElementType& of, const std::string& path,
             std::size_t depth) {
    using fhir::model::Family;
    Value object = document_->object();
    if (element.children != nullptr) {
      if (element.backbone != nullptr) fill(object, *element.backbone, path, depth + 1);
      return object.size() == 0 ? Value() : object;
    }
    if (of.type == nullptr) return {};
    if (of.type->family == Family::primitive) return primitive(element, *of.type, path);
    if (of.type->family == Family::resource) {
      if (depth >= deepest_resource) return {};
      document_->set(object, "resourceType", document_->string("Basic"));
      document_->set(object, "id", document_->string("inner"));
      fill(object, *definitions_.type("Basic"), path, depth + 2);
      return object;
    }
    if (of.type->name == "Extension") {  // of its values the plainest
      document_->set(object, "url", text_of(path + ".url", "urn:"));
      document_->set(object, "valueString", text_of(path + ".valueString"));
      return object;
    }
    fill(object, of.profile != nullptr ? *of.profile : *of.type, path, depth + 1);
    for (const std::string_view plain : {"text", "display", "code", "value"})  // too deep for more
      if (object.size() == 0 && of.type->find(plain) != nullptr)
        document_->set(object, plain, text_of(path + '.' + std::string(plain)));
    return object.size() == 0 ? Value() : object;
  }

  Value text_of(const std::string& path, const std::string& before = {}) {
    const std::string number = padded(paths_.size());
    paths_.push_back(path);
    return document_->string(before + std::string(text_sign) + number + 'x');
  }

  Value primitive(const fhir::model::Element& element, const fhir::model::Type& type, const std::string& path) {
    using fhir::model::Primitive;
    if (type.primitive == Primitive::boolean) return document_->boolean(up_to(1) == 1);
    if (type.primitive == Primitive::code && element.strength == fhir::model::Strength::required) return code(element);
    if (path.ends_with(".reference")) return {};  // to nowhere; `display` has a marker
    const std::size_t number = paths_.size();
    paths_.push_back(path);
    const std::string text = std::string(text_sign) + padded(number) + 'x',
                      digits_only = std::string(number_sign) + padded(number);
    switch (type.primitive) {
      case Primitive::date: return document_->string(day(number, path));
      case Primitive::date_time:
      case Primitive::instant: return document_->string("2019-03-04T05:06:07." + digits_only + "Z");
      case Primitive::time: return document_->string("05:06:07." + digits_only);
      case Primitive::decimal: return document_->number("0." + digits_only);
      case Primitive::integer:
      case Primitive::positive_int:
      case Primitive::unsigned_int: return document_->number(digits_only);
      case Primitive::oid: return document_->string("urn:oid:1.2." + digits_only);
      case Primitive::uuid: return {};
      case Primitive::base64_binary: return document_->string(text + "x");
      case Primitive::xhtml: return document_->string("<div xmlns=\"http://www.w3.org/1999/xhtml\">" + text + "</div>");
      case Primitive::canonical:
      case Primitive::uri:
      case Primitive::url: return document_->string("urn:" + text);
      default: return document_->string(text);
    }
  }

  std::string day(std::size_t number, const std::string& path) {
    const auto two = [](std::size_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    std::string text =
        std::to_string(1000 + number / 336 % 900) + '-' + two(1 + number / 28 % 12) + '-' + two(1 + number % 28);
    days_[text] = path;
    return text;
  }

  Value code(const fhir::model::Element& element) {
    const auto* codes = definitions_.codes(element.value_set.substr(0, element.value_set.find('|')));
    if (codes == nullptr || codes->empty()) return {};
    std::vector<std::string_view> all(codes->begin(), codes->end());
    std::sort(all.begin(), all.end());
    return document_->string(all[up_to(all.size() - 1)]);
  }

  const fhir::model::Definitions& definitions_;
  std::mt19937 chance_;
  fhir::json::Document* document_ = nullptr;
  std::vector<std::string> paths_;
  std::map<std::string, std::string> days_;
};

}  // namespace story
