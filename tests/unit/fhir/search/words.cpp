#include "fhir/search/words.hpp"

#include <boost/test/unit_test.hpp>

using namespace fhir::search;

namespace {

std::string asked(std::string_view text) {
  const auto terms = words_asked("_text", text);
  if (!terms) return "error";
  std::string out;
  for (const auto& term : *terms) {
    if (!out.empty()) out += " / ";
    for (const auto& part : term.parts)
      out += '[' + part.value + (part.compare == core::store::Compare::begins ? "*]" : "]");
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(search_words)

BOOST_AUTO_TEST_CASE(words_have_no_case_accents_or_punctuation) {
  BOOST_TEST(words_of("  Caf\xc3\xa9, na\xc3\xafve\xe2\x80\x94XYZ-1 ") == "cafe naive xyz 1");
  BOOST_TEST(words_of("...") == "");
}

BOOST_AUTO_TEST_CASE(a_narrative_is_read_without_its_markup) {
  const auto texts = texts_of(
      "Patient",
      R"({"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"x\" title=\"hidden\"><!-- no --><p>He<b>art</b> &amp; lung</p><p>caf&eacute;&#233;</p></div>"},
      "name":[{"family":"O'Neil","given":["Ann","Bo"]}],"photo":[{"data":"AAAA","title":"face"}]})");
  BOOST_TEST(texts.narrative == "heart lung cafee");
  BOOST_TEST(texts.content == "patient generated o neil ann bo face");
}

BOOST_AUTO_TEST_CASE(words_are_asked_for_as_r4_shows_it) {
  BOOST_TEST(asked("heart failure") == "[heart][failure]");
  BOOST_TEST(asked("\"Heart failure\" acut*") == "[heart failure][acut*]");
  BOOST_TEST(asked("(bone OR liver) and metastases") == "[bone][metastases] / [liver][metastases]");
  BOOST_TEST(asked("follow-up") == "[follow up]");
  for (const char* wrong : {"", "(", "(a", "a)", "a OR", "OR a", "NOT a", "-", "a AND", "\""}) BOOST_TEST(asked(wrong) == "error", wrong);
  std::string many;
  for (int i = 0; i < 10; ++i) many += "(a OR b) ";
  BOOST_TEST(asked(many) == "error");
}

BOOST_AUTO_TEST_SUITE_END()
