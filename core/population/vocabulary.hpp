// The words the core understands: code sets, and for each kind of fact seen (its codes, answers, links, kind, state, unit) a
// 16-bit class with what it means to every set. Prefix entries are resolved once, when a code is first seen.
// Never: keeps a code that no set, medicine or encounter needs. Threads: class_of() is for the one writer; reading is safe
// beside other readers. Source: risk.md "Code matching" for prefixes; profiles/README.md for the sets.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/population/code_set.hpp"
#include "core/population/fact.hpp"

namespace core::population {

using SetId = std::uint16_t;
using ClassId = std::uint16_t;

// Sets that the house itself needs, always present, after those it is given.
inline constexpr std::string_view hospital_set = "@hospital";      // Encounter class EMER, IMP, ACUTE, NONAC, SS, OBSENC
inline constexpr std::string_view ambulatory_set = "@ambulatory";  // Encounter class AMB, HH, VR; wellness visits

// What a class of facts means to one set (bits of Member::meaning).
enum Meaning : std::uint32_t {
  by_code = 1u << 0,      // its code is of the set (of a pair: question and answer both)
  by_question = 1u << 1,  // its code is the question of a pair of the set, whatever the answer
  by_answer = 1u << 2,    // its coded answer is of the set
  by_about = 1u << 3,     // what it is linked to by code is of the set
  evidence = 1u << 4,     // by code, in a state that counts, with a usable value when the set asks for one
  doubtful = 1u << 5,     // would be evidence but for its value or unit
  valued = 1u << 6,       // evidence with a number in the set's unit
  valueless = 1u << 7,    // in a state that counts, but without a number in the set's unit
  occurred = 1u << 8,     // by code, and true of the person at some time: ever()
  condition = 1u << 9,    // by code, a Condition that counts: open()
  refusal = 1u << 10,     // by code, declined
  drug_active = 1u << 11, drug_ordered = 1u << 12, drug_stopped = 1u << 13,  // by code, a medicine
  running = 1u << 14,     // by code, a plan, request or referral under way
  done = 1u << 15,        // by code, completed
  asked = 1u << 16        // by question or code, a statement that counts (answers)
};

struct Member {
  std::uint32_t meaning = 0;
  float factor = 1, offset = 0;  // value * factor + offset is in the set's unit
  SetId set = 0;
  std::uint16_t question = 0;    // which of the set's questions, of a pair
};

struct Class {
  std::uint32_t first = 0;       // its members: [first, first + rule_members) touch rules, up to first + members all
  std::uint16_t rule_members = 0, members = 0;
  std::uint32_t rule_meanings = 0;  // what it means to them, together
  std::uint16_t drug = 0;        // the same for every class of one medicine; 0: no medicine
  FactKind kind = FactKind::other;
  State state = State::valid;
  bool exact = true, has_value = false, has_unknown_code = false;
};

class Vocabulary {
 public:
  // `in_rules`: the sets that rules touch (the others are kept for explaining, risk and evaluation); empty: all of them.
  explicit Vocabulary(std::vector<CodeSet> sets, const std::vector<bool>& in_rules = {});

  std::optional<SetId> set(std::string_view name) const;
  std::span<const CodeSet> sets() const { return sets_; }

  // The class of a fact, made when it is new; nothing when the fact means nothing here. `codes` stands in for fact.codes.
  std::optional<ClassId> class_of(const Fact& fact, const std::vector<Coding>& codes);
  std::optional<ClassId> class_of(const Fact& fact) { return class_of(fact, fact.codes); }
  bool keeps_links(ClassId id) const { return keeps_links_[id]; }  // support: the resources it is linked to are needed

  const Class& operator[](ClassId id) const { return classes_[id]; }
  std::span<const Member> members(ClassId id) const { return {&members_[classes_[id].first], classes_[id].members}; }
  std::span<const Member> rule_members(ClassId id) const { return {&members_[classes_[id].first], classes_[id].rule_members}; }
  std::vector<Coding> codes(ClassId id) const;    // those that matter to a set (of a medicine: at least one)
  std::vector<Coding> answers(ClassId id) const;
  std::vector<Coding> about(ClassId id) const;
  const std::string& unit(ClassId id) const { return units_[unit_of_[id]]; }
  std::span<const Class> all_classes() const { return classes_; }
  std::span<const Member> all_members() const { return members_; }
  std::size_t classes() const { return classes_.size(); }
  std::size_t overflowed() const { return overflowed_; }  // facts that came after 65,535 classes and lost their own code

 private:
  using WordId = std::uint32_t;  // 0: no word
  struct Use {                   // a coding's part in a set
    SetId set;
    std::uint16_t question;      // number of the question, of a pair; 0: a plain entry
    std::string answer;          // of a pair
  };
  struct Word {
    Coding coding;
    std::vector<Use> uses;
  };
  struct Words {
    std::vector<WordId> codes, answers, about;
  };

  void index_set(SetId id);
  WordId word_of(const Coding& coding, bool always);
  WordId new_word(const Coding& coding, bool always);
  std::vector<Use> uses_of(const Coding& coding) const;
  std::uint64_t quick_key(const Fact& fact, const std::vector<Coding>& codes, const Words& words);
  std::optional<ClassId> find_or_make(const Fact& fact, const std::vector<Coding>& codes, const Words& words);
  Words words_of(const Fact& fact, const std::vector<Coding>& codes);
  std::vector<Member> members_of(const Fact& fact, const Words& words) const;
  std::optional<ClassId> make_class(const Fact& fact, const Words& words, std::vector<Member> members, std::uint16_t drug);
  std::uint16_t unit_id(const Fact& fact);
  std::vector<Coding> codings(const std::vector<WordId>& words) const;

  std::vector<CodeSet> sets_;
  std::vector<bool> in_rules_;
  std::unordered_map<std::string, SetId> by_name_;
  std::unordered_map<std::string, std::vector<Use>> exact_, prefix_;  // "system|code"
  std::unordered_map<std::string, std::uint16_t> questions_;
  std::unordered_set<std::string> pair_answers_;
  struct Lookup {  // by text without making a string of it
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct System {
    std::string name;
    std::unordered_map<std::string, WordId, Lookup, std::equal_to<>> words;  // by code; 0: it means nothing
  };
  std::vector<System> systems_;
  std::unordered_map<std::string, WordId, Lookup, std::equal_to<>> rare_words_;  // of further systems, by "system|code"
  std::size_t remembered_ = 0;
  std::vector<Word> words_;
  std::unordered_map<std::string, ClassId> class_ids_;
  std::unordered_map<std::uint64_t, ClassId> quick_ids_;  // of the usual facts: one code, at most one answer
  std::vector<Class> classes_;
  std::vector<Words> words_of_class_;
  std::vector<Member> members_;
  std::vector<bool> keeps_links_;
  std::vector<std::uint16_t> unit_of_;
  std::vector<std::string> units_;
  std::unordered_map<std::string, std::uint16_t> unit_ids_, drug_ids_;
  std::size_t overflowed_ = 0;
};

}  // namespace core::population
