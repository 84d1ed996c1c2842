#include "fhir/model/definitions.hpp"

#include <algorithm>
#include <cstring>

#include "fhir/model/tables.hpp"

namespace fhir::model {
namespace {

template <class Map>
auto at(const Map& map, std::string_view key) -> decltype(map.begin()->second) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : it->second;
}

}  // namespace

std::size_t NameHash::operator()(std::string_view name) const noexcept {
  std::uint64_t head = 0, tail = 0;
  if (name.size() >= 8) {
    std::memcpy(&head, name.data(), 8);
    std::memcpy(&tail, name.data() + name.size() - 8, 8);
  } else if (!name.empty()) {
    std::memcpy(&head, name.data(), name.size());
  }
  const std::uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15ULL) ^ name.size()) * 0xD6E8FEB86659FD93ULL;
  return mixed ^ (mixed >> 32);
}

const Element* Children::element(std::string_view name) const {
  const auto it = std::find_if(elements.begin(), elements.end(), [&](const Element& e) { return e.name == name; });
  return it == elements.end() ? nullptr : &*it;
}

bool ValueSet::contains(std::string_view system, std::string_view code) const {
  return std::any_of(systems.begin(), systems.end(),
                     [&](const auto& entry) { return entry.first == system && entry.second.contains(code); });
}

bool ValueSet::has_system(std::string_view system) const {
  return std::any_of(systems.begin(), systems.end(), [&](const auto& entry) { return entry.first == system; });
}

Definitions::Definitions() : tables_(new Tables) {}
Definitions::~Definitions() = default;

const Type* Definitions::type(std::string_view name) const { return at(tables_->type_by_name, name); }

bool Definitions::is_resource(std::string_view name) const {
  const Type* found = type(name);
  return found && found->family == Family::resource && !found->abstract_type;
}

const std::vector<std::string>& Definitions::resource_types() const { return tables_->resource_types; }

bool Definitions::derives(std::string_view name, std::string_view from) const {
  for (const Type* t = type(name); t; t = t->base_type)
    if (t->name == from) return true;
  return false;
}

const std::vector<const SearchParameter*>& Definitions::search_parameters(std::string_view type) const {
  static const std::vector<const SearchParameter*> none;
  const auto it = tables_->parameters_by_type.find(type);
  return it == tables_->parameters_by_type.end() ? none : it->second;
}

const SearchParameter* Definitions::search_parameter(std::string_view type, std::string_view code) const {
  const auto& all = search_parameters(type);
  const auto it = std::lower_bound(all.begin(), all.end(), code,
                                   [](const SearchParameter* p, std::string_view c) { return p->code < c; });
  return it != all.end() && (*it)->code == code ? *it : nullptr;
}

const SearchParameter* Definitions::search_parameter_by_url(std::string_view url) const {
  return at(tables_->parameter_by_url, url);
}

const Compartment* Definitions::compartment(std::string_view type) const {
  const auto it = tables_->compartments.find(type);
  return it == tables_->compartments.end() ? nullptr : &it->second;
}

const ValueSet* Definitions::value_set(std::string_view url) const { return at(tables_->value_set_by_url, url); }

const std::unordered_set<std::string_view>* Definitions::codes(std::string_view value_set) const {
  const ValueSet* found = this->value_set(value_set);
  return found ? &found->codes : nullptr;
}

std::string_view Definitions::system_of(std::string_view value_set, std::string_view code) const {
  if (const ValueSet* found = this->value_set(value_set))
    for (const auto& [system, codes] : found->systems)
      if (codes.contains(code)) return system;
  return {};
}

}  // namespace fhir::model
