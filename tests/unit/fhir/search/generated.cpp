// Every search parameter of every resource type: for each way that its expression leads to a value, an instance is made
// that must be found, searched with a value that it has and one that it has not, and told from an empty one by
// :missing. The expressions are read here once more, as text, so that a parameter that silently points nowhere shows.
#include <algorithm>
#include <set>

#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_generated)

namespace {

struct Step {
  std::string name;       // element
  std::string as;         // type wanted of a choice
  std::string has, is;    // where(has = 'is')
  std::string refers_to;  // where(resolve() is X)
  std::string extension;  // extension('url')
  std::string marked;     // where(hasExtension('url'))
};
using Way = std::vector<Step>;

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

// Splits at `separator` outside parentheses and quotes.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && c == '(') ++depth;
    if (!quoted && c == ')') --depth;
    if (!quoted && depth == 0 && c == separator) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t start = text.find(from);
  if (start == std::string_view::npos) return {};
  const std::size_t first = start + from.size(), end = text.find(to, first);
  return std::string(text.substr(first, end - first));
}

Way way_from(std::string text) {
  Way way;
  std::string as;
  if (text.front() == '(' && text.back() == ')') text = text.substr(1, text.size() - 2);
  if (const std::size_t at = text.find(" as "); at != std::string::npos && text.find('(') == std::string::npos) {
    as = trimmed(text.substr(at + 4));
    text = trimmed(text.substr(0, at));
  }
  for (std::string part : split(text, '.')) {
    part = trimmed(part);
    if (part.front() == '(' && part.find(" as ") != std::string::npos) {  // (Observation.value as Quantity).x
      for (Step& step : way_from(part)) way.push_back(std::move(step));
    } else if (part.substr(0, 6) == "where(") {
      Step& last = way.back();
      if (part.find("hasExtension") != std::string::npos) {
        last.marked = between(part, "'", "'");
      } else if (part.find("resolve() is ") != std::string::npos) {
        last.refers_to = trimmed(between(part, "resolve() is ", ")"));
      } else {
        last.has = trimmed(between(part, "where(", "="));
        last.is = between(part, "'", "'");
      }
    } else if (part.substr(0, 3) == "as(") {
      way.back().as = between(part, "as(", ")");
    } else if (part.substr(0, 7) == "ofType(") {
      way.back().as = between(part, "ofType(", ")");
    } else if (part.substr(0, 10) == "extension(") {
      way.push_back({"extension", "", "", "", "", between(part, "'", "'"), ""});
    } else {
      way.push_back({part.substr(0, part.find('[')), "", "", "", "", "", ""});
    }
  }
  if (!as.empty()) way.back().as = as;
  return way;
}

struct Sample {
  std::string json;            // of the element
  std::string here, not_here;  // searched values
};

