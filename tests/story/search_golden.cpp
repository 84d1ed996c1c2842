// Golden searches: the server's answers against a naive scan of the raw bundles (search_golden.py, which says how).
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/story/server.hpp"

BOOST_AUTO_TEST_SUITE(search_golden)

BOOST_AUTO_TEST_CASE(every_search_finds_what_a_scan_of_the_raw_files_finds) {
  const std::string data = PANELBRIDGE_SHARED "/data/synthea";
  if (!std::filesystem::is_directory(data)) {
    BOOST_TEST_MESSAGE("no reference data beside the checkout");
    return;
  }
  const std::string random = story::long_run() ? "2000" : "75";
  const story::Finished done = story::run("python3", {PANELBRIDGE_SOURCE "/tests/story/search_golden.py", "--program",
                                                      PANELBRIDGE_PROGRAM, "--data", data, "--random", random});
  BOOST_TEST_MESSAGE(done.out);
  BOOST_TEST(done.exit == 0, done.out << done.err);
}

BOOST_AUTO_TEST_SUITE_END()
