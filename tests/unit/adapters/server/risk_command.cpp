#include "adapters/server/risk_command.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

#include "fhir/json/json.hpp"

namespace json = fhir::json;

namespace {

struct Run {
  int code = 0;
  std::string out, err;
};

Run run(std::vector<std::string> args) {
  std::ostringstream out, err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  const int code = adapters::server::risk_command(args);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {code, out.str(), err.str()};
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool same(const json::Value& got, const json::Value& wanted, double tolerance) {
  if (!got.is_number() || !wanted.is_number()) return json::equal(got, wanted);
  return std::abs(std::stod(std::string(got.text())) - std::stod(std::string(wanted.text()))) <= tolerance + 1e-9;
}

// Runs a file of cases and checks every expected member; returns how many cases there were.
std::size_t check_cases(const std::filesystem::path& file) {
  const auto cases = json::parse(read(file));
  BOOST_REQUIRE_MESSAGE(cases.ok(), file);
  const double tolerance = std::stod(std::string(cases->root().text("tolerance")));
  const Run answer = run({file.string()});
  BOOST_TEST(answer.code == 0, answer.err);
  std::istringstream lines(answer.out);
  std::string line;
  std::size_t count = 0;
  for (const json::Value& one : cases->root()["cases"].elements()) {
    BOOST_REQUIRE(std::getline(lines, line));
    const auto got = json::parse(line);
    BOOST_REQUIRE(got.ok());
    BOOST_TEST(got->root().text("id") == one.text("id"));
    for (const json::Member& wanted : one["expect"].members()) {
      BOOST_TEST(same(got->root()[wanted.name], wanted.value, tolerance),
                 one.text("id") << ": " << wanted.name << " should be " << json::write(wanted.value) << " in " << line);
    }
    ++count;
  }
  BOOST_TEST(!std::getline(lines, line));
  return count;
}

std::size_t check_folder(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("cases-")) count += check_cases(entry.path());
  }
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(risk_command)

BOOST_AUTO_TEST_CASE(its_own_cases_come_out_as_the_rules_say) {
  BOOST_TEST(check_folder(PANELBRIDGE_SOURCE "/tests/spec/risk") == 33u);
}

BOOST_AUTO_TEST_CASE(the_reference_cases_come_out_as_published) {
  if (!std::filesystem::exists(PANELBRIDGE_SHARED "/risk")) {
    BOOST_TEST_MESSAGE("no reference cases beside the checkout: not run");
    return;
  }
  BOOST_TEST(check_folder(PANELBRIDGE_SHARED "/risk") >= 400u);
}

BOOST_AUTO_TEST_CASE(a_frailty_index_without_its_code_list_says_so) {
  const auto folder = std::filesystem::temp_directory_path() / "panelbridge-risk-command";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "cases.json") << R"({"algorithm":"efi","cases":[{"id":"a","input":{"age":70,"snomed":[]}}]})";
  const Run answer = run({(folder / "cases.json").string()});
  BOOST_TEST(answer.code == 0);
  BOOST_TEST(answer.out == "{\"id\": \"a\", \"missing\": [\"efi-codes\"], \"status\": \"not-computable\"}\n");
  BOOST_TEST(answer.err.find("no eFI code list") != std::string::npos);
  const Run named = run({(folder / "cases.json").string(), "--efi-codes", (folder / "nowhere.csv").string()});
  BOOST_TEST(named.code == 2);
  BOOST_TEST(named.err.find("nowhere.csv") != std::string::npos);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(a_wrong_call_and_a_wrong_file_have_their_own_exit_codes) {
  BOOST_TEST(run({}).code == 2);
  BOOST_TEST(run({"a", "b"}).code == 2);
  BOOST_TEST(run({"--efi-codes"}).code == 2);
  BOOST_TEST(run({"--help"}).code == 0);
  BOOST_TEST(run({"/nowhere/cases.json"}).code == 2);
  BOOST_TEST(run({PANELBRIDGE_SOURCE "/README.md"}).code == 1);
  const auto file = std::filesystem::temp_directory_path() / "panelbridge-risk-unknown.json";
  std::ofstream(file) << R"({"algorithm":"tarot","cases":[]})";
  const Run answer = run({file.string()});
  BOOST_TEST(answer.code == 1);
  BOOST_TEST(answer.err.find("tarot") != std::string::npos);
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_SUITE_END()