// An element of `datatype` for a parameter of `kind`; empty json: R4 does not apply the one to the other.
Sample sample(const std::string& kind, const std::string& datatype, const std::string& target,
              const model::Element* element) {
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), datatype) != names.end();
  };
  const bool plain = one_of({"string", "markdown", "id", "uri", "url", "canonical", "oid", "uuid", "code"});
  if (kind == "token") {
    if (datatype == "boolean") return {"true", "true", "false"};
    if (datatype == "code" && element && element->strength == model::Strength::required &&
        definitions()->codes(element->value_set))
      return {'"' + std::string(*definitions()->codes(element->value_set)->begin()) + '"',
              std::string(*definitions()->codes(element->value_set)->begin()), "zz"};
    if (plain) return {"\"Aa1\"", "Aa1", "Aa2"};
    if (datatype == "Coding") return {R"({"system":"urn:s","code":"Aa1"})", "urn:s|Aa1", "Aa2"};
    if (datatype == "CodeableConcept")
      return {R"({"coding":[{"system":"urn:s","code":"Aa1"}]})", "urn:s|Aa1", "urn:s|Aa2"};
    if (datatype == "Identifier") return {R"({"system":"urn:s","value":"Aa1"})", "urn:s|Aa1", "urn:t|Aa1"};
    if (datatype == "ContactPoint") return {R"({"system":"phone","value":"Aa1"})", "Aa1", "Aa2"};
  }
  if (kind == "string") {
    if (plain) return {"\"Ändert sich\"", "andert", "sich"};
    if (datatype == "HumanName") return {R"({"family":"Ändert"})", "and", "ert"};
    if (datatype == "Address") return {R"({"city":"Ändert"})", "and", "ert"};
    if (datatype == "CodeableConcept") return {R"({"text":"Ändert"})", "and", "ert"};
  }
  if (kind == "reference") {
    if (datatype == "Reference") return {"{\"reference\":\"" + target + "/Aa1\"}", target + "/Aa1", target + "/Aa2"};
    if (datatype == "canonical" || datatype == "uri" || datatype == "url")
      return {"\"http://x.example/Aa1\"", "http://x.example/Aa1", "http://x.example/Aa2"};
    if (definitions()->derives(datatype, "Resource") || datatype == "Resource")
      return {"{\"resourceType\":\"" + target + "\",\"id\":\"Aa1\"}", target + "/Aa1", target + "/Aa2"};
  }
  if (kind == "date") {
    if (datatype == "date" || datatype == "dateTime") return {"\"2001-02-03\"", "2001-02-03", "2001-02-04"};
    if (datatype == "instant") return {"\"2001-02-03T04:05:06Z\"", "2001-02-03", "2001-02-04"};
    if (datatype == "Period") return {R"({"start":"2001-02-03","end":"2001-02-03"})", "2001-02-03", "2001-02-04"};
    if (datatype == "Timing") return {R"({"event":["2001-02-03"]})", "2001-02-03", "2001-02-04"};
  }
  if (kind == "number" && one_of({"decimal", "integer", "positiveInt", "unsignedInt"})) return {"42", "42", "43"};
  if (kind == "quantity" || kind == "number") {
    if (kind == "quantity" && one_of({"Quantity", "Age", "Duration", "Money", "Distance", "Count"}))
      return {R"({"value":42})", "42", "43"};
    if (datatype == "Range") return {R"({"low":{"value":42},"high":{"value":42}})", "42", "43"};
    if (kind == "quantity" && datatype == "SampledData")
      return {R"({"origin":{"value":0},"period":1,"dimensions":1,"data":"42"})", "42", "43"};
  }
  if (kind == "uri" && plain) return {"\"http://x.example/Aa1\"", "http://x.example/Aa1", "http://x.example/Aa2"};
  if (kind == "special") return {R"({"latitude":52,"longitude":5})", "52|5|1|km", "50|5|1|km"};
  return {};
}

struct Made {
  Sample sample;
  std::string json;  // members of the object that the way starts from
};

