// Pulls from FHIR servers with habits of their own, over real processes, while they change and fail and this program is
// killed (pull_faults.py). 1 round; 200 when PANELBRIDGE_LONG is set.
#include <boost/test/unit_test.hpp>

#include "tests/story/server.hpp"

BOOST_AUTO_TEST_SUITE(pull_faults, *boost::unit_test::disabled())  // a test of its own: pull_faults

BOOST_AUTO_TEST_CASE(whatever_servers_do_everything_that_they_have_is_here_in_the_end) {
  const story::Finished finished = story::run("python3", {PANELBRIDGE_SOURCE "/tests/story/pull_faults.py",
                                                          PANELBRIDGE_PROGRAM, story::long_run() ? "200" : "1"});
  BOOST_TEST_MESSAGE(finished.out);
  BOOST_TEST(finished.exit == 0, finished.out << finished.err);
}

BOOST_AUTO_TEST_SUITE_END()
