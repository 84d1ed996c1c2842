// Folding: what a resource says now replaces what it said before, wherever that was filed.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/population/state.hpp"

namespace core::population {
namespace {

constexpr std::uint32_t longest_stay = 1021, longer_stay = 1022, open_stay = 1023;  // days, in the low 10 bits of an encounter
constexpr std::uint32_t most_providers = 1u << 22;

bool usable(double value) { return std::isfinite(value) && std::abs(value) < std::numeric_limits<float>::max(); }

std::string_view medicine_link(const Fact& fact) {
  if (fact.kind != FactKind::medication || !fact.codes.empty()) return {};
  for (const auto& link : fact.links)
    if (link.starts_with("Medication/")) return link;
  return {};
}

}  // namespace

std::uint16_t code_of_day(Day day) {
  const auto code = static_cast<std::int64_t>(day) - first_row_day + 1;
  return code >= 1 && code <= 0xffff ? static_cast<std::uint16_t>(code) : std::uint16_t{0};
}


Day end_of(Row row, const Class& klass) {
  if (klass.kind == FactKind::observation) return open_end;
  if (klass.kind != FactKind::encounter) return static_cast<Day>(row.payload);
  const auto length = row.payload & open_stay;
  return length == open_stay || row.day == 0 ? open_end : day_of_code(row.day) + static_cast<Day>(length);
}

std::uint32_t Population::State::payload_of(const Fact& fact, const Digest& digest) {
  if (fact.kind == FactKind::observation) return std::bit_cast<std::uint32_t>(fact.value ? static_cast<float>(*fact.value) : 0.0f);
  if (fact.kind != FactKind::encounter) return static_cast<std::uint32_t>(fact.end);
  auto length = open_stay;
  if (fact.end != open_end && fact.start != no_day && fact.end >= fact.start)
    length = std::min(static_cast<std::uint32_t>(fact.end) - static_cast<std::uint32_t>(fact.start), longest_stay + 1);
  static_assert(longer_stay == longest_stay + 1);
  const std::pair key{texts.number(digest.provider), texts.number(digest.service_provider)};
  if (key == providers.front()) return length;
  auto id = static_cast<std::uint32_t>(providers.size());
  if (const auto found = provider_ids.find(key); found != provider_ids.end()) id = found->second;
  else if (id >= most_providers) id = 0;
  else provider_ids.emplace(key, id), providers.push_back(key);
  return length | id << 10;
}

void Population::State::touch(RecordId id, Touched* touched) const {
  if (!touched || records[id].leader == no_record) return;
  auto& people = touched->people;
  if (std::find(people.begin(), people.end(), records[id].leader) == people.end()) people.push_back(records[id].leader);
}

void Population::State::fold(std::string_view key, const Digest& digest, Touched* touched) {
  if (key.starts_with("Medication/")) return fold_medicine(key, digest.facts.empty() ? nullptr : &digest, touched);
  const auto before = find_source(key);
  auto subject = no_record;
  if (!digest.facts.empty()) {
    if (!digest.subject.empty()) subject = record_for(digest.subject, touched);
    else if (digest.person) subject = record_for(key, touched);
  }
  if (before != no_record && before != subject) touch(before, touched), replace_source(before, key, nullptr);
  if (subject != no_record) touch(subject, touched), replace_source(subject, key, &digest);
  if (digest.person) return set_person(record_for(key, touched), *digest.person, touched);
  if (!key.starts_with("Patient/")) return;
  if (const auto id = find_record(key); id != no_record && records[id].known) unset_person(id, touched);
}

void Population::State::set_person(RecordId id, const Person& person, Touched* touched) {
  Cold after;
  for (const auto& link : person.links)
    if (link.starts_with("Patient/") || link.starts_with("urn:identifier:"))
      if (const auto other = record_for(link, touched); other != id) after.links.push_back(other);
  for (const auto& [system, value] : person.identifiers) after.identifiers.push_back({texts.number(system), value});
  if (!person.practitioners.empty()) after.practitioner = texts.number(person.practitioners.front());
  after.organization = texts.number(person.organization);
  after.country = texts.number(person.country);
  after.postal_code = texts.number(person.postal_code);
  stage(id);
  auto& record = records[id];
  const auto before = staged.cold;
  const bool same_identity = record.known && before.identifiers == after.identifiers && before.links == after.links &&
                             record.replaced == !person.replaced_by.empty();
  record.birth = person.birth;
  record.deceased = person.deceased;
  record.sex = person.sex;
  record.birth_exact = person.birth_exact;
  record.dead = person.dead;
  record.active = person.active;
  record.contact_prohibited = person.contact_prohibited;
  record.replaced = !person.replaced_by.empty();
  record.known = true;
  staged.cold = after;
  staged.changed = true;
  touch(id, touched);
  if (same_identity) return;
  flush();
  index_identity(id, before, after, touched);
  regroup(id, touched);
}

void Population::State::unset_person(RecordId id, Touched* touched) {
  stage(id);
  const auto before = staged.cold;
  auto& record = records[id];
  touch(id, touched);
  record.known = record.replaced = record.dead = record.contact_prohibited = false;
  record.birth_exact = record.active = true;
  record.birth = record.deceased = no_day;
  record.sex = 'u';
  record.tier = -1;
  staged.cold = {};
  staged.changed = true;
  flush();
  index_identity(id, before, {}, touched);
  regroup(id, touched);
}

void Population::State::drop_source(std::uint32_t source) {
  staged.sources.erase(staged.sources.begin() + source);
  for (auto& each : staged.source_of)
    if (each > source) --each;
}

void Population::State::replace_source(RecordId id, std::string_view key, const Digest* digest) {
  stage(id);
  auto& sources = staged.sources;
  const auto bytes = packing::packed(key);
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const Source& each) { return each.key == bytes; });
  const auto source = static_cast<std::uint32_t>(found - sources.begin());
  const bool fresh = found == sources.end();
  if (fresh) sources.push_back({bytes, {}});
  std::size_t kept = 0;
  for (std::size_t i = 0; i < staged.rows.size() && !fresh; ++i) {
    if (staged.source_of[i] == source) continue;
    staged.rows[kept] = staged.rows[i];
    staged.source_of[kept++] = staged.source_of[i];
  }
  if (!fresh) staged.rows.resize(kept), staged.source_of.resize(kept), sources[source].links.clear();
  if (digest) add_rows(source, *digest);
  const bool empty = std::find(staged.source_of.begin(), staged.source_of.end(), source) == staged.source_of.end();
  if (empty) drop_source(source);
  staged.changed = staged.changed || !(fresh && empty);
  if (fresh == empty) return;
  const auto hash = packing::neighbourhood(packing::key_of(bytes));
  const bool shared = std::any_of(sources.rbegin(), sources.rend(), [&](const Source& each) {
    return each.key != bytes && packing::neighbourhood(packing::key_of(each.key)) == hash;
  });
  if (shared) return;
  if (fresh) enter(hash, id);
  else index.erase(hash, id);
}

