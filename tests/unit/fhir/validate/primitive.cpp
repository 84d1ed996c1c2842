#include "fhir/validate/primitive.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "fhir/path/html.hpp"

using namespace fhir::validate;
using fhir::model::Primitive;

namespace {

struct Case {
  Primitive type;
  std::vector<std::string> valid, invalid;
};

const std::vector<Case> cases{
    {Primitive::date,
     {"2024", "2024-02", "2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"},
     {"", "24", "2024-2", "2024-13", "2024-00", "2024-02-30", "2023-02-29", "1900-02-29", "2024-01-00",
      "2024-01-01T10:00:00Z", "0000", "2024-", "2024-01-", " 2024", "2024 ", "20240101", "+2024", "2024-1-01"}},
    {Primitive::date_time,
     {"2024", "2024-02", "2024-02-29", "2024-01-01T00:00:00Z", "2024-01-01T23:59:60Z",
      "2024-01-01T10:00:00.123456789+02:00", "2024-01-01T10:00:00-14:00", "2024-01-01T10:00:00-00:00"},
     {"", "2024-01-01T10:00Z", "2024-01-01T10:00:00", "2024-01-01T24:00:00Z", "2024-01-01T10:60:00Z",
      "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00+15:00", "2024-01-01T10:00:00+14:01", "2024-01-01T",
      "2024-01T10:00:00Z", "2023-02-29T10:00:00Z", "2024-01-01 10:00:00Z", "2024-01-01t10:00:00z",
      "2024-01-01T10:00:00Zx", "2024-01-01T10:00:00+0200"}},
    {Primitive::instant,
     {"2024-01-01T00:00:00Z", "2024-02-29T23:59:59.999+01:00"},
     {"2024", "2024-01-01", "2024-01-01T00:00:00", "2024-02-30T00:00:00Z"}},
    {Primitive::time,
     {"00:00:00", "23:59:59", "12:00:00.5"},
     {"", "24:00:00", "12:00", "12:00:00Z", "12:00:00.", "1:00:00", "12:60:00"}},
    {Primitive::id, {"a", "A-1.b", std::string(64, 'x')}, {"", std::string(65, 'x'), "a b", "a_b", "é", "a/b"}},
    {Primitive::oid,
     {"urn:oid:1.2.3", "urn:oid:2.0", "urn:oid:0.999.1"},
     {"1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.", "urn:oid:1.02", "urn:oid:1..2", "urn:oid:12.1", "urn:oid:"}},
    {Primitive::uuid,
     {"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
     {"c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:c757873dec9a4326a141556f43239520",
      "urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "urn:uuid:c757873d-ec9a-4326-a141-556f4323952",
      "urn:uuid:g757873d-ec9a-4326-a141-556f43239520"}},
    {Primitive::uri, {"http://example.org", "urn:x", "a", "#é"}, {"", " ", "a b", "a\n"}},
    {Primitive::url, {"http://example.org"}, {"", "http://a b"}},
    {Primitive::canonical, {"http://example.org|1"}, {"", "a b"}},
    {Primitive::base64_binary,
     {"QUJD", "QQ==", "QUI=", "QU JD\nQUJD"},
     {"", "QUJ", "Q===", "QQ=A", "QU*D", "====", "=QQQ"}},
    {Primitive::integer,
     {"0", "-0", "1", "2147483647", "-2147483648"},
     {"1.0", "1e3", "2147483648", "-2147483649", "99999999999"}},
    {Primitive::positive_int, {"1", "2147483647"}, {"0", "-1", "2147483648", "1.0"}},
    {Primitive::unsigned_int, {"0", "2147483647"}, {"-1", "2147483648", "-0"}},
    {Primitive::code, {"a", "a b", "é", "a b c"}, {"", " a", "a ", "a  b", "\ta", "a\x01"}},
    {Primitive::string,
     {"a", " a ", "a\r\n\tb", "é", std::string(1024 * 1024, 'x')},
     {"", " ", "\n\t ", "a\x01", std::string(1024 * 1024 + 1, 'x')}},
    {Primitive::markdown, {"a", " ", "# x\n"}, {"", "a\x07"}},
    {Primitive::decimal, {"1.00", "-1e10"}, {}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(primitive)

BOOST_AUTO_TEST_CASE(each_type_accepts_what_is_legal_and_nothing_else) {
  for (const Case& c : cases) {
    const PrimitiveRule& rule = rule_of(c.type);
    for (const std::string& text : c.valid)
      BOOST_TEST(rule.valid(text), text.substr(0, 80) + " should be " + std::string(rule.expected));
    for (const std::string& text : c.invalid)
      BOOST_TEST(!rule.valid(text), text.substr(0, 80) + " should not be " + std::string(rule.expected));
  }
}

BOOST_AUTO_TEST_CASE(a_string_is_measured_in_characters) {
  std::string text;
  for (int i = 0; i < 1024 * 1024; ++i) text += "é";
  BOOST_TEST(rule_of(Primitive::string).valid(text));
  BOOST_TEST(!rule_of(Primitive::string).valid(text + "x"));
}

BOOST_AUTO_TEST_CASE(numbers_and_booleans_have_their_own_kind_in_json) {
  BOOST_TEST((rule_of(Primitive::boolean).kind == fhir::json::Kind::boolean));
  for (const Primitive p : {Primitive::integer, Primitive::decimal, Primitive::positive_int, Primitive::unsigned_int})
    BOOST_TEST((rule_of(p).kind == fhir::json::Kind::number));
  BOOST_TEST((rule_of(Primitive::xhtml).kind == fhir::json::Kind::string));
}

BOOST_AUTO_TEST_CASE(a_narrative_is_one_wellformed_div_without_active_content) {
  for (const char* text :
       {R"(<div xmlns="http://www.w3.org/1999/xhtml">x</div>)", "<div>a &amp; b &#233;<br/><p class='x'>y</p></div>",
        " <div><!-- c -->x</div>\n", R"(<div><a href="https://x.org/?a:b">l</a><img src="#i" alt="i"/></div>)",
        "<div/>", "<div><![CDATA[<b>]]></div>"})
    BOOST_TEST(rule_of(Primitive::xhtml).valid(text), text);
  for (const char* text : {"",
                           "text",
                           "<p>x</p>",
                           "<div>x",
                           "<div>x</p></div>",
                           "<div>x</div><div>y</div>",
                           "<div><b><i>x</b></i></div>",
                           "<divx>x</divx>",
                           "<div><script>x</script></div>",
                           "<div onclick=\"x()\">x</div>",
                           "<div ONCLICK=\"x()\">x</div>",
                           R"(<div><a href="javascript:x">x</a></div>)",
                           R"(<div><a href=" java&#115;cript:x">x</a></div>)",
                           R"(<div><a href="JavaScript:x">x</a></div>)",
                           "<div><iframe src='x'/></div>",
                           "<div>a & b</div>",
                           "<div a>x</div>",
                           "<div a=b>x</div>",
                           "<div><object/></div>",
                           "<div><?xml version='1.0'?></div>",
                           "<div><style>x</style></div>"})
    BOOST_TEST(!rule_of(Primitive::xhtml).valid(text), text);
  BOOST_TEST(fhir::path::read_narrative("<div>x</div>").content);
  BOOST_TEST(fhir::path::read_narrative("<div><img src='a.png'/></div>").content);
  BOOST_TEST(!fhir::path::read_narrative("<div> <p> </p></div>").content);
}

BOOST_AUTO_TEST_SUITE_END()
