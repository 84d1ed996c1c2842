#include "adapters/sql/key.hpp"

#include <algorithm>
#include <cmath>

namespace adapters::sql {

using core::store::Row;
using core::store::RowKind;
using core::store::Rows;

namespace {

void put_name(std::string& key, std::string_view name, const Names& names) { put_unsigned<4>(key, names.key_of(name)); }

bool is_point(const Row& row) { return row.low == row.high && !std::isnan(row.low); }

// The keys of one row are collected under its slot.
class Keys {
 public:
  Keys(Slot slot, const Names& names, std::vector<std::string>& out) : slot_(slot), names_(names), out_(out) {}

  void add(const Row& row) {
    const std::size_t before = out_.size();
    switch (row.kind) {
      case RowKind::token: token(row); break;
      case RowKind::string: put_text(start(Tag::string), row.value, longest_string); break;
      case RowKind::reference: reference(row); break;
      case RowKind::date: date(row); break;
      case RowKind::number:
        if (is_point(row)) put_double(start(Tag::number), row.low);
        break;
      case RowKind::quantity: quantity(row); break;
      case RowKind::uri: put_text(start(Tag::uri), row.value, longest_text); break;
      case RowKind::composite: composite(row); break;
    }
    if (out_.size() == before) start(Tag::other);
  }

 private:
  std::string& start(Tag tag) { return out_.emplace_back(head(slot_, tag)); }

  void token(const Row& row) {
    std::string& key = start(Tag::token);
    put_name(key, row.system, names_);
    put_text(key, row.value, longest_text);
    if (row.note.empty()) return;
    std::string& typed = start(Tag::of_type);
    put_text(typed, row.note, longest_text);
    put_text(typed, row.value, longest_text);
  }

  void reference(const Row& row) {
    if (!row.value.empty()) {
      std::string& key = start(Tag::reference);
      put_text(key, row.value, longest_text);
      put_name(key, row.system, names_);
    }
    if (row.text.empty()) return;
    const auto bar = row.text.rfind('|');
    std::string& key = start(Tag::identifier);
    put_text(key, std::string_view(row.text).substr(bar + 1), longest_text);
    put_text(key, bar == std::string::npos ? std::string_view() : std::string_view(row.text).substr(0, bar),
             longest_text);
  }

  void date(const Row& row) {
    if (row.to < row.from) return;
    std::string& key = start(static_cast<Tag>(static_cast<unsigned>(Tag::date) + span_class(row.from, row.to)));
    put_integer(key, row.from);
    put_integer(key, row.to);
  }

  void quantity(const Row& row) {
    if (!is_point(row) || std::isnan(row.canonical)) {
      start(Tag::other);
      return;
    }
    put_double(start(Tag::quantity), row.low);
    if (row.note.empty()) return;
    std::string& key = start(Tag::canonical);
    put_text(key, row.note, longest_text);
    put_double(key, row.canonical);
  }

  void composite(const Row& row) {
    if (row.parts.empty()) return;
    std::string key = head(slot_, Tag::composite);
    for (std::size_t i = 0; i < row.parts.size() && i < 2; ++i)
      if (!put_component(key, row.parts[i], names_)) return;
    out_.push_back(std::move(key));
  }

  Slot slot_;
  const Names& names_;
  std::vector<std::string>& out_;
};

}  // namespace

unsigned span_class(std::int64_t from, std::int64_t to) {
  const std::uint64_t length = to > from ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) : 0;
  unsigned at = 0;
  while (at + 1 < span_class_count && length > static_cast<std::uint64_t>(span_classes[at].longest)) ++at;
  return at;
}

bool put_component(std::string& key, const Row& part, const Names& names) {
  put_u8(key, static_cast<unsigned>(part.kind));
  switch (part.kind) {
    case RowKind::token:
      put_name(key, part.system, names);
      put_text(key, part.value, longest_text);
      return true;
    case RowKind::string: put_text(key, part.value, longest_string); return true;
    case RowKind::uri: put_text(key, part.value, longest_text); return true;
    case RowKind::reference:
      put_text(key, part.value, longest_text);
      put_name(key, part.system, names);
      return true;
    case RowKind::date:
      put_integer(key, part.from);
      put_integer(key, part.to);
      return true;
    case RowKind::number:
      if (is_point(part)) put_double(key, part.low);
      return is_point(part);
    case RowKind::quantity:
      put_text(key, part.note, longest_text);
      if (is_point(part) && !std::isnan(part.canonical)) put_double(key, part.note.empty() ? part.low : part.canonical);
      return is_point(part) && !std::isnan(part.canonical);
    case RowKind::composite: return false;
  }
  return false;
}

std::vector<std::string> keys_of(const std::string& type, const Rows& rows, const Names& names) {
  std::vector<std::string> out;
  out.reserve(rows.size() + 4);
  for (const Row& row : rows)
    if (const auto slot = names.find_slot(type, row.param)) Keys(*slot, names, out).add(row);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace adapters::sql