std::string upper_first(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

bool same_type(std::string_view a, std::string_view b) {
  return upper_first(std::string(a)) == upper_first(std::string(b));
}

// All instances that a way leads to, one for each datatype at its end that the parameter's type applies to.
class Maker {
 public:
  Maker(std::string kind, std::vector<std::string> targets) : kind_(std::move(kind)), targets_(std::move(targets)) {}

  std::vector<Made> make(const std::vector<model::Element>& elements, const Way& way, std::size_t at) {
    std::vector<Made> all;
    const Step& step = way[at];
    for (const model::Element& element : elements) {
      if (element.name != step.name) continue;
      for (std::size_t i = 0; i < std::max<std::size_t>(1, element.types.size()); ++i) {
        const std::string datatype = element.types.empty() ? "BackboneElement" : element.types[i].code;
        if (!step.as.empty() && !same_type(step.as, datatype)) continue;
        for (const Made& inner :
             inside(element, datatype, element.types.empty() ? nullptr : element.types[i].type, way, at)) {
          const std::string name = element.choice ? element.name + upper_first(datatype) : element.name;
          all.push_back({inner.sample, '"' + name + "\":" + (element.is_list() ? '[' + inner.json + ']' : inner.json)});
        }
        if (!element.choice) break;
      }
    }
    return all;
  }

 private:
  std::vector<Made> inside(const model::Element& element, const std::string& datatype, const model::Type* type,
                           const Way& way, std::size_t at) {
    const Step& step = way[at];
    const std::string filter = !step.extension.empty() ? R"("url":")" + step.extension + "\","
                               : !step.marked.empty()
                                   ? R"("extension":[{"url":")" + step.marked + R"(","valueBoolean":true}],)"
                               : !step.has.empty() ? '"' + step.has + "\":\"" + step.is + "\","
                                                   : "";
    const std::vector<model::Element>* children = element.children ? element.children
                                                  : type           ? &type->elements
                                                                   : nullptr;
    std::vector<Made> all;
    if (at + 1 < way.size()) {
      if (children)
        for (const Made& inner : make(*children, way, at + 1))
          all.push_back({inner.sample, '{' + filter + inner.json + '}'});
      return all;
    }
    if (datatype == "Extension") {
      for (const Made& inner : make(type->elements, {{"value", "", "", "", "", "", ""}}, 0))
        all.push_back({inner.sample, '{' + filter + inner.json + '}'});
      return all;
    }
    const std::string target = !step.refers_to.empty() ? step.refers_to
                               : targets_.empty()      ? "Patient"
                                                       : targets_.front();
    Made made{sample(kind_, datatype, target, &element), {}};
    made.json = made.sample.json;
    if (!filter.empty() && made.json.size() > 1 && made.json[0] == '{') {  // telecom.where(system = 'email')
      made.json = made.json.find("\"system\"") != std::string::npos && step.has == "system"
                      ? R"({"system":")" + step.is + R"(","value":"Aa1"})"
                      : '{' + filter + made.json.substr(1);
    }
    if (!made.sample.json.empty()) all.push_back(std::move(made));
    return all;
  }

  std::string kind_;
  std::vector<std::string> targets_;
};

std::vector<Way> ways_of(const std::string& type, const std::string& expression) {
  std::vector<Way> ways;
  for (const std::string& alternative : split(expression, '|')) {
    Way way = way_from(trimmed(alternative));
    const std::string root = way.front().name;
    if (root[0] >= 'a') {  // InsurancePlan.name is written without the type
      ways.push_back(std::move(way));
      continue;
    }
    if (root != type && root != "Resource" && root != "DomainResource") continue;
    way.erase(way.begin());
    if (!way.empty()) ways.push_back(std::move(way));
  }
  return ways;
}

std::vector<Made> instances(const std::string& type, const model::SearchParameter& parameter) {
  std::vector<Made> all;
  for (const Way& way : ways_of(type, parameter.expression)) {
    Maker maker(parameter.type, parameter.code == "patient" ? std::vector<std::string>{"Patient"} : parameter.targets);
    for (Made& made : maker.make(definitions()->type(type)->elements, way, 0)) all.push_back(std::move(made));
  }
  return all;
}

