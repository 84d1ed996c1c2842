// FINDRISC: type 2 diabetes within 10 years. Lindstrom 2003, Diabetes Care 26:725, in the printed form of eight questions
// (BMI 30.0 and a waist of 102 or 88 cm belong to the middle class).
#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

constexpr double adult = 18;

double age_points(double age) { return age < 45 ? 0 : age < 55 ? 2 : age < 65 ? 3 : 4; }
double bmi_points(double bmi) { return bmi < 25 ? 0 : bmi <= 30 ? 1 : 3; }
double waist_points(double cm, bool male) {
  const double low = male ? 94 : 80, high = male ? 102 : 88;
  return cm < low ? 0 : cm <= high ? 3 : 4;
}

std::optional<double> family_points(Reader& reader) {
  const auto family = reader.word("family_history");
  if (!family) return std::nullopt;
  if (*family == "none") return 0;
  if (*family == "second-degree") return 3;
  if (*family == "first-degree") return 5;
  reader.miss("family_history");
  return std::nullopt;
}

}  // namespace

Assessment assess_findrisc(const RiskTables& tables, std::span<const Input> inputs) {
  Reader reader(inputs);
  if (reader.recorded("known_diabetes")) return reader.not_applicable("diabetes");
  const auto age = reader.number("age");
  if (age && *age < adult) return reader.not_applicable("age");
  const auto sex = reader.sex();
  const auto bmi = reader.number("bmi");
  const auto waist = reader.number("waist_cm");
  const auto active = reader.truth("active_30min_daily");
  const auto vegetables = reader.truth("vegetables_daily");
  const auto medicine = reader.truth("antihypertensive_ever");
  const auto glucose = reader.truth("high_glucose_ever");
  const auto family = family_points(reader);
  if (bmi && *bmi <= 0) reader.miss("bmi");
  if (waist && *waist <= 0) reader.miss("waist_cm");
  if (!reader.complete()) return reader.not_computable();

  Assessment a = reader.computed();
  a.score = age_points(*age) + bmi_points(*bmi) + waist_points(*waist, *sex == "male") + (*active ? 0 : 2) +
            (*vegetables ? 0 : 1) + (*medicine ? 2 : 0) + (*glucose ? 5 : 0) + *family;
  set_band(tables, "findrisc", a);
  a.details = {{"score", a.score}, {"tier", a.category}};
  return a;
}

}  // namespace core::panel
