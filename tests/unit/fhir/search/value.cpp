#include "fhir/search/value.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/search/search.hpp"

using namespace fhir::search;
using core::store::Compare;

BOOST_AUTO_TEST_SUITE(search_value)

BOOST_AUTO_TEST_CASE(commas_separate_unless_a_backslash_stands_before_them) {
  const auto parts = split(R"(a,b\,c,,d\\,e)", ',');
  BOOST_REQUIRE(parts.size() == 5U);
  BOOST_TEST(unescaped(parts[0]) == "a");
  BOOST_TEST(unescaped(parts[1]) == "b,c");
  BOOST_TEST(unescaped(parts[2]) == "");
  BOOST_TEST(unescaped(parts[3]) == "d\\");
  BOOST_TEST(unescaped(parts[4]) == "e");
}

BOOST_AUTO_TEST_CASE(only_the_four_escapes_lose_their_backslash) {
  BOOST_TEST(unescaped(R"(\$\|\,\\\n\)") == R"($|,\\n\)");
  BOOST_TEST(unescaped(escaped("a$b|c,d\\e")) == "a$b|c,d\\e");
}

BOOST_AUTO_TEST_CASE(prefixes_are_read_and_unknown_ones_refused) {
  BOOST_TEST((prefixed("2012")->compare == Compare::equal));
  BOOST_TEST((prefixed("sa2012")->compare == Compare::starts_after));
  BOOST_TEST(prefixed("ge2012")->rest == "2012");
  BOOST_TEST(!prefixed("xx2012"));
  BOOST_TEST(!prefixed("GE2012"));
}

struct Range {
  const char* text;
  double low, high;
};

BOOST_AUTO_TEST_CASE(a_number_is_as_precise_as_it_is_written) {
  for (const Range& range : {Range{"100", 99.5, 100.5}, Range{"100.00", 99.995, 100.005}, Range{"1e2", 95, 105},
                             Range{"5.4", 5.35, 5.45}, Range{"5.40e-3", 0.005395, 0.005405}, Range{"-7", -7.5, -6.5},
                             Range{"0", -0.5, 0.5}, Range{"0.0", -0.05, 0.05}, Range{"1.50e2", 149.5, 150.5}}) {
    const auto number = number_from(range.text);
    BOOST_REQUIRE_MESSAGE(number, range.text);
    BOOST_TEST(number->low == range.low, range.text << " from " << number->low);
    BOOST_TEST(number->high == range.high, range.text << " to " << number->high);
  }
  for (const char* text : {"", "abc", "1,5", "1e", "--1", "NaN", "Infinity", "0x10", "1 ", "1e999", "1e-401"})
    BOOST_TEST(!number_from(text), text);
}

BOOST_AUTO_TEST_CASE(a_number_longer_than_a_double_still_has_a_range) {
  const auto number = number_from("0.1234567890123456789012345678901234567890");
  BOOST_REQUIRE(number);
  BOOST_TEST(number->low < number->high);
}

BOOST_AUTO_TEST_CASE(folding_takes_case_accents_and_spare_spaces_away) {
  BOOST_TEST(folded("Adán") == "adan");
  BOOST_TEST(folded("ADA\xCC\x81N") == folded("adán"));  // a combining accent
  BOOST_TEST(folded("  Van \t der  Berg ") == "van der berg");
  BOOST_TEST(folded("Ångström Ærø Straße Łódź Đorđe Þór") == "angstrom aero strasse lodz dorde thor");
  BOOST_TEST(folded("ΑΘΉΝΑ") == folded("αθηνα"));
  BOOST_TEST(folded("Σίσυφος") == folded("ΣΊΣΥΦΟΣ"));
  BOOST_TEST(folded("ЁЛКА") == "елка");
  BOOST_TEST(folded("Nguyễn Thị Hằng") == "nguyen thi hang");
  BOOST_TEST(folded("O\u2019Hara") == "o'hara");
  BOOST_TEST(folded("日本語") == "日本語");
  BOOST_TEST(folded("\xFF\xC3") == "\xFF\xC3");  // not UTF-8: kept
  BOOST_TEST(folded("İstanbul") == "istanbul");
}

BOOST_AUTO_TEST_CASE(queries_are_split_and_decoded) {
  const auto parameters = parameters_from("name=J%C3%A1n+de%20Vries&&_sort=-date&x");
  BOOST_REQUIRE(parameters.ok());
  BOOST_REQUIRE(parameters->size() == 3U);
  BOOST_TEST((*parameters)[0].second == "Ján de Vries");
  BOOST_TEST((*parameters)[1].first == "_sort");
  BOOST_TEST((*parameters)[2].second == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_refused) {
  for (const char* query : {"a=%FF", "a=%C0%80", "a=%ED%A0%80", "a=%00", "a=%4", "a=%GG", "=x", "a=%F5%80%80%80"})
    BOOST_TEST(!parameters_from(query).ok(), query);
}

BOOST_AUTO_TEST_CASE(encoding_and_decoding_are_inverse) {
  const std::string text = "a b+c&d=e%f|g/ü?#\n";
  BOOST_TEST(decode(encode(text)) == text);
  BOOST_TEST(encode("a b&ü") == "a%20b%26%C3%BC");
}

BOOST_AUTO_TEST_SUITE_END()
