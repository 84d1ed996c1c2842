#include "core/panel/allocate.hpp"

#include <algorithm>
#include <array>

namespace core::panel {
namespace {

struct RunningSet {
  std::string_view set;
  Intervention kind;
};
constexpr std::array running_sets{
    RunningSet{"CARE-MANAGEMENT", Intervention::care_management}, RunningSet{"DIABETES-PLAN", Intervention::self_management},
    RunningSet{"HT-PLAN", Intervention::self_management},         RunningSet{"ASTHMA-PLAN", Intervention::self_management},
    RunningSet{"HF-PLAN", Intervention::self_management},         RunningSet{"WT-PLAN", Intervention::self_management},
};

bool is_open(gap::Status status) { return status == gap::Status::open || status == gap::Status::overdue; }

// The plan in the making: the same intervention about the same thing is one, with every reason once.
class Maker {
 public:
  explicit Maker(const Situation& situation) : situation_(situation) {}

  void add(Intervention kind, const std::string& reason, const std::string& item = {}, const std::string& about = {}) {
    auto& list = result.interventions;
    auto found = std::find_if(list.begin(), list.end(), [&](const Allocated& each) { return each.kind == kind && each.about == about; });
    if (found == list.end()) {
      Allocated fresh;
      fresh.kind = kind;
      fresh.about = about;
      fresh.continues = runs(kind);
      found = list.insert(list.end(), std::move(fresh));
    }
    add_once(found->reasons, reason);
    if (!item.empty()) add_once(found->items, item);
  }

  bool has(Intervention kind) const {
    return std::any_of(result.interventions.begin(), result.interventions.end(), [&](const Allocated& each) { return each.kind == kind; });
  }
  bool runs(Intervention kind) const {
    return std::find(situation_.under_way.begin(), situation_.under_way.end(), kind) != situation_.under_way.end();
  }
  static void add_once(std::vector<std::string>& list, const std::string& text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
  }

  Allocation result;

