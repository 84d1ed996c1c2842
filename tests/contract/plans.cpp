// Every way to plan a search gives the same answer, and a list that is read in parts is the list of its first part's
// state, whatever is written meanwhile. The memory store, which sorts everything, says what is right.
#include <map>
#include <random>

#include "tests/contract/fixture.hpp"

using namespace contract;

namespace {

using adapters::sql::Planning;

// Bodies name the rows that they were stored with, so that rows can be read from bodies again.
class Archive {
 public:
  Op put(std::string type, std::string id, Rows rows) {
    bodies_.push_back(std::move(rows));
    return contract::put(std::move(type), std::move(id), bodies_.back(), "{" + std::to_string(bodies_.size() - 1) + "}");
  }
  RowReader reader() const {
    return [this](std::string_view, std::string_view body) {
      const std::size_t from = body.find('>') + 1;  // behind the stamp
      return bodies_.at(std::stoul(std::string(body.substr(from))));
    };
  }

 private:
  std::vector<Rows> bodies_;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int most) { return static_cast<int>(engine_() % static_cast<unsigned>(most)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_;
};

Row number(std::string param, double value) {
  Row row = token(std::move(param), {}, {});
  row.kind = RowKind::number, row.low = row.high = value;
  return row;
}

constexpr std::int64_t day = 86'400'000;

// `when` has one value at most, `also` several; `state` has few values, `who` leads to a B, `rare` is rare.
Rows some_rows(Dice& dice) {
  Rows rows;
  constexpr std::int64_t lengths[] = {1, 1'000, day, 31 * day, 400 * day};
  const auto date = [&](const char* param) {
    const std::int64_t from = dice.below(900) * day;
    rows.push_back(span(param, from, dice.chance(2) ? INT64_MAX : from + lengths[dice.below(5)]));
  };
  if (dice.chance(90)) date("when");
  for (int i = dice.below(3); i > 0; --i) date("also");
  rows.push_back(token("state", dice.chance(50) ? "s" : "t", std::to_string(dice.below(4))));
  if (dice.chance(30)) rows.push_back(token("state", "s", std::to_string(dice.below(6))));
  if (dice.chance(1)) rows.push_back(token("rare", "s", "x"));
  if (dice.chance(80)) rows.push_back(number("rank", dice.below(200)));
  if (dice.chance(50)) rows.push_back(text("name", std::string(static_cast<std::size_t>(58 + dice.below(9)), 'a') + std::to_string(dice.below(20))));
  rows.push_back(reference("who", "B", std::to_string(dice.below(30))));
  return rows;
}

Criterion date_criterion(const char* param, Compare compare, std::int64_t from, std::int64_t to) {
  Criterion criterion = has_code(param, "*", {});
  criterion.kind = RowKind::date;
  criterion.any[0].compare = compare;
  criterion.any[0].from = from, criterion.any[0].to = to;
  return criterion;
}

Criterion some_criterion(Dice& dice, bool inner = false) {
  constexpr Compare compares[] = {Compare::less, Compare::greater_or_equal, Compare::equal, Compare::starts_after,
                                  Compare::ends_before, Compare::less_or_equal, Compare::approximately};
  Criterion criterion;
  switch (dice.below(inner ? 6 : 10)) {
    case 0:
    case 1: criterion = has_code("state", dice.chance(50) ? "s" : "*", std::to_string(dice.below(6))); break;
    case 2: criterion = has_code("rare", "s", "x"); break;
    case 3:
    case 4: {
      const std::int64_t from = dice.below(900) * day;
      criterion = date_criterion(dice.chance(70) ? "when" : "also", compares[dice.below(7)], from, from + day * (1 + dice.below(60)));
      break;
    }
    case 5:
      criterion = has_code("rank", "*", {});
      criterion.kind = RowKind::number;
      criterion.any[0].compare = dice.chance(50) ? Compare::less : Compare::greater;
      criterion.any[0].low = criterion.any[0].high = dice.below(200);
      break;
    case 9: {
      constexpr Compare words[] = {Compare::contains, Compare::begins, Compare::equal, Compare::exactly};
      criterion = has_code("name", "*", dice.chance(50) ? std::to_string(dice.below(20)) : std::string(static_cast<std::size_t>(55 + dice.below(9)), 'a') + std::to_string(dice.below(20)));
      criterion.kind = RowKind::string;
      criterion.any[0].compare = words[dice.below(4)];
      criterion.any[0].text = criterion.any[0].value;
      break;
    }
    case 6: criterion = refers_to("who", "B", std::to_string(dice.below(30))); break;
    case 7:
      criterion.form = Criterion::Form::chain, criterion.param = "who";
      criterion.inner = std::make_shared<Query>(query("B", {some_criterion(dice, true)}));
      break;
    default:
      criterion.form = Criterion::Form::missing, criterion.param = dice.chance(50) ? "when" : "rank";
      criterion.missing = dice.chance(50);
      break;
  }
  criterion.negate = dice.chance(12);
  return criterion;
}

Query some_query(Dice& dice) {
  Query made = query("A");
  if (dice.chance(10)) made.types.push_back("B");
  for (int i = dice.below(3); i > 0; --i) made.all.push_back(some_criterion(dice));
  const Sort sorts[] = {{"when", RowKind::date, false, true}, {"also", RowKind::date}, {"rank", RowKind::number},
                        {"state", RowKind::token},            {"name", RowKind::string}, {"_lastUpdated", RowKind::date},
                        {"rank", RowKind::number, false, true}};
  if (dice.chance(75))
    for (int i = 1 + dice.below(5) / 4; i > 0; --i) {
      made.sort.push_back(sorts[dice.below(7)]);
      made.sort.back().descending = dice.chance(50);
    }
  return made;
}

// One data folder that is opened anew for each way of planning.
struct Planned {
  TestClock clock;
  Folder folder;
  std::unique_ptr<Store> store;

  void open(Planning planning, const Archive& archive) {
    store.reset();
    adapters::sqlite::Options options;
    options.planning = planning;
    store = must(adapters::sqlite::open_sqlite_store(folder.path(), clock, stamp, options));
    store->read_rows_with(archive.reader());
  }
};

constexpr Planning ways[] = {Planning::by_cost, Planning::collect, Planning::in_order, Planning::gather, Planning::read};

std::string shown(const std::vector<Match>& matches) {
  std::string text;
  for (const Match& match : matches) text += std::to_string(match.sequence) + ' ';  // each store has its own rows
  return text;
}

struct Both {
  Archive archive;
  Memory memory;
  Planned planned;
  Dice dice;

  explicit Both(unsigned seed) : dice(seed) { planned.open(Planning::by_cost, archive); }

  void write(const std::vector<Op>& ops) {
    memory.clock.ms += 5, planned.clock.ms += 5;
    commit(*memory.store, ops);
    commit(*planned.store, ops);
  }
  void fill(int count) {
    for (int at = 0; at < count; at += 100) {
      std::vector<Op> ops;
      for (int i = at; i < at + 100; ++i) ops.push_back(archive.put("A", std::to_string(i), some_rows(dice)));
      for (int i = at / 50; i < at / 50 + 2; ++i) ops.push_back(archive.put("B", std::to_string(i), some_rows(dice)));
      write(ops);
    }
    change(40);
  }
  // No B is erased: what was reached through it is reached no more, in earlier states too.
  void change(int count) {
    std::map<std::string, Op> ops;
    for (int i = 0; i < count; ++i) {
      const std::string id = std::to_string(dice.below(dice.chance(20) ? 30 : 1'700));
      const char* type = dice.chance(10) ? "B" : "A";
      const int what = dice.below(20);
      ops.insert_or_assign(type + id, what == 0 && type[0] == 'A' ? erase(type, id) : what < 4 ? contract::remove(type, id)
                                                                             : archive.put(type, id, some_rows(dice)));
    }
    std::vector<Op> list;
    for (auto& [key, op] : ops) list.push_back(std::move(op));
    write(list);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_plans)

BOOST_AUTO_TEST_CASE(every_way_of_planning_gives_the_same_hits_in_the_same_order) {
  Both both(3);
  both.fill(1'600);
  std::vector<Query> queries;
  for (int i = 0; i < (long_run() ? 1'500 : 120); ++i) queries.push_back(some_query(both.dice));
  const auto model = view(*both.memory.store);
  std::map<std::string, int> plans;
  int given_up = 0;
  for (const Planning way : ways) {
    both.planned.open(way, both.archive);
    const auto fast = view(*both.planned.store);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      Query query = queries[i];
      const Found all = must(model->find(query));
      const Found whole = must(fast->find(query));
      BOOST_REQUIRE_MESSAGE(shown(all.matches) == shown(whole.matches), i << " by " << whole.plan);
      query.enough = 1 + i % 25;
      query.limit = query.enough * 3;
      const Found part = must(fast->find(query));
      plans[part.plan.substr(0, part.plan.find(' ', 3))]++;
      const std::size_t size = part.matches.size();
      BOOST_REQUIRE_MESSAGE(size <= query.limit && size >= std::min(query.enough, all.matches.size()), i << " by " << part.plan);
      BOOST_REQUIRE_MESSAGE(part.complete ? size == all.matches.size() : size > query.enough, i << " by " << part.plan);
      BOOST_REQUIRE_MESSAGE(shown({all.matches.begin(), all.matches.begin() + static_cast<std::ptrdiff_t>(size)}) == shown(part.matches),
                            i << " by " << part.plan);
      query.only_total = true;
      const Found total = must(fast->find(query));
      BOOST_REQUIRE_MESSAGE(total.total == all.matches.size() && total.matches.empty(), i << " by " << total.plan);
      query.affordable = 1 + i % 400;
      const Found cheap = must(fast->find(query));
      BOOST_REQUIRE_MESSAGE(!cheap.complete || cheap.total == total.total, i << " by " << cheap.plan);
      given_up += cheap.complete ? 0 : 1;
      query.affordable = 0, query.only_total = false, query.since = 1'200, query.enough = 0, query.limit = 1'000'000;
      const Found later = must(model->find(query)), same = must(fast->find(query));
      BOOST_REQUIRE_MESSAGE(shown(later.matches) == shown(same.matches),
                            i << " by " << same.plan << "\nexpected " << shown(later.matches) << "\nactual " << shown(same.matches));
    }
  }
  BOOST_TEST(plans["A: in"] > 100);  // in order of ...
  BOOST_TEST(given_up > 20);         // totals that were not affordable
}

BOOST_AUTO_TEST_CASE(a_list_read_in_parts_is_that_of_its_first_part_whatever_is_written_between) {
  Both both(4);
  both.fill(1'600);
  int parts = 0;
  for (const Planning way : ways) {
    both.planned.open(way, both.archive);
    for (int i = 0; i < (long_run() ? 150 : 12); ++i) {
      Query query = some_query(both.dice);
      query.enough = static_cast<std::size_t>(20 + both.dice.below(200));
      query.limit = query.enough * 2;
      std::vector<Match> all;
      std::string plan;
      query.as_of = both.memory.store->last();
      Query whole = query;
      whole.limit = 1'000'000, whole.enough = 0;
      for (bool complete = false; !complete; ++parts) {
        const Found part = must(view(*both.planned.store)->find(query));
        BOOST_REQUIRE_MESSAGE(!part.matches.empty() || part.complete, part.plan);
        plan += part.plan + '\n';
        all.insert(all.end(), part.matches.begin(), part.matches.end());
        complete = part.complete;
        if (!complete) both.change(15);
        while (!all.empty() && must(view(*both.planned.store)->load(std::span(&all.back(), 1))).empty()) all.pop_back();
        if (!all.empty()) query.after = all.back();  // one that was erased has no place any more
        Query rest = whole;
        rest.after = query.after;
        const Found left = must(view(*both.memory.store)->find(rest)), found = must(view(*both.planned.store)->find(rest));
        BOOST_REQUIRE_MESSAGE(shown(left.matches) == shown(found.matches), i << " by " << found.plan);
      }
      std::vector<Match> expected = must(view(*both.memory.store)->find(whole)).matches;
      const auto memory = view(*both.memory.store), sqlite = view(*both.planned.store);
      const auto kept = [&](const std::vector<Match>& matches) {
        std::string text;
        for (const Match& match : matches)
          if (!must(memory->load(std::span(&match, 1))).empty()) text += std::to_string(match.sequence) + ' ';
        return text;
      };
      BOOST_REQUIRE_MESSAGE(kept(expected) == kept(all), i << " by " << plan << "\nexpected " << kept(expected) << "\nactual " << kept(all));
    }
  }
  BOOST_TEST(parts > 100);
}

BOOST_AUTO_TEST_CASE(a_page_touches_about_a_page_whatever_the_size_of_the_list) {
  Sqlite sqlite;
  std::vector<Op> ops;
  for (int i = 0; i < 30'000; ++i)
    ops.push_back(put("A", std::to_string(i), {token("state", "s", i % 3 ? "open" : "done"), span("when", i * 7'919 % 30'000 * day, i * 7'919 % 30'000 * day + day)}));
  commit(*sqlite.store, ops);
  const auto touched = [&](const Query& asked) {
    const std::string plan = must(view(*sqlite.store)->find(asked)).plan;
    const std::size_t at = plan.find("rows touched: ");
    BOOST_TEST_MESSAGE(plan);
    return std::stoul(plan.substr(at + 14));
  };
  Query open = query("A", {has_code("state", "s", "open")});
  open.enough = 20;
  BOOST_TEST(touched(open) < 1'600U);
  open.sort = {{"when", RowKind::date, true, true}};
  BOOST_TEST(touched(open) < 9'000U);  // of which 4,096 were counted
  Query before = query("A", {date_criterion("when", Compare::less, 10'000 * day, 10'001 * day)});
  before.enough = 20;
  before.sort = open.sort;
  BOOST_TEST(touched(before) < 9'000U);
  before.sort.clear();
  BOOST_TEST(touched(before) < 9'000U);
}

BOOST_AUTO_TEST_SUITE_END()
