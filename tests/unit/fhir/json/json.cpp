#include "fhir/json/json.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>

namespace json = fhir::json;

namespace {

std::string round(std::string_view text) {
  auto document = json::parse(text);
  return document ? json::write(document->root()) : "error: " + document.error().message;
}

core::Error error_of(std::string_view text, json::Limits limits = {}) {
  auto document = json::parse(text, limits);
  BOOST_REQUIRE_MESSAGE(!document, "parsed: " + std::string(text));
  return document.error();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  while (times--) out += text;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_)

BOOST_AUTO_TEST_CASE(what_is_parsed_is_written_unchanged) {
  for (const char* text : {R"({"resourceType":"Patient","active":true,"name":[{"family":"Jansen"},null,[]],"x":{}})",
                           "[]", "{}", "null", "true", "[false,0,\"\"]", R"("a\"b\\c\n\t\r\b\f\u0001/é€😀")"})
    BOOST_TEST(round(text) == text);
}

BOOST_AUTO_TEST_CASE(numbers_keep_every_digit) {
  for (const char* text : {"1.00", "1e3", "1E+3", "-0.0", "-0", "0.1", "123456789012345678901234567890", "1.5e-300",
                           "3.14159265358979323846264338327950288", "18446744073709551616", "2147483648"})
    BOOST_TEST(round(text) == text);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_refused) {
  for (const char* text : {"01", "1.", ".5", "+1", "-", "1e", "NaN", "Infinity", "0x10", "1_000"}) error_of(text);
}

BOOST_AUTO_TEST_CASE(members_keep_their_order_and_are_found) {
  const auto document = json::parse(R"({"b":1,"a":{"c":["x",{"d":"deep"}]}})");
  BOOST_REQUIRE(document);
  const json::Value& root = document->root();
  BOOST_TEST(root.members()[0].name == "b");
  BOOST_TEST(root["a"]["c"][1].text("d") == "deep");
  BOOST_TEST(root["a"]["c"].size() == 2U);
  BOOST_TEST(root["a"]["c"][7].is_null());
  BOOST_TEST(root["none"]["at"]["all"].is_null());
  BOOST_TEST(!root.find("none"));
  BOOST_TEST(!root["b"].find("on a number"));
  BOOST_TEST(root.text("b") == "1");
}

BOOST_AUTO_TEST_CASE(an_error_names_line_column_and_place) {
  const auto error = error_of("{\n  \"name\": [\n    {\"given\": [\"A\" \"é\"]}\n  ]\n}");
  BOOST_TEST((error.kind == core::Kind::invalid));
  BOOST_TEST(error.where == "line 3, column 20, in name[0].given[1]");
  BOOST_TEST(error.message.find("comma") != std::string::npos);
  BOOST_TEST(error_of("{\"a\":1,\n\"é\":tru}").where == "line 2, column 8, in é");
  BOOST_TEST(error_of("").where == "line 1, column 1");
}

BOOST_AUTO_TEST_CASE(duplicate_names_are_refused_where_they_stand) {
  const auto error = error_of("{\"a\":[{\"x\":1,\n \"y\":2, \"x\":3}]}");
  BOOST_TEST(error.where == "line 2, column 9, in a[0].x");
  BOOST_TEST(error.message.find("\"x\"") != std::string::npos);
  error_of(R"({"a":1,"\u0061":2})");
  BOOST_TEST(round(R"({"a":{"a":{"a":1}}})") == R"({"a":{"a":{"a":1}}})");
  std::string many = "{\"first\":0";
  for (int i = 0; i < 100'000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  BOOST_TEST(bool(json::parse(many + "}")));
  BOOST_TEST(error_of(many + ",\"k777\":1}").message.find("\"k777\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(text_after_the_document_is_refused) {
  for (const char* text : {"{} {}", "{}x", "1 2", "[],", "null null"}) error_of(text);
  BOOST_TEST(round(" \t\r\n{} \n") == "{}");
}

BOOST_AUTO_TEST_CASE(nul_is_refused_raw_and_escaped) {
  using namespace std::string_literals;
  for (const auto& text :
       {"{}\0"s, "{}\0{}"s, "{\"a\0b\":1}"s, "[\"a\0\"]"s, "\0"s, "[\0]"s, "[\"\\u0000\"]"s, "{\"\\u0000\":1}"s})
    BOOST_TEST((error_of(text).kind == core::Kind::invalid));
  BOOST_TEST(error_of("[\"\\u0000\"]").message.find("NUL") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lone_surrogates_and_broken_utf8_are_refused) {
  for (const char* text : {R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800x"])", R"(["\ud800\u0041"])", R"({"\udfff":1})",
                           "[\"\xED\xA0\x80\"]", "[\"\xC0\x80\"]", "[\"\xFF\"]", "[\"\xC3\"]", "[\"\xE2\x82\"]",
                           "[\"\xF4\x90\x80\x80\"]", "\"\xC3"})
    error_of(text);
  BOOST_TEST(round(R"(["\ud83d\ude00\ud7ff\u00e9"])") == "[\"😀\xED\x9F\xBFé\"]");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped) { BOOST_TEST(round("\xEF\xBB\xBF{\"a\":1}") == "{\"a\":1}"); }

BOOST_AUTO_TEST_CASE(depth_is_limited_and_never_exhausts_the_stack) {
  BOOST_TEST(bool(json::parse(repeated("[", 100) + repeated("]", 100))));
  BOOST_TEST((error_of(repeated("[", 101) + repeated("]", 101)).kind == core::Kind::too_large));
  BOOST_TEST((error_of(repeated("{\"a\":", 5'000'000)).kind == core::Kind::too_large));
  BOOST_TEST((error_of(repeated("[", 5'000'000), {.depth = 10'000'000}).kind == core::Kind::invalid));
  BOOST_TEST((error_of("[1,2,3]", {.bytes = 6}).kind == core::Kind::too_large));
}

BOOST_AUTO_TEST_CASE(pretty_writing_indents_by_two) {
  auto document = json::parse(R"({"a":[1,{"b":[]}],"c":{}})");
  BOOST_REQUIRE(document);
  BOOST_TEST(json::write(document->root(), json::Style::pretty) ==
             "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
}

BOOST_AUTO_TEST_CASE(long_strings_pass_through_the_writers_buffer) {
  const std::string text = "[\"" + repeated("0123456789", 3000) + "\",\"" + repeated("\\n", 5000) + "\"]";
  BOOST_TEST(round(text) == text);
}

BOOST_AUTO_TEST_CASE(a_document_is_built_and_changed_by_hand) {
  json::Document document;
  json::Value& root = document.root() = document.object();
  document.set(root, "id", document.string("p1"));
  json::Value& names = document.set(root, "name", document.array());
  for (int i = 0; i < 20; ++i) document.push(names, document.number(i));
  document.insert(names, 1, document.boolean(true));
  document.erase(names, 0);
  document.insert_first(root, "resourceType", document.string("Patient"));
  document.set(root, "id", document.string("p2"));
  BOOST_TEST(json::write(root) ==
             R"({"resourceType":"Patient","id":"p2","name":[true,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]})");
  BOOST_TEST(document.remove(root, "name"));
  BOOST_TEST(!document.remove(root, "name"));
  BOOST_REQUIRE(document.find(root, "id"));
  *document.find(root, "id") = document.null();
  BOOST_TEST(json::write(root) == R"({"resourceType":"Patient","id":null})");
  document.set(root, "id", document.object());
  for (json::Member& member : document.members(root)) document.set(root, member.name, document.number("1.0"));
  BOOST_TEST(json::write(root) == R"({"resourceType":1.0,"id":1.0})");
}

BOOST_AUTO_TEST_CASE(a_parsed_document_grows) {
  auto document = json::parse(R"({"a":[1,2]})");
  BOOST_REQUIRE(document);
  json::Value* list = document->find(document->root(), "a");
  for (int i = 3; i < 1000; ++i) document->push(*list, document->number(i));
  BOOST_TEST(document->root()["a"].size() == 999U);
  BOOST_TEST(document->root()["a"][998].text() == "999");
  for (int i = 0; i < 100; ++i) document->set(document->root(), "m" + std::to_string(i), document->null());
  BOOST_TEST(document->root().size() == 101U);
}

BOOST_AUTO_TEST_CASE(a_deep_copy_outlives_its_source) {
  json::Document copy;
  std::string text = R"({"a":["text",{"b":1.50}],"c":null,"d":{},"e":[]})";
  {
    auto source = json::parse(text);
    BOOST_REQUIRE(source);
    copy.root() = copy.copy(source->root());
  }
  BOOST_TEST(json::write(copy.root()) == text);
}

BOOST_AUTO_TEST_CASE(a_moved_document_keeps_its_values_and_the_old_one_can_be_used) {
  auto source = json::parse(R"(["a"])");
  BOOST_REQUIRE(source);
  json::Document moved = std::move(*source);
  BOOST_TEST(json::write(moved.root()) == R"(["a"])");
  source->root() = source->string("again");
  BOOST_TEST(json::write(source->root()) == "\"again\"");
}

BOOST_AUTO_TEST_CASE(equality_ignores_the_order_of_members_but_not_digits) {
  const auto same = [](std::string_view a, std::string_view b) {
    const auto x = json::parse(a), y = json::parse(b);
    BOOST_REQUIRE(x);
    BOOST_REQUIRE(y);
    return json::equal(x->root(), y->root());
  };
  BOOST_TEST(same(R"({"a":1,"b":[1,2]})", R"({"b":[1,2],"a":1})"));
  BOOST_TEST(!same("1.0", "1.00"));
  BOOST_TEST(!same("[1,2]", "[2,1]"));
  BOOST_TEST(!same("\"1\"", "1"));
  BOOST_TEST(!same(R"({"a":1})", R"({"b":1})"));
  BOOST_TEST(!same(R"({"a":1})", R"({"a":1,"b":1})"));
}

BOOST_AUTO_TEST_CASE(mutated_text_never_does_harm_and_what_parses_round_trips) {
  const std::string seed =
      R"({"resourceType":"Observation","id":"a1","code":{"text":"a\u00e9\\\"b"},"valueQuantity":{"value":-1.50e3},"a":[null,true,[],{}]})";
  std::mt19937 random(20240101);
  std::size_t parsed = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  while (std::chrono::steady_clock::now() < until) {
    std::string text = seed;
    for (unsigned edits = random() % 4; edits-- > 0 && !text.empty();) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 5); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 20)); break;
        default: text.insert(at, 1, "{}[]\",:\\0e."[random() % 11]);
      }
    }
    const auto document = json::parse(text);
    if (!document) {
      BOOST_REQUIRE(!document.error().where.empty());
      continue;
    }
    ++parsed;
    const std::string written = json::write(document->root());
    const auto again = json::parse(written);
    BOOST_REQUIRE_MESSAGE(again, written);
    BOOST_REQUIRE(json::equal(document->root(), again->root()));
  }
  BOOST_TEST(parsed > 100U);
}

BOOST_AUTO_TEST_SUITE_END()
