#include "fhir/path/parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace fhir::path;

namespace {

// The tree in brackets, operator first.
std::string shown(const Node& node) {
  std::string text =
      node.text + (node.form == Node::Form::quantity ? (node.calendar ? " " + node.unit : "'" + node.unit + "'") : "");
  if (node.form == Node::Form::empty) text = "{}";
  if (node.children.empty()) return node.form == Node::Form::call ? text + "()" : text;
  std::string out = "(" + text;
  for (const auto& child : node.children) out += " " + shown(*child);
  return out + ")";
}

std::string tree(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? shown(**parsed) : parsed.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parser)

BOOST_AUTO_TEST_CASE(operators_bind_as_the_grammar_orders_them) {
  BOOST_TEST(tree("a.b + c * -d") == "(+ (. a b) (* c (- d)))");
  BOOST_TEST(tree("a | b is c and d = e or f implies g") == "(implies (or (and (| a (is b c)) (= d e)) f) g)");
  BOOST_TEST(tree("a - b - c") == "(- (- a b) c)");
  BOOST_TEST(tree("-1.abs()") == "(- (. 1 abs()))");
  BOOST_TEST(tree("a in b | c") == "(in a (| b c))");
  BOOST_TEST(tree("a < b = c") == "(= (< a b) c)");
  BOOST_TEST(tree("a as System.String") == "(as a (. System String))");
}

BOOST_AUTO_TEST_CASE(words_of_operators_are_names_where_a_name_is_due) {
  BOOST_TEST(tree("a.contains.is.as(div)") != "");
  BOOST_TEST(tree("ValueSet.expansion.contains.code") == "(. (. (. ValueSet expansion) contains) code)");
  BOOST_TEST(tree("contains contains in") == "(contains contains in)");
}

BOOST_AUTO_TEST_CASE(calls_take_expressions_and_know_what_they_are_called_on) {
  BOOST_TEST(tree("a.where(b = 1).c[0]") == "([ (. (. a (where (= b 1))) c) 0)");
  BOOST_TEST(tree("iif(a, b, {})") == "(iif a b {})");
}

BOOST_AUTO_TEST_CASE(quantities_keep_whether_their_unit_is_a_calendar_duration) {
  BOOST_TEST(tree("3 days + 1 'd'") == "(+ 3 days 1'd')");
  BOOST_TEST(tree("1 year.b") == "(. 1 year b)");
}

BOOST_AUTO_TEST_CASE(every_node_knows_its_place) {
  const auto parsed = parse("name.where(use = 'official')");
  BOOST_REQUIRE(parsed);
  BOOST_TEST((*parsed)->children[1]->position == 5U);
  BOOST_TEST((*parsed)->children[1]->children[0]->position == 15U);
}

BOOST_AUTO_TEST_CASE(errors_name_line_and_column_in_characters) {
  BOOST_TEST(tree("'é' +") == "the expression ends too early at column 6");
  BOOST_TEST(tree("a\n + ]") == "unexpected ']' at line 2, column 4");
  BOOST_TEST(parse("a b").error().where == "at column 3");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded_however_it_is_built) {
  for (const std::string unit : {"(", "-", "a[", "f(", "a.where("}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += unit;
    BOOST_TEST(tree(text).find("nested too deeply") != std::string::npos, unit << tree(text).substr(0, 100));
  }
  for (const std::string unit : {".a", " + 1", "[0]", " and b", ".f()", " | b"}) {
    std::string text = "a";
    for (int i = 0; i < 20'000; ++i) text += unit;
    BOOST_TEST(tree(text).find("too many steps") != std::string::npos, unit << tree(text).substr(0, 100));
  }
  std::string wide = "a";
  for (int i = 0; i < 500; ++i) wide += " | b.c";
  BOOST_TEST(parse(wide).ok());
  BOOST_TEST((parse(std::string(300 * 1024, ' ')).error().kind == core::Kind::too_large));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_refused) {
  BOOST_TEST(!parse("'\xFF'").ok());
  BOOST_TEST(!parse(std::string_view("a\0b", 3)).ok());
  BOOST_TEST(!parse("'\xED\xA0\x80'").ok());
}

BOOST_AUTO_TEST_SUITE_END()
