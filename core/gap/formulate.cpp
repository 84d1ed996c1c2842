#include "core/gap/formulate.hpp"

#include "core/gap/aspects.hpp"

namespace core::gap {
namespace {

using Op = Rule::Op;
using Kind = Formula::Kind;

bool is_comparison(Op op) {
  return op == Op::equal || op == Op::not_equal || op == Op::less || op == Op::less_or_equal || op == Op::greater || op == Op::greater_or_equal;
}

bool is_boolean_choice(const Rule& rule) {  // iif whose parts are truths
  const auto is_truth = [](const Rule& part) {
    return part.op == Op::truth || part.op == Op::and_ || part.op == Op::or_ || part.op == Op::not_ || part.op == Op::open || part.op == Op::ever ||
           part.op == Op::within || part.op == Op::on || part.op == Op::need || is_comparison(part.op);
  };
  return rule.arguments.size() == 3 && is_truth(rule.arguments[1]) && is_truth(rule.arguments[2]);
}

std::string spelled(const Rule& rule) {
  auto text = std::to_string(static_cast<int>(rule.op)) + "(" + std::to_string(rule.number) + rule.text;
  for (const auto& part : rule.arguments) text += "," + spelled(part);
  return text + ")";
}

}  // namespace

FormulaId Formulator::add(Formula formula) {
  out_.all.push_back(formula);
  return static_cast<FormulaId>(out_.all.size() - 1);
}

FormulaId Formulator::leaf(const Rule& rule) {
  const auto [found, fresh] = leaf_numbers_.emplace(spelled(rule), static_cast<std::uint32_t>(out_.leaves.size()));
  if (fresh) out_.leaves.push_back(compile_.leaf(rule));
  Formula formula;
  formula.kind = Kind::leaf;
  formula.a = found->second;
  return add(formula);
}

// Numbers that never are absent: literals, and iif(x, number, number); added or subtracted.
bool Formulator::sum_of(const Rule& rule, double sign, std::vector<Term>& terms, double& constant) {
  if (rule.op == Op::number) {
    constant += sign * rule.number;
    return true;
  }
  if (rule.op == Op::add || rule.op == Op::subtract)
    return sum_of(rule.arguments[0], sign, terms, constant) && sum_of(rule.arguments[1], rule.op == Op::add ? sign : -sign, terms, constant);
  if (rule.op != Op::iif || rule.arguments.size() != 3 || rule.arguments[1].op != Op::number || rule.arguments[2].op != Op::number) return false;
  terms.push_back({make(rule.arguments[0]), sign * rule.arguments[1].number, sign * rule.arguments[2].number});
  return true;
}

FormulaId Formulator::comparison(const Rule& rule) {
  Formula formula;
  formula.test = rule.op;
  if (const auto& right = rule.arguments[1]; right.op == Op::iif && right.arguments.size() == 3) {  // one comparison for each case
    auto then = rule, otherwise = rule;
    then.arguments[1] = right.arguments[1];
    otherwise.arguments[1] = right.arguments[2];
    const auto condition = make(right.arguments[0]), a = comparison(then), b = comparison(otherwise);
    return add({Kind::choose, Op::empty, 0, condition, a, b, 0});
  }
  if (rule.arguments[1].op != Op::number) return leaf(rule);
  formula.limit = rule.arguments[1].number;
  if (rule.arguments[0].op == Op::age) {
    formula.kind = Kind::age;
    return add(formula);
  }
  std::vector<Term> terms;
  double constant = 0;
  if (!sum_of(rule.arguments[0], 1, terms, constant) || terms.empty()) return leaf(rule);
  formula.kind = Kind::sum;
  if (constant != 0) terms.push_back({add({Kind::always, Op::empty, 0, 0, 0, 0, 0}), constant, 0});
  formula.a = static_cast<std::uint32_t>(out_.terms.size());
  formula.terms = static_cast<std::uint16_t>(terms.size());
  out_.terms.insert(out_.terms.end(), terms.begin(), terms.end());
  return add(formula);
}

FormulaId Formulator::make(const Rule& rule) {
  Formula formula;
  const auto part = [&](std::size_t i) { return make(rule.arguments[i]); };
  switch (rule.op) {
    case Op::empty: formula.kind = Kind::nothing; return add(formula);
    case Op::truth: formula.kind = rule.number != 0 ? Kind::always : Kind::never; return add(formula);
    case Op::and_: formula = {Kind::and_, Op::empty, 0, part(0), part(1), 0, 0}; return add(formula);
    case Op::or_: formula = {Kind::or_, Op::empty, 0, part(0), part(1), 0, 0}; return add(formula);
    case Op::xor_: formula = {Kind::xor_, Op::empty, 0, part(0), part(1), 0, 0}; return add(formula);
    case Op::not_: formula = {Kind::not_, Op::empty, 0, part(0), 0, 0, 0}; return add(formula);
    case Op::implies: {
      const auto negated = add({Kind::not_, Op::empty, 0, part(0), 0, 0, 0});
      formula = {Kind::or_, Op::empty, 0, negated, part(1), 0, 0};
      return add(formula);
    }
    case Op::iif:
      if (!is_boolean_choice(rule)) return leaf(rule);
      formula = {Kind::choose, Op::empty, 0, part(0), part(1), part(2), 0};
      return add(formula);
    case Op::coalesce:
      if (rule.arguments.size() != 2) return leaf(rule);
      formula = {Kind::first_of, Op::empty, 0, part(0), part(1), 0, 0};
      return add(formula);
    case Op::female: formula.kind = Kind::female; return add(formula);
    case Op::male: formula.kind = Kind::male; return add(formula);
    default: return is_comparison(rule.op) ? comparison(rule) : leaf(rule);
  }
}

// iif(condition, then, otherwise), nested or not, becomes a list of cases.
void Formulator::add_cases(const Rule& rule, Type expected, std::optional<FormulaId> when, Cases& cases) {
  if (rule.op == Op::iif && rule.arguments.size() >= 2) {
    add_cases(rule.arguments[1], expected, both(when, make(rule.arguments[0])), cases);
    return add_cases(rule.arguments.size() > 2 ? rule.arguments[2] : Rule{}, expected, when, cases);
  }
  const auto add_case = [&](std::optional<FormulaId> if_this, Case one) {
    one.always = !if_this;
    one.when = if_this.value_or(0);
    cases.push_back(one);
  };
  const auto asks = asked_before(rule);
  add_case(asks ? both(when, make(*asks)) : when, case_of(rule, expected));
  if (asks) add_case(when, {});  // nobody else comes to a later case
}

Case Formulator::case_of(const Rule& rule, Type expected) {
  Case one;
  if (rule.op == Op::empty) return one;
  if (rule.op == Op::number || rule.op == Op::day) {
    one.gives = Case::Gives::number;
    one.number = rule.number;
    return one;
  }
  const auto set = rule.op == Op::last ? compile_.set(rule.arguments[0].text) : std::nullopt;
  if (set) one.set = *set;
  one.gives = !set ? Case::Gives::program : rule.arguments.size() > 1 ? Case::Gives::newest_since : Case::Gives::newest;
  if (one.gives == Case::Gives::newest) return one;
  const auto& run = set ? rule.arguments[1] : rule;
  one.program = compile_.program(run, set ? Type::day : expected);
  one.same_for_all = same_for_all(run);
  return one;
}

Cases Formulator::cases(const Rule& rule, Type expected) {
  Cases cases;
  add_cases(rule, expected, std::nullopt, cases);
  return cases;
}

}  // namespace core::gap
