#include "adapters/server/validate_command.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "adapters/http/gzip.hpp"
#include "adapters/server/package.hpp"
#include "fhir/json/json.hpp"

namespace fs = std::filesystem;
namespace json = fhir::json;

namespace {

constexpr const char* profile =
    R"({"resourceType":"StructureDefinition","url":"http://x.org/p","name":"P","status":"active","kind":"resource","abstract":false,"type":"Patient",)"
    R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[{"path":"Patient.active","min":1}]}})";

// A folder of files for one test, gone with it.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("panelbridge-validate-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

// Runs the command with stdout and stderr kept apart.
struct Ran {
  int exit = -1;
  std::string out;
};

Ran validate(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  Ran ran;
  ran.exit = adapters::server::validate_command(arguments);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  ran.out = out.str();
  return ran;
}

std::string first_code(const Ran& ran) {
  const auto document = json::parse(ran.out);
  BOOST_REQUIRE_MESSAGE(document, ran.out);
  BOOST_TEST(document->root().text("resourceType") == "OperationOutcome");
  return std::string(document->root()["issue"][0].text("severity")) + ' ' +
         std::string(document->root()["issue"][0].text("code"));
}

std::string tar_entry(const std::string& name, const std::string& text, char kind = '0') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", text.size());
  header.replace(124, 11, size, 11);
  header[156] = kind;
  header.replace(257, 5, "ustar");
  return header + text + std::string((512 - text.size() % 512) % 512, '\0');
}

std::string package_of(const std::string& entries) { return adapters::http::zipped(entries + std::string(1024, '\0')); }

}  // namespace

BOOST_AUTO_TEST_SUITE(validate_command)

BOOST_AUTO_TEST_CASE(the_exit_tells_the_verdict) {
  const Folder folder;
  const Ran good = validate({folder.file("good.json", R"({"resourceType":"Patient","active":true})")});
  BOOST_TEST(good.exit == 0);
  const Ran bad = validate({folder.file("bad.json", R"({"resourceType":"Patient","active":"yes"})")});
  BOOST_TEST(bad.exit == 1);
  BOOST_TEST(first_code(bad) == "error structure");
  BOOST_TEST(validate({folder.file("x", "") + "absent"}).exit == 2);
  BOOST_TEST(validate({}).exit == 2);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_resource_gets_an_outcome_too) {
  const Folder folder;
  const Ran words = validate({folder.file("words.txt", "hello")});
  BOOST_TEST(words.exit == 1);
  BOOST_TEST(first_code(words) == "fatal invalid");
  const Ran typeless = validate({folder.file("typeless.json", "{}")});
  BOOST_TEST(typeless.exit == 1);
  BOOST_TEST(first_code(typeless) == "error required");
}

BOOST_AUTO_TEST_CASE(profiles_come_from_files_and_packages) {
  const Folder folder;
  const std::string patient = folder.file("patient.json", R"({"resourceType":"Patient","gender":"male"})");
  const std::string with = folder.file("profile.json", profile);
  BOOST_TEST(validate({patient, "--with", with}).exit == 0);
  BOOST_TEST(validate({patient, "--with", with, "--profile", "http://x.org/p"}).exit == 1);
  const std::string package = folder.file(
      "p.tgz", package_of(tar_entry("package/package.json", "{}") + tar_entry("package/profile.json", profile)));
  BOOST_TEST(validate({patient, "--package", package, "--profile", "http://x.org/p"}).exit == 1);
  BOOST_TEST(validate({patient, "--profile", "http://x.org/p"}).exit == 2);
  BOOST_TEST(validate({patient, "--profile", "http://hl7.org/fhir/StructureDefinition/Patient"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_package_gives_no_verdict) {
  const Folder folder;
  const std::string patient = folder.file("patient.json", R"({"resourceType":"Patient","gender":"male"})");
  const std::string whole = package_of(tar_entry("package/profile.json", profile));
  for (const std::string& bytes :
       {std::string("no gzip"), whole.substr(0, whole.size() / 2),
        adapters::http::zipped("no tar, but longer than one block: " + std::string(600, 'x')),
        package_of(tar_entry("package/profile.json", "{broken")),
        package_of(tar_entry("elsewhere/profile.json", profile)), std::string()})
    BOOST_TEST(validate({patient, "--package", folder.file("b.tgz", bytes)}).exit == 2);
}

BOOST_AUTO_TEST_CASE(long_names_in_a_package_are_read) {
  std::vector<std::string> names;
  const std::string name = "package/" + std::string(120, 'n') + ".json", record = " path=" + name + "\n";
  const std::string length = std::to_string(record.size() + 3);
  const std::string archive = tar_entry("x", length + record, 'x') + tar_entry("package/short.json", "{}") +
                              tar_entry("longlink", "package/l.json", 'L') +
                              tar_entry("package/other/skipped.json", "{}") + tar_entry("package/.index.json", "{}") +
                              tar_entry("package/link.json", "", '2');
  const auto done = adapters::server::read_package(
      package_of(archive), [&](std::string_view found, std::string_view) { names.emplace_back(found); });
  BOOST_REQUIRE(done.ok());
  BOOST_TEST(names == (std::vector<std::string>{std::string(120, 'n') + ".json", "l.json"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
