// CHA2DS2-VASc (Lip 2010, Chest 137:263), the same without sex (CHA2DS2-VA, ESC 2024), and HAS-BLED (Pisters 2010, Chest
// 138:1093), for people with atrial fibrillation or flutter. They feed rules about interventions, not the tier.
#include <array>

#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

// Events per 100 patient-years by score, as published: not monotone, and not smoothed.
constexpr std::array<double, 10> stroke_rate{0, 1.3, 2.2, 3.2, 4.0, 6.7, 9.8, 9.6, 6.7, 15.2};
constexpr std::array<double, 6> bleed_rate{1.13, 1.02, 1.88, 3.74, 8.70, 12.50};
constexpr double alcohol_from = 8, bleeding_age_over = 65, high_from = 3;

bool without_fibrillation(Reader& reader) { return reader.optional<bool>("atrial_fibrillation") == false; }

}  // namespace

Assessment assess_cha2ds2_vasc(const RiskTables&, std::span<const Input> inputs) {
  Reader reader(inputs);
  if (without_fibrillation(reader)) return reader.not_applicable("no-af");
  const double history = reader.recorded("chf") + reader.recorded("hypertension") + reader.recorded("diabetes") +
                         2 * reader.recorded("stroke_tia_te") + reader.recorded("vascular");
  const auto age = reader.number("age");
  const auto sex = reader.sex();
  if (!age) return reader.not_computable();
  const double without_sex = history + (*age >= 75 ? 2 : *age >= 65 ? 1 : 0);
  if (!sex) {  // the form without sex can still be given
    Assessment a = reader.not_computable();
    a.details = {{"cha2ds2_va", without_sex}};
    return a;
  }
  Assessment a = reader.computed();
  a.score = without_sex + (*sex == "female" ? 1 : 0);
  a.category = without_sex >= 2 ? "anticoagulation-recommended" : without_sex >= 1 ? "anticoagulation-considered" : "no-anticoagulation";
  a.details = {{"cha2ds2_vasc", a.score}, {"cha2ds2_va", without_sex},
               {"strokes_per_100_years", stroke_rate[static_cast<std::size_t>(a.score)]}};
  a.notes.emplace_back(minimum_note);
  return a;
}

Assessment assess_has_bled(const RiskTables&, std::span<const Input> inputs) {
  Reader reader(inputs);
  if (without_fibrillation(reader)) return reader.not_applicable("no-af");
  const double history = reader.recorded("abnormal_renal") + reader.recorded("abnormal_liver") + reader.recorded("stroke") +
                         reader.recorded("bleeding") + reader.recorded("drugs");
  const auto pressure = reader.truth("uncontrolled_hypertension");
  const auto inr = reader.truth("labile_inr");
  const auto alcohol = reader.number("alcohol_units_week");
  const auto age = reader.number("age");
  if (alcohol && *alcohol < 0) reader.miss("alcohol_units_week");
  if (!reader.complete()) return reader.not_computable();

  Assessment a = reader.computed();
  a.score = history + *pressure + *inr + (*alcohol >= alcohol_from ? 1 : 0) + (*age > bleeding_age_over ? 1 : 0);
  a.category = a.score >= high_from ? "high" : "not-high";
  a.details = {{"has_bled", a.score}};
  if (a.score < bleed_rate.size()) a.details.push_back({"bleeds_per_100_years", bleed_rate[static_cast<std::size_t>(a.score)]});
  else a.notes.emplace_back("no bleeding rate is published for this score");
  a.notes.emplace_back(minimum_note);
  return a;
}

}  // namespace core::panel
