// Referrals to a municipal case system over real processes: this server, its egress worker and a stand-in that behaves
// as real case systems do (zgw_stand_in.py). The walks and the checks are in zgw_story.py.
#include <boost/test/unit_test.hpp>

#include "tests/story/server.hpp"

namespace {

const std::string script = PANELBRIDGE_SOURCE "/tests/story/zgw_story.py";

void passes(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {script, PANELBRIDGE_PROGRAM});
  const story::Finished finished = story::run("python3", arguments);
  BOOST_TEST_MESSAGE(finished.out);
  BOOST_TEST(finished.exit == 0, finished.out << finished.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(story_zgw)

BOOST_AUTO_TEST_CASE(a_referral_becomes_a_case_and_its_result_closes_the_gap) { passes({"loop"}); }

// Run by name: ctest has an entry for it.
BOOST_AUTO_TEST_CASE(under_faults_every_referral_arrives_once_and_ends_right, *boost::unit_test::disabled()) {
  passes({"random", story::long_run() ? "200" : "10"});
}

BOOST_AUTO_TEST_SUITE_END()
