#include "core/gap/plan.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/gap/aspects.hpp"
#include "core/gap/compile.hpp"
#include "core/gap/formulate.hpp"
#include "core/gap/guard.hpp"

namespace core::gap {
namespace {

using Op = Rule::Op;

constexpr std::size_t most_items = 60'000, most_sets = 60'000;
const std::vector<std::string> known_algorithms{"charlson", "lace", "efi", "score2", "findrisc", "composite", "cha2ds2-vasc", "has-bled"};

std::string joined(const std::vector<Error>& faults) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < faults.size() && i < most; ++i) text += (i ? "; " : "") + faults[i].where + ": " + faults[i].message;
  if (faults.size() > most) text += "; and " + std::to_string(faults.size() - most) + " more";
  return text;
}

}  // namespace

struct Compiler {
  Plan plan;
  std::vector<Error> faults;
  std::vector<std::set<std::string>> asked_drugs;  // by item
  Formulator formulator{plan.formulas_, {[this](const Rule& rule) { return leaf(rule); }, [this](const Rule& rule, Type type) { return part(rule, type); },
                                         [this](const std::string& name) { return set(name); }}};

  Names names() const { return {plan.set_ids_, plan.needs_, plan.algorithms_}; }

  Program rule(const Rule& rule, Type expected, const std::string& where, std::vector<SetId>* touched = nullptr) {
    const auto known = names();
    const auto faults_before = faults.size();
    RuleCompiler compiler(known, plan.steps_, where, faults);
    auto program = compiler.compile(rule, expected);
    for (const auto set : compiler.touched()) plan.in_rules_[set] = true;
    if (touched) touched->assign(compiler.touched().begin(), compiler.touched().end());
    if (faults.size() == faults_before) guard(program, untouched(rule), compiler.touched());
    return program;
  }

  void guard(Program& program, Untouched gives, const std::set<SetId>& touched) {
    if (gives == Untouched::unknown || touched.size() > 0xffff) return;
    program.untouched = gives;
    program.sets = static_cast<std::uint16_t>(touched.size());
    program.first_set = static_cast<std::uint32_t>(plan.guards_.size());
    plan.guards_.insert(plan.guards_.end(), touched.begin(), touched.end());
  }

  // Calls that take long and stand in several places are numbered, so that each is answered once for a person.
  void number_calls() {
    const auto same = [](const Step& step) {
      return std::tuple(step.op, step.set, step.other, step.has_constant, step.has_constant ? step.number : 0.0);
    };
    std::map<decltype(same(Step{})), std::pair<std::size_t, std::uint16_t>> seen;
    const auto countable = [](const Step& step) {
      constexpr std::array dear{Op::need, Op::need_since, Op::supported, Op::drugs, Op::under_way, Op::count, Op::answer, Op::on};
      return step.code == Step::Code::call && step.arguments == 0 && std::find(dear.begin(), dear.end(), step.op) != dear.end();
    };
    for (const auto& step : plan.steps_)
      if (countable(step)) ++seen[same(step)].first;
    for (auto& step : plan.steps_) {
      if (!countable(step)) continue;
      auto& [count, number] = seen[same(step)];
      if (count < 2) continue;
      if (number == 0) number = static_cast<std::uint16_t>(plan.memos_++);
      step.memo = number;
    }
  }

  // The same rule for many people; a rule with faults has none.
  FormulaId formula(const Rule& rule) {
    if (!faults.empty()) return 0;
    return formulator.make(rule);
  }

  // Nobody is supported without a fact of this set, whatever is known of the need.
  std::vector<SetId> supporting_sets(const Rule& rule) const {
    for (const auto& need : plan.needs_)
      if (need.name == rule.arguments[0].text && need.support) return {*need.support};
    return {};
  }

  Leaf leaf(const Rule& part) {
    const auto known = names();
    RuleCompiler compiler(known, plan.steps_, "leaf", faults);
    Leaf leaf;
    leaf.program = compiler.compile(part, Type::boolean);
    guard(leaf.program, untouched(part), compiler.touched());
    leaf.sets.assign(compiler.touched().begin(), compiler.touched().end());
    if (part.op == Op::supported) leaf.sets = supporting_sets(part);
    return leaf;
  }

  Program part(const Rule& rule, Type expected) {
    const auto known = names();
    RuleCompiler compiler(known, plan.steps_, "case", faults);
    auto program = compiler.compile(rule, expected);
    guard(program, untouched(rule), compiler.touched());
    return program;
  }

  Cases cases(const std::optional<Rule>& given, Type expected) { return given && faults.empty() ? formulator.cases(*given, expected) : Cases{}; }

  Program rule(const std::optional<Rule>& given, Type expected, const std::string& where) {
    return given ? rule(*given, expected, where) : Program{};
  }

