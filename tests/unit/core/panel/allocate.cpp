#include "core/panel/allocate.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace {

using namespace core;
using namespace core::panel;
using gap::ItemKind;
using gap::Status;

const Allocated* of(const Allocation& allocation, Intervention kind, const std::string& about = {}) {
  const auto found = std::find_if(allocation.interventions.begin(), allocation.interventions.end(),
                                  [&](const Allocated& each) { return each.kind == kind && each.about == about; });
  return found == allocation.interventions.end() ? nullptr : &*found;
}

Situation with_gap(int tier, ItemKind kind, Status status = Status::open) {
  Situation situation;
  situation.tier = tier;
  situation.gaps = {{"item", "family", kind, status, ""}};
  return situation;
}

BOOST_AUTO_TEST_SUITE(panel_allocate)

BOOST_AUTO_TEST_CASE(nothing_open_needs_nothing) {
  Situation situation;
  situation.tier = 1;
  BOOST_TEST(allocate(situation).interventions.empty());
}

BOOST_AUTO_TEST_CASE(a_light_gap_is_monitored_and_a_heavy_one_reviewed) {
  BOOST_TEST(of(allocate(with_gap(0, ItemKind::do_)), Intervention::monitoring));
  const auto reviewed = allocate(with_gap(2, ItemKind::do_));
  BOOST_TEST(of(reviewed, Intervention::physician_review));
  BOOST_TEST(!of(reviewed, Intervention::monitoring));
}

BOOST_AUTO_TEST_CASE(a_target_not_met_brings_support_for_self_management) {
  const auto allocation = allocate(with_gap(1, ItemKind::target));
  BOOST_TEST(of(allocation, Intervention::self_management));
  BOOST_TEST(of(allocation, Intervention::monitoring));
  BOOST_TEST(!of(allocate(with_gap(0, ItemKind::target)), Intervention::self_management));
}

BOOST_AUTO_TEST_CASE(the_same_intervention_is_one_with_every_reason) {
  auto situation = with_gap(0, ItemKind::do_);
  situation.gaps.push_back({"other", "family2", ItemKind::do_, Status::overdue, ""});
  const auto allocation = allocate(situation);
  BOOST_REQUIRE(allocation.interventions.size() == 1u);
  BOOST_TEST(allocation.interventions[0].reasons.size() == 2u);
  BOOST_TEST(allocation.interventions[0].items.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_need_without_support_is_referred_and_a_supported_one_is_not) {
  Situation situation;
  situation.needs = {{"housing", true, false}, {"food", true, true}, {"money", false, false}};
  const auto allocation = allocate(situation);
  BOOST_TEST(of(allocation, Intervention::social_referral, "housing"));
  BOOST_TEST(!of(allocation, Intervention::social_referral, "food"));
  BOOST_TEST(!of(allocation, Intervention::social_referral, "money"));
  BOOST_TEST(of(allocation, Intervention::monitoring));  // somebody asks about money
}

BOOST_AUTO_TEST_CASE(care_management_takes_the_monitoring_over) {
  auto situation = with_gap(3, ItemKind::do_);
  situation.gaps.push_back({"x", "y", ItemKind::do_, Status::not_evaluable, ""});
  situation.under_way = {Intervention::care_management};
  const auto allocation = allocate(situation);
  const auto* management = of(allocation, Intervention::care_management);
  BOOST_REQUIRE(management);
  BOOST_TEST(management->continues);
  BOOST_TEST(management->items.size() == 1u);
  BOOST_TEST(!of(allocation, Intervention::monitoring));
}

BOOST_AUTO_TEST_CASE(high_risk_and_two_needs_call_for_care_management) {
  Situation situation;
  situation.tier = 2;
  situation.needs = {{"housing", true, false}, {"food", true, false}};
  BOOST_TEST(of(allocate(situation), Intervention::care_management));
  situation.needs[1].supported = true;
  BOOST_TEST(!of(allocate(situation), Intervention::care_management));
}

BOOST_AUTO_TEST_CASE(a_contradiction_is_reported_and_goes_to_the_physician) {
  auto situation = with_gap(0, ItemKind::do_);
  situation.gaps[0].waits_for = "stop-it";
  const auto allocation = allocate(situation);
  BOOST_TEST(allocation.contradictions.size() == 1u);
  BOOST_TEST(of(allocation, Intervention::physician_review));
  BOOST_TEST(!of(allocation, Intervention::monitoring));
}

BOOST_AUTO_TEST_CASE(a_person_who_may_not_be_contacted_is_said_to_be_so) {
  auto situation = with_gap(0, ItemKind::do_);
  situation.contact_prohibited = true;
  BOOST_TEST(allocate(situation).contradictions.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
