#include "adapters/sql/check.hpp"

#include <algorithm>
#include <map>

#include "adapters/sql/change.hpp"
#include "adapters/sql/key.hpp"
#include "adapters/sql/pack.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {
constexpr std::size_t most_findings = 100;
bool is_current(unsigned method) { return method < static_cast<unsigned>(Method::remove); }
}  // namespace

std::vector<std::string> Check::run() {
  findings_ = connection_.damage();
  if (!findings_.empty()) return findings_;  // nothing read from a damaged file means anything
  changes();
  bodies();
  entries();
  listed();
  forwards();
  keys();
  tallies();
  return findings_;
}

void Check::say(std::string finding) {
  if (findings_.size() < most_findings) findings_.push_back(std::move(finding));
  if (findings_.size() == most_findings) findings_.push_back("more findings are left out");
}

std::string Check::name(std::int64_t row) {
  const Newest* found = newest(row);
  return found ? names_.type_of(found->type) + " number " + std::to_string(row) : "an unknown resource";
}

Check::Newest* Check::newest(std::int64_t row) {
  const auto at = std::lower_bound(newest_.begin(), newest_.end(), row,
                                   [](const Newest& one, std::int64_t value) { return one.row < value; });
  return at != newest_.end() && at->row == row ? &*at : nullptr;
}

// Resources come in order of row here, because a row is the sequence of its first version.
Check::Newest& Check::first_seen(std::int64_t row) {
  if (Newest* known = newest(row)) return *known;
  const auto at = std::upper_bound(newest_.begin(), newest_.end(), row,
                                   [](std::int64_t value, const Newest& one) { return value < one.row; });
  return *newest_.insert(at, Newest{row});
}

void Check::changes() {
  Use use(connection_[Sql::changes_up], std::int64_t{0});
  Sequence expected = 1;
  core::Instant before;
  while (use.next()) {
    const ChangeRow change = change_row(use);
    if (change.sequence != expected) say("the change feed has a gap before " + std::to_string(change.sequence));
    expected = change.sequence + 1;
    if (change.updated < before) say("time goes back at change " + std::to_string(change.sequence));
    before = change.updated;
    Newest& known = first_seen(change.row);
    if (change.version != known.version + 1 || change.previous != known.sequence)
      say("versions of " + names_.type_of(change.type) + '/' + change.id + " are not in order at change " +
          std::to_string(change.sequence));
    known.version = static_cast<std::int32_t>(change.version);
    known.sequence = change.sequence;
    known.updated = change.updated.ms;
    known.method = static_cast<std::uint8_t>(change.method);
    known.type = change.type;
  }
}

void Check::bodies() {
  Use strays(connection_[Sql::bodies_without_change]);
  if (strays.next() && strays.integer(0) != 0) say(std::to_string(strays.integer(0)) + " bodies belong to no version");
  Use missing(connection_[Sql::versions_without_body]);
  if (missing.next() && missing.integer(0) != 0) say(std::to_string(missing.integer(0)) + " versions have no body");
}

void Check::entries() {
  Use use(connection_[Sql::all_entries]);
  while (use.next()) {
    Newest* found = newest(use.integer(2));
    const std::string key = names_.type_of(static_cast<Slot>(use.integer(0))) + '/' + use.text(1);
    if (!found) {
      say(key + " has no versions");
      continue;
    }
    found->entered = true;
    if (found->version != use.integer(3) || found->sequence != use.integer(4) || found->method != use.integer(5) ||
        found->updated != use.integer(6))
      say(key + " does not point at its newest version");
  }
  for (const Newest& one : newest_)
    if (!one.entered) say(name(one.row) + " cannot be found by its id");
}

void Check::listed() {
  Use use(connection_[Sql::all_listed]);
  while (use.next()) {
    Newest* found = newest(use.integer(1));
    const bool right =
        found && is_current(found->method) && found->sequence == use.integer(2) && found->type == use.integer(0);
    if (right) found->listed = true;
    if (!right) say(name(use.integer(1)) + " is listed with a version that is not current");
  }
}

void Check::forwards() {
  Use use(connection_[Sql::forwards]);
  std::string key;
  while (use.next()) {
    const std::int64_t row = use.integer(0);
    const std::string type = names_.type_of(static_cast<Slot>(use.integer(1)));
    Newest* found = newest(row);
    if (!found || !is_current(found->method) || found->sequence != use.integer(3)) {
      say(name(row) + " has index rows of a version that is not current");
      continue;
    }
    found->indexed = true;
    const auto rows = unpack(use.bytes(5), names_);
    if (!rows) {
      say(type + '/' + use.text(2) + " has index rows that cannot be read");
      continue;
    }
    for (const std::string& prefix : keys_of(type, *rows, names_)) {
      ++keys_expected_;
      key = prefix;
      put_row_number(key, row);
      Use present(connection_[Sql::has_key], Bytes{key});
      if (!present.next()) say(type + '/' + use.text(2) + " is not in the index under all its values");
    }
  }
  for (const Newest& one : newest_)
    if (is_current(one.method) && !(one.listed && one.indexed)) say(name(one.row) + " is missing in searches");
  Use strays(connection_[Sql::digests_without_forward]);
  if (strays.next() && strays.integer(0) != 0)
    say(std::to_string(strays.integer(0)) + " digests are not of current versions");
}

void Check::keys() {
  Use use(connection_[Sql::all_keys]);
  if (use.next() && use.integer(0) != keys_expected_)
    say("the index has " + std::to_string(use.integer(0)) + " keys instead of " + std::to_string(keys_expected_));
}

void Check::tallies() {
  std::map<Slot, std::pair<std::int64_t, Sequence>> counted;
  for (const Newest& one : newest_) {
    auto& [current, last] = counted[one.type];
    current += is_current(one.method);
    last = std::max(last, one.sequence);
  }
  Use use(connection_[Sql::tallies]);
  std::size_t seen = 0;
  while (use.next()) {
    ++seen;
    const auto found = counted.find(static_cast<Slot>(use.integer(0)));
    if (found == counted.end() || found->second != std::pair(use.integer(1), use.integer(2)))
      say("the count of " + names_.type_of(static_cast<Slot>(use.integer(0))) + " is wrong");
  }
  if (seen != counted.size()) say("counts of some types are missing");
}

}  // namespace adapters::sql
