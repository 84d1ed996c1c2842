#include "fhir/validate/answer.hpp"

#include <algorithm>
#include <array>

#include "fhir/path/decimal.hpp"
#include "fhir/path/regex.hpp"
#include "fhir/path/unicode.hpp"
#include "fhir/validate/compare.hpp"

namespace fhir::validate {
namespace {

using json::Value;
using terminology::Answer;

// What an item's type allows in answer.value[x]; an empty list: the item takes no answers.
struct AnswerTypes {
  std::string_view item;
  std::array<std::string_view, 2> values;
};
constexpr std::array<AnswerTypes, 18> answer_types{{{"group", {}},
                                                    {"display", {}},
                                                    {"question", {}},
                                                    {"boolean", {"valueBoolean"}},
                                                    {"decimal", {"valueDecimal"}},
                                                    {"integer", {"valueInteger"}},
                                                    {"date", {"valueDate"}},
                                                    {"dateTime", {"valueDateTime"}},
                                                    {"time", {"valueTime"}},
                                                    {"string", {"valueString"}},
                                                    {"text", {"valueString"}},
                                                    {"url", {"valueUri"}},
                                                    {"choice", {"valueCoding", "valueString"}},
                                                    {"open-choice", {"valueCoding", "valueString"}},
                                                    {"attachment", {"valueAttachment"}},
                                                    {"reference", {"valueReference"}},
                                                    {"quantity", {"valueQuantity"}},
                                                    {"", {}}}};

std::vector<const Value*> extensions(const Value& item, std::string_view name) {
  std::vector<const Value*> out;
  for (const Value& entry : item["extension"].elements())
    if (entry.text("url").starts_with(core_extension) && entry.text("url").substr(core_extension.size()) == name)
      for (const json::Member& member : entry.members())
        if (member.name.starts_with("value")) out.push_back(&member.value);
  return out;
}

class Checker {
 public:
  Checker(Run& run, const Value& questionnaire) : run_(run), questionnaire_(questionnaire) {}

  void answer(const Value& definition, const Value& given, const Place& place) {
    const std::string_view type = definition.text("type");
    const json::Member* value = answer_value(given);
    if (!value) return;
    const auto row =
        std::find_if(answer_types.begin(), answer_types.end(), [&](const AnswerTypes& t) { return t.item == type; });
    if (row == answer_types.end() || row->item.empty()) return;
    const std::string value_type = type_of(value->name);
    const Place here{&place, "value", value_type};
    if (std::find(row->values.begin(), row->values.end(), value->name) == row->values.end())
      return run_.error("invariant", here.text(),
                        "a question of type " + std::string(type) + " is answered by " + std::string(row->values[0]) +
                            ", found " + std::string(value->name));
    range(definition, value->value, here);
    text(definition, value->value, here);
    if (type == "quantity") units(definition, value->value, here);
    if (type == "attachment") attachment(definition, value->value, place);
    options(definition, *value, place, here);
  }

 private:
  static std::string type_of(std::string_view name) {  // "valueDateTime" -> "dateTime", "valueCoding" -> "Coding"
    constexpr std::array<std::string_view, 9> primitive{"Boolean", "Decimal", "Integer", "Date", "DateTime",
                                                        "Time",    "String",  "Uri",     "Url"};
    std::string type(name.substr(5));
    if (std::find(primitive.begin(), primitive.end(), type) != primitive.end())
      type[0] = static_cast<char>(type[0] | 32);
    return type;
  }

  void range(const Value& definition, const Value& value, const Place& place) {
    const auto bound = [&](const Value* limit, bool least) {
      if (!limit) return;
      const auto order = compare(value, *limit);
      if (!order)
        run_.error("invariant", place.text(), "the answer cannot be compared with its limit " + json::write(*limit));
      else if (least ? *order < 0 : *order > 0)
        run_.error("invariant", place.text(),
                   std::string("the answer must be ") + (least ? "at least " : "at most ") + json::write(*limit) +
                       ", found " + json::write(value));
    };
    bound(extension_value(definition, core_extension, "minValue"), true);
    bound(extension_value(definition, core_extension, "maxValue"), false);
    bound(extension_value(definition, sdc_extension, "sdc-questionnaire-minQuantity"), true);
    bound(extension_value(definition, sdc_extension, "sdc-questionnaire-maxQuantity"), false);
  }

  void text(const Value& definition, const Value& value, const Place& place) {
    if (!value.is_string()) return;
    const auto written = path::code_points(value.text());
    const auto limit = [&](const Value* length, bool least) {
      const auto number = length ? path::Decimal::from(length->text()) : std::nullopt;
      const path::Decimal found(static_cast<std::int64_t>(written.size()));
      if (number && (least ? found < *number : found > *number))
        run_.error("invariant", place.text(),
                   std::string("the answer must have ") + (least ? "at least " : "at most ") +
                       std::string(length->text()) + " characters");
    };
    limit(definition.find("maxLength"), false);
    limit(extension_value(definition, core_extension, "minLength"), true);
    if (const Value* pattern = extension_value(definition, core_extension, "regex")) {
      const auto regex = path::Regex::compile(path::code_points("^(?:" + std::string(pattern->text()) + ")$"), {});
      if (!regex)
        return run_.warn("not-supported", place.text(),
                         "the regular expression of the question cannot be used: " + regex.error().message);
      const auto found = regex->find(written);
      if (found && !*found)
        run_.error("invariant", place.text(), "the answer does not have the form " + std::string(pattern->text()));
    }
  }

