#include "tests/unit/core/gap/chance.hpp"

namespace testing {

std::uint64_t Chance::next() {
  auto z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

gap::Programmes chance_sets() {
  gap::Programmes programmes;
  const auto add = [&](CodeSet set) { programmes.sets.emplace(set.name, std::move(set)); };
  auto dm = set_of("DM", snomed, {"44054006", "15777000"});
  dm.entries.push_back({icd10, "E11", true, {}});
  add(dm);
  auto ht = set_of("HT", snomed, {"38341003"});
  ht.entries.push_back({icd10, "I10", true, {}});
  ht.entries.push_back({icpc, "K86", true, {}});
  add(ht);
  auto a1c = set_of("A1C", loinc, {"4548-4", "59261-8"});
  a1c.unit = "%";
  a1c.conversions = {{"mmol/mol", 0.09148, 2.152}};
  a1c.needs_value = true;
  add(a1c);
  auto sbp = set_of("SBP", loinc, {"8480-6"});
  sbp.unit = "mm[Hg]";
  sbp.needs_value = sbp.lowest_of_day = sbp.outside_hospital = true;
  add(sbp);
  add(set_of("SMOKING", loinc, {"72166-2"}));
  add(set_of("SMOKER", snomed, {"449868002"}));
  add(set_of("STATIN", rxnorm, {"312961", "617311"}));
  add(set_of("NSAID", rxnorm, {"849574", "310965"}));
  add(set_of("EYE", snomed, {"314971001", "274798009"}));
  add(set_of("PLAN", snomed, {"443402002"}));
  add(set_of("NEED-housing", snomed, {"105531004"}));
  CodeSet yes, none;
  yes.name = "NEED-housing-answers";
  yes.entries = {{loinc, "93033-9", false, "LA33-6"}, {loinc, "71802-3", false, "LA30190-5"}};
  none.name = "NEED-housing-no";
  none.entries = {{loinc, "93033-9", false, "LA32-8"}, {loinc, "71802-3", false, "LA30189-7"}};
  add(yes);
  add(none);
  add(set_of("NEED-housing-about", "urn:need", {"housing"}));
  add(set_of("SUPPORT-housing", snomed, {"308440001", "710911006"}));
  return programmes;
}

Fact Chance::fact(Day around) {
  struct Kind {
    FactKind kind;
    std::string system;
    std::vector<std::string> codes;
  };
  static const std::vector<Kind> kinds{
      {FactKind::condition, snomed, {"44054006", "15777000", "38341003", "105531004"}},
      {FactKind::condition, icd10, {"E11.9", "e11", "I10", "I109"}},
      {FactKind::observation, loinc, {"4548-4", "59261-8", "8480-6"}},
      {FactKind::observation, loinc, {"4548-4", "8480-6", "8480-6"}},
      {FactKind::observation, loinc, {"72166-2", "93033-9", "71802-3"}},
      {FactKind::medication, rxnorm, {"312961", "617311", "849574", "310965"}},
      {FactKind::procedure, snomed, {"314971001", "274798009", "710911006"}},
      {FactKind::care_plan, snomed, {"443402002", "308440001"}},
      {FactKind::service_request, snomed, {"308440001", "710911006", "314971001"}},
      {FactKind::task, snomed, {"308440001"}},
      {FactKind::encounter, "http://terminology.hl7.org/CodeSystem/v3-ActCode", {"AMB", "EMER", "IMP"}}};
  static const std::vector<State> states{State::valid, State::valid, State::valid, State::valid, State::active, State::active, State::stopped,
                                         State::planned, State::preliminary, State::not_done, State::declined, State::refuted, State::unconfirmed};
  const auto& kind = of(kinds);
  Fact fact = fact_of(kind.kind, kind.system, of(kind.codes), around - 900 + below(1'100), of(states));
  if (one_in(3) && kind.kind == FactKind::observation) fact.state = State::valid;
  if (one_in(25)) fact.start = no_day;
  if (one_in(200)) fact.start = -40'000;
  fact.day_exact = !one_in(20);
  if (one_in(3)) fact.end = (fact.start == no_day ? around : fact.start) + below(500);
  if (kind.kind == FactKind::encounter && !one_in(4)) fact.end = fact.start == no_day ? open_end : fact.start + below(30);
  if (kind.kind == FactKind::observation && !one_in(8)) {
    const auto code = fact.codes[0].code;
    fact.value = code == "8480-6" ? 100 + below(80) : code == "59261-8" ? 35 + below(60) : 5 + below(60) / 10.0;
    fact.unit = one_in(12) ? "furlong" : code == "8480-6" ? "mm[Hg]" : code == "59261-8" ? "mmol/mol" : "%";
    if (code == "72166-2" || code == "93033-9" || code == "71802-3") {
      fact.value.reset();
      fact.answers = {{loinc, of(std::vector<std::string>{"LA33-6", "LA32-8", "LA30190-5", "LA30189-7", "LA30122-8"})}};
      if (code == "72166-2") fact.answers = {{snomed, one_in(2) ? "449868002" : "8517006"}};
    }
  }
  if (kind.kind == FactKind::medication && one_in(6)) {
    fact.codes.clear();
    if (!one_in(3)) fact.links = {"Medication/" + std::to_string(below(3))};
  }
  if (one_in(2)) fact.about = {{"urn:need", one_in(3) ? "food" : "housing"}};
  return fact;
}

Digest Chance::patient(const std::string& id, Day around) {
  auto digest = person(id, around - below(100 * 365), one_in(12) ? 'u' : one_in(2) ? 'f' : 'm');
  auto& who = *digest.person;
  if (one_in(15)) who.birth = no_day;
  if (one_in(12)) who.deceased = around - 200 + below(600);
  who.dead = one_in(60);
  who.active = !one_in(25);
  return digest;
}

Rule Chance::boolean(int depth) {
  if (depth > 0 && !one_in(3)) switch (below(9)) {
      case 0: case 1: return both(boolean(depth - 1), boolean(depth - 1));
      case 2: case 3: return either(boolean(depth - 1), boolean(depth - 1));
      case 4: return no(boolean(depth - 1));
      case 5: return op(one_in(2) ? Op::implies : Op::xor_, {boolean(depth - 1), boolean(depth - 1)});
      case 6: return op(Op::iif, {boolean(depth - 1), truth(one_in(2)), truth(one_in(2))});
      case 7: return op(Op::iif, {boolean(depth - 1), boolean(depth - 1), boolean(depth - 1)});
      default: return op(one_in(2) ? Op::exists : Op::coalesce, {boolean(depth - 1)});
    }
  static const std::vector<Op> orders{Op::less, Op::less_or_equal, Op::greater, Op::greater_or_equal, Op::equal, Op::not_equal};
  switch (below(16)) {
    case 0: return set_call(Op::open);
    case 1: return set_call(Op::ever);
    case 2: case 3: return call(Op::within, of(sets_), 1 + below(700));
    case 4: return set_call(Op::on);
    case 5: return set_call(Op::under_way);
    case 6: return set_call(Op::declined);
    case 7: return call(Op::need, "housing");
    case 8: return call(Op::supported, "housing");
    case 9: return call(Op::answer, "SMOKING", "SMOKER");
    case 10: return call(one_in(2) ? Op::female : Op::male);
    case 11: return op(of(orders), {call(Op::age), testing::number(below(90))});
    case 12: return op(of(orders), {day(1), day(1)});
    case 13: return op(Op::twice_below, {name(one_in(2) ? "A1C" : "SBP"), testing::number(one_in(2) ? 8 : 130), testing::number(below(200))});
    case 14: return op(of(orders), {number(0), op(Op::iif, {boolean(0), testing::number(below(10)), testing::number(below(150))})});
    default: return op(of(orders), {number(depth), one_in(3) ? number(1) : testing::number(below(10))});
  }
}

Rule Chance::number(int depth) {
  if (depth > 0 && one_in(3)) {
    static const std::vector<Op> reckonings{Op::add, Op::subtract, Op::multiply, Op::divide};
    if (one_in(3)) return op(Op::iif, {boolean(depth - 1), testing::number(1), testing::number(0)});
    if (one_in(4)) return op(Op::subtract, {day(1), day(1)});
    return op(of(reckonings), {number(depth - 1), number(depth - 1)});
  }
  const std::string measured = one_in(2) ? "A1C" : "SBP";
  switch (below(12)) {
    case 0: return testing::number(below(400));
    case 1: return call(Op::age);
    case 2: return call(Op::count, of(sets_), 1 + below(800));
    case 3: return set_call(Op::count);
    case 4: return call(Op::value, measured);
    case 5: return call(Op::value, measured, 1 + below(800));
    case 6: return call(Op::previous, measured, below(3));
    case 7: return call(one_in(2) ? Op::lowest : Op::highest, measured, 1 + below(800));
    case 8: return one_in(2) ? call(Op::drugs) : call(Op::drugs, "STATIN");
    case 9: return call(Op::age_days);
    case 10: return one_in(2) ? call(Op::tier) : call(Op::score, "charlson");
    default: return call(Op::tier, "charlson");
  }
}

Rule Chance::day(int depth) {
  if (depth > 0 && one_in(3)) {
    if (one_in(3)) return op(Op::iif, {boolean(1), day(depth - 1), one_in(3) ? nothing() : day(depth - 1)});
    if (one_in(3)) return op(one_in(2) ? Op::earliest : Op::latest, {day(depth - 1), day(depth - 1)});
    return op(one_in(2) ? Op::add : Op::subtract, {day(depth - 1), testing::number(below(500))});
  }
  switch (below(11)) {
    case 0: return call(Op::today);
    case 1: return call(Op::born);
    case 2: return op(Op::birthday, {testing::number(below(80))});
    case 3: return op(Op::season_start, {testing::number(1 + below(12)), testing::number(1 + below(28))});
    case 4: return set_call(Op::onset);
    case 5: return set_call(Op::first);
    case 6: return set_call(Op::on_since);
    case 7: return call(Op::need_since, "housing");
    case 8: return op(Op::last, {name(of(sets_)), depth > 0 ? day(depth - 1) : call(Op::born)});
    default: return set_call(Op::last);
  }
}

// How often: a number, or one by the case.
Rule Chance::interval(int depth) {
  if (depth == 0 || one_in(3)) return one_in(8) ? nothing() : one_in(6) ? number(1) : testing::number(30 + below(700));
  return op(Op::iif, {boolean(1), interval(depth - 1), interval(depth - 1)});
}

gap::Item Chance::item(const std::string& code) {
  gap::Item item;
  item.code = code;
  item.family = "family-" + std::to_string(below(6));
  item.applies = one_in(2) ? truth(true) : boolean(2);
  if (one_in(4)) item.exclusions.push_back({boolean(1), "because", "X"});
  for (int i = 0, n = 1 + below(2); i < n; ++i) item.evidence_sets.push_back(of(sets_));
  if (one_in(2)) item.met = boolean(2);
  else if (one_in(2)) item.evidence = day(2);
  if (!one_in(3)) item.every = one_in(2) ? testing::number(30 + below(700)) : interval(2);
  if (one_in(3)) item.start = day(1);
  item.delay_days = one_in(2) ? 0 : below(100);
  item.grace_days = below(90);
  item.soon_days = below(60);
  if (one_in(3)) item.kind = gap::ItemKind::stop;
  return item;
}

gap::Programmes Chance::programmes(int count) {
  auto all = chance_sets();
  for (int i = 0; i < count; ++i) {
    gap::Programme programme;
    programme.id = programme.title = "p" + std::to_string(i);
    programme.cohort = one_in(3) ? truth(true) : boolean(2);
    if (one_in(3)) programme.covers_from = 18'000 + below(1'500);  // in force since some day of 2019 to 2023
    if (one_in(2)) programme.exclusions.push_back({boolean(1), "left out", "X"});
    for (int j = 0; j < 5; ++j) programme.items.push_back(item(programme.id + "-" + std::to_string(j)));
    all.programmes.push_back(std::move(programme));
  }
  return all;
}

}  // namespace testing
