// The FHIRPath engine against a foreign suite of cases (read when it is there) and against our own cases as text.
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/path/equality.hpp"
#include "fhir/path/navigate.hpp"
#include "fhir/path/path.hpp"

using namespace fhir;
namespace fs = std::filesystem;

namespace {

const model::Definitions* definitions() {
  static const auto loaded = model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  return loaded ? loaded->get() : nullptr;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return lines;
  std::string line;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
    } else {
      lines.push_back(std::move(line));
      line.clear();
    }
  }
  pclose(pipe);
  return lines;
}

// A case of the suite with what it stands on.
struct Case {
  json::Document document;
  const json::Value& at(std::string_view name) const { return document.root()[name]; }
  std::string_view text(std::string_view name) const { return document.root().text(name); }
};

// Why a case is not for this engine; empty when it is.
std::string left_out(const Case& one) {
  const auto expression = one.text("expression"), model = one.text("model");
  if (one.at("disabled").boolean()) return "disabled in the suite itself";
  if (!model.empty() && model != "r4") return "for another FHIR version (" + std::string(model) + ")";
  if (one.at("preciseMath").is_boolean() && !one.at("preciseMath").boolean()) return "expects binary floating point";
  if (expression == "@2018-02-18T12:23:45-05:00 + 2 years")
    return "expects the time zone of the machine it was made on";
  if (expression.find("integer64") != std::string_view::npos) return "integer64, not a type of FHIR R4";
  return {};
}

struct Verdict {
  bool passed = false;
  std::string shown;
};

class Runner {
 public:
  explicit Runner(fs::path resources) : resources_(std::move(resources)) {}

  Verdict run(const Case& one, const model::Definitions* with) {
    const json::Value& input = input_of(one);
    path::Environment environment;
    environment.definitions = with;
    environment.root = &input;
    environment.strict = true;
    environment.now = {1'700'000'000'123};
    for (const json::Member& variable : one.at("variables").members())
      environment.variables.emplace_back(variable.name, items(variable.value, with));
    path::Collection start = items(input, with);
    if (const auto context = one.text("context"); !context.empty()) start = value_of(context, start, environment);
    if (const auto base = one.text("base"); !base.empty() && with) type_by(base, start, *with);
    const auto expression = path::Expression::parse(one.text("expression"));
    if (!expression) return judged_error(one, expression.error().message);
    const auto result = expression->evaluate(start, environment);
    if (!result) return judged_error(one, result.error().message);
    return judged(one, *result);
  }

 private:
  static path::Collection value_of(std::string_view text, const path::Collection& input,
                                   const path::Environment& environment) {
    const auto expression = path::Expression::parse(text);
    const auto result =
        expression ? expression->evaluate(input, environment) : core::Result<path::Collection>(expression.error());
    return result ? *result : path::Collection();
  }

  const json::Value& input_of(const Case& one) {
    const std::string file(one.text("inputfile"));
    if (file.empty()) return one.at("subject");
    auto found = files_.find(file);
    if (found == files_.end()) {
      auto parsed = json::parse(text_of(resources_ / file));
      BOOST_REQUIRE_MESSAGE(parsed, file << " cannot be read");
      found = files_.emplace(file, std::move(*parsed)).first;
    }
    return found->second.root();
  }

  static path::Collection items(const json::Value& value, const model::Definitions* with) {
    path::Collection out;
    if (value.is_array()) {
      for (const json::Value& element : value.elements()) out.push_back(path::root_item(element, with));
    } else if (!value.is_null()) {
      out.push_back(path::root_item(value, with));
    }
    return out;
  }

  // The input is a part of a resource: "QuestionnaireResponse.item" says which.
  static void type_by(std::string_view base, path::Collection& start, const model::Definitions& with) {
    const auto dot = base.find('.');
    const model::Type* type = with.type(base.substr(0, dot));
    const model::Element* element =
        type && dot != std::string_view::npos ? type->element(base.substr(dot + 1)) : nullptr;
    for (path::Item& item : start) {
      item.element = element;
      item.type = element && !element->types.empty() ? element->types[0].type : type;
    }
  }

  static Verdict judged_error(const Case& one, const std::string& message) {
    return {wants_error(one), "error: " + message};
  }

  static bool wants_error(const Case& one) { return one.at("error").boolean(); }

  static Verdict judged(const Case& one, const path::Collection& result) {
    Verdict verdict;
    path::write(result, verdict.shown);
    const auto made = json::parse(verdict.shown);
    BOOST_REQUIRE_MESSAGE(made, "the result is not JSON: " << verdict.shown);
    const json::Value& wanted = one.at("result");
    if (wants_error(one)) return verdict;
    verdict.passed = made->root().size() == wanted.size();
    for (std::size_t i = 0; verdict.passed && i < wanted.size(); ++i)
      verdict.passed =
          path::same(path::element_item(&made->root()[i], nullptr), path::element_item(&wanted[i], nullptr));
    return verdict;
  }

