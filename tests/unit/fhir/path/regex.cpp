#include "fhir/path/regex.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <regex>

#include "fhir/path/unicode.hpp"

using namespace fhir::path;

namespace {

std::string found(std::string_view pattern, std::string_view text) {
  const auto regex = Regex::compile(code_points(pattern), {});
  if (!regex) return "refused";
  const std::u32string codes = code_points(text);
  const auto match = regex->find(codes);
  if (!match) return "too large";
  if (!*match) return "none";
  std::string out;
  for (std::size_t i = 0; i + 1 < (*match)->size(); i += 2) {
    const std::size_t first = (**match)[i], last = (**match)[i + 1];
    out += (i > 0 ? "|" : "") + (first == Regex::npos ? "-" : utf8(codes.substr(first, last - first)));
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(regex)

BOOST_AUTO_TEST_CASE(the_leftmost_match_in_order_of_preference_is_found) {
  BOOST_TEST(found("a|ab", "ab") == "a");
  BOOST_TEST(found("(a|ab)(c|bcd)", "abcd") == "abcd|a|bcd");
  BOOST_TEST(found("a+", "caaat") == "aaa");
  BOOST_TEST(found("a+?", "caaat") == "a");
  BOOST_TEST(found("(a)?(b)", "b") == "b|-|b");
  BOOST_TEST(found("(x*)*", "y") == "|-");
  BOOST_TEST(found("", "abc") == "");
}

BOOST_AUTO_TEST_CASE(classes_anchors_and_counts) {
  BOOST_TEST(found("^[A-Z]([A-Za-z0-9_]){0,3}$", "Ab_9") == "Ab_9|9");
  BOOST_TEST(found("[^a-c]+", "abcxyz") == "xyz");
  BOOST_TEST(found("\\bcat\\b", "a cat!") == "cat");
  BOOST_TEST(found("\\d{2,}", "1a23b456") == "23");
  BOOST_TEST(found("x{2}", "xxx") == "xx");
  BOOST_TEST(found("x{,2}", "x{,2}") == "x{,2}");
  BOOST_TEST(found("[\\[\\]]+", "a[]") == "[]");
  BOOST_TEST(found("\\x41\\u00e9", "Aé") == "Aé");
  BOOST_TEST(found("\\P{L}+", "ab12") == "12");
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_refused) {
  for (const char* pattern :
       {"(", ")", "[", "a**", "*a", "(?<=a)b", "\\1", "a{3,2}", "a{1001}", "[b-a]", "\\", "\\p{Klingon}", "(?#x)"})
    BOOST_TEST(found(pattern, "x") == "refused", pattern);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "(";
  BOOST_TEST(found(deep, "x") == "refused");
  BOOST_TEST(found("((((a{1000}){1000}){1000}){1000})", "x") == "refused");
}

BOOST_AUTO_TEST_CASE(attacks_cost_little) {
  const auto start = std::chrono::steady_clock::now();
  const std::string text(5000, 'a');
  BOOST_TEST(found("^(a+)+$", text + "!") == "none");
  BOOST_TEST(found("^(a|aa)+$", text + "!") == "none");
  BOOST_TEST(found("^(([a-z])+.)+[A-Z]([a-z])+$", text) == "none");
  BOOST_TEST(found("(a?){500}a{500}", text.substr(0, 500)).size() >= 9U);
  const std::string large(1'000'000, 'a');
  BOOST_TEST(found("(.*)(.*)(.*)(.*)(.*)[^a]", large) == "too large");
  BOOST_TEST(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 20);
}

BOOST_AUTO_TEST_CASE(random_patterns_agree_with_the_standard_library) {
  std::uint64_t seed = 3;
  const auto roll = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % below;
  };
  const auto piece = [&] {
    static const char* pieces[] = {"a",  "b",  ".",      "[ab]",   "[^b]", "(a|b)", "(ab)", "(?:ba)", "a*",
                                   "b+", "a?", "(a*b)*", "b{1,2}", "a*?",  "b+?",   "^",    "$",      "\\b"};
    return std::string(pieces[roll(18)]);
  };
  for (int i = 0; i < 3000; ++i) {
    std::string pattern, text;
    for (std::uint64_t n = 1 + roll(5); n > 0; --n) pattern += piece() + (roll(6) == 0 ? "|" : "");
    for (std::uint64_t n = roll(9); n > 0; --n) text += roll(3) ? 'a' : 'b';
    std::smatch match;
    const bool hit = std::regex_search(text, match, std::regex(pattern));
    const std::string ours = found(pattern, text);
    BOOST_TEST((hit ? match.str() : "none") == ours.substr(0, ours.find('|')),
               pattern << " in " << text << " gives " << ours);
  }
}

BOOST_AUTO_TEST_SUITE_END()
