#include <boost/test/unit_test.hpp>
#include <string>

#include "fhir/xml/xml.hpp"

using namespace fhir::xml;

namespace {

std::string in_patient(const std::string& content) {
  return "<Patient xmlns=\"http://hl7.org/fhir\">" + content + "</Patient>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_parse)

BOOST_AUTO_TEST_CASE(elements_attributes_and_prefixes_are_read) {
  const auto root = parse(
      "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><f:Patient xmlns:f='http://hl7.org/fhir' "
      "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b'><f:id value='&lt;&#xe9;&amp;'/>\n"
      "<?pi x?></f:Patient>");
  BOOST_TEST_REQUIRE(root.ok());
  BOOST_TEST(root->name == "Patient");
  BOOST_TEST(root->attributes.empty());
  BOOST_TEST_REQUIRE(root->children.size() == 1U);
  BOOST_TEST(root->children[0].attributes.at(0).value == "<\xc3\xa9&");
  BOOST_TEST(root->children[0].line == 2U);
}

BOOST_AUTO_TEST_CASE(a_document_type_and_its_entities_are_refused) {
  for (const char* text :
       {"<!DOCTYPE Patient><Patient xmlns=\"http://hl7.org/fhir\"/>",
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Patient xmlns=\"http://hl7.org/fhir\"/>",
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Patient xmlns=\"http://hl7.org/fhir\"/>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/x\"> %p;]><Patient xmlns=\"http://hl7.org/fhir\"/>"}) {
    const auto root = parse(text);
    BOOST_TEST_REQUIRE(!root.ok(), text);
    BOOST_TEST(root.error().message.find("DOCTYPE") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_well_formed_is_refused_with_its_place) {
  const std::string cases[] = {
      "", "x", "{}", "<Patient/>", "<Patient xmlns=\"http://hl7.org/fhir\">", in_patient("<a></b>"),
      in_patient("<a value=\"1\" value=\"2\"/>"), in_patient("<a value=\"&nbsp;\"/>"), in_patient("<a value=\"<\"/>"),
      in_patient("<p:a/>"), in_patient("text"), in_patient("<a value=\"\x01\"/>"), in_patient("<a value=\"&#0;\"/>"),
      in_patient("<a value=\"\xff\"/>"), in_patient("") + in_patient(""), in_patient("<b xmlns=\"urn:x\"/>"),
      in_patient("<a xmlns:y=\"urn:y\" y:value=\"1\"/>"), std::string("<Patient xmlns=\"http://hl7.org/fhir\"/>\0", 40),
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + in_patient(""), std::string("\xff\xfe<\0a\0", 6)};
  for (const std::string& text : cases) {
    const auto root = parse(text);
    BOOST_TEST_REQUIRE(!root.ok(), text);
    BOOST_TEST(root.error().where.starts_with("line "), text << root.error().message);
  }
}

BOOST_AUTO_TEST_CASE(depth_and_size_have_a_bound) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  BOOST_TEST((parse(in_patient(deep)).error().kind == core::Kind::too_large));
  BOOST_TEST((parse(in_patient(""), {.depth = 10, .bytes = 20}).error().kind == core::Kind::too_large));
  const std::string large(20'000'000, 'x');
  const auto root = parse(in_patient("<a value=\"" + large + "\"/>"));
  BOOST_TEST_REQUIRE(root.ok());
  BOOST_TEST((root->children[0].attributes[0].value == large));
}

// The library takes the square of their number in time: a quarter of a second here would be hours at the size of a body.
BOOST_AUTO_TEST_CASE(an_element_has_few_attributes_and_declares_few_prefixes) {
  std::string many, prefixes;
  for (int i = 0; i < 100'000; ++i) {
    many += " a" + std::to_string(i) + "='>'";
    prefixes += " xmlns:a" + std::to_string(i) + "=\"u\"";
  }
  for (const std::string& each : {many, prefixes}) {
    const auto read = parse(in_patient("<a" + each + "/>"));
    BOOST_TEST_REQUIRE(!read.ok());
    BOOST_TEST((read.error().kind == core::Kind::too_large));
  }
  const std::string quotes(1'000, '"');
  BOOST_TEST(parse(in_patient("<!-- <a " + quotes + " --><active value='true'/>")).ok());
  BOOST_TEST(parse(in_patient("<text><div xmlns=\"http://www.w3.org/1999/xhtml\">" + quotes + "<p title='>'>" + quotes + "</p></div></text>")).ok());
}

BOOST_AUTO_TEST_CASE(characters_that_xml_cannot_hold_are_replaced) {
  std::string out;
  escape_attribute(std::string_view("a\x01\0b\xef\xbf\xbf", 7), out);
  BOOST_TEST(out == "a\xef\xbf\xbd\xef\xbf\xbd" "b\xef\xbf\xbd");
}

BOOST_AUTO_TEST_SUITE_END()
