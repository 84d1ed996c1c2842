#include "adapters/sql/ordered.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "adapters/sql/key.hpp"
#include "adapters/sql/stream.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t piece = 64;
constexpr std::size_t most_systems = 16;  // of a token: each has an order of its own

std::size_t cut_of(RowKind kind) { return kind == RowKind::string ? longest_string : longest_text; }

void put_value(std::string& key, const Sort& sort, const Row& row) {
  switch (sort.kind) {
    case RowKind::date: put_integer(key, sort.descending ? row.to : row.from); break;
    case RowKind::number: put_double(key, sort.descending ? row.high : row.low); break;
    default: put_text(key, row.value, cut_of(sort.kind)); break;
  }
}

// Keys that begin alike, from the end where the order begins; rows of one value always ascending, so that ties are in
// their place.
class Keys final : public Source {
 public:
  Keys(Connection& connection, std::string prefix, const Sort& sort, std::int64_t longest, const Stretch& stretch)
      : connection_(connection), sort_(sort), longest_(longest), prefix_(std::move(prefix)),
        value_at_(prefix_.size()), low_(prefix_), high_(after(low_)) {
    narrow(stretch);
    Row& row = rows_.emplace_back();
    row.param = sort.param;
    row.kind = sort.kind;
    fetch();
  }

  std::optional<std::int64_t> next() override {
    if (ended_) return std::nullopt;
    const std::int64_t row = row_of(keys_[at_]);
    if (++at_ == keys_.size()) fetch();
    else set_bound();
    return row;
  }

 private:
  void narrow(const Stretch& stretch) {
    if (stretch.within != nullptr) {
      std::string lowest = high_, highest = low_;
      for (const Range& range : stretch.within->ranges) {
        if (range.low >= high_ || range.high <= low_) continue;  // of another tag
        lowest = std::min(lowest, std::max(range.low, low_));
        highest = std::max(highest, std::min(range.high, high_));
      }
      low_ = std::move(lowest);
      high_ = std::move(highest);
    }
    if (stretch.from == nullptr) return;
    std::string key = prefix_;
    put_value(key, sort_, *stretch.from);
    if (sort_.descending) high_ = std::min(high_, after(std::move(key)));
    else low_ = std::max(low_, key);
  }

  void fetch() {
    keys_.clear();
    at_ = 0;
    if (!value_.empty()) {
      keys_ = read(Sql::keys_up, read_from_, std::min(after(value_), high_));
      if (keys_.empty()) high_ = std::move(value_), value_.clear();
      else read_from_ = keys_.back() + '\0';
    }
    if (keys_.empty() && low_ < high_) sort_.descending ? read_down() : read_up();
    set_bound();
  }

  std::vector<std::string> read(Sql statement, const std::string& low, const std::string& high) {
    std::vector<std::string> found;
    Use keys(connection_[statement], Bytes{low}, Bytes{high});
    while (found.size() < piece && keys.next()) found.emplace_back(keys.bytes(0));
    return found;
  }

  void read_up() {
    keys_ = read(Sql::keys_up, low_, high_);
    if (!keys_.empty()) low_ = keys_.back() + '\0';
  }

  // A value that does not fit in the piece waits for the next one; one that fills it is read by itself.
  void read_down() {
    keys_ = read(Sql::keys_down, low_, high_);
    if (keys_.empty()) return;
    auto end = keys_.end();
    if (keys_.size() == piece) {
      const auto last = value_of(keys_.back());
      end = std::find_if(keys_.begin(), keys_.end(), [&](const std::string& key) { return value_of(key) == last; });
      if (end == keys_.begin()) {
        value_ = last;
        read_from_ = std::max(value_, low_);
        return fetch();
      }
    }
    keys_.erase(end, keys_.end());
    high_ = value_of(keys_.back());
    for (auto from = keys_.begin(); from != keys_.end();) {
      const auto to = std::find_if(from, keys_.end(), [&](const std::string& key) { return value_of(key) != value_of(*from); });
      std::reverse(from, to);
      from = to;
    }
  }

  static std::string_view value_of(std::string_view key) { return key.substr(0, key.size() - row_bytes); }

  void set_bound() {
    ended_ = at_ == keys_.size();
    if (ended_) return;
    const std::string_view key = keys_[at_];
    Row& row = rows_.front();
    bound_row_ = row_of(key);
    if (sort_.kind == RowKind::date) {
      row.from = integer_at(key, value_at_);
      const bool open = longest_ > std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(row.from, 0);
      row.to = open ? std::numeric_limits<std::int64_t>::max() : row.from + longest_;
      const bool as_long_as_can_be = integer_at(key, value_at_ + 8) == row.to;
      if (!as_long_as_can_be) bound_row_ = sort_.descending && !open ? no_row : 0;
      else if (sort_.descending && open) bound_row_ = 0;  // spans that begin earlier may be as open
    } else if (sort_.kind == RowKind::number) {
      row.low = row.high = double_at(key, value_at_);
    } else {
      std::size_t at = value_at_;
      row.value = text_at(key, at);
      if (sort_.descending && row.value.size() >= cut_of(sort_.kind)) row.value.append(8, '\xff'), bound_row_ = 0;
    }
  }

