#include "core/population/vocabulary.hpp"

#include <algorithm>
#include <cctype>

#include "core/population/meaning.hpp"

namespace core::population {
namespace {

constexpr std::size_t most_classes = 65'535, own_classes = 63'000;  // beyond own_classes facts share a class by meaning alone
constexpr std::size_t most_units = 4'096;
constexpr std::size_t most_remembered = 500'000;  // codings that mean nothing, so that they are not looked up again
constexpr std::size_t most_systems = 200, most_words = 2'000'000;

// National variants of ICD-10 and ICPC-1 speak of the same codes; these systems and ATC are trees by their codes' letters.
std::string family_of(std::string_view system) {
  if (system.find("icd-10") != std::string_view::npos || system == "urn:oid:2.16.840.1.113883.6.3" || system == "urn:oid:2.16.840.1.113883.6.90")
    return "icd-10";
  if (system.find("icpc-1") != std::string_view::npos) return "icpc-1";
  if (system.ends_with("/atc") || system == "urn:oid:2.16.840.1.113883.6.73") return "atc";
  return std::string(system);
}

bool by_prefix(std::string_view family) { return family == "icd-10" || family == "icpc-1" || family == "atc"; }

std::string plain(std::string_view code) {  // E11.65 -> E1165
  std::string result;
  for (const char c : code)
    if (c != '.') result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string key_of(const Coding& coding) {
  std::string family = family_of(coding.system);
  const bool prefix = by_prefix(family);
  return family + "|" + (prefix ? plain(coding.code) : coding.code);
}

CodeSet encounter_classes(std::string_view name, std::initializer_list<const char*> codes) {
  CodeSet set;
  set.name = name;
  for (const char* code : codes) set.entries.push_back({"http://terminology.hl7.org/CodeSystem/v3-ActCode", code, false, {}});
  return set;
}

bool always_kept(FactKind kind) {
  return kind == FactKind::medication || kind == FactKind::encounter || kind == FactKind::communication;
}

void add(std::vector<Member>& members, SetId set, std::uint32_t how, std::uint16_t question) {
  for (auto& member : members)
    if (member.set == set) {
      member.meaning |= how;
      if (question) member.question = question;
      return;
    }
  Member member;
  member.set = set;
  member.meaning = how;
  member.question = question;
  members.push_back(member);
}

void put(std::string& key, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) key += static_cast<char>(value >> (8 * i));
}

}  // namespace

Vocabulary::Vocabulary(std::vector<CodeSet> sets, const std::vector<bool>& in_rules) : sets_(std::move(sets)), in_rules_(in_rules) {
  if (in_rules_.empty()) in_rules_.assign(sets_.size(), true);
  sets_.push_back(encounter_classes(hospital_set, {"EMER", "IMP", "ACUTE", "NONAC", "SS", "OBSENC"}));
  sets_.push_back(encounter_classes(ambulatory_set, {"AMB", "HH", "VR"}));
  in_rules_.push_back(std::any_of(sets_.begin(), sets_.end(), [](const CodeSet& set) { return set.outside_hospital; }));
  in_rules_.push_back(false);
  words_.emplace_back();  // word 0
  units_.emplace_back();  // unit 0: none
  unit_ids_.emplace("", 0);
  for (std::size_t i = 0; i < sets_.size(); ++i) index_set(static_cast<SetId>(i));
}

void Vocabulary::index_set(SetId id) {
  by_name_.emplace(sets_[id].name, id);
  for (const auto& entry : sets_[id].entries) {
    const auto key = key_of({entry.system, entry.code});
    std::uint16_t question = 0;
    if (!entry.answer.empty()) {
      question = questions_.emplace(key, static_cast<std::uint16_t>(questions_.size() + 1)).first->second;
      pair_answers_.insert(entry.answer);
    }
    auto& uses = (entry.prefix ? prefix_ : exact_)[key];
    uses.push_back({id, question, entry.answer});
  }
}

std::optional<SetId> Vocabulary::set(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Vocabulary::Use> Vocabulary::uses_of(const Coding& coding) const {
  const auto key = key_of(coding);
  std::vector<Use> uses;
  if (const auto found = exact_.find(key); found != exact_.end()) uses = found->second;
  const auto bar = key.find('|');
  if (prefix_.empty() || bar == std::string::npos || !by_prefix(std::string_view(key).substr(0, bar))) return uses;
  for (auto length = bar + 2; length <= key.size(); ++length)
    if (const auto found = prefix_.find(key.substr(0, length)); found != prefix_.end())
      uses.insert(uses.end(), found->second.begin(), found->second.end());
  return uses;
}

Vocabulary::WordId Vocabulary::word_of(const Coding& coding, bool always) {
  if (coding.code.empty()) return 0;
  auto system = std::find_if(systems_.begin(), systems_.end(), [&](const System& each) { return each.name == coding.system; });
  if (system == systems_.end() && systems_.size() < most_systems) {
    systems_.push_back({coding.system, {}});
    system = systems_.end() - 1;
  }
  const bool rare = system == systems_.end();
  auto& words = rare ? rare_words_ : system->words;
  const auto name = rare ? coding.system + "|" + coding.code : std::string();
  const std::string_view key = rare ? std::string_view(name) : std::string_view(coding.code);
  if (const auto found = words.find(key); found != words.end() && (found->second != 0 || !always)) return found->second;
  const auto id = new_word(coding, always);
  if (id != 0 || remembered_++ < most_remembered) words[std::string(key)] = id;
  return id;
}

Vocabulary::WordId Vocabulary::new_word(const Coding& coding, bool always) {
  auto uses = uses_of(coding);
  if ((uses.empty() && !always) || words_.size() >= most_words) return 0;
  words_.push_back({coding, std::move(uses)});
  return static_cast<WordId>(words_.size() - 1);
}

Vocabulary::Words Vocabulary::words_of(const Fact& fact, const std::vector<Coding>& codes) {
  Words words;
  const auto collect = [this](const std::vector<Coding>& from, std::vector<WordId>& to, auto always) {
    for (const auto& coding : from)
      if (const auto id = word_of(coding, always(coding)); id != 0 && std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
    std::sort(to.begin(), to.end());
  };
  const bool medicine = fact.kind == FactKind::medication;
  collect(codes, words.codes, [&](const Coding& coding) { return medicine && &coding == codes.data(); });
  collect(fact.answers, words.answers, [&](const Coding& coding) { return pair_answers_.count(coding.code) > 0; });
  collect(fact.about, words.about, [](const Coding&) { return false; });
  return words;
}

std::vector<Member> Vocabulary::members_of(const Fact& fact, const Words& words) const {
  std::vector<Member> members;
  const auto answered = [&](const std::string& answer) {
    return std::any_of(fact.answers.begin(), fact.answers.end(), [&](const Coding& coding) { return coding.code == answer; });
  };
  for (const auto word : words.codes)
    for (const auto& use : words_[word].uses) {
      const bool pair = use.question != 0;
      add(members, use.set, (pair ? by_question : by_code) | (pair && answered(use.answer) ? by_code : 0u), use.question);
    }
  for (const auto word : words.answers)
    for (const auto& use : words_[word].uses)
      if (use.question == 0) add(members, use.set, by_answer, 0);
  for (const auto word : words.about)
    for (const auto& use : words_[word].uses)
      if (use.question == 0) add(members, use.set, by_about, 0);
  for (auto& member : members) {
    if (member.meaning & by_code) member.meaning |= meaning_by_code(fact, sets_[member.set], member);
    if ((member.meaning & (by_code | by_question)) && counts(fact) && !fact.answers.empty()) member.meaning |= asked;
  }
  std::stable_sort(members.begin(), members.end(),
                   [this](const Member& a, const Member& b) { return in_rules_[a.set] > in_rules_[b.set]; });
  return members;
}

std::uint16_t Vocabulary::unit_id(const Fact& fact) {
  if (!fact.value) return 0;
  if (const auto found = unit_ids_.find(fact.unit); found != unit_ids_.end()) return found->second;
  if (units_.size() >= most_units) return static_cast<std::uint16_t>(most_units - 1);
  units_.push_back(fact.unit);
  return unit_ids_.emplace(fact.unit, static_cast<std::uint16_t>(units_.size() - 1)).first->second;
}

std::optional<ClassId> Vocabulary::make_class(const Fact& fact, const Words& words, std::vector<Member> members, std::uint16_t drug) {
  if (classes_.size() >= most_classes) return std::nullopt;
  Class made;
  made.first = static_cast<std::uint32_t>(members_.size());
  made.members = static_cast<std::uint16_t>(members.size());
  made.rule_members = static_cast<std::uint16_t>(
      std::count_if(members.begin(), members.end(), [this](const Member& member) { return in_rules_[member.set]; }));
  for (std::size_t i = 0; i < made.rule_members; ++i) made.rule_meanings |= members[i].meaning;
  made.drug = drug;
  made.kind = fact.kind;
  made.state = fact.state;
  made.exact = fact.day_exact;
  made.has_value = fact.value.has_value();
  made.has_unknown_code = words.codes.empty();
  const bool supports = std::any_of(members.begin(), members.end(), [this](const Member& member) {
    return (member.meaning & by_code) && sets_[member.set].name.starts_with("SUPPORT-");
  });
  members_.insert(members_.end(), members.begin(), members.end());
  classes_.push_back(made);
  words_of_class_.push_back(words);
  keeps_links_.push_back(supports);
  unit_of_.push_back(unit_id(fact));
  return static_cast<ClassId>(classes_.size() - 1);
}

std::optional<ClassId> Vocabulary::class_of(const Fact& fact, const std::vector<Coding>& codes) {
  const auto words = words_of(fact, codes);
  if (words.codes.empty() && words.answers.empty() && words.about.empty() && !always_kept(fact.kind)) return std::nullopt;
  const auto quick = quick_key(fact, codes, words);
  if (quick == 0) return find_or_make(fact, codes, words);
  if (const auto found = quick_ids_.find(quick); found != quick_ids_.end()) return found->second;
  const auto made = find_or_make(fact, codes, words);
  if (made) quick_ids_.emplace(quick, *made);
  return made;
}

// Everything that a class depends on, in one word, for the usual fact; 0 for others.
std::uint64_t Vocabulary::quick_key(const Fact& fact, const std::vector<Coding>& codes, const Words& words) {
  constexpr std::uint32_t words_that_fit = 1u << 20;
  const auto usual = words.codes.size() == 1 && words.answers.size() <= 1 && words.about.empty() && codes.size() == 1;
  if (!usual || words_.size() >= words_that_fit || classes_.size() >= own_classes) return 0;
  const auto flags = (fact.day_exact ? 1u : 0u) | (fact.value ? 2u : 0u) | (fact.answers.empty() ? 0u : 4u);
  const std::uint64_t answer = words.answers.empty() ? 0 : words.answers.front();
  return static_cast<std::uint64_t>(fact.kind) << 60 | static_cast<std::uint64_t>(fact.state) << 56 | std::uint64_t{flags} << 53 |
         std::uint64_t{unit_id(fact)} << 40 | std::uint64_t{words.codes.front()} << 20 | answer;
}

std::optional<ClassId> Vocabulary::find_or_make(const Fact& fact, const std::vector<Coding>& codes, const Words& words) {
  std::string key{static_cast<char>(fact.kind), static_cast<char>(fact.state),
                  static_cast<char>((fact.day_exact ? 1 : 0) | (fact.value ? 2 : 0) | (fact.answers.empty() ? 0 : 4))};
  put(key, unit_id(fact));
  std::uint16_t drug = 0;
  if (fact.kind == FactKind::medication && !codes.empty()) {
    const auto fresh = static_cast<std::uint16_t>(std::min<std::size_t>(drug_ids_.size() + 1, 0xffff));
    drug = drug_ids_.emplace(key_of(codes.front()), fresh).first->second;
    put(key, drug);
  }
  auto shared_key = "#" + key;
  for (const auto* list : {&words.codes, &words.answers, &words.about}) {
    put(key, static_cast<std::uint32_t>(list->size()));
    for (const auto word : *list) put(key, word);
  }
  if (const auto found = class_ids_.find(key); found != class_ids_.end()) return found->second;
  auto members = members_of(fact, words);
  if (members.empty() && !always_kept(fact.kind)) return std::nullopt;
  if (classes_.size() >= own_classes) {
    ++overflowed_;
    for (const auto& member : members) put(shared_key, member.set), put(shared_key, member.meaning);
    key = std::move(shared_key);
    if (const auto found = class_ids_.find(key); found != class_ids_.end()) return found->second;
  }
  const auto made = make_class(fact, words, std::move(members), drug);
  if (made) class_ids_.emplace(std::move(key), *made);
  return made;
}

std::vector<Coding> Vocabulary::codings(const std::vector<WordId>& words) const {
  std::vector<Coding> result;
  for (const auto word : words) result.push_back(words_[word].coding);
  return result;
}

std::vector<Coding> Vocabulary::codes(ClassId id) const { return codings(words_of_class_[id].codes); }
std::vector<Coding> Vocabulary::answers(ClassId id) const { return codings(words_of_class_[id].answers); }
std::vector<Coding> Vocabulary::about(ClassId id) const { return codings(words_of_class_[id].about); }

}  // namespace core::population
