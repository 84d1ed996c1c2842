// SCORE2 (40 to 69) and SCORE2-OP (70 to 89): first cardiovascular event within 10 years, people without an earlier one.
// Eur Heart J 2021, 42:2439 and 42:2455, supplements; categories: ESC prevention guideline 2021.
#include <cmath>

#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

struct Person {
  double age = 0, sbp = 0, cholesterol = 0, hdl = 0;
  bool smoker = false, diabetes = false;
};

double percent_of(const Score2Tables::Model& model, const Score2Tables::Coefficients& c, Score2Tables::Scale scale, const Person& p) {
  const double age = (p.age - model.age_centre) / model.age_unit;
  const double sbp = (p.sbp - model.sbp_centre) / model.sbp_unit;
  const double cholesterol = (p.cholesterol - model.cholesterol_centre) / model.cholesterol_unit;
  const double hdl = (p.hdl - model.hdl_centre) / model.hdl_unit;
  const double predictor = c.age * age + (c.smoker + c.smoker_age * age) * p.smoker + (c.sbp + c.sbp_age * age) * sbp +
                           (c.cholesterol + c.cholesterol_age * age) * cholesterol + (c.hdl + c.hdl_age * age) * hdl +
                           (c.diabetes + c.diabetes_age * age) * p.diabetes - c.mean;
  const double uncalibrated = 1 - std::pow(c.baseline_survival, std::exp(predictor));
  return 100 * (1 - std::exp(-std::exp(scale.a + scale.b * std::log(-std::log(1 - uncalibrated)))));
}

std::optional<double> percent_of(const Score2Tables::Model& model, const Score2Tables::Precision& precision, const std::string& sex,
                                 const std::string& region, const Person& person) {
  const auto coefficients = precision.coefficients.find(sex);
  const auto scales = precision.scales.find(sex);
  if (coefficients == precision.coefficients.end() || scales == precision.scales.end()) return std::nullopt;
  const auto scale = scales->second.find(region);
  if (scale == scales->second.end()) return std::nullopt;
  return percent_of(model, coefficients->second, scale->second, person);
}

std::string category_of(const Score2Tables& tables, double age, double percent) {
  for (const Score2Tables::Category& c : tables.categories) {
    if (age < c.age_from || age > c.age_to) continue;
    return percent >= c.very_high_from ? "very-high" : percent >= c.high_from ? "high" : "low-to-moderate";
  }
  return {};
}

const Score2Tables::Model* model_for(const Score2Tables& tables, double age) {
  for (const Score2Tables::Model& model : tables.models) {
    if (age >= model.age_from && age <= model.age_to) return &model;
  }
  return nullptr;
}

// A blood pressure or cholesterol of zero or less is no measurement.
std::optional<double> positive(Reader& reader, std::string_view name) {
  const auto value = reader.number(name);
  if (value && *value > 0) return value;
  if (value) reader.miss(name);
  return std::nullopt;
}

}  // namespace

Assessment assess_score2(const RiskTables& all, std::span<const Input> inputs) {
  const Score2Tables& tables = all.score2;
  Reader reader(inputs);
  const auto age = reader.number("age");
  const auto* model = age ? model_for(tables, std::floor(*age)) : nullptr;
  if (age && !model) return reader.not_applicable("age");
  if (reader.recorded("established_ascvd")) return reader.not_applicable("established-ascvd");
  const auto diabetes = reader.optional<bool>("diabetes");
  if (model && !model->diabetes_is_input && diabetes.value_or(false)) return reader.not_applicable("diabetes");
  if (!diabetes) reader.miss("diabetes");

  const auto sex = reader.sex();
  const auto smoker = reader.truth("smoker");
  const auto sbp = positive(reader, "sbp_mmHg");
  const auto cholesterol = positive(reader, "total_chol_mmol_L");
  const auto hdl = positive(reader, "hdl_mmol_L");
  const auto region = reader.word("region");
  if (!reader.complete()) return reader.not_computable();

  const Person person{*age, *sbp, *cholesterol, *hdl, *smoker, *diabetes};
  const auto published = percent_of(*model, model->published, *sex, *region, person);
  const auto full = percent_of(*model, model->full, *sex, *region, person);
  if (!published || !full) {
    reader.miss("region");
    return reader.not_computable();
  }
  Assessment a = reader.computed();
  a.score = *published;
  a.percent = *published;
  a.category = category_of(tables, std::floor(*age), *published);
  a.tier = tier_of(all, "score2", a.category);
  a.details = {{"model", model->title}, {"risk_percent_published", *published}, {"risk_percent_full", *full},
               {"r_package_1dp", std::round(*published * 10) / 10}, {"category_published", a.category},
               {"category_full", category_of(tables, std::floor(*age), *full)}};
  return a;
}

}  // namespace core::panel