  void units(const Value& definition, const Value& value, const Place& place) {
    const auto options = extensions(definition, "questionnaire-unitOption");
    const auto same = [&](const Value* option) {
      if (!value.text("code").empty())
        return option->text("code") == value.text("code") && option->text("system") == value.text("system");
      return option->text("display") == value.text("unit") && !value.text("unit").empty();
    };
    if (!options.empty() && std::none_of(options.begin(), options.end(), same))
      run_.error("invariant", place.text(), "the unit of the answer is none of those that the question allows");
    const Value* set = extension_value(definition, core_extension, "questionnaire-unitValueSet");
    if (!set) return;
    if (value.text("code").empty())
      return run_.error(
          "invariant", place.text(),
          "the unit of the answer has no code, which the question's value set " + std::string(set->text()) + " needs");
    const Answer in = run_.known.terminology().in_set(set->text(), value.text("system"), value.text("code"));
    if (in == Answer::no)
      run_.error("invariant", place.text(),
                 "the unit of the answer is not in the value set " + std::string(set->text()));
    if (in == Answer::unknown)
      run_.once("not-found", std::string(set->text()), place.text(),
                "the value set " + std::string(set->text()) + " is not loaded: units are not checked against it");
  }

  void attachment(const Value& definition, const Value& value, const Place& place) {
    const auto types = extensions(definition, "mimeType");
    const auto same = [&](const Value* type) { return type->text() == value.text("contentType"); };
    if (!types.empty() && std::none_of(types.begin(), types.end(), same))
      run_.error("required", place.text(),
                 "the attachment is of type " + std::string(value.text("contentType")) +
                     ", which the question does not allow");
    const Value* largest = extension_value(definition, core_extension, "maxSize");
    const auto limit = largest ? path::Decimal::from(largest->text()) : std::nullopt;
    const auto bytes = static_cast<std::int64_t>(value.text("data").size() / 4 * 3) -
                       std::count(value.text("data").begin(), value.text("data").end(), '=');
    auto size = path::Decimal::from(value.text("size"));
    if (!size && bytes > 0) size = path::Decimal(bytes);
    if (limit && size && *size > *limit)
      run_.error("required", place.text(),
                 "the attachment has " + size->text() + " bytes, and the question allows " + limit->text());
  }

  void options(const Value& definition, const json::Member& value, const Place& answer, const Place& place) {
    const bool open = definition.text("type") == "open-choice" && value.name == "valueString";
    const auto options = definition["answerOption"].elements();
    if (!options.empty() && !open) {
      const bool coded = value.name == "valueCoding";
      if (std::none_of(options.begin(), options.end(), [&](const Value& option) { return is_option(option, value); }))
        run_.error("invariant", coded ? answer.text() : place.text(),
                   "the answer is none of the options of the question");
    }
    const std::string_view set = definition.text("answerValueSet");
    if (set.empty() || value.name != "valueCoding") return;
    const Answer in = contained_set(set, value.value);
    if (in == Answer::no)
      run_.error("code-invalid", place.text(),
                 "the answer is not in the value set " + std::string(set) + " of the question");
    if (in == Answer::unknown)
      run_.once("not-found", std::string(set), place.text(),
                "the value set " + std::string(set) + " is not loaded: answers are not checked against it");
  }

  Answer contained_set(std::string_view set, const Value& coding) {
    if (!set.starts_with('#')) return run_.known.terminology().in_set(set, coding.text("system"), coding.text("code"));
    for (const Value& resource : questionnaire_["contained"].elements())
      if (resource.text("id") == set.substr(1))
        return run_.known.terminology().in_resource(resource, coding.text("system"), coding.text("code"));
    return Answer::unknown;
  }

  Run& run_;
  const Value& questionnaire_;
};

}  // namespace

// The value of an extension by its url, of the core or of Structured Data Capture; null: absent.
const Value* extension_value(const Value& item, std::string_view base, std::string_view name) {
  for (const Value& entry : item["extension"].elements()) {
    const std::string_view url = entry.text("url");
    if (!url.starts_with(base) || url.substr(base.size()) != name) continue;
    for (const json::Member& member : entry.members())
      if (member.name.starts_with("value")) return &member.value;
  }
  return nullptr;
}

const json::Member* answer_value(const Value& answer) {
  for (const json::Member& member : answer.members())
    if (member.name.starts_with("value")) return &member;
  return nullptr;
}

// A Coding option fits by system and code; where the option has a display, an answer may leave it out.
bool is_option(const Value& option, const json::Member& value) {
  const Value* there = option.find(value.name);
  if (!there) return false;
  if (!value.value.is_object()) return json::equal(*there, value.value);
  return there->text("system") == value.value.text("system") && there->text("code") == value.value.text("code") &&
         !there->text("code").empty();
}

void check_answer(Run& run, const Value& questionnaire, const Value& definition, const Value& answer,
                  const Place& place) {
  Checker(run, questionnaire).answer(definition, answer, place);
}

}  // namespace fhir::validate
