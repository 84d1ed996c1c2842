// Who is who: records that share a trusted business identifier, or of which one links to the other, are one person. The person's
// leading record is the earliest known one that is not replaced by another.
#include <algorithm>

#include "core/population/state.hpp"

namespace core::population {

bool Population::State::trusted(std::uint32_t system, const std::string& value) const {
  const auto& name = texts[system];
  if (name.empty() || value.empty()) return false;
  const auto& list = identity.trusted_systems;
  if (!list.empty() && std::find(list.begin(), list.end(), name) == list.end()) return false;
  return crowded.empty() || crowded.count(hash_of({system, value})) == 0;
}

std::uint64_t Population::State::hash_of(const Cold::Identifier& identifier) const {
  return packing::hash(texts[identifier.system], identifier.value);
}

// The records that carry an identifier, up to one more than may.
std::vector<RecordId> Population::State::sharing(const Cold::Identifier& identifier) const {
  std::vector<RecordId> found;
  index.find(hash_of(identifier), [&](RecordId other) {
    const auto theirs = cold_of(other).identifiers;
    if (std::find(theirs.begin(), theirs.end(), identifier) != theirs.end()) found.push_back(other);
    return found.size() > identity.most_records;
  });
  return found;
}

// Records that this one shares an identifier with, links to, or is linked from.
std::vector<RecordId> Population::State::neighbours(RecordId id) const {
  std::vector<RecordId> found;
  const auto cold = cold_of(id);
  for (const auto& each : cold.identifiers) {
    if (!trusted(each.system, each.value)) continue;
    const auto others = sharing(each);
    found.insert(found.end(), others.begin(), others.end());
  }
  found.insert(found.end(), cold.links.begin(), cold.links.end());
  index.find(packing::hash("l", std::to_string(id)), [&](RecordId other) {
    const auto links = cold_of(other).links;
    if (std::find(links.begin(), links.end(), id) != links.end()) found.push_back(other);
    return false;
  });
  return found;
}

// Keeps the index in step with a record's identifiers and links; an identifier that too many carry is taken out of use.
void Population::State::index_identity(RecordId id, const Cold& before, const Cold& after, Touched* touched) {
  const auto has = [](const auto& list, const auto& value) { return std::find(list.begin(), list.end(), value) != list.end(); };
  for (const auto& old : before.identifiers)
    if (!has(after.identifiers, old) && trusted(old.system, old.value)) index.erase(hash_of(old), id);
  for (const auto old : before.links)
    if (!has(after.links, old)) index.erase(packing::hash("l", std::to_string(old)), id);
  for (const auto fresh : after.links)
    if (!has(before.links, fresh)) enter(packing::hash("l", std::to_string(fresh)), id);
  for (const auto& fresh : after.identifiers) {
    if (has(before.identifiers, fresh) || !trusted(fresh.system, fresh.value)) continue;
    enter(hash_of(fresh), id);
    const auto others = sharing(fresh);
    if (others.size() <= identity.most_records) continue;
    crowded.insert(hash_of(fresh));
    for (const auto other : others) index.erase(hash_of(fresh), other);
    for (const auto other : others) regroup(other, touched);
  }
}

// Works out anew who belongs together around a record whose identity changed.
void Population::State::regroup(RecordId seed, Touched* touched) {
  flush();
  const auto direct = neighbours(seed);
  if (records[seed].next == seed && std::all_of(direct.begin(), direct.end(), [&](RecordId other) { return other == seed; })) {
    form_person({seed}, touched);  // alone before, alone now
    return;
  }
  std::set<RecordId> around{seed};
  std::vector<RecordId> queue{seed};
  std::map<RecordId, std::vector<RecordId>> edges;
  const auto visit = [&](RecordId id) {
    if (around.insert(id).second) queue.push_back(id);
  };
  while (!queue.empty()) {
    const auto id = queue.back();
    queue.pop_back();
    for (auto member = records[id].next; member != id; member = records[member].next) visit(member);
    edges[id] = neighbours(id);
    for (const auto other : edges[id]) visit(other);
  }
  std::set<RecordId> done;
  for (const auto start : around) {
    if (!done.insert(start).second) continue;
    std::vector<RecordId> members{start}, reached{start};
    while (!reached.empty()) {
      const auto id = reached.back();
      reached.pop_back();
      for (const auto other : edges[id])
        if (done.insert(other).second) members.push_back(other), reached.push_back(other);
    }
    std::sort(members.begin(), members.end());
    form_person(members, touched);
  }
}

void Population::State::form_person(const std::vector<RecordId>& members, Touched* touched) {
  RecordId leader = no_record;
  for (const auto replaced : {false, true})
    for (const auto id : members)
      if (leader == no_record && records[id].known && records[id].replaced == replaced) leader = id;
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto& record = records[members[i]];
    record.next = members[(i + 1) % members.size()];
    if (touched && record.leader != leader && (record.known || record.leader != no_record)) {
      if (!record.logical) touched->moved.push_back({key_of(members[i]), record.leader, leader});
      touch(members[i], touched);
    }
    record.leader = leader;
    if (touched) touch(members[i], touched);
  }
}

}  // namespace core::population