  void add_sets(std::vector<CodeSet> more) {
    for (const auto& [name, set] : plan.source_->sets) {
      plan.sets_.push_back(set);
      plan.sets_.back().name = name;
    }
    for (auto& set : more) plan.sets_.push_back(std::move(set));
    for (std::size_t i = 0; i < plan.sets_.size(); ++i)
      if (!plan.set_ids_.emplace(plan.sets_[i].name, static_cast<SetId>(i)).second)
        faults.push_back(unprocessable("this name is taken twice", "code set " + plan.sets_[i].name));
    plan.in_rules_.assign(plan.sets_.size(), false);
  }

  std::optional<SetId> set(const std::string& name) const {
    const auto found = plan.set_ids_.find(name);
    return found == plan.set_ids_.end() ? std::nullopt : std::optional(found->second);
  }

  // Every need that has a set of its own: NEED-housing, NEED-housing-answers ...
  void add_needs() {
    std::set<std::string> found;
    for (const auto& [need, sets] : plan.source_->needs) found.insert(need);
    for (const auto& each : plan.sets_) {
      if (!each.name.starts_with("NEED-")) continue;
      auto need = each.name.substr(5);
      for (const std::string_view suffix : {"-answers", "-no", "-about"})
        if (need.ends_with(suffix)) need.erase(need.size() - suffix.size());
      found.insert(need);
    }
    for (const auto& need : found) {
      NeedSets sets{need, set("NEED-" + need), set("NEED-" + need + "-answers"), set("NEED-" + need + "-no"),
                    set("NEED-" + need + "-about"), set("SUPPORT-" + need)};
      if (sets.conditions || sets.answers) plan.needs_.push_back(std::move(sets));
    }
  }

  std::uint16_t family(const std::string& name) {
    auto& families = plan.families_;
    const auto number = static_cast<std::uint16_t>(std::find(families.begin(), families.end(), name) - families.begin());
    if (number == families.size()) families.push_back(name);
    return number;
  }

  std::vector<PlannedExclusion> exclusions(const std::vector<Exclusion>& given, const std::string& where) {
    std::vector<PlannedExclusion> result;
    for (const auto& each : given)
      result.push_back({rule(each.when, Type::boolean, where + ".exclusion(" + (each.code.empty() ? each.reason : each.code) + ")"), formula(each.when), &each});
    return result;
  }

  // One look for all of them: whoever has no fact of their sets is excluded by none.
  void guard_exclusions(PlannedProgramme& programme) {
    std::set<SetId> sets;
    for (const auto& each : programme.exclusions) {
      if (each.when.untouched != Untouched::no) return;
      const auto guards = plan.guards(each.when);
      sets.insert(guards.begin(), guards.end());
    }
    guard(programme.exclusion_guard, Untouched::no, sets);
  }

  void begin(PlannedItem& item, const Programme& programme) {
    Beginning beginning;
    find_beginning(programme.cohort, beginning);
    find_beginning(item.source->applies, beginning);
    item.start_age = beginning.age;
    item.covers_from = programme.covers_from;
    for (const auto& name : beginning.sets)
      if (const auto id = set(name)) item.start_sets.push_back(*id);
    item.reason_sets = item.start_sets;
    for (const auto& need : beginning.needs)
      if (const auto id = set("NEED-" + need)) item.reason_sets.push_back(*id);
  }

  void add_item(const Item& source, const Programme& programme, std::uint16_t number) {
    const auto where = programme.id + " / " + source.code;
    PlannedItem item;
    item.source = &source;
    item.programme = number;
    item.family = family(source.family.empty() ? source.code : source.family);
    for (const auto& name : source.evidence_sets) {
      if (const auto id = set(name)) item.sets.push_back(*id), plan.in_rules_[*id] = true;
      else faults.push_back(unprocessable("no code set is called '" + name + "'", where + ".input"));
    }
    item.applies = rule(source.applies, Type::boolean, where + ".applies");
    item.applies_formula = formula(source.applies);
    item.for_all = source.applies.op == Op::truth && source.applies.number != 0;
    item.exclusions = exclusions(source.exclusions, where);
    if (source.met) {
      item.met = rule(*source.met, Type::boolean, where + ".met", &item.met_sets);
      item.met_by_any = asks_for_any(*source.met);
    }
    item.every = rule(source.every, Type::number, where + ".every");
    item.start = rule(source.start, Type::day, where + ".start");
    if (source.evidence) item.evidence = rule(*source.evidence, Type::day, where + ".evidence");
    else if (!source.met && !source.evidence_sets.empty()) item.evidence = rule(newest_of(source.evidence_sets), Type::day, where + ".input");
    if (!item.met && !item.evidence) faults.push_back(unprocessable("nothing could ever close this item: it has neither evidence nor a 'met' rule", where));
    for (const auto& step : plan.steps(item.evidence))
      if (step.code == Step::Code::call && step.op == Op::last) item.looked_for.push_back(step.set);
    if (source.met) item.met_formula = formula(*source.met);
    shorten(item, source);
    if (item.newest_of.empty()) item.evidence_cases = cases(source.evidence, Type::day);
    item.every_cases = cases(source.every, Type::number);
    item.start_cases = cases(source.start, Type::day);
    item.delay = source.delay_days;
    item.grace = source.grace_days;
    item.soon = source.soon_days;
    begin(item, programme);
    asked_drugs.emplace_back();
    if (source.met) drugs_asked(*source.met, asked_drugs.back());
    if (plan.item(source.code)) faults.push_back(unprocessable("this item code is taken twice", where));
    plan.items_.push_back(std::move(item));
  }

