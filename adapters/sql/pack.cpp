#include "adapters/sql/pack.hpp"

#include <algorithm>
#include <cstring>

#include "adapters/sql/encode.hpp"

namespace adapters::sql {

using core::store::Row;
using core::store::RowKind;
using core::store::Rows;

namespace {

constexpr char form = 1;  // first byte; another layout gets another one
enum Field : unsigned {
  has_system = 1,
  has_value = 2,
  has_text = 4,
  has_note = 8,
  has_low = 16,
  has_high = 32,
  has_canonical = 64,
  has_span = 128
};

void put_name(std::string& out, std::string_view name, Names& names) {
  if (const auto id = names.intern(name)) return put_varint(out, *id + 1);
  put_varint(out, 0);
  put_varint(out, name.size());
  out += name;
}

void put_string(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out += bytes;
}

void put_bits(std::string& out, double number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

unsigned fields_of(const Row& row) {
  const auto bits = [](double v) { return std::bit_cast<std::uint64_t>(v); };
  unsigned fields = 0;
  if (!row.system.empty()) fields |= has_system;
  if (!row.value.empty()) fields |= has_value;
  if (!row.text.empty()) fields |= has_text;
  if (!row.note.empty()) fields |= has_note;
  if (bits(row.low) != 0) fields |= has_low;
  if (bits(row.high) != bits(row.low)) fields |= has_high;
  if (bits(row.canonical) != 0) fields |= has_canonical;
  if (row.from != 0 || row.to != 0) fields |= has_span;
  return fields;
}

void put_row(std::string& out, const Row& row, Names& names) {
  const unsigned fields = fields_of(row);
  put_u8(out, static_cast<unsigned>(row.kind));
  put_u8(out, fields);
  if (fields & has_system) put_name(out, row.system, names);
  if (fields & has_value) put_string(out, row.value);
  if (fields & has_text) put_string(out, row.text);
  if (fields & has_note) put_string(out, row.note);
  if (fields & has_low) put_bits(out, row.low);
  if (fields & has_high) put_bits(out, row.high);
  if (fields & has_canonical) put_bits(out, row.canonical);
  if (fields & has_span) {
    put_varint(out, zigzag(row.from));
    put_varint(out, static_cast<std::uint64_t>(row.to) - static_cast<std::uint64_t>(row.from));
  }
  put_varint(out, row.parts.size());
  for (const Row& part : row.parts) put_row(out, part, names);
}

class Reader {
 public:
  Reader(std::string_view in, const Names& names) : in_(in), names_(names) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == in_.size(); }

  unsigned u8() { return at_ < in_.size() ? static_cast<unsigned char>(in_[at_++]) : bad<unsigned>(); }

  std::uint64_t varint() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned byte = u8();
      result |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return result;
    }
    return bad<std::uint64_t>();
  }

  std::string_view string() {
    const std::uint64_t size = varint();
    if (size > in_.size() - at_) return bad<std::string_view>();
    at_ += size;
    return in_.substr(at_ - size, size);
  }

  std::string_view name() {
    const std::uint64_t id = varint();
    if (id == 0) return string();
    return id <= names_.size() ? std::string_view(names_.text(static_cast<NameId>(id - 1))) : bad<std::string_view>();
  }

  double bits() {
    double number = 0;
    if (in_.size() - at_ < sizeof number) return bad<double>();
    std::memcpy(&number, in_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }

  void row(Row& row, int depth = 0) {
    const unsigned kind = u8(), fields = u8();
    if (kind > static_cast<unsigned>(RowKind::composite) || depth > 8) return bad<void>();
    row.kind = static_cast<RowKind>(kind);
    if (fields & has_system) row.system = name();
    if (fields & has_value) row.value = string();
    if (fields & has_text) row.text = string();
    if (fields & has_note) row.note = string();
    if (fields & has_low) row.low = bits();
    row.high = fields & has_high ? bits() : row.low;
    if (fields & has_canonical) row.canonical = bits();
    if (fields & has_span) {
      row.from = unzigzag(varint());
      row.to = static_cast<std::int64_t>(static_cast<std::uint64_t>(row.from) + varint());
    }
    const std::uint64_t parts = varint();
    for (std::uint64_t i = 0; i < parts && ok_; ++i) this->row(row.parts.emplace_back(), depth + 1);
  }

 private:
  template <class T>
  T bad() {
    ok_ = false;
    at_ = in_.size();
    if constexpr (!std::is_void_v<T>) return T{};
  }

  std::string_view in_;
  const Names& names_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

std::string pack(const Rows& rows, Names& names) {
  std::string out(1, form), one;
  put_varint(out, rows.size());
  for (const Row& row : rows) {
    one.clear();
    put_row(one, row, names);
    put_name(out, row.param, names);
    put_string(out, one);
  }
  return out;
}

std::optional<Rows> unpack(std::string_view bytes, const Names& names, const Wanted& wanted) {
  if (bytes.empty() || bytes.front() != form) return std::nullopt;
  Reader in(bytes.substr(1), names);
  Rows rows;
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view param = in.name(), packed = in.string();
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), param) == wanted.end()) continue;
    Reader one(packed, names);
    Row& row = rows.emplace_back();
    row.param = param;
    one.row(row);
    if (!one.ok() || !one.at_end()) return std::nullopt;
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return rows;
}

}  // namespace adapters::sql
