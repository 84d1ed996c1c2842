#include "core/population/population.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/population/state.hpp"

namespace core::population {

Population::Population(Vocabulary vocabulary, Identity identity)
    : state_(std::make_unique<State>(std::move(vocabulary), std::move(identity))) {}
Population::~Population() = default;
Population::Population(Population&&) noexcept = default;
Population& Population::operator=(Population&&) noexcept = default;

Touched Population::fold(std::string_view key, const Digest& digest) {
  Touched touched;
  state_->fold(key, digest, &touched);
  state_->flush();
  return touched;
}

Touched Population::remove(std::string_view key) { return fold(key, Digest{}); }
void Population::load(std::string_view key, const Digest& digest) { state_->fold(key, digest, nullptr); }
void Population::settle() {
  state_->flush();
  state_->staged = {};
}

PersonId Population::end() const { return static_cast<PersonId>(state_->records.size()); }

bool Population::is_person(PersonId id) const { return id < state_->records.size() && state_->records[id].leader == id; }

std::optional<PersonId> Population::find(std::string_view patient) const {
  const auto id = state_->find_record(patient);
  if (id == no_record || !state_->records[id].known || state_->records[id].leader == no_record) return std::nullopt;
  return state_->records[id].leader;
}

namespace {

// The person's own data: the leading record's, what it lacks from the others; dead when one record says so.
void complete(PersonView& view, const Record& record) {
  if (view.birth == no_day) view.birth = record.birth, view.birth_exact = record.birth_exact;
  if (view.sex == 'u') view.sex = record.sex;
  if (record.deceased != no_day && (view.deceased == no_day || record.deceased < view.deceased)) view.deceased = record.deceased;
  view.dead = view.dead || record.dead;
  view.active = view.active || record.active;
  view.contact_prohibited = view.contact_prohibited || record.contact_prohibited;
}

}  // namespace

PersonView Population::view(PersonId id, ViewBuffer& buffer) const {
  const auto& records = state_->records;
  const auto& leading = records[id];
  PersonView view{id,          leading.row_span(), leading.birth, leading.deceased, leading.sex, leading.birth_exact,
                  leading.dead, leading.active,     leading.contact_prohibited, false};
  if (leading.next == id) return view;
  view.merged = true;
  buffer.origins.clear();
  const auto earliest = state_->earliest(id);
  auto member = earliest;
  do {
    for (std::uint32_t row = 0; row < records[member].rows; ++row) buffer.origins.push_back({member, row});
    if (member != id && records[member].known) complete(view, records[member]);
    member = records[member].next;
  } while (member != earliest);
  const auto row_at = [&](const ViewBuffer::Origin& origin) { return records[origin.record].row_span()[origin.row]; };
  std::sort(buffer.origins.begin(), buffer.origins.end(), [&](const auto& a, const auto& b) {
    const auto day_a = row_at(a).day, day_b = row_at(b).day;
    if (day_a != day_b) return day_a < day_b;
    return a.record != b.record ? a.record > b.record : a.row < b.row;
  });
  buffer.rows.clear();
  for (const auto& origin : buffer.origins) buffer.rows.push_back(row_at(origin));
  view.rows = buffer.rows;
  return view;
}

void Population::fetch(PersonId id) const {
  constexpr std::size_t line = 64, most = 1'024, further = 8;
  if (id >= state_->records.size()) return;
  if (id + further < state_->records.size()) __builtin_prefetch(&state_->records[id + further]);
  const auto& record = state_->records[id];
  const auto bytes = std::min(record.rows * sizeof(Row), most);
  for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(record.block.get() + at);
}

// The ring of a person's records ascends but in one place.
RecordId Population::State::earliest(RecordId id) const {
  while (records[id].next > id) id = records[id].next;
  return records[id].next;
}

std::string Population::patient(PersonId id) const { return state_->key_of(id); }

std::vector<std::string> Population::patients(PersonId id) const {
  std::vector<std::string> keys{state_->key_of(id)};
  const auto earliest = state_->earliest(id);
  auto member = earliest;
  do {
    if (member != id && state_->records[member].known) keys.push_back(state_->key_of(member));
    member = state_->records[member].next;
  } while (member != earliest);
  return keys;
}

std::string Population::source(const PersonView& view, const ViewBuffer& buffer, std::size_t row) const {
  if (!view.merged) return state_->source_of(view.id, row).key;
  return state_->source_of(buffer.origins[row].record, buffer.origins[row].row).key;
}

std::vector<std::string> Population::links(const PersonView& view, const ViewBuffer& buffer, std::size_t row) const {
  if (!view.merged) return state_->source_of(view.id, row).links;
  return state_->source_of(buffer.origins[row].record, buffer.origins[row].row).links;
}

namespace {

// The first text that one of the person's records has: the leading one's, else the earliest's.
template <class Records, class Of>
std::string first_text(const Records& records, PersonId id, RecordId earliest, Of&& of) {
  if (auto text = of(id); !text.empty() || records[id].next == id) return text;
  auto member = earliest;
  do {
    if (auto text = records[member].known ? of(member) : std::string(); !text.empty()) return text;
    member = records[member].next;
  } while (member != earliest);
  return {};
}

}  // namespace

std::string Population::practitioner(PersonId id) const {
  return first_text(state_->records, id, state_->earliest(id), [this](RecordId r) { return state_->texts[state_->cold_of(r).practitioner]; });
}
std::string Population::organization(PersonId id) const {
  return first_text(state_->records, id, state_->earliest(id), [this](RecordId r) { return state_->texts[state_->cold_of(r).organization]; });
}
std::string Population::country(PersonId id) const {
  return first_text(state_->records, id, state_->earliest(id), [this](RecordId r) { return state_->texts[state_->cold_of(r).country]; });
}
std::string Population::postal_code(PersonId id) const {
  return first_text(state_->records, id, state_->earliest(id), [this](RecordId r) { return state_->texts[state_->cold_of(r).postal_code]; });
}

std::vector<Coding> Population::identifiers(PersonId id) const {
  std::vector<Coding> all;
  auto member = id;
  do {
    for (const auto& [system, value] : state_->cold_of(member).identifiers) {
      Coding coding{state_->texts[system], value};
      if (std::find(all.begin(), all.end(), coding) == all.end()) all.push_back(std::move(coding));
    }
    member = state_->records[member].next;
  } while (member != id);
  return all;
}

Population::Provider Population::provider(Row row) const {
  const auto& [provider, service_provider] = state_->providers[row.payload >> 10];
  return {state_->texts[provider], state_->texts[service_provider]};
}

void Population::set_risk(PersonId id, std::string_view algorithm, Risk risk) {
  if (algorithm.empty()) {
    state_->records[id].tier = static_cast<std::int8_t>(risk.tier);
    return;
  }
  auto number = this->algorithm(algorithm);
  if (!number) {
    number = state_->algorithms.size();
    state_->algorithms.emplace_back(algorithm);
    state_->risks.emplace_back();
  }
  auto& column = state_->risks[*number];
  if (column.scores.size() <= id) {
    column.scores.resize(state_->records.size(), std::numeric_limits<float>::quiet_NaN());
    column.tiers.resize(state_->records.size(), -1);
  }
  column.scores[id] = risk.scored ? risk.score : std::numeric_limits<float>::quiet_NaN();
  column.tiers[id] = static_cast<std::int8_t>(risk.tier);
}

Population::Risk Population::risk(PersonId id, std::size_t algorithm) const {
  if (algorithm >= state_->risks.size() || id >= state_->risks[algorithm].scores.size()) return {};
  const auto& column = state_->risks[algorithm];
  return {column.tiers[id], column.scores[id], !std::isnan(column.scores[id])};
}

int Population::tier(PersonId id) const { return state_->records[id].tier; }

std::optional<std::size_t> Population::algorithm(std::string_view code) const {
  for (std::size_t i = 0; i < state_->algorithms.size(); ++i)
    if (state_->algorithms[i] == code) return i;
  return std::nullopt;
}

const Vocabulary& Population::vocabulary() const { return state_->vocabulary; }

Memory Population::memory() const {
  Memory memory;
  memory.records = state_->records.size();
  memory.bytes = state_->index.bytes() + memory.records * sizeof(Record);
  for (RecordId id = 0; id < memory.records; ++id) {
    const auto& record = state_->records[id];
    memory.people += record.leader == id;
    memory.facts += record.rows;
    if (record.leader == no_record) memory.waiting += record.rows;
    memory.bytes += record.rows * (sizeof(Row) + record.source_width()) + record.rest + 16;  // 16: the allocator's own
  }
  return memory;
}

}  // namespace core::population
