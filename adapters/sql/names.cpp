#include "adapters/sql/names.hpp"

#include <mutex>

#include "adapters/sql/connection.hpp"

namespace adapters::sql {
namespace {

std::uint32_t hash(std::string_view text) {  // FNV-1a: the same in every process and version
  std::uint32_t h = 2166136261u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return h;
}

}  // namespace

void Names::load(Connection& connection) {
  const std::unique_lock lock(mutex_);
  if (size_ == 0) append("");
  Use names(connection[Sql::names], size());
  while (names.next()) append(names.bytes(1));
  Use slots(connection[Sql::slots], slots_.size());
  while (slots.next()) append_slot(slots.bytes(1), slots.bytes(2));
  stored_names_ = written_names_ = size_;
  stored_slots_ = written_slots_ = slots_.size();
}

bool Names::store(Connection& connection) {
  const std::shared_lock lock(mutex_);
  written_names_ = stored_names_, written_slots_ = stored_slots_;
  for (; written_names_ < size_; ++written_names_)
    Use(connection[Sql::add_name], written_names_, text(static_cast<NameId>(written_names_))).run();
  for (; written_slots_ < slots_.size(); ++written_slots_)
    Use(connection[Sql::add_slot], written_slots_, slots_[written_slots_].first, slots_[written_slots_].second).run();
  return written_names_ != stored_names_ || written_slots_ != stored_slots_;
}

void Names::stored() { stored_names_ = written_names_, stored_slots_ = written_slots_; }

NameId Names::append(std::string_view text) {
  const std::size_t id = size_;
  if (!texts_[id / chunk]) texts_[id / chunk] = std::make_unique<std::string[]>(chunk);
  texts_[id / chunk][id % chunk] = text;
  ids_.emplace(text, static_cast<NameId>(id));
  size_.store(id + 1, std::memory_order_release);
  return static_cast<NameId>(id);
}

std::optional<NameId> Names::intern(std::string_view text) {
  if (const auto id = find(text)) return id;
  if (text.size() > longest) return std::nullopt;
  const std::unique_lock lock(mutex_);
  if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
  if (full()) return std::nullopt;
  return append(text);
}

std::optional<NameId> Names::find(std::string_view text) const {
  const std::shared_lock lock(mutex_);
  const auto found = ids_.find(text);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Names::text(NameId id) const { return texts_[id / chunk][id % chunk]; }

NameId Names::key_of(std::string_view text) const {
  const auto id = find(text);
  return id ? *id : hash(text) | hashed;
}

core::Result<Slot> Names::slot(std::string_view type, std::string_view param) {
  if (const auto found = find_slot(type, param)) return *found;
  const std::unique_lock lock(mutex_);
  if (const auto of_type = slot_ids_.find(type); of_type != slot_ids_.end())
    if (const auto found = of_type->second.find(param); found != of_type->second.end()) return found->second;
  if (slots_.size() >= 65'535) return core::unsupported("too many different search parameters", std::string(param));
  return append_slot(type, param);
}

Slot Names::append_slot(std::string_view type, std::string_view param) {
  const Slot slot = static_cast<Slot>(slots_.size());
  slots_.emplace_back(type, param);
  slot_ids_[std::string(type)].emplace(param, slot);
  return slot;
}

std::optional<Slot> Names::find_slot(std::string_view type, std::string_view param) const {
  const std::shared_lock lock(mutex_);
  const auto of_type = slot_ids_.find(type);
  if (of_type == slot_ids_.end()) return std::nullopt;
  const auto found = of_type->second.find(param);
  return found == of_type->second.end() ? std::nullopt : std::optional(found->second);
}

std::string Names::type_of(Slot slot) const {
  const std::shared_lock lock(mutex_);
  return slot < slots_.size() ? slots_[slot].first : std::string();
}

std::vector<std::string> Names::types() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> types;
  for (const auto& [type, params] : slot_ids_)
    if (params.contains("")) types.push_back(type);
  return types;
}

}  // namespace adapters::sql