// Rows of one day stand with the latest stored source first, and a source's own facts likewise: the first fact comes last.
void Population::State::add_rows(std::uint32_t source, const Digest& digest) {
  for (auto fact = digest.facts.rbegin(); fact != digest.facts.rend(); ++fact) {
    const auto link = medicine_link(*fact);
    std::optional<ClassId> klass;
    if (!link.empty()) {
      auto& medicine = medicines[std::string(link)];
      medicine.users.insert(staged.record);
      klass = vocabulary.class_of(*fact, medicine.codes);
    } else if (fact->value && !usable(*fact->value)) {
      auto without = *fact;
      without.value.reset();
      klass = vocabulary.class_of(without);
    } else {
      klass = vocabulary.class_of(*fact);
    }
    if (!klass) continue;
    const Row row{*klass, code_of_day(fact->start), payload_of(*fact, digest)};
    auto at = staged.rows.size();
    while (at > 0 && (staged.rows[at - 1].day > row.day || (staged.rows[at - 1].day == row.day && staged.source_of[at - 1] < source))) --at;
    staged.rows.insert(staged.rows.begin() + at, row);
    staged.source_of.insert(staged.source_of.begin() + at, source);
    auto& links = staged.sources[source].links;
    if (!link.empty() && std::find(links.begin(), links.end(), link) == links.end()) links.emplace_back(link);
    if (vocabulary.keeps_links(*klass))
      for (const auto& each : fact->links)
        if (std::find(links.begin(), links.end(), each) == links.end()) links.push_back(each);
  }
}

// A Medication came, changed or went: the orders that refer to it mean what it says.
void Population::State::fold_medicine(std::string_view key, const Digest* digest, Touched* touched) {
  auto& medicine = medicines[std::string(key)];
  medicine.codes = digest ? digest->facts.front().codes : std::vector<Coding>{};
  for (const auto id : medicine.users) {
    stage(id);
    touch(id, touched);
    for (std::size_t i = 0; i < staged.rows.size(); ++i) {
      const auto& links = staged.sources[staged.source_of[i]].links;
      if (std::find(links.begin(), links.end(), key) == links.end()) continue;
      const auto& old = vocabulary[staged.rows[i].klass];
      if (old.kind != FactKind::medication) continue;
      Fact fact;
      fact.kind = old.kind;
      fact.state = old.state;
      fact.day_exact = old.exact;
      fact.answers = vocabulary.answers(staged.rows[i].klass);
      fact.about = vocabulary.about(staged.rows[i].klass);
      if (const auto klass = vocabulary.class_of(fact, medicine.codes)) staged.rows[i].klass = *klass, staged.changed = true;
    }
  }
}

}  // namespace core::population
