// Every statement of the SQL store, by name. The texts are plain SQL with numbered parameters (?1); a dialect may
// replace some. Tables: adapters/sqlite/schema.cpp. Never: builds SQL from data. Threads: constants.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace adapters::sql {

enum class Sql : std::uint8_t {
  // transactions
  begin_read,
  begin_write,
  commit,
  // dictionaries
  names,
  add_name,
  slots,
  add_slot,
  // the newest version of a key
  entry,
  add_entry,
  set_entry,
  newest_record,
  // versions in the order of their sequence
  add_change,
  change,
  changes_up,
  changes_down,
  mark_erased,
  newest_change,
  add_body,
  drop_body,
  record,
  // what is current, by row
  add_listed,
  set_listed,
  drop_listed,
  listed,
  listed_from,
  add_forward,
  set_forward,
  drop_forward,
  forward,
  forwards,
  set_digest,
  drop_digest,
  digest,
  digests,
  // the index
  add_key,
  add_keys,
  drop_key,
  keys_up,
  keys_down,
  count_keys,
  // small tables
  set_tally,
  tallies,
  tally,
  set_value,
  forget_value,
  values,
  value,
  set_lease,
  lease,
  // for check()
  all_entries,
  all_listed,
  bodies_without_change,
  versions_without_body,
  has_key,
  all_keys,
  digests_without_forward,
  count_
};

using Statements = std::array<const char*, static_cast<std::size_t>(Sql::count_)>;

Statements standard_statements();

}  // namespace adapters::sql
