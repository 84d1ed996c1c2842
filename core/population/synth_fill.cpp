#include "core/population/synth_fill.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "core/population/state.hpp"
#include "core/population/synth.hpp"
#include "core/population/synth_made.hpp"

namespace core::population {
namespace {

constexpr std::uint32_t no_class = 0x10000;

// The words of a fact, by the generator's own texts: the same pointers, the same class.
struct Words {
  const char *code, *answer, *unit;
  FactKind kind;
  State state;
  bool operator==(const Words&) const = default;
};
struct HashWords {
  std::size_t operator()(const Words& words) const {
    auto h = reinterpret_cast<std::uintptr_t>(words.code) * 0x9e3779b97f4a7c15u;
    h = (h ^ reinterpret_cast<std::uintptr_t>(words.answer)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ reinterpret_cast<std::uintptr_t>(words.unit)) * 0x94d049bb133111ebu;
    return h ^ (h >> 29) ^ static_cast<std::size_t>(words.kind) << 8 ^ static_cast<std::size_t>(words.state);
  }
};

}  // namespace

struct SynthFill::Batch {
  std::vector<Record> records;
  std::vector<std::uint64_t> hashes;   // of all records: the key's, the identifier's (if it is trusted), those of the sources
  std::vector<std::uint8_t> counts;    // how many of them are whose
  std::vector<bool> identified;        // the second is an identifier's
};

void SynthFill::Drop::operator()(Batch* batch) const { delete batch; }

struct SynthFill::Maker::Work {
  SynthFill& fill;
  MadePerson person;
  std::unordered_map<Words, std::uint32_t, HashWords> classes;
  std::unordered_map<std::uint64_t, std::uint32_t> postal_codes;
  struct Names {  // of the list that the last person was on
    std::uint64_t list = ~std::uint64_t{0};
    std::uint32_t practitioner = 0, organization = 0, provider = 0;
  } names;
  std::uint32_t country = 0, identifier_system = 0;
  std::vector<std::uint64_t> order;
  std::vector<Row> made, rows;
  std::vector<std::uint32_t> source_of_made, source_of;
  std::string rest;

  explicit Work(SynthFill& a_fill) : fill(a_fill) {
    fill.alone_([&] {
      country = fill.state().texts.number("NL");
      identifier_system = fill.state().texts.number(std::string(synth_identifier_system));
    });
  }

  std::uint32_t class_of(const MadeFact& fact) {
    const Words words{fact.code.code, fact.answer.code, fact.unit, fact.kind, fact.state};
    const auto [found, fresh] = classes.emplace(words, no_class);
    if (fresh)
      fill.alone_([&, to = &found->second] {
        if (const auto id = fill.state().vocabulary.class_of(fact_from(fact))) *to = *id;
      });
    return found->second;
  }

  void name(std::uint64_t index) {
    if (names.list == index / synth_people_per_list) return;
    names.list = index / synth_people_per_list;
    fill.alone_([&] {
      auto& state = fill.state();
      Digest of_list;
      of_list.provider = practitioner_of(person);
      of_list.service_provider = organization_of(person);
      names.practitioner = state.texts.number(of_list.provider);
      names.organization = state.texts.number(of_list.service_provider);
      Fact visit;
      visit.kind = FactKind::encounter;
      names.provider = state.payload_of(visit, of_list) & ~std::uint32_t{0x3ff};
    });
  }

  Cold cold() {
    Cold cold;
    cold.practitioner = person.registered ? names.practitioner : 0;
    cold.organization = names.organization;
    cold.country = country;
    const auto [postal, fresh] = postal_codes.emplace(person.index % 9000, 0);
    if (fresh) fill.alone_([&, to = &postal->second] { *to = fill.state().texts.number(person_from(person).postal_code); });
    cold.postal_code = postal->second;
    cold.identifiers = {{identifier_system, std::to_string(100'000'000 + person.index)}};
    return cold;
  }

  std::uint32_t payload_of(const MadeFact& fact, const MadeResource& resource) const {
    if (fact.kind == FactKind::observation) return std::bit_cast<std::uint32_t>(fact.valued ? static_cast<float>(fact.value) : 0.0f);
    if (fact.kind != FactKind::encounter) return static_cast<std::uint32_t>(fact.end);
    const auto length = static_cast<std::uint32_t>(std::min(fact.end - fact.start, 1022));
    return length | (resource.names_provider ? names.provider : 0);
  }

