#include "adapters/sql/ordered.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <unordered_set>

#include "adapters/sql/collector.hpp"
#include "adapters/sql/key.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t piece = 64;

// The keys of one tag of a slot, from the end where the order begins.
class Keys final : public Source {
 public:
  Keys(Connection& connection, Slot slot, Tag tag, const Sort& sort, std::int64_t longest)
      : connection_(connection), sort_(sort), longest_(longest), low_(head(slot, tag)), high_(after(low_)) {
    fetch();
  }

  std::optional<std::int64_t> next() override {
    if (at_ == keys_.size()) return std::nullopt;
    const std::int64_t row = row_of(keys_[at_]);
    if (++at_ == keys_.size()) fetch();
    else set_bound();
    return row;
  }

  const std::optional<Row>& bound() override { return bound_; }

 private:
  void fetch() {
    if (!keys_.empty()) (sort_.descending ? high_ : low_) = keys_.back() + (sort_.descending ? "" : std::string(1, '\0'));
    keys_.clear();
    at_ = 0;
    {
      Use keys(connection_[sort_.descending ? Sql::keys_down : Sql::keys_up], Bytes{low_}, Bytes{high_});
      while (keys_.size() < piece && keys.next()) keys_.emplace_back(keys.bytes(0));
    }
    set_bound();
  }

  void set_bound() {
    bound_.reset();
    if (at_ == keys_.size()) return;
    const std::string_view key = keys_[at_];
    Row& row = bound_.emplace();
    row.param = sort_.param;
    row.kind = sort_.kind;
    if (sort_.kind == RowKind::date) {
      row.from = integer_at(key, head_bytes);
      const bool open = longest_ > std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(row.from, 0);
      row.to = open ? std::numeric_limits<std::int64_t>::max() : row.from + longest_;
    } else if (sort_.kind == RowKind::number) {
      row.low = row.high = double_at(key, head_bytes);
    } else {
      std::size_t at = head_bytes;
      row.value = text_at(key, at);
      const std::size_t cut = sort_.kind == RowKind::string ? longest_string : longest_text;
      if (sort_.descending && row.value.size() >= cut) row.value.append(8, '\xff');
    }
  }

  Connection& connection_;
  const Sort& sort_;
  std::int64_t longest_;
  std::string low_, high_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
  std::optional<Row> bound_;
};

// Current versions of a type along the change feed: the order of _lastUpdated.
class Feed final : public Source {
 public:
  Feed(Connection& connection, Slot type, bool descending, Sequence upto)
      : connection_(connection), type_(type), descending_(descending), from_(descending ? upto + 1 : 0) {
    fetch();
  }

  std::optional<std::int64_t> next() override {
    if (at_ == found_.size()) return std::nullopt;
    const std::int64_t row = found_[at_].first;
    if (++at_ == found_.size()) fetch();
    else set_bound();
    return row;
  }

  const std::optional<Row>& bound() override { return bound_; }

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
          from_ = changes.integer(0);
          if (changes.integer(3) == type_) seen.push_back({from_, changes.integer(1), changes.integer(5)});
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
    bound_.reset();
    if (at_ < found_.size()) bound_.emplace().from = found_[at_].second;
  }

  Connection& connection_;
  Slot type_;
  bool descending_;
  Sequence from_;
  std::vector<std::pair<std::int64_t, std::int64_t>> found_;  // row, instant
  std::size_t at_ = 0;
  std::optional<Row> bound_;
};

bool has_other(Connection& connection, Slot slot) {
  const std::string low = head(slot, Tag::other);
  const std::string high = after(low);
  Use keys(connection[Sql::keys_up], Bytes{low}, Bytes{high});
  return keys.next();
}

}  // namespace

