#include "fhir/terminology/terminology.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace json = fhir::json;
using fhir::model::Definitions;
using fhir::terminology::Answer;
using fhir::terminology::Terminology;

namespace {

const Definitions& definitions() {
  static const auto loaded = Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

struct Shelf {
  std::vector<json::Document> documents;
  Terminology terminology{definitions()};
  explicit Shelf(std::initializer_list<const char*> texts) {
    for (const char* text : texts) {
      auto document = json::parse(text);
      BOOST_REQUIRE_MESSAGE(document, text);
      documents.push_back(std::move(*document));
    }
    for (const auto& document : documents) terminology.add(document.root());
  }
};

constexpr const char* colours =
    R"({"resourceType":"CodeSystem","url":"urn:colours","content":"complete","concept":[{"code":"red","display":"Red","designation":[{"value":"Rood"}],)"
    R"("concept":[{"code":"crimson"},{"code":"ruby","concept":[{"code":"dark-ruby"}]}]},{"code":"blue","property":[{"code":"cold","valueBoolean":true}]}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(terminology)

// Each level twice as many as the one above: without a bound a million million million looks.
BOOST_AUTO_TEST_CASE(value_sets_that_include_each_other_again_and_again_are_unknown_at_once) {
  const Shelf shelf{
      R"({"resourceType":"ValueSet","url":"urn:v","compose":{"include":[{"valueSet":["urn:v"]},{"valueSet":["urn:v"]},{"valueSet":["urn:v"]},{"valueSet":["urn:v"]},{"valueSet":["urn:v"]}]}})"};
  BOOST_TEST((shelf.terminology.in_set("urn:v", "urn:x", "a") == Answer::unknown));
}

BOOST_AUTO_TEST_CASE(a_code_is_in_its_system_or_not_or_unknown) {
  const Shelf shelf{
      colours, R"({"resourceType":"CodeSystem","url":"urn:part","content":"fragment","concept":[{"code":"a"}]})",
      R"({"resourceType":"CodeSystem","url":"urn:fold","content":"complete","caseSensitive":false,"concept":[{"code":"Ab"}]})"};
  const Terminology& t = shelf.terminology;
  BOOST_TEST((t.in_system("urn:colours", "ruby") == Answer::yes));
  BOOST_TEST((t.in_system("urn:colours|1.0", "ruby") == Answer::yes));
  BOOST_TEST((t.in_system("urn:colours", "Ruby") == Answer::no));
  BOOST_TEST((t.in_system("urn:part", "a") == Answer::yes));
  BOOST_TEST((t.in_system("urn:part", "b") == Answer::unknown));
  BOOST_TEST((t.in_system("urn:other", "b") == Answer::unknown));
  BOOST_TEST((t.in_system("urn:fold", "aB") == Answer::yes));
  BOOST_TEST(t.displays("urn:colours", "red") == (std::vector<std::string_view>{"Red", "Rood"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.displays("urn:colours", "ruby").empty());
}

BOOST_AUTO_TEST_CASE(value_sets_include_and_exclude) {
  const Shelf shelf{
      colours,
      R"({"resourceType":"ValueSet","url":"urn:all","compose":{"include":[{"system":"urn:colours"}],"exclude":[{"system":"urn:colours","concept":[{"code":"blue"}]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:reds","version":"2","compose":{"include":[{"system":"urn:colours","filter":[{"property":"concept","op":"is-a","value":"red"}]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:below","compose":{"include":[{"system":"urn:colours","filter":[{"property":"concept","op":"descendent-of","value":"red"}]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:cold","compose":{"include":[{"system":"urn:colours","filter":[{"property":"cold","op":"=","value":"true"}]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:both","compose":{"include":[{"valueSet":["urn:all","urn:reds|2"]},{"system":"urn:x","concept":[{"code":"x"}]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:open","compose":{"include":[{"system":"urn:colours"},{"system":"urn:unknown"}]}})",
      R"({"resourceType":"ValueSet","url":"urn:loop","compose":{"include":[{"valueSet":["urn:loop"]}]}})",
      R"({"resourceType":"ValueSet","url":"urn:expanded","expansion":{"contains":[{"system":"s","code":"a","contains":[{"system":"s","code":"b"}]}]}})"};
  const auto in = [&](const char* set, const char* system, const char* code) {
    return shelf.terminology.in_set(set, system, code);
  };
  BOOST_TEST((in("urn:all", "urn:colours", "crimson") == Answer::yes));
  BOOST_TEST((in("urn:all", "urn:colours", "blue") == Answer::no));
  BOOST_TEST((in("urn:all", "urn:x", "crimson") == Answer::no));
  BOOST_TEST((in("urn:all", "", "crimson") == Answer::yes));
  BOOST_TEST((in("urn:reds", "urn:colours", "red") == Answer::yes));
  BOOST_TEST((in("urn:reds", "urn:colours", "dark-ruby") == Answer::yes));
  BOOST_TEST((in("urn:below", "urn:colours", "red") == Answer::no));
  BOOST_TEST((in("urn:below", "urn:colours", "ruby") == Answer::yes));
  BOOST_TEST((in("urn:cold", "urn:colours", "blue") == Answer::yes));
  BOOST_TEST((in("urn:cold", "urn:colours", "red") == Answer::no));
  BOOST_TEST((in("urn:both", "urn:colours", "ruby") == Answer::yes));
  BOOST_TEST((in("urn:both", "urn:colours", "blue") == Answer::no));
  BOOST_TEST((in("urn:both", "urn:x", "x") == Answer::yes));
  BOOST_TEST((in("urn:open", "urn:unknown", "x") == Answer::unknown));
  BOOST_TEST((in("urn:open", "urn:colours", "red") == Answer::yes));
  BOOST_TEST((in("urn:open", "urn:colours", "nothing") == Answer::no));
  BOOST_TEST((in("urn:loop", "s", "a") == Answer::unknown));
  BOOST_TEST((in("urn:expanded", "s", "b") == Answer::yes));
  BOOST_TEST((in("urn:expanded", "s", "c") == Answer::no));
  BOOST_TEST((in("urn:nowhere", "s", "c") == Answer::unknown));
}

BOOST_AUTO_TEST_CASE(the_sets_that_r4_requires_are_known) {
  const Shelf shelf{};
  const char* gender = "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1";
  BOOST_TEST(shelf.terminology.has_set(gender));
  BOOST_TEST((shelf.terminology.in_set(gender, "", "female") == Answer::yes));
  BOOST_TEST((shelf.terminology.in_set(gender, "http://hl7.org/fhir/administrative-gender", "f") == Answer::no));
}

BOOST_AUTO_TEST_SUITE_END()
