// Code systems and value sets in memory: is this a code of that system, is it in that value set. Three answers, since a
// set may need a system that is not at hand. Value sets are decided rule by rule, never expanded. Never: owns the
// resources it is given, or asks a server. Threads: const after the last add(). Source: FHIR R4 CodeSystem, ValueSet
// (compose: include, exclude, filter; expansion where there is no compose).
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::terminology {

enum class Answer : unsigned char { no, yes, unknown };

class Terminology {
 public:
  // The value sets that R4 binds as required are known from the start.
  explicit Terminology(const model::Definitions& definitions) : definitions_(definitions) {}

  void add(const json::Value& resource);        // a CodeSystem or ValueSet, else nothing; it must outlive this
  bool has_system(std::string_view url) const;  // with its concepts, complete
  bool has_set(std::string_view canonical) const;

  Answer in_system(std::string_view system, std::string_view code) const;
  // `system` empty: a code of any system of the set.
  Answer in_set(std::string_view canonical, std::string_view system, std::string_view code) const;
  Answer in_resource(const json::Value& value_set, std::string_view system,
                     std::string_view code) const;  // one not added
  // The displays of a concept (display, designations), empty when it has none or is not known.
  std::vector<std::string_view> displays(std::string_view system, std::string_view code) const;

 private:
  struct Concept {
    const json::Value* value = nullptr;
    std::vector<std::string_view> parents;
  };
  struct System {
    bool complete = false, folded = false;  // folded: upper and lower case are the same
    std::unordered_map<std::string_view, Concept> concepts;
  };
  static constexpr int deepest = 20;  // of value sets that include value sets
  static constexpr int most_looked_at = 10'000;  // for one question: those that include each other twice double with each level
  struct Walk {
    int depth = 0, looked_at = 0;
  };

  void add_concepts(System& system, const json::Value& list, std::string_view parent);
  const Concept* find(const System& system, std::string_view code) const;
  const System* system(std::string_view url) const;
  const json::Value* set(std::string_view canonical) const;
  bool below(const System& system, std::string_view code, std::string_view ancestor) const;

  Answer in_set(std::string_view canonical, std::string_view system, std::string_view code, Walk& walk) const;
  Answer in_resource(const json::Value& value_set, std::string_view system, std::string_view code, Walk& walk) const;
  Answer in_compose(const json::Value& compose, std::string_view system, std::string_view code, Walk& walk) const;
  Answer in_part(const json::Value& part, std::string_view system, std::string_view code, Walk& walk) const;
  Answer in_system_part(const json::Value& part, std::string_view code) const;
  Answer passes(const System& system, const json::Value& filter, std::string_view code) const;

  const model::Definitions& definitions_;
  std::deque<std::string> texts_;
  std::unordered_map<std::string, System> systems_;
  std::unordered_map<std::string, const json::Value*> sets_;  // by url and by url|version
};

}  // namespace fhir::terminology