 private:
  const Situation& situation_;
};

std::string tier_text(const Situation& situation) {
  constexpr std::array<std::string_view, 4> tiers{"low", "rising", "high", "very high"};
  const auto tier = situation.tier < 0 ? std::string("not known") : std::string(tiers[static_cast<std::size_t>(std::min(situation.tier, 3))]);
  return "risk is " + tier + (situation.overruled ? " (by the physician)" : "");
}

// Care management takes the person off the light lists: what it covers is not asked a second time.
void care_management(const Situation& situation, const AllocationSetting& setting, Maker& maker) {
  const auto unsupported = static_cast<int>(std::count_if(situation.needs.begin(), situation.needs.end(),
                                                          [](const auto& need) { return need.known && !need.supported; }));
  if (situation.tier >= setting.care_management_tier) maker.add(Intervention::care_management, tier_text(situation));
  if (situation.tier >= setting.review_tier && unsupported >= setting.care_management_needs)
    maker.add(Intervention::care_management, tier_text(situation) + ", and " + std::to_string(unsupported) + " social needs are without support");
  if (maker.runs(Intervention::care_management)) maker.add(Intervention::care_management, "under way");
}

void social_referrals(const Situation& situation, Maker& maker) {
  for (const auto& need : situation.needs) {
    if (!need.known) maker.add(Intervention::monitoring, "it is not known whether there is a need: " + need.name);
    else if (!need.supported) maker.add(Intervention::social_referral, "need without support: " + need.name, {}, need.name);
  }
}

void for_gap(const Situation& situation, const AllocationSetting& setting, const Situation::OpenGap& gap, Maker& maker) {
  if (!gap.waits_for.empty()) {
    Maker::add_once(maker.result.contradictions, gap.item + " asks for what " + gap.waits_for + " asks to stop: " + gap.waits_for + " goes first");
    maker.add(Intervention::physician_review, "contradiction: " + gap.item + " and " + gap.waits_for, gap.item);
    return;
  }
  if (gap.status == gap::Status::not_evaluable) return maker.add(Intervention::monitoring, "could not be evaluated: " + gap.item, gap.item);
  if (!is_open(gap.status) || gap.kind == gap::ItemKind::support) return;
  if (gap.kind == gap::ItemKind::stop) return maker.add(Intervention::physician_review, "to be stopped or to be given a reason: " + gap.item, gap.item);
  const bool target = gap.kind == gap::ItemKind::target;
  if (target && situation.tier >= setting.self_management_tier) maker.add(Intervention::self_management, "target not met: " + gap.item, gap.item);
  if (situation.tier >= setting.review_tier) return maker.add(Intervention::physician_review, tier_text(situation) + ", open: " + gap.item, gap.item);
  maker.add(Intervention::monitoring, (target ? "target not met: " : "open: ") + gap.item, gap.item);
}

// Care management includes watching over the person: staff monitoring beside it would be a second caller.
void merge_into_care_management(Maker& maker) {
  auto& list = maker.result.interventions;
  const auto of = [&](Intervention kind) {
    return std::find_if(list.begin(), list.end(), [&](const Allocated& each) { return each.kind == kind; });
  };
  const auto monitoring = of(Intervention::monitoring);
  if (!maker.has(Intervention::care_management) || monitoring == list.end()) return;
  const auto taken = *monitoring;
  list.erase(monitoring);
  const auto management = of(Intervention::care_management);
  for (const auto& reason : taken.reasons) Maker::add_once(management->reasons, reason);
  for (const auto& item : taken.items) Maker::add_once(management->items, item);
}

}  // namespace

std::string_view code_of(Intervention kind) {
  constexpr std::array<std::string_view, 5> codes{"monitoring", "physician-review", "self-management", "social-referral", "care-management"};
  return codes[static_cast<std::size_t>(kind)];
}

Allocation allocate(const Situation& situation, const AllocationSetting& setting) {
  Maker maker(situation);
  care_management(situation, setting, maker);
  social_referrals(situation, maker);
  for (const auto& gap : situation.gaps) for_gap(situation, setting, gap, maker);
  merge_into_care_management(maker);
  if (situation.contact_prohibited && (maker.has(Intervention::monitoring) || maker.has(Intervention::self_management) || maker.has(Intervention::care_management)))
    maker.result.contradictions.push_back("the person may not be contacted: what needs a contact waits for the next visit");
  auto& list = maker.result.interventions;
  std::stable_sort(list.begin(), list.end(), [](const Allocated& a, const Allocated& b) { return a.kind < b.kind; });
  return std::move(maker.result);
}

Allocator::Allocator(const gap::Plan& plan) : plan_(&plan) {
  const auto add = [&](gap::Rule::Op op, const std::string& name, Asked asked) {
    gap::Rule text, rule;
    text.op = gap::Rule::Op::text;
    text.text = name;
    rule.op = op;
    rule.arguments = {std::move(text)};
    auto steps = plan.rule(rule, name);
    if (!steps) return;  // no such set is loaded
    rules_.push_back(std::move(*steps));
    asked_.push_back(std::move(asked));
  };
  for (const auto& need : plan.needs()) {
    if (!need.support) continue;  // nothing could be done about it: a set that only gathers others
    add(gap::Rule::Op::need, need.name, {need.name, Intervention::social_referral, false});
    add(gap::Rule::Op::supported, need.name, {need.name, Intervention::social_referral, true});
  }
  for (const auto& [set, kind] : running_sets) add(gap::Rule::Op::under_way, std::string(set), {{}, kind, false});
}

Situation Allocator::situation(const Population& population, gap::Decider& decider, PersonId person, Day as_of, const gap::Needs& needs,
                               Day* next) const {
  Situation situation;
  population::ViewBuffer buffer;
  situation.tier = population.tier(person);
  situation.contact_prohibited = population.view(person, buffer).contact_prohibited;
  std::vector<std::optional<bool>> answers;
  const Day changes = decider.holds(rules_, person, as_of, answers);
  if (next) *next = changes;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& asked = asked_[i];
    if (asked.need.empty()) {
      if (answers[i] == true && std::find(situation.under_way.begin(), situation.under_way.end(), asked.kind) == situation.under_way.end())
        situation.under_way.push_back(asked.kind);
    } else if (!asked.support) {
      if (answers[i] != false) situation.needs.push_back({asked.need, answers[i].has_value(), false});
    } else if (!situation.needs.empty() && situation.needs.back().name == asked.need) {
      situation.needs.back().supported = situation.needs.back().known && answers[i] == true;
    }
  }
  for (const auto& need : needs.needs) {
    if (!is_open(need.status) && need.status != gap::Status::not_evaluable) continue;
    const auto& item = *plan_->items()[need.item].source;
    situation.gaps.push_back({item.code, item.family, item.kind, need.status,
                              need.waits_for < 0 ? std::string() : plan_->items()[static_cast<std::size_t>(need.waits_for)].source->code});
  }
  return situation;
}

Situation situation_of(const gap::Plan& plan, const Population& population, gap::Decider& decider, PersonId person, Day as_of) {
  const auto needs = gap::merge(plan, decider.decide(person, as_of));
  return Allocator(plan).situation(population, decider, person, as_of, needs);
}

}  // namespace core::panel
