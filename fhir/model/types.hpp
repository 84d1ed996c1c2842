// Makes the types of types.json, with what they inherit, their backbones and the names of their elements. Internal to
// fhir/model. Never: reads files. Threads: one at a time. Source: FHIR R4 StructureDefinition; the compact form of
// profiles/README.md.
#pragma once
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/tables.hpp"

namespace fhir::model {

std::vector<std::string> texts(const json::Value& list);

class TypeBuilder {
 public:
  TypeBuilder(Definitions::Tables& tables, const std::unordered_map<std::string, Invariant>& invariants)
      : tables_(tables), invariants_(invariants) {}

  void build(const json::Value& entries);  // of types.json

 private:
  // The rows of one type while they are read, and what is to be connected when all are.
  struct Filling {
    std::span<const json::Value> rows;
    std::size_t at = 0;
    std::unordered_map<std::string, const Children*> backbones;
    std::vector<std::pair<Element*, std::string>> content;  // contentReference to a path
  };

  void name_type(const json::Value& row);
  const Type* type_named(std::string_view name) const;
  std::vector<Invariant> invariants_of(const json::Value& row) const;
  void fill_type(Type& type);
  void add_primitive_value(Type& type);
  void fill_level(Children& level, const Type* base, const std::string& path, Filling& filling);
  Element element_from(const json::Value& row);
  ElementType type_from(const json::Value& row) const;
  void index(Children& level);

  Definitions::Tables& tables_;
  const std::unordered_map<std::string, Invariant>& invariants_;
  std::unordered_map<const Type*, const json::Value*> rows_;  // types not filled yet
};

}  // namespace fhir::model