  Connection& connection_;
  const Sort& sort_;
  std::int64_t longest_;
  std::string prefix_;
  std::size_t value_at_;
  std::string low_, high_;
  std::string value_, read_from_;  // of one value: what is left begins there
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
};

// Current versions of a type along the change feed: the order of _lastUpdated.
class Feed final : public Source {
 public:
  Feed(Connection& connection, Slot type, bool descending, Sequence first, Sequence end)
      : connection_(connection), type_(type), descending_(descending), from_(descending ? end : first - 1),
        last_(descending ? first : end - 1) {
    rows_.clear();
    fetch();
  }

  std::optional<std::int64_t> next() override {
    if (ended_) return std::nullopt;
    const std::int64_t row = found_[at_].first;
    ++at_;
    if (at_ == found_.size()) fetch();
    else set_bound();
    return row;
  }

 private:
  void fetch() {
    found_.clear();
    at_ = 0;
    for (std::size_t read = 1; read > 0 && found_.empty() && !connection_.failed();) {
      std::vector<std::array<std::int64_t, 3>> seen;  // sequence, row, instant
      read = 0;
      {
        Use changes(connection_[descending_ ? Sql::changes_down : Sql::changes_up], from_);
        for (; read < 512 && changes.next(); ++read) {
          const Sequence at = changes.integer(0);
          if (descending_ ? at < last_ : at > last_) break;
          from_ = at;
          if (changes.integer(3) == type_) seen.push_back({at, changes.integer(1), changes.integer(5)});
        }
      }
      for (const auto& [sequence, row, instant] : seen) {
        Use listed(connection_[Sql::listed], type_, row);
        if (listed.next() && listed.integer(0) == sequence) found_.emplace_back(row, instant);
      }
    }
    set_bound();
  }

  void set_bound() {
    ended_ = at_ == found_.size();
    if (!ended_) instant_ = found_[at_].second;
  }

  Connection& connection_;
  Slot type_;
  bool descending_;
  Sequence from_, last_;
  std::vector<std::pair<std::int64_t, std::int64_t>> found_;  // row, instant
  std::size_t at_ = 0;
};

std::optional<std::string> first_key(Connection& connection, const std::string& low, const std::string& high) {
  Use keys(connection[Sql::keys_up], Bytes{low}, Bytes{high});
  return keys.next() ? std::optional(keys.text(0)) : std::nullopt;
}

// What every key begins with: one for each order that lies by itself. Nothing: too many.
std::optional<std::vector<std::string>> prefixes_of(Connection& connection, Slot slot, RowKind kind) {
  std::vector<std::string> out;
  switch (kind) {
    case RowKind::string: out.push_back(head(slot, Tag::string)); break;
    case RowKind::number: out.push_back(head(slot, Tag::number)); break;
    case RowKind::uri: out.push_back(head(slot, Tag::uri)); break;
    case RowKind::date:
      for (unsigned i = 0; i < span_class_count; ++i)
        out.push_back(head(slot, static_cast<Tag>(static_cast<unsigned>(Tag::date) + i)));
      break;
    case RowKind::token: {
      std::string low = head(slot, Tag::token);
      const std::string high = after(low);
      while (const auto key = first_key(connection, low, high)) {
        if (out.size() == most_systems) return std::nullopt;
        out.push_back(key->substr(0, head_bytes + 4));
        low = after(out.back());
        if (low.empty() || low >= high) break;
      }
      break;
    }
    default: return std::nullopt;
  }
  return out;
}

}  // namespace

bool has_sources(Connection& connection, const Names& names, const std::string& type, const Sort& sort,
                 Sequence upto) {
  if (!names.find_slot(type, "") || sort.param == "_id") return false;
  if (sort.param == "_lastUpdated") return upto != 0;
  const auto slot = names.find_slot(type, sort.param);
  if (!slot) return false;
  const std::string other = head(*slot, Tag::other);
  return !first_key(connection, other, after(other)) && prefixes_of(connection, *slot, sort.kind);
}

std::optional<Sources> sources_of(Connection& connection, const Names& names, const std::string& type,
                                  const Sort& sort, Sequence upto, const Stretch& stretch) {
  if (!has_sources(connection, names, type, sort, upto)) return std::nullopt;
  Sources out;
  if (sort.param == "_lastUpdated") {
    const Sequence end = stretch.end > 0 ? stretch.end : upto + 1;
    out.push_back(std::make_unique<Feed>(connection, *names.find_slot(type, ""), sort.descending,
                                         std::max<Sequence>(stretch.first, 1), end));
    return out;
  }
  const auto prefixes = prefixes_of(connection, *names.find_slot(type, sort.param), sort.kind);
  for (std::size_t i = 0; i < prefixes->size(); ++i)
    out.push_back(std::make_unique<Keys>(connection, (*prefixes)[i], sort,
                                         sort.kind == RowKind::date ? span_classes[i].longest : 0, stretch));
  return out;
}

}  // namespace adapters::sql
