#include "random_data.hpp"

#include <limits>

namespace contract {
namespace {

using Texts = std::vector<std::string>;

const std::string long_text(300, 'x');
const std::string middle_text(64, 'y');
const Texts texts{"",
                  "a",
                  "ab",
                  "abc",
                  "b",
                  "jansen",
                  "de vries",
                  "http://a/b",
                  "http://a/b/c",
                  "http://a/",
                  "http://a",
                  std::string("a\0b", 3),
                  std::string("a\0", 2),
                  "\xff",
                  "\xff\xff",
                  "\xc3\xa9",
                  middle_text,
                  middle_text + "1",
                  long_text,
                  long_text + "1",
                  "final",
                  "s|a",
                  "|",
                  "a|"};
const Texts systems{"", "s", "t", "http://loinc.org", long_text};
const Texts types{"Patient", "Observation", "Group"};
const Texts units{"", "g", "m", "mm[Hg]"};
const std::vector<double> numbers{0,
                                  -0.0,
                                  1,
                                  1.5,
                                  2,
                                  -1,
                                  100,
                                  99.5,
                                  1e300,
                                  -1e300,
                                  5e-324,
                                  std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::quiet_NaN()};
constexpr std::int64_t day = 86'400'000;
const std::vector<std::int64_t> times{0,
                                      1,
                                      999,
                                      1'000,
                                      day,
                                      2 * day,
                                      31 * day,
                                      40 * day,
                                      365 * day,
                                      800 * day,
                                      -day,
                                      -400 * day,
                                      std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
const std::vector<RowKind> kinds{RowKind::token,  RowKind::string,   RowKind::reference, RowKind::date,
                                 RowKind::number, RowKind::quantity, RowKind::uri,       RowKind::composite};
const std::vector<Compare> ordered{Compare::equal,        Compare::not_equal,        Compare::greater,
                                   Compare::less,         Compare::greater_or_equal, Compare::less_or_equal,
                                   Compare::starts_after, Compare::ends_before,      Compare::approximately};

}  // namespace

RowKind Random::kind() { return one_of(kinds); }
std::string Random::type() { return one_of(types); }
std::string Random::id() { return "r" + std::to_string(below(12)); }
std::string Random::text() { return one_of(texts); }

// Mostly one parameter of each kind and a second one; now and then one that other kinds use too.
std::string Random::param(RowKind kind) {
  if (chance(0.1)) return "shared";
  return (chance(0.7) ? "one-" : "two-") + std::to_string(static_cast<int>(kind));
}

Row Random::row(RowKind kind, int depth) {
  Row row;
  row.param = param(kind);
  row.kind = kind;
  row.value = text();
  switch (kind) {
    case RowKind::token:
      row.system = one_of(systems);
      if (chance(0.5)) row.text = text();
      if (chance(0.3)) row.note = one_of(systems) + "|" + one_of(systems);
      break;
    case RowKind::string: row.text = chance(0.5) ? row.value : text(); break;
    case RowKind::reference:
      row.system = chance(0.8) ? type() : "";
      if (!row.system.empty()) row.value = id();
      if (chance(0.2)) row.note = "2";
      if (chance(0.3)) row.text = one_of(systems) + (chance(0.7) ? "|" : "") + text();
      if (chance(0.2)) row.system.clear(), row.value.clear();
      break;
    case RowKind::date:
      row.from = one_of(times);
      row.to =
          chance(0.2)
              ? one_of(times)
              : row.from + (row.from > 1'000'000'000'000'000
                                ? 0
                                : one_of(std::vector<std::int64_t>{1, 1'000, day, 31 * day, 366 * day, 1'000 * day}));
      break;
    case RowKind::quantity:
      row.system = one_of(systems);
      row.value = one_of(units);
      row.text = one_of(units);
      row.note = one_of(units);
      row.canonical = one_of(numbers);
      [[fallthrough]];
    case RowKind::number:
      row.low = row.high = one_of(numbers);
      if (chance(0.05)) row.high = one_of(numbers);
      break;
    case RowKind::uri: break;
    case RowKind::composite:
      row.value.clear();
      for (std::size_t n = depth == 0 ? below(4) : 0; n > 0; --n)
        row.parts.push_back(this->row(kind == RowKind::composite ? one_of(kinds) : kind, depth + 1));
      for (Row& part : row.parts) part.param.clear();
      break;
  }
  return row;
}

Rows Random::rows() {
  Rows rows;
  for (std::size_t n = below(14); n > 0; --n) rows.push_back(row(kind()));
  for (const Row& row : rows) seen_[row.kind].push_back(row);
  return rows;
}

// A term is made from a row that could be there, so that it often finds something.
Term Random::term(RowKind kind, int depth) {
  Term term;
  const Rows& seen = seen_[kind];
  const Row like = !seen.empty() && chance(0.6) ? one_of(seen) : row(kind, depth);
  fill(term, like);
  switch (kind) {
    case RowKind::token:
      term.compare = one_of(std::vector{Compare::equal, Compare::equal, Compare::equal, Compare::not_equal,
                                        Compare::text, Compare::of_type, Compare::contains});
      term.any_system = chance(0.5);
      term.any_value = chance(0.2);
      break;
    case RowKind::string:
      term.compare = one_of(std::vector{Compare::begins, Compare::begins, Compare::exactly, Compare::contains,
                                        Compare::equal, Compare::not_equal});
      if (term.compare == Compare::exactly && chance(0.3)) term.value.clear();
      break;
    case RowKind::reference:
      term.compare =
          one_of(std::vector{Compare::equal, Compare::equal, Compare::equal, Compare::identifier, Compare::not_equal});
      term.any_system = chance(0.5);
      term.any_value = chance(0.1);
      if (term.compare == Compare::identifier && chance(0.3)) term.text = one_of(systems) + "|";
      break;
    case RowKind::uri:
      term.compare =
          one_of(std::vector{Compare::equal, Compare::begins, Compare::above, Compare::contains, Compare::not_equal});
      break;
    case RowKind::composite:
      term.parts.clear();
      for (const Row& part : like.parts) term.parts.push_back(this->term(part.kind, depth + 1));
      break;
    default:
      term.compare = one_of(ordered);
      if (chance(0.3)) term.to = one_of(times), term.high = one_of(numbers), term.canonical_high = one_of(numbers);
      term.canonical = chance(0.4);
      term.any_system = chance(0.5);
      term.any_value = chance(0.3);
  }
  return term;
}

void Random::fill(Term& term, const Row& row) {
  term.system = row.system, term.value = row.value, term.text = row.text, term.note = row.note;
  term.low = row.low, term.high = row.high, term.from = row.from, term.to = row.to;
  term.canonical_low = term.canonical_high = row.canonical;
}

Criterion Random::criterion(int depth) {
  Criterion criterion;
  criterion.negate = chance(0.15);
  const std::size_t form = below(depth < 2 ? 20 : 14);
  if (form < 10) {
    criterion.kind = kind();
    criterion.param = param(criterion.kind);
    for (std::size_t n = 1 + below(3); n > 0; --n) criterion.any.push_back(term(criterion.kind));
  } else if (form == 10) {
    criterion.form = Criterion::Form::missing;
    criterion.param = param(kind());
    criterion.missing = chance(0.5);
  } else if (form == 11) {
    criterion.form = Criterion::Form::id;
    for (std::size_t n = below(5); n > 0; --n) criterion.ids.push_back(id());
  } else if (form == 12) {
    criterion.form = Criterion::Form::updated;
    for (std::size_t n = 1 + below(2); n > 0; --n) {
      Term at;
      at.compare = one_of(ordered);
      at.from = 1'700'000'000'000 + static_cast<std::int64_t>(below(400));
      at.to = at.from + static_cast<std::int64_t>(below(100));
      criterion.any.push_back(at);
    }
  } else if (form == 13) {
    criterion.form = Criterion::Form::reference_in;
    criterion.param = param(RowKind::reference);
    for (std::size_t n = below(100); n > 0; --n) criterion.ids.push_back((chance(0.9) ? type() : "") + "/" + id());
  } else if (form < 16) {
    criterion.form = Criterion::Form::either;
    for (std::size_t n = below(4); n > 0; --n) {
      auto& all = criterion.alternatives.emplace_back();
      for (std::size_t m = below(3); m > 0; --m) all.push_back(this->criterion(depth + 1));
    }
  } else {
    criterion.form = form < 18 ? Criterion::Form::chain : Criterion::Form::has;
    criterion.param = param(RowKind::reference);
    Query inner = query(depth + 1);
    inner.sort.clear(), inner.limit = 1'000'000;
    criterion.inner = std::make_shared<Query>(std::move(inner));
  }
  return criterion;
}

Query Random::query(int depth) {
  Query query;
  for (std::size_t n = chance(0.8) ? 1 : below(4); n > 0; --n) query.types.push_back(type());
  if (chance(0.02)) query.types.push_back("Unknown");
  for (std::size_t n = below(depth == 0 ? 4 : 3); n > 0; --n) query.all.push_back(criterion(depth));
  if (chance(0.4))
    for (std::size_t n = 1 + below(2); n > 0; --n) {
      const RowKind by = kind();
      query.sort.push_back({chance(0.1) ? "_id" : chance(0.1) ? "_lastUpdated" : param(by), by, chance(0.5)});
    }
  if (chance(0.4)) query.limit = below(8);
  return query;
}

}  // namespace contract
