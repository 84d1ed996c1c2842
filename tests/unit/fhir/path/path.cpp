#include "fhir/path/path.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>

using namespace fhir;
using path::Expression;

namespace {

const model::Definitions& definitions() {
  static const auto loaded = model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  BOOST_REQUIRE(loaded);
  return **loaded;
}

// The result as JSON, or "error: ...".
std::string value(std::string_view text, std::string_view resource = "{}", const path::Environment* with = nullptr) {
  path::Environment environment;
  if (with) environment = *with;
  environment.definitions = &definitions();
  const auto expression = Expression::parse(text);
  if (!expression) return "error: " + expression.error().message;
  const auto document = json::parse(resource);
  BOOST_REQUIRE_MESSAGE(document, resource);
  const auto result = expression->evaluate(document->root(), environment);
  if (!result) return "error: " + result.error().message;
  std::string out;
  path::write(*result, out);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(path_)

BOOST_AUTO_TEST_CASE(every_search_parameter_of_r4_parses_and_runs) {
  const auto document =
      json::parse(R"({"resourceType":"Observation","id":"a","status":"final","valueQuantity":{"value":1}})");
  path::Environment environment;
  environment.definitions = &definitions();
  std::set<std::string> expressions;
  for (const auto& type : definitions().resource_types()) {
    for (const auto* parameter : definitions().search_parameters(type)) {
      if (parameter->expression.empty()) continue;
      if (!expressions.insert(parameter->expression).second) continue;
      const auto expression = Expression::parse(parameter->expression);
      BOOST_REQUIRE_MESSAGE(expression, parameter->url << ": " << (expression ? "" : expression.error().message));
      const auto result = expression->evaluate(document->root(), environment);
      BOOST_TEST(result.ok(), parameter->url << ": " << (result ? "" : result.error().message));
    }
  }
  BOOST_TEST(expressions.size() > 1300U);
}

BOOST_AUTO_TEST_CASE(every_invariant_of_r4_parses_and_names_known_functions) {
  path::Environment environment;
  environment.definitions = &definitions();
  int invariants = 0;
  const auto check = [&](const std::vector<model::Invariant>& list) {
    for (const auto& invariant : list) {
      ++invariants;
      const auto expression = Expression::parse(invariant.expression);
      BOOST_TEST(expression.ok(), invariant.key << ": " << invariant.expression);
      if (expression)
        BOOST_TEST(expression->evaluate(path::Collection(), environment).ok(),
                   invariant.key << ": " << invariant.expression);
    }
  };
  for (const auto& name : definitions().resource_types()) {
    check(definitions().type(name)->invariants);
    for (const auto& element : definitions().type(name)->elements) check(element.invariants);
  }
  BOOST_TEST(invariants > 100);
}

BOOST_AUTO_TEST_CASE(as_filters_for_search_and_refuses_several_items_when_strict) {
  const auto observation =
      R"({"resourceType":"Observation","component":[{"valueString":"a"},{"valueQuantity":{"value":1}},{"valueString":"b"}]})";
  BOOST_TEST(value("Observation.component.value as string", observation) == R"(["a","b"])");
  BOOST_TEST(value("Observation.component.value.as(String)", observation) == R"(["a","b"])");
  path::Environment strict;
  strict.strict = true;
  BOOST_TEST(value("Observation.component.value as string", observation, &strict).find("expected one item") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(hooks_answer_for_what_is_outside) {
  path::Environment environment;
  const auto other = json::parse(R"({"resourceType":"Patient","id":"far"})");
  environment.resolve = [&](std::string_view reference) {
    return reference == "Patient/far" ? &other->root() : nullptr;
  };
  environment.member_of = [](const path::Item&, std::string_view url) {
    return std::optional(url == "http://vs.example/a");
  };
  environment.conforms_to = [](const path::Item&, std::string_view) { return std::optional(true); };
  environment.variables.emplace_back("limit", path::Collection());
  std::string traced;
  environment.trace = [&](std::string_view name, const path::Collection& items) {
    traced += std::string(name) + std::to_string(items.size());
  };
  const auto resource = R"({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/far"}})";
  BOOST_TEST(value("Observation.subject.resolve().id", resource, &environment) == R"(["far"])");
  BOOST_TEST(value("status.memberOf('http://vs.example/a')", resource, &environment) == "[true]");
  BOOST_TEST(value("conformsTo('http://profile.example/x')", resource, &environment) == "[true]");
  BOOST_TEST(value("%limit.empty()", resource, &environment) == "[true]");
  BOOST_TEST(value("status.trace('s').count()", resource, &environment) == "[1]");
  BOOST_TEST(traced == "s1");
}

BOOST_AUTO_TEST_CASE(a_bundle_resolves_its_own_entries) {
  const auto bundle = R"({"resourceType":"Bundle","entry":[
    {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a","active":true}},
    {"resource":{"resourceType":"Observation","id":"b","subject":{"reference":"urn:uuid:1"},"performer":[{"reference":"Patient/a"}]}}]})";
  BOOST_TEST(value("Bundle.entry.resource.ofType(Observation).subject.resolve().id", bundle) == R"(["a"])");
  BOOST_TEST(value("Bundle.entry.resource.ofType(Observation).performer.resolve().active", bundle) == "[true]");
}

BOOST_AUTO_TEST_CASE(errors_say_where_and_nothing_comes_with_them) {
  BOOST_TEST(value("1 +\n 'a'") == "error: + is not defined for Integer and String at line 1, column 3");
  BOOST_TEST(value("name.foo()") == "error: unknown function foo() at column 6");
  BOOST_TEST(value("iif(true, 1, foo())").starts_with("error"));
  BOOST_TEST(value("a.first(1)") == "error: first() does not take 1 argument at column 3");
}

