#include "fhir/care/gap.hpp"

#include <algorithm>

#include "core/panel/empanel.hpp"

namespace fhir::care {

using core::population::no_day;

namespace {

std::string versioned(const core::gap::Programme& programme) {
  return programme.version.empty() ? programme.url : programme.url + "|" + programme.version;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

void mix(std::uint64_t& hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash = (hash ^ 0xff) * 1099511628211ULL;
}

void mix(std::uint64_t& hash, std::int64_t number) { hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x9E3779B97F4A7C15ULL; }

}  // namespace

GapReader::GapReader(const core::gap::Plan& plan, const core::population::Population& population, GapSetting setting)
    : plan_(plan), population_(population), setting_(std::move(setting)), decider_(plan, population) {}

const std::vector<Gap>& GapReader::gaps(core::population::PersonId person, core::Day as_of) {
  gaps_.clear();
  decisions_ = decider_.decide(person, as_of, next_);
  core::gap::merge(plan_, decisions_, needs_);
  const std::string patient = population_.patient(person);
  owner_ = core::panel::owner_of(population_, person, as_of, {}, setting_.default_owner).reference;
  for (const core::gap::Need& need : needs_.needs)
    if (need.status != GapStatus::not_applicable) gaps_.push_back(gap_from(need, patient, person, as_of));
  return gaps_;
}

// A refusal is shown for one interval of the item, then it is asked as before; the status is the same all along.
void GapReader::show_refusal(const core::gap::Need& need, Gap& gap, core::Day as_of) {
  if (need.declined == no_day || need.status == GapStatus::excluded) return;
  if (need.interval != no_day && need.declined < need.interval) return;  // of a season or period before
  const std::int32_t every = plan_.items()[need.item].every_days;
  const core::Day until = every > 0 ? need.declined + every
                          : need.last != no_day && need.due > need.last ? need.declined + (need.due - need.last)
                                                                        : core::population::open_end;
  if (until <= as_of) return;
  gap.declined = need.declined;
  next_ = std::min(next_, until);
}

Gap GapReader::gap_from(const core::gap::Need& need, const std::string& patient, core::population::PersonId person, core::Day as_of) {
  const core::gap::PlannedItem& planned = plan_.items()[need.item];
  const core::gap::Item& item = *planned.source;
  Gap gap;
  gap.person = patient;
  gap.family = plan_.families()[need.family];
  gap.interval = need.interval == no_day ? "initial" : core::text(need.interval);
  gap.status = need.status;
  gap.clinical = item.clinical;
  gap.title = item.title;
  gap.closes = item.closes;
  gap.activity = item.activity;
  for (std::size_t i = 0; i < need.count; ++i) {
    const core::gap::Decision& decision = decisions_[needs_.asking[need.first + i]];
    const core::gap::Programme& programme = *plan_.programmes()[plan_.items()[decision.item].programme].source;
    add_once(gap.programmes, versioned(programme));
    gap.ramp = i == 0 ? programme.ramp : gap.ramp == 0 || programme.ramp == 0 ? 0 : std::max(gap.ramp, programme.ramp);
    add_once(gap.programme_titles, programme.title);
  }
  gap.condition = decider_.condition(need.item);
  gap.owner = owner_;
  gap.due = need.due;
  gap.last = need.last;
  gap.since = need.since;
  if (std::string source = decider_.source(need); !source.empty()) gap.evidence.push_back(std::move(source));
  gap.evidence_day = need.last;
  gap.missing = item.evidence_sets;
  show_refusal(need, gap, as_of);
  gap.effort_minutes = item.effort_minutes;
  gap.urgency_days = item.urgency_days;
  gap.tier = std::max(0, population_.tier(person));
  gap.standing_by = item.standing_by;
  for (const std::string& name : {gap.family, item.code})
    if (const auto order = setting_.standing_orders.find(name); order != setting_.standing_orders.end()) gap.standing_by = order->second;
  const core::gap::Decision& strictest = decisions_[needs_.asking[need.first]];
  if (need.status == GapStatus::excluded || need.status == GapStatus::not_evaluable) gap.reason = said(core::gap::reason(plan_, strictest), setting_.language);
  if (need.waits_for >= 0) gap.reason = said("Waits for: ", setting_.language) + plan_.items()[static_cast<std::size_t>(need.waits_for)].source->title;
  return gap;
}

std::uint64_t fingerprint(const Gap& gap) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::string* text : {&gap.person, &gap.family, &gap.interval, &gap.clinical.code, &gap.title, &gap.closes, &gap.activity, &gap.condition,
                                  &gap.owner, &gap.reason, &gap.standing_by})
    mix(hash, *text);
  for (const auto* list : {&gap.programmes, &gap.evidence, &gap.missing})
    for (const std::string& text : *list) mix(hash, text);
  for (const int number : {static_cast<int>(gap.status), gap.due, gap.last, gap.since, gap.evidence_day, gap.declined, gap.effort_minutes, gap.urgency_days, gap.tier})
    mix(hash, number);
  return hash | 1;
}

}  // namespace fhir::care
