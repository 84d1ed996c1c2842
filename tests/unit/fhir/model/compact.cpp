#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compact)

BOOST_AUTO_TEST_CASE(the_committed_definitions_are_what_the_package_gives) {
  const fs::path package = PANELBRIDGE_SHARED "/fhir-packages/hl7.fhir.r4.core-4.0.1.tgz";
  if (!fs::exists(package)) {
    BOOST_TEST_MESSAGE("not run: " << package << " is absent");
    return;
  }
  const fs::path out = fs::temp_directory_path() / ("panelbridge-compact-" + std::to_string(::getpid()));
  const std::string command =
      "python3 '" PANELBRIDGE_SOURCE "/profiles/compact.py' '" + package.string() + "' '" + out.string() + "'";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(out)) {
    ++files;
    const fs::path committed = fs::path(PANELBRIDGE_SOURCE "/profiles/r4") / entry.path().filename();
    BOOST_TEST((read(entry.path()) == read(committed)), committed << " differs from what compact.py makes");
  }
  BOOST_TEST(files == 5U);
  fs::remove_all(out);
}

BOOST_AUTO_TEST_SUITE_END()
