#include "core/evaluation/evaluate.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace {

using namespace core;
using namespace core::evaluation;

Day on(const char* text) { return *day_from(text); }

const Period year{on("2023-01-01"), on("2023-12-31")};

History two_people() {
  History history;
  history.members = {{"Patient/1", on("2020-01-01"), open_end, on("1950-05-05"), 'f', SocialNeed::some},
                     {"Patient/2", on("2023-07-01"), on("2024-02-01"), on("1990-05-05"), 'm', SocialNeed::none}};
  return history;
}

const Figure& figure(const std::vector<Figure>& figures, std::string_view code) {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& each) { return each.code == code; });
  BOOST_REQUIRE(found != figures.end());
  return *found;
}

double stratum(const Figure& figure, std::string_view stratifier, std::string_view code) {
  for (const auto& each : figure.strata)
    if (each.stratifier == stratifier && each.code == code) return each.score().value_or(-1);
  return -2;
}

BOOST_AUTO_TEST_SUITE(evaluation_evaluate)

BOOST_AUTO_TEST_CASE(targets_count_only_where_something_is_asked_and_can_be_evaluated) {
  auto history = two_people();
  using gap::ItemKind;
  using gap::Status;
  history.outcomes = {{"Patient/1", "a", ItemKind::target, Status::satisfied}, {"Patient/1", "b", ItemKind::target, Status::overdue},
                      {"Patient/1", "c", ItemKind::target, Status::excluded},  {"Patient/2", "d", ItemKind::target, Status::not_evaluable},
                      {"Patient/2", "e", ItemKind::do_, Status::due_soon},     {"Patient/9", "e", ItemKind::do_, Status::open}};
  const auto figures = evaluate(history, year);
  BOOST_TEST(figure(figures, "targets-met").numerator == 1);
  BOOST_TEST(figure(figures, "targets-met").denominator == 2);
  BOOST_TEST(figure(figures, "targets-met").score().value() == 50);
  BOOST_TEST(figure(figures, "recommendations-met").denominator == 3);
  BOOST_TEST(stratum(figure(figures, "recommendations-met"), "sex", "male") == 100);
  BOOST_TEST(stratum(figure(figures, "recommendations-met"), "social-need", "some") == 50);
  BOOST_TEST(stratum(figure(figures, "recommendations-met"), "age", "65-74") == 50);
}

BOOST_AUTO_TEST_CASE(gaps_closed_are_counted_by_the_time_that_people_were_members) {
  auto history = two_people();
  history.tasks = {{"Patient/1", "a", on("2023-01-10"), on("2023-01-20"), on("2023-02-09"), true, false},
                   {"Patient/2", "a", on("2023-03-01"), no_day, on("2023-05-01"), true, false},   // before joining
                   {"Patient/2", "b", on("2023-08-01"), on("2023-08-03"), no_day, false, true},
                   {"Patient/1", "c", on("2022-01-10"), no_day, on("2022-02-09"), true, false},   // before the period
                   {"Patient/1", "d", on("2023-01-10"), no_day, on("2023-02-09"), false, false}}; // cancelled
  const auto figures = evaluate(history, year);
  const auto& closed = figure(figures, "gaps-closed");
  BOOST_TEST(closed.numerator == 1);
  BOOST_TEST(closed.denominator == (365 + 184) / 30.4375, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(figure(figures, "days-to-close").score().value() == 30);
  BOOST_TEST(figure(figures, "days-to-decision").score().value() == 6);
  BOOST_TEST(figure(figures, "declined").score().value() == 50);
}

BOOST_AUTO_TEST_CASE(use_contacts_scores_and_overrules_have_their_denominators) {
  auto history = two_people();
  history.contacts = {{"Patient/1", "phone", on("2023-02-01"), true}, {"Patient/1", "phone", on("2023-02-02"), false}, {"Patient/2", "", on("2023-09-01"), true}};
  history.uses = {{"Patient/1", Use::Kind::stay, on("2023-03-01"), 4, 1000.0}, {"Patient/1", Use::Kind::emergency, on("2023-03-01"), 0, {}},
                  {"Patient/2", Use::Kind::ambulatory, on("2023-02-01"), 0, {}}};
  history.scores = {{"Patient/2", "nps", on("2023-10-01"), 8}, {"Patient/2", "nps", on("2023-11-01"), 6}, {"Patient/1", "nps", on("2022-11-01"), 1}};
  history.overrules = {{"Patient/1", on("2023-04-01")}};
  history.work_minutes = 300;
  history.capacity_minutes = 200;
  const auto figures = evaluate(history, year);
  BOOST_TEST(figure(figures, "contacts").numerator == 3);
  BOOST_TEST(figure(figures, "contacts-phone").numerator == 2);
  BOOST_TEST(figure(figures, "contacts-unknown").numerator == 1);
  BOOST_TEST(figure(figures, "reached").score().value() == 200.0 / 3, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(figure(figures, "stay-days").numerator == 4);
  BOOST_TEST(figure(figures, "ambulatory-visits").numerator == 0);
  BOOST_TEST(figure(figures, "costs").numerator == 1000);
  BOOST_TEST(figure(figures, "score-nps").score().value() == 7);
  BOOST_TEST(figure(figures, "surveyed").score().value() == 50);
  BOOST_TEST(figure(figures, "overrules").numerator == 1);
  BOOST_TEST(figure(figures, "work-over-capacity").score().value() == 150);
}

BOOST_AUTO_TEST_CASE(expenses_count_beside_the_costs_of_use_and_room_is_compared_with_people) {
  auto history = two_people();
  history.uses = {{"Patient/1", Use::Kind::stay, on("2023-03-01"), 4, 1000.0}};
  history.expenses = {{"Patient/1", on("2023-03-02"), 50}, {"Patient/2", on("2023-06-30"), 7}, {"Patient/2", on("2023-07-01"), 5}};  // the second before joining
  history.places = 4;
  const auto figures = evaluate(history, year);
  BOOST_TEST(figure(figures, "costs").numerator == 1055);
  BOOST_TEST(stratum(figure(figures, "costs"), "sex", "male") == 500 / (184 / 30.4375), boost::test_tools::tolerance(1e-9));
  BOOST_TEST(figure(figures, "people-over-capacity").score().value() == 50);
}

BOOST_AUTO_TEST_CASE(an_empty_panel_has_no_scores) {
  for (const auto& each : evaluate({}, year)) BOOST_TEST(!each.score().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