void check(const std::string& type, const std::string& code, const Made& made) {
  const std::string instance = R"({"resourceType":")" + type + R"(","id":"with",)" + made.json + '}';
  World world{instance, R"({"resourceType":")" + type + R"(","id":"without"})"};
  const auto find = [&](const std::string& modifier, const std::string& value) {
    return world.find(type, code + modifier + '=' + search::encode(value));
  };
  BOOST_TEST(find("", made.sample.here) == "with",
             type << '.' << code << ": " << made.sample.here << " in " << instance);
  BOOST_TEST(find("", made.sample.not_here) == "",
             type << '.' << code << ": " << made.sample.not_here << " in " << instance);
  BOOST_TEST(find(":missing", "true") == "without", type << '.' << code << ": " << instance);
  BOOST_TEST(find(":missing", "false") == "with", type << '.' << code << ": " << instance);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_parameter_finds_an_instance_made_for_it_and_no_other) {
  const std::set<std::string> elsewhere{"_id", "_lastUpdated", "_filter"};  // not of an element: tested on their own
  std::set<std::string> parameters, without;
  std::size_t instances_made = 0;
  for (const std::string& type : definitions()->resource_types())
    for (const model::SearchParameter* parameter : definitions()->search_parameters(type)) {
      if (!index().supports(type, parameter->code) || elsewhere.contains(parameter->code)) continue;
      if (parameter->type == "composite" || parameter->code == "deceased") continue;  // below, and index.cpp
      const auto made = instances(type, *parameter);
      if (made.empty()) without.insert(type + '.' + parameter->code);
      for (const Made& one : made) check(type, parameter->code, one);
      instances_made += made.size();
      parameters.insert(parameter->url);
    }
  for (const std::string& name : without) BOOST_ERROR("no instance could be made for " + name);
  BOOST_TEST_MESSAGE(parameters.size() << " parameters, " << instances_made << " instances");
  BOOST_TEST(parameters.size() > 1300U);
}

BOOST_AUTO_TEST_CASE(every_composite_finds_an_instance_made_for_it_and_no_other) {
  std::size_t count = 0;
  for (const std::string& type : definitions()->resource_types())
    for (const model::SearchParameter* parameter : definitions()->search_parameters(type)) {
      if (parameter->type != "composite") continue;
      BOOST_TEST(index().supports(type, parameter->code), type << '.' << parameter->code);
      std::size_t made_here = 0;
      for (const std::string& base : split(parameter->expression, '|')) {
        Way way = way_from(trimmed(base));
        if (way.front().name != type) continue;
        way.erase(way.begin());
        const std::vector<model::Element>* elements = &definitions()->type(type)->elements;
        bool list = false;
        std::string name;
        for (const Step& step : way)
          for (const model::Element& element : *elements)
            if (element.name == step.name) {
              name = element.name, list = element.is_list();
              elements = element.children ? element.children : &element.types[0].type->elements;
              break;
            }
        std::string members, top, here, not_here;
        for (const auto& component : parameter->components) {
          const model::SearchParameter* part = definitions()->search_parameter_by_url(component.definition);
          if (parameter->code == "relationship")
            part = definitions()->search_parameter_by_url(parameter->components[here.empty()].definition);
          BOOST_REQUIRE_MESSAGE(part != nullptr, component.definition);
          const bool whole = component.expression.substr(0, 10) == "%resource.";
          const Way inner =
              way_from(trimmed(split(whole ? component.expression.substr(10) : component.expression, '|')[0]));
          const auto made =
              Maker(part->type, part->targets).make(whole ? definitions()->type(type)->elements : *elements, inner, 0);
          BOOST_REQUIRE_MESSAGE(!made.empty(), type << '.' << parameter->code << ": " << component.expression);
          (whole ? top : members) += (whole ? top : members).empty() ? made[0].json : ',' + made[0].json;
          not_here += (here.empty() ? "" : "$") + (not_here.empty() ? made[0].sample.not_here : made[0].sample.here);
          here += (here.empty() ? "" : "$") + made[0].sample.here;
        }
        if (!name.empty()) members = '"' + name + "\":" + (list ? "[{" + members + "}]" : '{' + members + '}');
        check(type, parameter->code, {{"", here, not_here}, top.empty() ? members : members + ',' + top});
        ++made_here;
      }
      BOOST_TEST(made_here > 0U, type << '.' << parameter->code);
      count += made_here;
    }
  BOOST_TEST_MESSAGE(count << " composites");
  BOOST_TEST(count >= 46U);
}

BOOST_AUTO_TEST_SUITE_END()
