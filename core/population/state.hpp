// The inside of Population: one Record for each Patient record (or subject that is not known yet), its rows and packed rest in one
// block of memory, an index of keys, and one record at a time unpacked for editing.
// Never: seen outside core/population. Threads: as Population.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/population/key_index.hpp"
#include "core/population/packing.hpp"
#include "core/population/population.hpp"

namespace core::population {

using RecordId = std::uint32_t;
constexpr RecordId no_record = 0xffffffff;

// A growing array that never moves what it holds and never holds twice what it needs.
template <class T>
class Chunked {
 public:
  T& operator[](std::size_t i) { return chunks_[i >> shift][i & mask]; }
  const T& operator[](std::size_t i) const { return chunks_[i >> shift][i & mask]; }
  std::size_t size() const { return size_; }
  T& grow() {
    if (size_ == chunks_.size() << shift) chunks_.push_back(std::make_unique<T[]>(mask + 1));
    return (*this)[size_++];
  }

 private:
  static constexpr std::size_t shift = 12, mask = (std::size_t{1} << shift) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

// Texts that many share (practitioners, organisations, systems), each once.
class Texts {
 public:
  Texts() { number(""); }
  std::uint32_t number(const std::string& text) {
    const auto [found, fresh] = numbers_.emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(&found->first);
    return found->second;
  }
  const std::string& operator[](std::uint32_t number) const { return *texts_[number]; }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

struct Record {
  std::unique_ptr<std::byte[]> block;  // rows; for each row the number of its source; then the packed rest
  std::uint32_t rows = 0, sources = 0, rest = 0;
  RecordId leader = no_record;         // of its person; no_record: nobody known
  RecordId next = no_record;           // ring of the person's records
  Day birth = no_day, deceased = no_day;
  std::int8_t tier = -1;
  char sex = 'u';
  bool known : 1 = false, logical : 1 = false, replaced : 1 = false;
  bool birth_exact : 1 = true, dead : 1 = false, active : 1 = true, contact_prohibited : 1 = false;

  std::span<const Row> row_span() const { return {reinterpret_cast<const Row*>(block.get()), rows}; }
  std::size_t source_width() const { return sources <= 0x100 ? 1 : sources <= 0x10000 ? 2 : 4; }
  void pack(std::span<const Row> its_rows, std::span<const std::uint32_t> source_of_rows, std::uint32_t its_sources, std::string_view its_rest);
  std::uint32_t source_of(std::size_t row) const;
  std::string_view rest_bytes() const {
    return {reinterpret_cast<const char*>(block.get()) + rows * (sizeof(Row) + source_width()), rest};
  }
};

// What is packed of a Patient record, beside its sources.
struct Cold {
  std::uint32_t practitioner = 0, organization = 0, country = 0, postal_code = 0;  // numbers of texts
  struct Identifier {
    std::uint32_t system;
    std::string value;
    bool operator==(const Identifier&) const = default;
  };
  std::vector<Identifier> identifiers;
  std::vector<RecordId> links;
  void write(packing::Writer& out) const;
};

struct Source {
  std::string key;  // packed
  std::vector<std::string> links;
};

// A record taken apart for editing.
struct Staged {
  RecordId record = no_record;
  bool changed = false;
  std::string key;
  Cold cold;
  std::vector<Source> sources;           // in order of arrival
  std::vector<Row> rows;                 // sorted as in PersonView
  std::vector<std::uint32_t> source_of;  // for each row
};

struct Medicine {  // a Medication resource that others refer to
  std::vector<Coding> codes;
  std::set<RecordId> users;
};

struct RiskColumn {
  std::vector<float> scores;  // by record; NaN: none
  std::vector<std::int8_t> tiers;
};

struct Population::State {
  State(Vocabulary words, Identity rules) : vocabulary(std::move(words)), identity(std::move(rules)) {}

  Vocabulary vocabulary;
  Identity identity;
  Chunked<Record> records;
  KeyIndex index;
  Texts texts;
  Staged staged;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> provider_ids;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> providers{{0, 0}};
  std::unordered_map<std::string, Medicine> medicines;
  std::vector<std::string> algorithms;
  std::vector<RiskColumn> risks;
  std::set<std::uint64_t> crowded;  // hashes of identifiers on so many records that they identify nobody

  // packing.cpp's words for a record (record.cpp)
  void stage(RecordId id);
  void flush();
  Cold cold_of(RecordId id) const;
  std::string key_of(RecordId id) const;
  bool is_key(RecordId id, const packing::Key& key) const;
  bool holds(RecordId id, const packing::Key& source) const;
  Source source_of(RecordId id, std::size_t row) const;
  template <class Each>
  void each_hash(RecordId id, Each&& each) const;

  // finding and making (record.cpp)
  void enter(std::uint64_t hash, RecordId id);
  void rebuild_index(std::size_t more_records = 0, std::size_t more_keys = 0);
  RecordId find_record(std::string_view key) const;
  RecordId find_source(std::string_view key) const;
  RecordId record_for(std::string_view key, Touched* touched);

  // folding (fold.cpp)
  void fold(std::string_view key, const Digest& digest, Touched* touched);
  void set_person(RecordId id, const Person& person, Touched* touched);
  void unset_person(RecordId id, Touched* touched);
  void replace_source(RecordId id, std::string_view key, const Digest* digest);
  void add_rows(std::uint32_t source, const Digest& digest);
  void drop_source(std::uint32_t source);
  void fold_medicine(std::string_view key, const Digest* digest, Touched* touched);
  std::uint32_t payload_of(const Fact& fact, const Digest& digest);
  void touch(RecordId id, Touched* touched) const;

  // who is who (identity.cpp)
  bool trusted(std::uint32_t system, const std::string& value) const;
  std::uint64_t hash_of(const Cold::Identifier& identifier) const;
  RecordId earliest(RecordId member) const;  // of the person's records
  std::vector<RecordId> sharing(const Cold::Identifier& identifier) const;
  std::vector<RecordId> neighbours(RecordId id) const;
  void index_identity(RecordId id, const Cold& before, const Cold& after, Touched* touched);
  void regroup(RecordId seed, Touched* touched);
  void form_person(const std::vector<RecordId>& members, Touched* touched);
};

}  // namespace core::population
