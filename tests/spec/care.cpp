// The story cases of care/*.txt: a clinician's sentences against the product. And the runner itself: a line that is not
// understood, a wrong expectation and a case without one must fail, or the cases would prove nothing.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/spec/care_story.hpp"

namespace {

using spec::care::Case;

std::vector<Case> cases_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return spec::care::cases_in(file.filename().string(), text);
}

std::vector<Case> shipped_cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(PANELBRIDGE_SOURCE "/tests/spec/care"))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "words.txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Case> all;
  for (const auto& file : files)
    for (Case& each : cases_of(file)) all.push_back(std::move(each));
  return all;
}

std::string failure_of(const std::string& text) {
  const auto cases = spec::care::cases_in("here", text);
  BOOST_REQUIRE(cases.size() == 1);
  return spec::care::run(cases.front()).value_or("");
}

constexpr std::size_t at_least = 204;  // there are as many; a case is not thrown away

BOOST_AUTO_TEST_SUITE(care)

// PANELBRIDGE_CASES=FILE: the cases of that file instead, for who writes one.
BOOST_AUTO_TEST_CASE(every_case_holds) {
  const char* own = std::getenv("PANELBRIDGE_CASES");
  for (const Case& each : own ? cases_of(own) : shipped_cases()) {
    const auto failure = spec::care::run(each);
    BOOST_TEST(!failure, failure.value_or(""));
  }
}

BOOST_AUTO_TEST_CASE(the_cases_are_all_there_and_each_has_its_own_title) {
  const std::vector<Case> cases = shipped_cases();
  std::set<std::string> titles;
  for (const Case& each : cases) BOOST_TEST(titles.insert(each.title).second, each.file << ": twice: " << each.title);
  BOOST_TEST(cases.size() >= at_least);
}

const std::string anna =
    "case: a\ntoday 2024-06-01\nAnna, woman, born 1960-03-02, of practice Linden\n2015-04-01 condition: diabetes type "
    "2\n";

BOOST_AUTO_TEST_CASE(a_line_that_is_not_understood_fails_with_its_file_and_number) {
  BOOST_TEST(failure_of(anna + "Anna sings\nexpect gap dm-a1c of Anna: overdue\n").starts_with("here:5: Anna sings"));
  BOOST_TEST(failure_of(anna + "2024-01-01 result: horoscope 3\nexpect gap dm-a1c of Anna: overdue\n")
                 .starts_with("here:5: "));
  BOOST_TEST(failure_of(anna + "expect gap no-such-item of Anna: overdue\n").starts_with("here:5: "));
  BOOST_TEST(failure_of(anna + "expect gap dm-a1c of Anna: overdue, golden\n").starts_with("here:5: "));
}

BOOST_AUTO_TEST_CASE(a_case_without_an_expectation_fails) {
  BOOST_TEST(failure_of(anna).find("what to expect") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_expectation_fails) {
  BOOST_TEST(failure_of(anna + "expect gap dm-a1c of Anna: overdue\n") == "");
  for (const char* wrong :
       {"gap dm-a1c of Anna: satisfied", "gap dm-a1c of Anna: overdue, due 2020-01-01", "task dm-a1c of Anna: accepted",
        "task dm-a1c of Anna: requested, owner practice Beuk", "no task dm-a1c of Anna", "2 tasks dm-a1c of Anna",
        "panel diabetes of practice Linden: nobody", "Anna not in panel diabetes of practice Linden",
        "gap dm-a1c of Anna: not-applicable", "tier of Anna: very-high", "work list of practice Linden: nobody",
        "explanation of dm-a1c of Anna: satisfied"})
    BOOST_TEST(failure_of(anna + "expect " + wrong + "\n").starts_with("here:5: "), wrong);
}

BOOST_AUTO_TEST_CASE(a_refusal_that_nobody_expects_fails) {
  const std::string refused = anna + "doctor Vos decides on dm-a1c of Anna: defer\n";
  BOOST_TEST(failure_of(refused + "expect gap dm-a1c of Anna: overdue\n").find("was refused") != std::string::npos);
  BOOST_TEST(failure_of(refused + "expect refused: \"until when\"\nexpect gap dm-a1c of Anna: overdue\n") == "");
  BOOST_TEST(failure_of(anna + "expect refused: \"x\"\n").find("was taken") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
