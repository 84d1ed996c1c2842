// Columns of `change` and what they say, for everyone who reads that table.
#pragma once
#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

// The method of a version that was erased has this bit too: it stays in the change feed and is nowhere else.
constexpr unsigned erased_bit = 4;

struct ChangeRow {
  core::store::Sequence sequence = 0;
  std::int64_t row = 0, version = 0;
  Slot type = 0;
  std::string id;
  core::Instant updated;
  unsigned method = 0;
  core::store::Sequence previous = 0;
  bool erased() const { return (method & erased_bit) != 0; }
  core::store::Method what() const { return static_cast<core::store::Method>(method & 3); }
};

inline ChangeRow change_row(Use& use) {
  return {use.integer(0),
          use.integer(1),
          use.integer(2),
          static_cast<Slot>(use.integer(3)),
          use.text(4),
          {use.integer(5)},
          static_cast<unsigned>(use.integer(6)),
          use.integer(7)};
}

}  // namespace adapters::sql