  // Rows ascend by day; of one day the latest source stands first, and of one source its last fact.
  void sort_rows() {
    order.clear();
    for (std::size_t i = 0; i < made.size(); ++i) order.push_back(std::uint64_t{made[i].day} << 16 | (0xffff - i));
    std::sort(order.begin(), order.end());
    rows.clear();
    source_of.clear();
    for (const auto each : order) {
      const auto i = 0xffff - (each & 0xffff);
      rows.push_back(made[i]);
      source_of.push_back(source_of_made[i]);
    }
  }

  void add_to(Batch& batch) {
    name(person.index);
    const auto patient = packing::number_of_type("Patient");
    packing::Key key;
    key.form = packing::Key::Form::number;
    key.type = patient;
    key.number = person.id;
    rest.clear();
    packing::Writer out(rest);
    out.key(key);
    const auto known = cold();
    known.write(out);
    const auto first_hash = batch.hashes.size();
    batch.hashes.push_back(packing::hash(key));
    const bool identified = fill.identifies_;
    if (identified) batch.hashes.push_back(packing::hash(synth_identifier_system, known.identifiers.front().value));
    const auto named = batch.hashes.size();
    std::uint32_t sources = 0;
    made.clear();
    source_of_made.clear();
    for (const auto& resource : person.resources) {
      const auto before = made.size();
      for (std::uint32_t i = resource.first; i < resource.first + resource.count; ++i)
        if (const auto klass = class_of(person.facts[i]); klass != no_class) {
          made.push_back({static_cast<ClassId>(klass), code_of_day(person.facts[i].start), payload_of(person.facts[i], resource)});
          source_of_made.push_back(sources);
        }
      if (made.size() == before) continue;
      ++sources;
      key.type = packing::number_of_type(resource.type);
      key.number = resource.id;
      out.key(key);
      const auto near = packing::neighbourhood(key);
      if (std::find(batch.hashes.begin() + static_cast<std::ptrdiff_t>(named), batch.hashes.end(), near) == batch.hashes.end()) batch.hashes.push_back(near);
    }
    sort_rows();
    auto& record = batch.records.emplace_back();
    record.birth = person.birth;
    record.deceased = person.deceased;
    record.sex = person.sex;
    record.active = person.active;
    record.known = true;
    record.pack(rows, source_of, sources, rest);
    batch.counts.push_back(static_cast<std::uint8_t>(batch.hashes.size() - first_hash));
    batch.identified.push_back(identified);
  }
};

SynthFill::Maker::Maker(SynthFill& fill) : work_(std::make_unique<Work>(fill)) {}
SynthFill::Maker::~Maker() = default;

SynthFill::Ready SynthFill::Maker::make(std::uint64_t first, std::uint64_t last) {
  Ready batch(new Batch);
  batch->records.reserve(last - first);
  for (auto index = first; index < last; ++index) {
    make_person(work_->fill.seed_, index, work_->fill.today_, work_->person);
    work_->add_to(*batch);
  }
  return batch;
}

SynthFill::SynthFill(Population& population, std::uint64_t seed, Day today, std::uint64_t people, Alone alone)
    : population_(population), seed_(seed), today_(today), alone_(std::move(alone)) {
  constexpr std::size_t keys_of_person = 4;  // its own, its identifier's, one or two of the neighbourhoods that its resources are in
  const auto& trusted = state().identity.trusted_systems;
  identifies_ = trusted.empty() || std::find(trusted.begin(), trusted.end(), synth_identifier_system) != trusted.end();
  state().flush();
  state().rebuild_index(people, people * keys_of_person);
}

void SynthFill::add(Ready batch) {
  alone_([&] { take_in(*batch); });
}

void SynthFill::take_in(Batch& batch) {
  auto& to = state();
  const auto* hashes = batch.hashes.data();
  for (std::size_t i = 0; i < batch.records.size(); hashes += batch.counts[i++]) {
    const auto id = static_cast<RecordId>(to.records.size());
    auto& record = to.records.grow();
    record = std::move(batch.records[i]);
    record.leader = record.next = id;
    // Somebody may carry the same identifier, or a key that only looks the same: who is who is then worked out in the usual way.
    const bool shared = batch.identified[i] && to.index.find(hashes[1], [](RecordId) { return true; });
    bool entered = true;
    for (std::size_t k = 0; k < batch.counts[i] && entered; ++k) entered = to.index.insert(hashes[k], id);
    if (!entered) to.rebuild_index();
    if (shared) to.regroup(id, nullptr);
  }
}

}  // namespace core::population
