// What a Definitions object holds. Internal to fhir/model: filled once by load.cpp, then only read.
// Never: changes after load, so that the pointers between its parts stay good. Threads: const from all.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::model {

struct Definitions::Tables {
  std::deque<std::string> texts;  // owners of string_views
  std::deque<json::Document> documents;
  std::deque<Type> types;
  std::deque<Children> backbones;
  std::unordered_map<std::string_view, const Type*, NameHash> type_by_name;
  std::vector<std::string> resource_types;

  std::deque<SearchParameter> parameters;
  std::unordered_map<std::string_view, const SearchParameter*> parameter_by_url;
  std::unordered_map<std::string_view, std::vector<const SearchParameter*>, NameHash> parameters_by_type;

  std::map<std::string, Compartment, std::less<>> compartments;
  std::deque<ValueSet> value_sets;
  std::unordered_map<std::string_view, const ValueSet*> value_set_by_url;
};

}  // namespace fhir::model