BOOST_AUTO_TEST_CASE(evaluations_without_end_are_stopped) {
  const auto start = std::chrono::steady_clock::now();
  path::Environment small;
  small.budget = 4'000'000;
  const auto value = [&](std::string_view text) { return ::value(text, "{}", &small); };
  const std::string hundred = "(" + [] {
    std::string text = "1";
    for (int i = 2; i <= 100; ++i) text += " | " + std::to_string(i);
    return text;
  }() + ")";
  BOOST_TEST(value("1.repeatAll($this)").find("too many steps") != std::string::npos);
  BOOST_TEST(value("1.repeat($this + 1).count()").starts_with("error"));
  BOOST_TEST(value(hundred + ".select(" + hundred + ").select(" + hundred + ").select(" + hundred + ")")
                 .find("too many steps") != std::string::npos);
  BOOST_TEST(value(hundred + ".aggregate($total & $total & $total, 'xxxx').length()").starts_with("error"));
  BOOST_TEST(value(hundred + ".aggregate($total.replace('x', 'xxxxxxxxxx'), 'x').length()").starts_with("error"));
  std::string chain = "(1|2)";
  for (int i = 0; i < 60; ++i) chain += ".select($this.combine($this))";
  BOOST_TEST(value("(1 'm').repeat($this + 1 'cm')").find("too many steps") != std::string::npos);
  BOOST_TEST(value("@2020-01-01.repeat($this + 1 day)").find("too many steps") != std::string::npos);
  BOOST_TEST(value(chain).find("too many steps") != std::string::npos);
  BOOST_TEST(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 60);
}

BOOST_AUTO_TEST_CASE(the_deepest_expressions_that_parse_also_run) {
  std::string chain = "id";
  for (int i = 0; i < 590; ++i) chain += ".first()";
  BOOST_TEST(value(chain, R"({"id":"x"})") == R"(["x"])");
  std::string names = "id";
  for (int i = 0; i < 590; ++i) names += ".id";
  BOOST_TEST(value(names, R"({"id":"x"})") == "[]");
  std::string sum = "1";
  for (int i = 0; i < 590; ++i) sum += " + 1";
  BOOST_TEST(value(sum) == "[591]");
  std::string nested = "1";
  for (int i = 0; i < 190; ++i) nested = "iif(true, " + nested + ")";
  BOOST_TEST(value(nested) == "[1]");
  std::string brackets(190, '(');
  BOOST_TEST(value(brackets + "1" + std::string(190, ')')) == "[1]");
}

BOOST_AUTO_TEST_CASE(mutated_expressions_do_no_harm) {
  const auto resource =
      R"({"resourceType":"Patient","id":"a","name":[{"family":"x","given":["y",null],"_given":[null,{"id":"z"}]}],
    "birthDate":"1980-02-29","deceasedBoolean":false,"contained":[{"resourceType":"Observation","valueQuantity":{"value":1.50,"code":"mg"}}]})";
  const std::vector<std::string> seeds{
      "Patient.name.where(given.first() = 'y').family | name.given[1].id",
      "birthDate + 3 months > @2020-01-01T10:00:00Z and 1.5 'mg' * 2 ~ 3 'mg'",
      "contained.value.toQuantity('g').value.round(2) div 3 mod -2L",
      "iif(name.exists(), 'a\\u00e9'.replaceMatches('(a|b)*', '$1').upper(), {})",
      "descendants().ofType(string).aggregate($total & $this, '').length()",
      "name.select(defineVariable('x', family).given.where($this != %x)).sort(-$this).join(',')",
      "(1 | 2.0 | 'x' | @T10:30 | true).type().name.distinct() in %`ext-a` implies @2020 is Date"};
  const std::string alphabet = "()[]{}.,'`%$@+-*/|&<>=!~ 0123456789TLZ:abcxyz\"\\";
  const auto document = json::parse(resource);
  path::Environment environment;
  environment.definitions = &definitions();
  std::uint64_t random = 11;
  const auto roll = [&](std::size_t below) {
    return static_cast<std::size_t>((random = random * 6364136223846793005ULL + 1442695040888963407ULL) >> 33) % below;
  };
  int parsed = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < end) {
    std::string text = seeds[roll(seeds.size())];
    for (std::size_t n = 1 + roll(4); n > 0; --n) {
      const std::size_t at = roll(text.size());
      const std::string& other = seeds[roll(seeds.size())];
      switch (roll(4)) {
        case 0: text.erase(at, 1 + roll(4)); break;
        case 1: text.insert(at, 1, alphabet[roll(alphabet.size())]); break;
        case 2: text[at] = alphabet[roll(alphabet.size())]; break;
        default: text.insert(at, other.substr(roll(other.size()), roll(20)));
      }
      if (text.empty()) text = "a";
    }
    const auto expression = Expression::parse(text);
    if (!expression) {
      BOOST_REQUIRE(!expression.error().message.empty());
      continue;
    }
    ++parsed;
    const auto result = expression->evaluate(document->root(), environment);
    std::string out;
    if (result) path::write(*result, out);
    if (result) BOOST_REQUIRE_MESSAGE(json::parse(out).ok(), text << " gives " << out);
  }
  BOOST_TEST(parsed > 10);
}

BOOST_AUTO_TEST_SUITE_END()
