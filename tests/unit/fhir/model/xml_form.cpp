// Both forms of a resource, there and back: small cases that say what, and every official example that is at hand.
#include "fhir/model/xml_form.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "fhir/json/json.hpp"
#include "tests/unit/fhir/examples.hpp"

namespace json = fhir::json;
namespace model = fhir::model;

namespace {

const model::Definitions& definitions() {
  static const auto loaded = model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

std::string to_xml(std::string_view text, json::Style style = json::Style::compact) {
  auto document = json::parse(text);
  BOOST_REQUIRE_MESSAGE(document, text);
  auto xml = model::to_xml(definitions(), document->root(), style);
  BOOST_REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message + ' ' + xml.error().where));
  return *xml;
}

std::string from_xml(std::string_view text) {
  auto document = model::from_xml(definitions(), text);
  BOOST_REQUIRE_MESSAGE(document, (document ? "" : document.error().message + ' ' + document.error().where));
  return json::write(document->root());
}

std::string inside(const std::string& xml) { return xml.substr(xml.find("?>\n") + 3); }

core::Error refused(std::string_view text) {
  auto document = model::from_xml(definitions(), text);
  BOOST_REQUIRE_MESSAGE(!document, text);
  return document.error();
}

constexpr std::string_view ns = R"( xmlns="http://hl7.org/fhir")";
std::string patient(std::string_view content) {
  return "<Patient" + std::string(ns) + '>' + std::string(content) + "</Patient>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_form)

BOOST_AUTO_TEST_CASE(elements_come_in_the_order_of_the_definition) {
  BOOST_TEST(inside(to_xml(R"({"resourceType":"Patient","gender":"male","name":[{"given":["A","B"],"family":"C"}],"id":"1"})")) ==
             patient(R"(<id value="1"/><name><family value="C"/><given value="A"/><given value="B"/></name><gender value="male"/>)"));
}

BOOST_AUTO_TEST_CASE(ids_and_extensions_of_primitive_values_are_kept) {
  const std::string text =
      R"({"resourceType":"Patient","name":[{"given":["A",null,"B"],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]},{"id":"b"}]}],)"
      R"("active":true,"_active":{"id":"a","extension":[{"url":"v","valueDecimal":1.00}]},"_birthDate":{"extension":[{"url":"w","valueBoolean":false}]}})";
  const std::string xml = to_xml(text);
  BOOST_TEST(xml.find(R"(<active id="a" value="true"><extension url="v"><valueDecimal value="1.00"/></extension></active>)") !=
             std::string::npos);
  auto before = json::parse(text), after = json::parse(from_xml(xml));
  BOOST_TEST(json::equal(before->root(), after->root()));
}

BOOST_AUTO_TEST_CASE(every_digit_of_a_number_is_kept) {
  for (const std::string digits : {"1.00", "-0", "0.000000000000000000000000001", "1E-22", "12345678901234567890.10"}) {
    const std::string text =
        R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":)" + digits + "}}";
    BOOST_TEST(from_xml(to_xml(text)) == text);
  }
}

BOOST_AUTO_TEST_CASE(contained_resources_and_bundles_nest) {
  const std::string text =
      R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:x","resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}],"managingOrganization":{"reference":"#o"}}}]})";
  BOOST_TEST(from_xml(to_xml(text)) == text);
}

BOOST_AUTO_TEST_CASE(a_narrative_is_kept_as_it_was_written) {
  const std::string div =
      "<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><!-- c --><p class='a'>A &amp; B &#169;<br />\\n  C</p></div>";
  const std::string text = R"({"resourceType":"Patient","text":{"status":"generated","div":")" + div + "\"}}";
  for (const auto style : {json::Style::compact, json::Style::pretty}) BOOST_TEST(from_xml(to_xml(text, style)) == text);
}