std::optional<std::vector<std::unique_ptr<Source>>> sources_of(Connection& connection, const Names& names,
                                                               const std::string& type, const Sort& sort,
                                                               Sequence upto) {
  std::vector<std::unique_ptr<Source>> out;
  const auto of_type = names.find_slot(type, "");
  if (!of_type || sort.param == "_id") return std::nullopt;
  if (sort.param == "_lastUpdated") {
    if (upto == 0) return std::nullopt;
    out.push_back(std::make_unique<Feed>(connection, *of_type, sort.descending, upto));
    return out;
  }
  const auto slot = names.find_slot(type, sort.param);
  if (!slot || has_other(connection, *slot)) return std::nullopt;
  const auto add = [&](Tag tag, std::int64_t longest) {
    out.push_back(std::make_unique<Keys>(connection, *slot, tag, sort, longest));
  };
  switch (sort.kind) {
    case RowKind::string: add(Tag::string, 0); break;
    case RowKind::number: add(Tag::number, 0); break;
    case RowKind::uri: add(Tag::uri, 0); break;
    case RowKind::date:
      for (unsigned i = 0; i < span_class_count; ++i)
        add(static_cast<Tag>(static_cast<unsigned>(Tag::date) + i), span_classes[i].longest);
      break;
    default: return std::nullopt;
  }
  return out;
}

// Rows leave the waiting ones once no source can show a better one.
bool Search::walk_ordered(const std::string& type, const Query& query, Plan& plan, Collector& collector) {
  const std::int64_t whole = current(type);
  if (query.sort.empty() || !plan.all.empty() || !plan.none.empty() || query.limit > most_ordered ||
      whole < static_cast<std::int64_t>(query.limit) + 1'000)
    return false;
  const Sort& first = query.sort.front();
  auto sources = sources_of(connection_, names_, type, first, upto_);
  if (!sources) return false;
  plan.text = "in order of " + first.param + (plan.text.starts_with("all") ? plan.text.substr(3) : plan.text);
  Wanted wanted{""};
  for (const Criterion* criterion : plan.rest) add_wanted(wanted, *criterion);
  for (const Sort& sort : query.sort) wanted.push_back(sort.param);

  const auto later = [&](const Image& a, const Image& b) {
    for (const Sort& key : query.sort)
      if (const int order = compare(key, a.subject(), b.subject())) return order > 0;
    return a.row > b.row;
  };
  std::priority_queue<Image, std::vector<Image>, decltype(later)> waiting(later);
  std::unordered_set<std::int64_t> seen;
  std::size_t emitted = 0;
  static const std::string none;
  const auto certain = [&](const Image& image) {
    for (const auto& source : *sources) {
      const auto& bound = source->bound();
      if (!bound) continue;
      const Rows rows{*bound};
      if (compare(first, image.subject(), Subject{type, none, bound->from, rows}) >= 0) return false;
    }
    return true;
  };
  const auto best = [&]() -> Source* {
    Source* found = nullptr;
    for (const auto& source : *sources) {
      if (!source->bound()) continue;
      if (found == nullptr) {
        found = source.get();
        continue;
      }
      const Rows a{*source->bound()}, b{*found->bound()};
      if (compare(first, Subject{type, none, a[0].from, a}, Subject{type, none, b[0].from, b}) < 0) found = source.get();
    }
    return found;
  };
  for (Source* source = best(); !connection_.failed(); source = best()) {
    while (!waiting.empty() && emitted <= query.limit && (source == nullptr || certain(waiting.top()))) {
      collector.add(waiting.top());
      waiting.pop();
      ++emitted;
    }
    if (emitted > query.limit || source == nullptr) break;
    const std::int64_t row = *source->next();
    if (!seen.insert(row).second) continue;
    Image found;
    if (!image(type, row, wanted, found)) continue;
    const bool holds = std::all_of(plan.rest.begin(), plan.rest.end(), [&](const Criterion* criterion) {
      return matches(*criterion, found.subject(), *this);
    });
    if (holds) waiting.push(std::move(found));
  }
  if (emitted <= query.limit) walk(type, query, plan, collector, &seen);  // those without a value come last
  return true;
}

}  // namespace adapters::sql
