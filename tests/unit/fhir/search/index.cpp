#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_index)

namespace {

// All fields of a row, so that rows can be compared and shown.
std::string text_of(const Row& row) {
  std::ostringstream out;
  out << row.param << ' ' << static_cast<int>(row.kind) << " [" << row.system << '|' << row.value << '|' << row.text
      << '|' << row.note << "] " << row.low << ' ' << row.high << ' ' << row.canonical << ' ' << row.from << ' '
      << row.to;
  for (const Row& part : row.parts) out << " (" << text_of(part) << ')';
  return out.str();
}

std::vector<std::string> distinct(const Rows& rows) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(text_of(row));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());  // a union in FHIRPath has each value once
  return texts;
}

// Real bundles, if they are here.
std::vector<json::Document> bundles(const std::string& folder, std::size_t most) {
  std::vector<json::Document> read;
  std::vector<std::string> files;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code))
    if (entry.path().extension() == ".gz") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    if (read.size() >= most) break;
    std::string text, command = "gunzip -c \"" + file + "\"";
    FILE* pipe = popen(command.c_str(), "r");
    char chunk[65536];
    for (std::size_t got; pipe && (got = fread(chunk, 1, sizeof chunk, pipe)) > 0;) text.append(chunk, got);
    if (pipe) pclose(pipe);
    if (auto document = json::parse(text)) read.push_back(std::move(*document));
  }
  return read;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_search_parameter_of_r4_is_supported_or_named_with_a_reason) {
  std::string undefined, others;
  for (const std::string& line : index().unsupported())
    (line.find("R4 defines no expression") != std::string::npos ? undefined : others) +=
        line.substr(line.rfind('/') + 1) + '\n';
  BOOST_TEST(undefined ==
             "Resource-content: R4 defines no expression for it\n"
             "Resource-query: R4 defines no expression for it\n"
             "DomainResource-text: R4 defines no expression for it\n"
             "patient-extensions-Patient-age: R4 defines no expression for it\n"
             "patient-extensions-Patient-birthOrderBoolean: R4 defines no expression for it\n");
  BOOST_TEST(others == "example-extension: its expression leads to no element of this type\n");
  for (const std::string& type : definitions()->resource_types()) {
    std::size_t refused = 0;
    for (const auto* parameter : definitions()->search_parameters(type))
      refused += !index().supports(type, parameter->code);
    BOOST_TEST(refused <= 6U, type);
    BOOST_TEST(index().supports(type, "_id"));
    BOOST_TEST(index().supports(type, "_tag"));
  }
}

BOOST_AUTO_TEST_CASE(rows_of_real_resources_are_those_of_the_fhirpath_engine) {
  const search::Index by_engine(definitions(), {base_url, 0, true});
  if (by_engine.rows(json::parse(R"({"resourceType":"Patient","gender":"male"})")->root()).empty()) {
    BOOST_TEST_MESSAGE("the FHIRPath engine does not evaluate yet: nothing to compare with");
    return;
  }
  std::size_t compared = 0;
  for (const char* folder : {"/data/synthea", "/data/synthea-social"})
    for (const json::Document& bundle : bundles(PANELBRIDGE_SHARED + std::string(folder), 4))
      for (const json::Value& entry : bundle.root()["entry"].elements()) {
        const json::Value& resource = entry["resource"];
        if (compared++ % 7 != 0 && resource.text("resourceType") == "Observation") continue;
        const auto fast = distinct(index().rows(resource)), slow = distinct(by_engine.rows(resource));
        if (fast != slow) {
          std::string difference = "for " + std::string(resource.text("resourceType")) + ": " +
                                   std::to_string(slow.size()) + " and " + std::to_string(fast.size()) + " rows\n";
          for (const std::string& row : slow)
            if (std::find(fast.begin(), fast.end(), row) == fast.end()) difference += "only the engine: " + row + '\n';
          for (const std::string& row : fast)
            if (std::find(slow.begin(), slow.end(), row) == slow.end()) difference += "only the walker: " + row + '\n';
          BOOST_FAIL(difference);
        }
      }
  BOOST_TEST_MESSAGE(compared << " real resources looked at");
}

