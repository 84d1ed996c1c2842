// The sample data imported without loss, and gaps recounted from the raw files: recount.py reads the bundles itself and shares no
// code with the product. Totals by type and code, and the items it knows, on two days.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "tests/story/server.hpp"

namespace {

const std::string shared = PANELBRIDGE_SHARED;

void recount(const std::string& day, const std::vector<std::string>& sets) {
  for (const std::string& set : sets)
    if (!std::filesystem::exists(shared + "/data/" + set)) {
      BOOST_TEST_MESSAGE("left out: the sample data are not beside the checkout");
      return;
    }
  const story::Folder data;
  std::vector<std::string> import{"import", "--data", data.path().string()};
  std::vector<std::string> compare{PANELBRIDGE_SOURCE "/tests/story/recount.py", "--data"};
  for (const std::string& set : sets) {
    import.push_back(shared + "/data/" + set);
    compare.push_back(shared + "/data/" + set);
  }
  const story::Finished imported = story::panelbridge(import);
  BOOST_REQUIRE_MESSAGE(imported.exit == 0, imported.err);
  const story::Finished swept = story::panelbridge({"surveil", "--data", data.path().string(), "--as-of", day, "--json"});
  BOOST_REQUIRE_MESSAGE(swept.exit == 0, swept.err);
  const story::Server server(data.path().string(), {"--today", day});
  for (const char* what : {"", "--totals"}) {
    std::vector<std::string> arguments = compare;
    arguments.insert(arguments.end(), {"--as-of", day, "--base", server.url()});
    if (*what) arguments.emplace_back(what);
    const story::Finished counted = story::run("python3", arguments);
    BOOST_TEST(counted.exit == 0, counted.out << counted.err);
    BOOST_TEST(counted.out.find("0 differ") != std::string::npos, counted.out);
  }
}

BOOST_AUTO_TEST_SUITE(story_recount)

BOOST_AUTO_TEST_CASE(gaps_of_2019_equal_a_count_from_the_raw_files) { recount("2019-06-01", {"synthea"}); }
BOOST_AUTO_TEST_CASE(gaps_of_2024_equal_a_count_from_the_raw_files) { recount("2024-01-01", {"synthea", "synthea-social"}); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
