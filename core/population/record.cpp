// Records: packed for keeping, taken apart for editing, found by key.
#include <algorithm>
#include <cstring>

#include "core/population/state.hpp"

namespace core::population {
namespace {

using packing::Key;
using packing::Reader;
using packing::Writer;
using packing::hash;
using packing::packed;
using packing::text_of;

// The parts of a record's packed rest, in order: its key, then (of a known or logical one) Cold, then its sources.
Cold read_cold(Reader& in, const Record& record) {
  Cold cold;
  if (!record.known && !record.logical) return cold;
  for (auto* number : {&cold.practitioner, &cold.organization, &cold.country, &cold.postal_code})
    *number = static_cast<std::uint32_t>(in.number());
  for (auto n = in.number(); n > 0; --n) {
    const auto system = static_cast<std::uint32_t>(in.number());
    cold.identifiers.push_back({system, std::string(in.text())});
  }
  for (auto n = in.number(); n > 0; --n) cold.links.push_back(static_cast<RecordId>(in.number()));
  return cold;
}

void skip_cold(Reader& in, const Record& record) {
  if (!record.known && !record.logical) return;
  for (int i = 0; i < 4; ++i) in.number();
  for (auto n = in.number(); n > 0; --n) in.number(), in.text();
  for (auto n = in.number(); n > 0; --n) in.number();
}

std::vector<std::string> read_links(Reader& in, const Key& key) {
  std::vector<std::string> links;
  if (key.mark)
    for (auto n = in.number(); n > 0; --n) links.emplace_back(in.text());
  return links;
}

}  // namespace

void Cold::write(Writer& out) const {
  for (const auto number : {practitioner, organization, country, postal_code}) out.number(number);
  out.number(identifiers.size());
  for (const auto& identifier : identifiers) out.number(identifier.system), out.text(identifier.value);
  out.number(links.size());
  for (const auto link : links) out.number(link);
}

void Record::pack(std::span<const Row> its_rows, std::span<const std::uint32_t> source_of_rows, std::uint32_t its_sources, std::string_view its_rest) {
  rows = static_cast<std::uint32_t>(its_rows.size());
  sources = its_sources;
  rest = static_cast<std::uint32_t>(its_rest.size());
  const auto width = source_width();
  block = nullptr;
  block = std::make_unique_for_overwrite<std::byte[]>(rows * (sizeof(Row) + width) + rest);
  auto* at = block.get();
  if (rows != 0) std::memcpy(at, its_rows.data(), rows * sizeof(Row));
  at += rows * sizeof(Row);
  for (const auto number : source_of_rows)
    for (std::size_t i = 0; i < width; ++i) *at++ = static_cast<std::byte>(number >> (8 * i));
  std::memcpy(at, its_rest.data(), rest);
}

std::uint32_t Record::source_of(std::size_t row) const {
  const auto width = source_width();
  const auto* at = block.get() + rows * sizeof(Row) + row * width;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < width; ++i) number |= std::to_integer<std::uint32_t>(at[i]) << (8 * i);
  return number;
}

void Population::State::stage(RecordId id) {
  if (staged.record == id) return;
  flush();
  staged = {};
  staged.record = id;
  const auto& record = records[id];
  if (!record.block) return;
  Reader in(record.rest_bytes());
  staged.key = text_of(in.key());
  staged.cold = read_cold(in, record);
  for (std::uint32_t i = 0; i < record.sources; ++i) {
    const auto key = in.key();
    staged.sources.push_back({packed(key), read_links(in, key)});
  }
  const auto rows = record.row_span();
  staged.rows.assign(rows.begin(), rows.end());
  for (std::size_t i = 0; i < rows.size(); ++i) staged.source_of.push_back(record.source_of(i));
}

void Population::State::flush() {
  if (staged.record == no_record || !staged.changed) return;
  staged.changed = false;
  auto& record = records[staged.record];
  std::string rest;
  Writer out(rest);
  const auto own_key = packing::packed(staged.key);
  out.key(packing::key_of(own_key));
  if (record.known || record.logical) staged.cold.write(out);
  for (const auto& source : staged.sources) {
    out.key(packing::key_of(source.key), !source.links.empty());
    if (source.links.empty()) continue;
    out.number(source.links.size());
    for (const auto& link : source.links) out.text(link);
  }
  record.pack(staged.rows, staged.source_of, static_cast<std::uint32_t>(staged.sources.size()), rest);
}

Cold Population::State::cold_of(RecordId id) const {
  if (staged.record == id) return staged.cold;
  Reader in(records[id].rest_bytes());
  in.key();
  return read_cold(in, records[id]);
}