BOOST_AUTO_TEST_CASE(indexing_a_resource_takes_microseconds) {
  const auto read = bundles(PANELBRIDGE_SHARED "/data/synthea", 6);
  std::size_t resources = 0, rows = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const json::Document& bundle : read)
    for (const json::Value& entry : bundle.root()["entry"].elements()) {
      rows += index().rows(entry["resource"]).size();
      ++resources;
    }
  const double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  if (resources == 0) {
    BOOST_TEST_MESSAGE("no reference data beside the checkout");
    return;
  }
  const auto each = static_cast<double>(resources);
  BOOST_TEST_MESSAGE("rows(): " << us / each << " us and " << static_cast<double>(rows) / each << " rows for each of "
                                << resources << " resources");
  BOOST_TEST(us / each < 500);  // sanitizers and busy machines included; the release build needs about 3
}

BOOST_AUTO_TEST_CASE(the_dead_are_told_from_the_living) {
  World world{R"({"resourceType":"Patient","id":"yes","deceasedBoolean":true})",
              R"({"resourceType":"Patient","id":"when","deceasedDateTime":"2020-01-01"})",
              R"({"resourceType":"Patient","id":"no","deceasedBoolean":false})",
              R"({"resourceType":"Patient","id":"unsaid"})"};
  if (world.find("Patient", "deceased=true,false").empty()) {
    BOOST_TEST_MESSAGE("the FHIRPath engine does not evaluate yet");
    return;
  }
  BOOST_TEST(world.find("Patient", "deceased=true") == "yes when");
  BOOST_TEST(world.find("Patient", "deceased=false") == "no unsaid");
  BOOST_TEST(world.find("Patient", "death-date=2020") == "when");
}

BOOST_AUTO_TEST_CASE(a_filter_in_an_expression_is_kept) {
  World world{
      R"({"resourceType":"ActivityDefinition","id":"a","relatedArtifact":[{"type":"depends-on","resource":"http://x/1"},{"type":"successor","resource":"http://x/2"}]})"};
  BOOST_TEST(world.find("ActivityDefinition", "depends-on=http://x/1") == "a");
  BOOST_TEST(world.find("ActivityDefinition", "depends-on=http://x/2") == "");
  BOOST_TEST(world.find("ActivityDefinition", "successor=http://x/2") == "a");
}

BOOST_AUTO_TEST_CASE(an_extension_is_searched_by_its_value) {
  World world{
      R"({"resourceType":"Patient","id":"a","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":"Visser"},{"url":"http://other","valueString":"Bakker"}]})"};
  const auto* parameter = definitions()->search_parameter("Patient", "mothersMaidenName");
  BOOST_REQUIRE(parameter != nullptr);
  BOOST_TEST_MESSAGE(parameter->expression);
  BOOST_TEST(world.find("Patient", "mothersMaidenName=bakker") == "");
}

BOOST_AUTO_TEST_CASE(a_resource_made_to_multiply_is_bounded) {
  std::string text = R"({"resourceType":"MolecularSequence","referenceSeq":{"chromosome":{"coding":[)";
  for (int i = 0; i < 2000; ++i) text += std::string(i ? "," : "") + R"({"code":")" + std::to_string(i) + "\"}";
  text += R"(]}},"variant":[)";
  for (int i = 0; i < 2000; ++i) text += std::string(i ? "," : "") + R"({"start":1,"end":2})";
  BOOST_TEST(rows_of(text + "]}").size() < 40'000U);
}

BOOST_AUTO_TEST_CASE(what_is_no_resource_has_no_rows) {
  for (
      const char* text :
      {"{}", "[]", "1", R"({"resourceType":"Foo"})", R"({"resourceType":7})", R"({"resourceType":"Patient"})",
       R"({"resourceType":"Patient","name":"x","identifier":{"value":[1]},"birthDate":[{}],"gender":{"a":1},"telecom":7})"})
    BOOST_TEST(rows_of(text).size() < 4U, text);
}

BOOST_AUTO_TEST_SUITE_END()
