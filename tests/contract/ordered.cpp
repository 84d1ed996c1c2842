// The first of a whole type in sort order: read from the index, and the same as by sorting everything. And rows that
// are made anew.
#include <random>

#include "tests/contract/fixture.hpp"

using namespace contract;

namespace {

constexpr int many = 1'400;

Row number(std::string param, double value) {
  Row row = token(std::move(param), {}, {});
  row.kind = RowKind::number, row.low = row.high = value;
  return row;
}

struct Shape {
  const char* param;
  RowKind kind;
};
constexpr Shape shapes[] = {{"n", RowKind::number}, {"s", RowKind::string}, {"d", RowKind::date},
                            {"t", RowKind::token},  {"_lastUpdated", RowKind::date}, {"u", RowKind::uri}};

Rows random_rows(std::mt19937& random) {
  Rows rows;
  const auto some = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
  for (int i = some(3); i > 0; --i) rows.push_back(number("n", some(40)));
  for (int i = some(3); i > 0; --i) rows.push_back(text("s", std::string(static_cast<std::size_t>(60 + some(8)), 'a') + std::to_string(some(30))));
  constexpr std::int64_t lengths[] = {1, 1'000, 86'400'000, 2'678'400'000, 31'622'400'000};
  for (int i = some(3); i > 0; --i) {
    const std::int64_t from = some(500) * 20'000'000LL;
    rows.push_back(span("d", from, some(40) == 0 ? INT64_MAX : from + lengths[some(5)]));
  }
  if (some(2) == 0) rows.push_back(token("t", "x", std::to_string(some(9))));
  Row uri = token("u", {}, "http://" + std::to_string(some(50)));
  uri.kind = RowKind::uri;
  rows.push_back(std::move(uri));
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_ordered)

BOOST_AUTO_TEST_CASE(the_first_in_order_are_the_same_as_by_sorting_everything) {
  Memory memory;
  Sqlite sqlite;
  std::mt19937 random(11);
  for (int at = 0; at < many; at += 100) {
    std::vector<Op> ops;
    for (int i = at; i < at + 100; ++i) ops.push_back(put("A", std::to_string(i), random_rows(random)));
    for (int i = 0; i < 20; ++i) ops.push_back(put("B", std::to_string(at + i), random_rows(random)));
    memory.clock.ms += 7, sqlite.clock.ms += 7;
    commit(*memory.store, ops);
    commit(*sqlite.store, ops);
  }
  for (Store* store : {memory.store.get(), sqlite.store.get()}) {
    std::mt19937 same(5);
    std::vector<Op> ops;
    for (int i = 0; i < 60; ++i) ops.push_back(i % 3 ? put("A", std::to_string(i * 9), random_rows(same)) : contract::remove("A", std::to_string(i * 9)));
    commit(*store, ops);
  }
  const auto slow = view(*memory.store), fast = view(*sqlite.store);
  int ordered = 0;
  for (const Shape& first : shapes)
    for (const bool descending : {false, true})
      for (const std::size_t limit : {std::size_t{1}, std::size_t{20}, std::size_t{150}}) {
        Query query = contract::query("A");
        query.limit = limit;
        query.sort = {{first.param, first.kind, descending}, {"n", RowKind::number, !descending}};
        BOOST_TEST(ids(*slow, query) == ids(*fast, query), first.param << descending << limit);
        const Found found = must(fast->find(query));
        ordered += found.plan.find("in order of") != std::string::npos;
        BOOST_TEST(!found.complete);
        query.all = {has_code("t", "*", "3")};
        query.all[0].negate = true;
        BOOST_TEST(ids(*slow, query) == ids(*fast, query), first.param << descending << limit);
      }
  BOOST_TEST(ordered >= 24);
}

BOOST_AUTO_TEST_CASE(the_last_of_a_list_with_missing_values_come_too) {
  Memory memory;
  Sqlite sqlite;
  std::vector<Op> ops;
  for (int i = 0; i < 1'100; ++i) ops.push_back(put("A", std::to_string(i), i % 50 == 0 ? Rows{number("n", 1100 - i)} : Rows{}));
  commit(*memory.store, ops);
  commit(*sqlite.store, ops);
  Query query = contract::query("A");
  query.limit = 40;  // 22 have a value
  for (const bool descending : {false, true}) {
    query.sort = {{"n", RowKind::number, descending}};
    BOOST_TEST(ids(*view(*memory.store), query) == ids(*view(*sqlite.store), query));
  }
}

BOOST_AUTO_TEST_CASE(a_page_in_order_reads_few_resources) {
  Sqlite sqlite;
  std::vector<Op> ops;
  for (int i = 0; i < 5'000; ++i) ops.push_back(put("A", std::to_string(i), {number("n", i % 777)}));
  commit(*sqlite.store, ops);
  Query query = contract::query("A");
  query.limit = 20;
  query.sort = {{"n", RowKind::number, false}};
  const std::string plan = must(view(*sqlite.store)->find(query)).plan;
  const std::size_t read = std::stoul(plan.substr(plan.rfind(' ') + 1));
  BOOST_TEST(read < 200U, plan);
}

BOOST_AUTO_TEST_CASE(alternatives_for_some_types_only_are_no_way_to_others) {
  Memory memory;
  Sqlite sqlite;
  for (Store* store : {memory.store.get(), sqlite.store.get()}) {
    commit(*store, {put("A", "1", {token("t", "s", "x")}), put("A", "2", {token("t", "s", "y")}), put("B", "1", {token("t", "s", "x")}),
                    put("C", "3", {token("u", "s", "x")}), put("C", "4", {token("t", "s", "x")})});
    const auto only = [](std::vector<std::string> types) {
      Criterion criterion;
      criterion.form = Criterion::Form::type;
      criterion.ids = std::move(types);
      return criterion;
    };
    const auto id = [](const char* name) {
      Criterion criterion;
      criterion.form = Criterion::Form::id;
      criterion.ids = {name};
      return criterion;
    };
    Criterion either;
    either.form = Criterion::Form::either;
    either.alternatives = {{only({"A", "C"}), has_code("t", "s", "x")}, {only({"A"}), id("2")}, {only({"C"}), has_code("u", "s", "x")}};
    Query query;
    query.all = {either};
    BOOST_TEST(ids(*view(*store), query) == "1 2 3 4");
    query.types = {"A"};
    BOOST_TEST(ids(*view(*store), query) == "1 2");
    query.types = {"B"};
    BOOST_TEST(ids(*view(*store), query) == "");
    query.types.clear();
    query.all = {only({"B"})};
    BOOST_TEST(ids(*view(*store), query) == "1");
    query.all.front().negate = true;
    BOOST_TEST(ids(*view(*store), query) == "1 2 3 4");
  }
}

BOOST_AUTO_TEST_CASE(a_chain_or_its_alternatives_on_the_resource_itself) {
  Memory memory;
  Sqlite sqlite;
  for (Store* store : {memory.store.get(), sqlite.store.get()}) {
    const auto refers = [](const char* id) {
      Row row;
      row.param = "r", row.kind = RowKind::reference, row.system = "B", row.value = id;
      return row;
    };
    std::vector<Op> ops = {put("A", "1", {refers("b")}), put("A", "2", {token("r:B.t", "s", "x")}), put("A", "3", {token("r:B.t", "s", "y"), refers("c")}),
                           put("B", "b", {token("t", "s", "x")}), put("B", "c", {token("t", "s", "z")})};
    for (int i = 0; i < 200; ++i) ops.push_back(put("B", "more" + std::to_string(i), {token("t", "s", "many")}));
    for (int i = 0; i < 200; ++i) ops.push_back(put("A", "few" + std::to_string(i), {}));
    commit(*store, ops);
    const auto chain = [](const char* code) {
      Criterion criterion;
      criterion.form = Criterion::Form::chain;
      criterion.param = "r";
      criterion.kind = RowKind::reference;
      auto inner = std::make_shared<Query>();
      inner->types = {"B"};
      inner->all = {has_code("t", "s", code)};
      criterion.inner = inner;
      criterion.alternatives = {{has_code("r:B.t", "s", code)}};
      return criterion;
    };
    BOOST_TEST(ids(*view(*store), query("A", {chain("x")})) == "1 2");
    BOOST_TEST(ids(*view(*store), query("A", {chain("y")})) == "3");
    BOOST_TEST(ids(*view(*store), query("A", {chain("z")})) == "3");
    BOOST_TEST(ids(*view(*store), query("A", {chain("many")})) == "");
    Criterion none = chain("x");
    none.negate = true;
    BOOST_TEST(must(view(*store)->find(query("A", {none}))).matches.size() == 201U);
    std::vector<Op> led;
    for (int i = 0; i < 200; ++i) led.push_back(put("A", "led" + std::to_string(i), {refers(("more" + std::to_string(i)).c_str())}));
    led.push_back(put("A", "own", {token("r:B.t", "s", "many")}));
    commit(*store, led);
    BOOST_TEST(must(view(*store)->find(query("A", {chain("many")}))).matches.size() == 201U);
  }
}

BOOST_AUTO_TEST_CASE(an_index_op_changes_rows_and_digest_and_nothing_else) {
  Memory memory;
  Sqlite sqlite;
  for (Store* store : {memory.store.get(), sqlite.store.get()}) {
    commit(*store, {put("A", "1", {token("t", "s", "old")}), put("A", "2", {token("t", "s", "old")})});
    const Sequence before = store->last();
    std::vector<Op> ops = {put("A", "1", {token("t", "s", "new")}), put("A", "2", {token("t", "s", "new")}),
                           put("A", "3", {token("t", "s", "new")})};
    for (Op& op : ops) op.action = Op::Action::index;
    ops[0].digest = "new";
    ops[1].digest = "newer";
    ops[0].if_version = 1;
    ops[1].if_version = 7;
    const Committed done = commit(*store, ops);
    BOOST_TEST(done.versions == (std::vector<std::int64_t>{1, 0, 0}), boost::test_tools::per_element());
    BOOST_TEST(store->last() == before);
    BOOST_TEST(ids(*view(*store), query("A", {has_code("t", "s", "new")})) == "1");
    BOOST_TEST(ids(*view(*store), query("A", {has_code("t", "s", "old")})) == "2");
    BOOST_TEST(must(view(*store)->digest({"A", "1"})).value_or("none") == "new");
    BOOST_TEST(must(view(*store)->digest({"A", "2"})).value_or("none") == "none");
    ops.resize(1);
    ops[0].digest.clear();
    commit(*store, ops);
    BOOST_TEST(must(view(*store)->digest({"A", "1"})).value_or("none") == "none");
    must_be_sound(*store);
  }
}

BOOST_AUTO_TEST_SUITE_END()