std::string Population::State::key_of(RecordId id) const {
  if (staged.record == id) return staged.key;
  return text_of(Reader(records[id].rest_bytes()).key());
}

bool Population::State::is_key(RecordId id, const Key& key) const {
  if (staged.record == id) return staged.key == text_of(key);
  return Reader(records[id].rest_bytes()).key().same(key);
}

bool Population::State::holds(RecordId id, const Key& source) const {
  if (staged.record == id) {
    const auto bytes = packed(source);
    return std::any_of(staged.sources.begin(), staged.sources.end(), [&](const Source& each) { return each.key == bytes; });
  }
  const auto& record = records[id];
  Reader in(record.rest_bytes());
  in.key();
  skip_cold(in, record);
  for (std::uint32_t i = 0; i < record.sources; ++i) {
    const auto key = in.key();
    if (key.same(source)) return true;
    read_links(in, key);
  }
  return false;
}

Source Population::State::source_of(RecordId id, std::size_t row) const {
  const auto& record = records[id];
  Reader in(record.rest_bytes());
  in.key();
  skip_cold(in, record);
  for (auto left = record.source_of(row);; --left) {
    const auto key = in.key();
    auto links = read_links(in, key);
    if (left == 0) return {text_of(key), std::move(links)};
  }
}

template <class Each>
void Population::State::each_hash(RecordId id, Each&& each) const {
  const auto& record = records[id];
  Reader in(record.rest_bytes());
  each(hash(in.key()));
  const auto cold = read_cold(in, record);
  for (const auto& identifier : cold.identifiers)
    if (trusted(identifier.system, identifier.value)) each(hash_of(identifier));
  for (const auto link : cold.links) each(packing::hash("l", std::to_string(link)));
  std::vector<std::uint64_t> named;  // each once: replace_source() enters and erases them so
  for (std::uint32_t i = 0; i < record.sources; ++i) {
    const auto key = in.key();
    read_links(in, key);
    const auto of_source = packing::neighbourhood(key);
    if (key.form == Key::Form::number) {
      if (std::find(named.rbegin(), named.rend(), of_source) != named.rend()) continue;
      named.push_back(of_source);
    }
    each(of_source);
  }
}

// Enters what is already staged or packed: when the index is full, it is rebuilt from the records and has it then.
void Population::State::enter(std::uint64_t hash, RecordId id) {
  if (index.insert(hash, id)) return;
  flush();
  rebuild_index();
}

void Population::State::rebuild_index(std::size_t more_records, std::size_t more_keys) {
  const auto name_all = [this](auto&& insert) {
    for (RecordId each = 0; each < records.size(); ++each)
      each_hash(each, [&](std::uint64_t of_record) { insert(of_record, each); });
  };
  index.rebuild(records.size() + more_records, name_all, more_keys);
}

RecordId Population::State::find_record(std::string_view key) const {
  const auto bytes = packing::packed(key);
  const auto wanted = Reader(bytes).key();
  RecordId found = no_record;
  index.find(hash(wanted), [&](RecordId id) {
    if (is_key(id, wanted)) found = id;
    return found != no_record;
  });
  return found;
}

RecordId Population::State::find_source(std::string_view key) const {
  const auto bytes = packing::packed(key);
  const auto wanted = Reader(bytes).key();
  RecordId found = no_record;
  index.find(packing::neighbourhood(wanted), [&](RecordId id) {
    if (holds(id, wanted)) found = id;
    return found != no_record;
  });
  return found;
}

RecordId Population::State::record_for(std::string_view key, Touched* touched) {
  if (staged.record != no_record && staged.key == key) return staged.record;
  if (const auto found = find_record(key); found != no_record) return found;
  flush();
  const auto id = static_cast<RecordId>(records.size());
  auto& record = records.grow();
  record.next = id;
  staged = {};
  staged.record = id;
  staged.key = key;
  staged.changed = true;
  constexpr std::string_view prefix = "urn:identifier:";
  const auto bar = key.find('|');
  if (key.starts_with(prefix) && bar != std::string_view::npos) {
    record.logical = true;
    const auto system = texts.number(std::string(key.substr(prefix.size(), bar - prefix.size())));
    staged.cold.identifiers.push_back({system, std::string(key.substr(bar + 1))});
  }
  flush();
  enter(hash(packing::key_of(packing::packed(key))), id);
  if (record.logical) {
    index_identity(id, {}, staged.cold, touched);
    regroup(id, touched);
  }
  return id;
}

}  // namespace core::population
