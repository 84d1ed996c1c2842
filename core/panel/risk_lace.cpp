// LACE index: death or unplanned readmission within 30 days of discharge. van Walraven 2010, CMAJ 182:551, table 3.
// The source gives no table of percentages for every score, so none is shown.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

struct Step {
  double from, points;
};
constexpr std::array<Step, 7> stay_steps{{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}, {7, 5}, {14, 7}}};
constexpr double acute_points = 3, most_visits = 4, comorbidity_from = 4, comorbidity_points = 5;

double stay_points(double days) {
  double points = 0;
  for (const Step& step : stay_steps) {
    if (days >= step.from) points = step.points;
  }
  return points;
}

}  // namespace

Assessment assess_lace(const RiskTables& tables, std::span<const Input> inputs) {
  Reader reader(inputs);
  if (reader.recorded("no_recent_stay")) return reader.not_applicable("no-recent-stay");
  const auto days = reader.number("length_of_stay_days");
  const auto acute = reader.truth("acute");
  const auto comorbidity = reader.number("charlson_lace");
  const auto visits = reader.number("ed_visits_6mo");
  if (days && *days < 0) reader.miss("length_of_stay_days");
  if (comorbidity && *comorbidity < 0) reader.miss("charlson_lace");
  if (visits && *visits < 0) reader.miss("ed_visits_6mo");
  if (!reader.complete()) return reader.not_computable();

  const double l = stay_points(*days);
  const double c = *comorbidity >= comorbidity_from ? comorbidity_points : std::floor(*comorbidity);
  const double e = std::min(*visits, most_visits);
  Assessment a = reader.computed();
  a.score = l + (*acute ? acute_points : 0) + c + e;
  set_band(tables, "lace", a);
  a.details = {{"L", l}, {"A", *acute ? acute_points : 0.0}, {"C", c}, {"E", e}, {"tier", a.category}};
  return a;
}

}  // namespace core::panel
