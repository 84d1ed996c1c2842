// How an algorithm reads its inputs: every look-up is remembered, as basis when the input is there and as missing when it
// is not. Threads: one reader per assessment.
#pragma once
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/panel/risk.hpp"

namespace core::panel {

class Reader {
 public:
  explicit Reader(std::span<const Input> inputs) : inputs_(inputs) {}

  // Required: absent or unusable ones are named as missing.
  std::optional<double> number(std::string_view name) { return required<double>(name); }
  std::optional<bool> truth(std::string_view name) { return required<bool>(name); }
  std::optional<std::string> word(std::string_view name) { return required<std::string>(name); }
  std::optional<std::string> sex() {  // male or female; anything else is not known to the models
    auto sex = word("sex");
    if (sex && *sex != "male" && *sex != "female") {
      miss("sex");
      return std::nullopt;
    }
    return sex;
  }

  // Optional: absence is an answer of its own.
  template <class T>
  std::optional<T> optional(std::string_view name) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].name != name) continue;
      if (const T* value = std::get_if<T>(&inputs_[i].value); value && usable(*value)) {
        used_.insert(i);
        return *value;
      }
    }
    return std::nullopt;
  }
  bool recorded(std::string_view name) { return optional<bool>(name).value_or(false); }  // a diagnosis: not there counts as no

  void use(std::size_t index) { used_.insert(index); }
  void miss(std::string_view name) { missing_.emplace(name); }
  bool complete() const { return missing_.empty(); }
  std::span<const Input> inputs() const { return inputs_; }

  Assessment computed() const { return answer(RiskStatus::computed); }
  Assessment not_computable() const { return answer(RiskStatus::not_computable); }
  Assessment not_applicable(std::string_view reason) const {
    Assessment a = answer(RiskStatus::not_applicable);
    a.missing.clear();
    a.reason = reason;
    return a;
  }

 private:
  static bool usable(double value) { return std::isfinite(value); }
  template <class T>
  static bool usable(const T&) { return true; }

  template <class T>
  std::optional<T> required(std::string_view name) {
    auto value = optional<T>(name);
    if (!value) miss(name);
    return value;
  }
  Assessment answer(RiskStatus status) const {
    Assessment a;
    a.status = status;
    a.missing.assign(missing_.begin(), missing_.end());
    a.basis.assign(used_.begin(), used_.end());
    return a;
  }

  std::span<const Input> inputs_;
  std::set<std::size_t> used_;
  std::set<std::string, std::less<>> missing_;
};

// The last band that begins at or below the score; nullptr below the first.
const Band* band_of(const RiskTables& tables, std::string_view algorithm, double score);
void set_band(const RiskTables& tables, std::string_view algorithm, Assessment& assessment);  // tier and category by its score

constexpr std::string_view minimum_note = "diagnoses that are not recorded count as absent, so the score is a minimum";

Assessment assess_charlson(const RiskTables&, std::span<const Input>);
Assessment assess_lace(const RiskTables&, std::span<const Input>);
Assessment assess_efi(const RiskTables&, std::span<const Input>);
Assessment assess_score2(const RiskTables&, std::span<const Input>);
Assessment assess_findrisc(const RiskTables&, std::span<const Input>);
Assessment assess_composite(const RiskTables&, std::span<const Input>);
Assessment assess_cha2ds2_vasc(const RiskTables&, std::span<const Input>);
Assessment assess_has_bled(const RiskTables&, std::span<const Input>);

}  // namespace core::panel