  fs::path resources_;
  std::map<std::string, json::Document> files_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fhirpath)

BOOST_AUTO_TEST_CASE(the_foreign_suite_passes_as_far_as_it_did) {
  constexpr int reached = 1613;
  const fs::path suite = PANELBRIDGE_SHARED "/suites/fhirpath";
  if (!fs::exists(suite / "cases")) {
    BOOST_TEST_MESSAGE("the foreign FHIRPath suite is absent: " << suite);
    return;
  }
  BOOST_REQUIRE(definitions());
  const auto lines =
      lines_of("python3 '" PANELBRIDGE_SOURCE "/tests/spec/fhirpath_suite.py' '" + (suite / "cases").string() + "'");
  BOOST_REQUIRE_GT(lines.size(), 1000);
  Runner runner(suite / "resources" / "r4");
  int passed = 0, failed = 0, passed_typed = 0, failed_typed = 0;
  std::map<std::string, int> out;
  for (const std::string& line : lines) {
    auto parsed = json::parse(line);
    BOOST_REQUIRE(parsed);
    const Case one{std::move(*parsed)};
    const std::string reason = left_out(one);
    if (!reason.empty()) {
      ++out[reason];
      continue;
    }
    const bool typed = !one.text("model").empty();
    const Verdict verdict = runner.run(one, typed ? definitions() : nullptr);
    ++(verdict.passed ? passed : failed);
    if (!verdict.passed)
      std::cout << "failed: " << one.text("suite") << ": " << one.text("expression") << " gives " << verdict.shown
                << '\n';
    // the cases without a model once more, with the R4 definitions at hand
    const Verdict second = typed ? verdict : runner.run(one, definitions());
    ++(second.passed ? passed_typed : failed_typed);
    if (verdict.passed && !second.passed)
      std::cout << "with R4: " << one.text("suite") << ": " << one.text("expression") << " gives " << second.shown
                << '\n';
  }
  std::cout << "FHIRPath suite: " << passed << " passed, " << failed << " failed; with R4 definitions throughout "
            << passed_typed << " passed, " << failed_typed << " failed\n";
  for (const auto& [reason, count] : out) std::cout << "  left out " << count << ": " << reason << '\n';
  BOOST_TEST(passed >= reached);
}

// Own cases: EXPRESSION => JSON | error | error at column N. "resource FILE" says what the next ones stand on; # is a
// comment; a line without => goes on in the next one.
BOOST_AUTO_TEST_CASE(every_case_of_the_text_files_holds) {
  BOOST_REQUIRE(definitions());
  const fs::path folder = PANELBRIDGE_SOURCE "/tests/spec/fhirpath";
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream in(entry.path());
    json::Document resource;
    std::string pending, line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (pending.empty() && (line.empty() || line[0] == '#')) continue;
      if (line.starts_with("resource ")) {
        auto parsed = json::parse(text_of(folder / line.substr(9)));
        BOOST_REQUIRE_MESSAGE(parsed, line);
        resource = std::move(*parsed);
        continue;
      }
      pending += pending.empty() ? line : "\n" + line;
      const auto arrow = pending.rfind("=> ");
      if (arrow == std::string::npos) continue;
      const std::string text = pending.substr(0, pending.find_last_not_of(" \n", arrow - 1) + 1),
                        wanted = pending.substr(arrow + 3);
      pending.clear();
      ++cases;
      path::Environment environment;
      environment.definitions = definitions();
      environment.root = &resource.root();
      environment.strict = true;
      environment.now = {1'700'000'000'123};
      const auto expression = path::Expression::parse(text);
      const auto result = expression ? expression->evaluate(resource.root(), environment)
                                     : core::Result<path::Collection>(expression.error());
      std::string shown = result ? "" : "error: " + result.error().message;
      bool good = false;
      if (wanted.starts_with("error")) {
        good = !result && result.error().message.find(wanted.substr(5)) != std::string::npos;
        if (result) path::write(*result, shown);
      } else if (result) {
        path::write(*result, shown);
        const auto made = json::parse(shown), expected = json::parse(wanted);
        BOOST_REQUIRE_MESSAGE(made && expected, entry.path().filename()
                                                    << " line " << number << ": " << shown << " or " << wanted);
        good = json::equal(made->root(), expected->root());  // digits matter
      }
      BOOST_TEST(good, entry.path().filename().string()
                           << " line " << number << ": " << text << " gives " << shown << ", not " << wanted);
    }
  }
  BOOST_TEST_MESSAGE(cases << " cases");
  BOOST_TEST(cases > 400);
}

BOOST_AUTO_TEST_SUITE_END()
