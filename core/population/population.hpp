// All people and their facts in memory, folded from digests: 8 bytes a fact in a row grouped by person and sorted by day, with
// what is seldom read (sources, business identifiers, links) packed behind it. Patients that share a business identifier or are
// linked are one person; facts whose subject is not (yet) known wait for it; unusable ones are kept, because they mean "could
// not be evaluated". Never: decides, parses, keeps the text of a resource.
// Threads: one writer (fold, remove, load, settle, set_risk); reading from any number of threads while nobody writes.
#pragma once
#include <bit>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/population/fact.hpp"
#include "core/population/vocabulary.hpp"

namespace core::population {

using PersonId = std::uint32_t;  // the person's leading Patient record; stable until records merge or split
constexpr PersonId no_person = 0xffffffff;

// One fact, hot. `day` counts from 1900-01-01 as 1; 0: no usable date (none, or outside 1900 to 2079).
// payload: an observation's value (float bits); an encounter's length and provider; else the day it ended.
struct Row {
  ClassId klass = 0;
  std::uint16_t day = 0;
  std::uint32_t payload = 0;
  bool operator==(const Row&) const = default;
};
constexpr Day first_row_day = -25567;  // 1900-01-01
constexpr Day day_of_code(std::uint16_t code) { return code == 0 ? no_day : first_row_day - 1 + code; }
std::uint16_t code_of_day(Day day);    // 0 when it cannot be told
inline float value_of(Row row) { return std::bit_cast<float>(row.payload); }
Day end_of(Row row, const Class& klass);  // open_end when it has none; encounters over 1021 days: start + 1022

// A person for the length of one decision. Rows ascend by day (undated first); of one day the earliest stored is last.
struct PersonView {
  PersonId id = no_person;
  std::span<const Row> rows;
  Day birth = no_day, deceased = no_day;
  char sex = 'u';
  bool birth_exact = true, dead = false, active = true, contact_prohibited = false;
  bool merged = false;  // rows come from several records (ViewBuffer says which)
};

// Memory that a view of a person with several records lives in; one for each thread, reused.
struct ViewBuffer {
  std::vector<Row> rows;
  struct Origin {
    std::uint32_t record, row;
  };
  std::vector<Origin> origins;
};

struct Touched {
  std::vector<PersonId> people;  // whose decisions may have changed, each once; includes people that ceased to be
  struct Moved {
    std::string patient;         // "Patient/id"
    PersonId from, to;           // no_person: the record was not there, or is gone
  };
  std::vector<Moved> moved;      // records that changed person (merge, split, arrival, deletion)
};

// Which business identifiers make two records one person.
struct Identity {
  std::vector<std::string> trusted_systems;  // empty: every system
  std::size_t most_records = 16;             // an identifier on more records than this identifies nobody
};

struct Memory {
  std::size_t people = 0, records = 0, facts = 0, waiting = 0;  // waiting: facts whose subject is not known
  std::size_t bytes = 0;                                        // of facts, ids and indexes
};

class Population {
 public:
  explicit Population(Vocabulary vocabulary, Identity identity = {});
  ~Population();
  Population(Population&&) noexcept;
  Population& operator=(Population&&) noexcept;

  // What the resource `key` ("Observation/17") says now, instead of whatever it said before.
  Touched fold(std::string_view key, const Digest& digest);
  Touched remove(std::string_view key);
  // The same for many, without an account of who was touched; settle() ends it and must come before any reading.
  void load(std::string_view key, const Digest& digest);
  void settle();

  PersonId end() const;                          // person ids are below this; not every number is a person
  bool is_person(PersonId id) const;             // a leading record of someone known
  std::optional<PersonId> find(std::string_view patient) const;  // the person a Patient record belongs to
  PersonView view(PersonId id, ViewBuffer& buffer) const;
  void fetch(PersonId id) const;                 // soon to be viewed, if there is such a person: bring its rows nearer

  std::string patient(PersonId id) const;                 // "Patient/id" of the leading record
  std::vector<std::string> patients(PersonId id) const;   // of all its records, the leading one first
  std::string source(const PersonView& view, const ViewBuffer& buffer, std::size_t row) const;  // "Observation/17"
  std::vector<std::string> links(const PersonView& view, const ViewBuffer& buffer, std::size_t row) const;

  std::string practitioner(PersonId id) const;   // first generalPractitioner, or empty
  std::string organization(PersonId id) const;   // managingOrganization, or empty
  std::string country(PersonId id) const;
  std::string postal_code(PersonId id) const;
  std::vector<Coding> identifiers(PersonId id) const;
  struct Provider {
    std::string provider, service_provider;
  };
  Provider provider(Row row) const;              // of an encounter's row

  // Risk as computed or overruled: tier 0 low ... 3 very-high, -1 none; algorithm "" is the composite.
  struct Risk {
    int tier = -1;
    float score = 0;
    bool scored = false;
  };
  void set_risk(PersonId id, std::string_view algorithm, Risk risk);
  int tier(PersonId id) const;                                     // composite
  Risk risk(PersonId id, std::size_t algorithm) const;             // by its number
  std::optional<std::size_t> algorithm(std::string_view code) const;

  const Vocabulary& vocabulary() const;
  Memory memory() const;

 private:
  friend class SynthFill;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace core::population