  // The common forms need no program: the newest of some sets, every so many days.
  void shorten(PlannedItem& item, const Item& source) const {
    if (source.every && source.every->op == Op::number && source.every->number >= 0 && source.every->number <= 200'000)
      item.every_days = static_cast<std::int32_t>(source.every->number);
    if (source.met) return;
    const auto& rule = source.evidence ? *source.evidence : newest_of(source.evidence_sets);
    const auto plain_last = [](const Rule& each) { return each.op == Op::last && each.arguments.size() == 1; };
    item.all_of_them = rule.op == Op::earliest;
    const bool several = (rule.op == Op::latest || item.all_of_them) && std::all_of(rule.arguments.begin(), rule.arguments.end(), plain_last);
    if (!several && !plain_last(rule)) return;
    const std::vector<Rule> one{rule};
    for (const auto& each : several ? rule.arguments : one)
      if (const auto id = set(each.arguments[0].text)) item.newest_of.push_back(*id);
  }

  void add_programme(const Programme& source) {
    PlannedProgramme programme;
    programme.source = &source;
    programme.cohort = rule(source.cohort, Type::boolean, source.id + ".cohort");
    programme.cohort_formula = formula(source.cohort);
    programme.exclusions = exclusions(source.exclusions, source.id);
    guard_exclusions(programme);
    programme.first_item = static_cast<std::uint16_t>(plan.items_.size());
    programme.items = static_cast<std::uint16_t>(source.items.size());
    for (const auto& item : source.items) add_item(item, source, static_cast<std::uint16_t>(plan.programmes_.size()));
    plan.programmes_.push_back(std::move(programme));
  }

  // A stop item wins over what asks for the same medicine; others say which stop items they wait for.
  void add_contradictions() {
    auto& items = plan.items_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].source->kind == ItemKind::stop) continue;
      for (std::size_t j = 0; j < items.size(); ++j) {
        if (items[j].source->kind != ItemKind::stop) continue;
        const auto& named = items[i].source->yields_to;
        const bool same_drug = std::any_of(asked_drugs[i].begin(), asked_drugs[i].end(),
                                           [&](const std::string& drug) { return asked_drugs[j].count(drug) > 0; });
        if (same_drug || std::find(named.begin(), named.end(), items[j].source->code) != named.end())
          items[i].yields_to.push_back(static_cast<std::uint16_t>(j));
      }
      for (const auto& name : items[i].source->yields_to)
        if (const auto other = plan.item(name); !other || items[*other].source->kind != ItemKind::stop)
          faults.push_back(unprocessable("'" + name + "' is no stop item", items[i].source->code + ".yields_to"));
    }
  }
};

Result<Plan> Plan::compile(Programmes programmes, std::vector<CodeSet> more) {
  Compiler compiler;
  std::size_t items = 0;
  for (const auto& programme : programmes.programmes) items += programme.items.size();
  if (items > most_items || programmes.sets.size() + more.size() > most_sets) return Error{Kind::too_large, "too many items or code sets", "programmes"};
  compiler.plan.source_ = std::make_shared<const Programmes>(std::move(programmes));
  compiler.plan.algorithms_ = known_algorithms;
  compiler.add_sets(std::move(more));
  compiler.add_needs();
  for (const auto& programme : compiler.plan.source_->programmes)
    if (programme.active) compiler.add_programme(programme);
  compiler.add_contradictions();
  compiler.number_calls();
  if (!compiler.faults.empty()) return unprocessable(joined(compiler.faults), compiler.faults.front().where);
  return std::move(compiler.plan);
}

population::Vocabulary Plan::vocabulary() const { return population::Vocabulary(sets_, in_rules_); }

std::optional<std::uint16_t> Plan::item(std::string_view code) const {
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].source->code == code) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

Result<std::vector<Step>> Plan::rule(const Rule& rule, std::string_view where) const {
  std::vector<Step> steps;
  std::vector<Error> faults;
  const Names names{set_ids_, needs_, algorithms_};
  RuleCompiler compiler(names, steps, std::string(where), faults);
  compiler.compile(rule, Type::boolean);
  if (!faults.empty()) return unprocessable(joined(faults), faults.front().where);
  return steps;
}

}  // namespace core::gap