BOOST_AUTO_TEST_CASE(a_narrative_that_leans_on_its_surroundings_stands_alone_in_json) {
  BOOST_TEST(
      from_xml(R"(<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><f:status value="generated"/>)"
               R"(<h:div><h:b title="a&quot;b">x &lt; y</h:b><h:br/></h:div></f:text></f:Patient>)") ==
      R"({"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><b title=\"a&quot;b\">x &lt; y</b><br/></div>"}})");
}

BOOST_AUTO_TEST_CASE(entities_of_html_are_spelt_out_and_broken_narratives_shown_as_text) {
  const auto with = [](std::string_view div) {
    return to_xml(R"({"resourceType":"Patient","text":{"status":"generated","div":")" + std::string(div) + "\"}}");
  };
  BOOST_TEST(with("<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">a&nbsp;b</div>").find(">a&#160;b</div>") !=
             std::string::npos);
  const std::string broken = with("<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"></div></text><active value=\\\"true\\\"/><text>");
  BOOST_TEST(broken.find("<active") == std::string::npos);
  BOOST_TEST(from_xml(broken).find("&lt;active") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(white_space_in_values_survives) {
  const std::string text = R"({"resourceType":"Patient","name":[{"text":"a\n\tb\r  <c> \"&'"}]})";
  BOOST_TEST(from_xml(to_xml(text)) == text);
}

BOOST_AUTO_TEST_CASE(what_the_definitions_do_not_allow_is_refused_by_name) {
  const auto names = [](std::string_view content, std::string_view words) {
    const core::Error error = refused(patient(content));
    BOOST_TEST(error.message.find(words) != std::string::npos, error.message);
    BOOST_TEST(error.where.starts_with("line "), error.where);
  };
  names(R"(<hair value="red"/>)", "Patient.hair is no element");
  names(R"(<gender value="male"/><active value="true"/>)", "Patient.active comes too late");
  names(R"(<active value="true"/><active value="true"/>)", "Patient.active occurs more than once");
  names(R"(<deceasedBoolean value="true"/><deceasedDateTime value="2020"/>)", "another form");
  names(R"(<active value="yes"/>)", "Patient.active is true or false");
  names(R"(<multipleBirthInteger value="01"/>)", "is a number");
  names(R"(<name/>)", "Patient.name[0] is empty");
  names(R"(<active/>)", "Patient.active is empty");
  names(R"(<active value="true" x="1"/>)", "no attribute x");
  names(R"(<name><id value="1"/></name>)", "Patient.name[0].id is no element");
  names(R"(<contained/>)", "exactly one resource");
  names(R"(<contained><Shoe/></contained>)", "Shoe is no resource type");
  names(R"(<text><status value="generated"/><div>x</div></text>)", "text between elements");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_before_it_is_stored) {
  std::string content;
  for (int i = 0; i < 60; ++i) content += R"(<extension url="u">)";
  content += R"(<valueCode value="x"/>)";
  for (int i = 0; i < 60; ++i) content += "</extension>";
  BOOST_TEST((refused(patient(content)).kind == core::Kind::too_large));
}

BOOST_AUTO_TEST_CASE(official_examples_come_back_equal) {
  std::size_t equal = 0, seen = 0;
  const bool there = fhir::test::each_official_example([&](const json::Value& root) {
    ++seen;
    auto xml = model::to_xml(definitions(), root);
    auto back = xml ? model::from_xml(definitions(), *xml) : core::Result<json::Document>(xml.error());
    const bool same = back && json::equal(root, back->root());
    equal += same ? 1 : 0;
    BOOST_TEST(same, root.text("resourceType") << '/' << root.text("id")
                                               << (back ? " differs" : back.error().message + back.error().where));
  });
  if (!there) {
    BOOST_TEST_MESSAGE("skipped: the official examples are not there");
    return;
  }
  BOOST_TEST_MESSAGE(equal << " of " << seen << " examples come back equal");
  BOOST_TEST(seen >= 5298u);
}

BOOST_AUTO_TEST_SUITE_END()
