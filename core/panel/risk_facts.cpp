#include "core/panel/risk_facts.hpp"

#include <algorithm>

#include "core/panel/risk_codes.hpp"

namespace core::panel {

using population::Coding;
using population::Fact;
using population::FactKind;
using population::State;

namespace {

bool is_atc(std::string_view system) { return system.find("/atc") != std::string_view::npos; }

bool matches(const Coding& entry, const Coding& code) {
  if (is_icd10(entry.system)) return is_icd10(code.system) && code_below(plain_code(code.code), plain_code(entry.code));
  if (is_icpc1(entry.system)) return is_icpc1(code.system) && code_below(plain_code(code.code), plain_code(entry.code));
  if (is_atc(entry.system)) return is_atc(code.system) && code_below(code.code, entry.code);
  return entry == code;
}

}  // namespace

bool has_code(std::span<const Coding> list, std::span<const Coding> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](const Coding& code) {
    return std::any_of(list.begin(), list.end(), [&](const Coding& entry) { return matches(entry, code); });
  });
}

bool has_code(std::span<const Coding> codes, std::string_view system_part, std::string_view code) {
  return std::any_of(codes.begin(), codes.end(), [&](const Coding& c) {
    return c.code == code && c.system.find(system_part) != std::string::npos;
  });
}

const InputRule* Facts::rule(std::string_view input) const {
  const auto found = tables.inputs.find(std::string(input));
  return found == tables.inputs.end() ? nullptr : &found->second;
}

bool Facts::counts(const Fact& fact) const {
  const bool happened = fact.state == State::valid || fact.state == State::active || fact.state == State::stopped;
  return happened && (fact.start == population::no_day || fact.start <= setting.today);
}

bool Facts::recent(const Fact& fact, int days) const {
  return days == 0 || (fact.start != population::no_day && fact.start > setting.today - days);
}

bool Facts::any_record() const {
  return std::any_of(all.begin(), all.end(), [&](const Fact& fact) {
    const bool clinical = fact.kind == FactKind::condition || fact.kind == FactKind::encounter || fact.kind == FactKind::observation;
    return clinical && counts(fact);
  });
}

std::size_t Facts::diagnosis(std::string_view input) const {
  const InputRule* wanted = rule(input);
  for (std::size_t i = 0; wanted && i < all.size(); ++i) {
    if (all[i].kind == FactKind::condition && counts(all[i]) && has_code(wanted->codes, all[i].codes)) return i;
  }
  return no_fact;
}

std::size_t Facts::latest(std::string_view input) const {
  const InputRule* wanted = rule(input);
  std::size_t newest = no_fact;
  for (std::size_t i = 0; wanted && i < all.size(); ++i) {
    const Fact& fact = all[i];
    if (fact.kind != FactKind::observation && fact.kind != FactKind::other) continue;
    if (!counts(fact) || !recent(fact, wanted->look_back_days) || !has_code(wanted->codes, fact.codes)) continue;
    if (newest == no_fact || fact.start >= all[newest].start) newest = i;
  }
  return newest;
}

std::optional<double> Facts::value(std::string_view input, std::size_t fact) const {
  const InputRule* wanted = rule(input);
  if (!wanted || fact == no_fact || !all[fact].value) return std::nullopt;
  if (all[fact].unit == wanted->unit) return all[fact].value;
  const auto factor = wanted->factors.find(all[fact].unit);
  return factor == wanted->factors.end() ? std::nullopt : std::optional(*all[fact].value * factor->second);
}

std::size_t Facts::medicine(std::string_view input) const {
  const InputRule* wanted = rule(input);
  for (std::size_t i = 0; wanted && i < all.size(); ++i) {
    const Fact& fact = all[i];
    if (fact.kind != FactKind::medication || !counts(fact) || !has_code(wanted->codes, fact.codes)) continue;
    if (fact.state == State::active || recent(fact, wanted->look_back_days)) return i;
  }
  return no_fact;
}

}  // namespace core::panel
