#include <boost/mpl/list.hpp>
#include <latch>
#include <thread>

#include "fixture.hpp"

namespace {

using namespace contract;
using Kinds = boost::mpl::list<Memory, Sqlite>;

// Runs `work(i)` on `count` threads that start together.
template <class Work>
void together(int count, Work work) {
  std::latch start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  for (std::thread& thread : threads) thread.join();
}

BOOST_AUTO_TEST_SUITE(commits)

BOOST_AUTO_TEST_CASE_TEMPLATE(an_expected_version_must_be_the_current_one, Kind, Kinds) {
  Kind kind;
  const auto attempt = [&](Op op, std::int64_t version) {
    op.if_version = version;
    return kind.store->commit(batch({std::move(op)}));
  };
  BOOST_TEST(!attempt(put("Patient", "a"), 1));
  BOOST_TEST(bool(attempt(put("Patient", "a"), 0)));
  const auto stale = attempt(put("Patient", "a"), 0);
  BOOST_REQUIRE(!stale);
  BOOST_TEST((stale.error().kind == core::Kind::stale));
  BOOST_TEST(stale.error().where == "Patient/a");
  BOOST_TEST(bool(attempt(put("Patient", "a"), 1)));
  BOOST_TEST(!attempt(remove("Patient", "a"), 1));
  BOOST_TEST(bool(attempt(remove("Patient", "a"), 2)));
  BOOST_TEST(bool(attempt(put("Patient", "a"), 0)));
  BOOST_TEST(bool(attempt(put("Patient", "a"), 4)));
  BOOST_TEST(kind.store->last() == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_refused_batch_leaves_nothing, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  Batch wrong = batch({put("Patient", "b", {token("code", "s", "x")}), put("Patient", "a")});
  wrong.ops[1].if_version = 7;
  wrong.values = {{"cursor", "1"}};
  BOOST_TEST(!kind.store->commit(wrong));
  const auto snapshot = view(*kind.store);
  BOOST_TEST(snapshot->sequence() == 1);
  BOOST_TEST(!must(snapshot->read({"Patient", "b"})));
  BOOST_TEST(ids(*snapshot, query("Patient")) == "a");
  BOOST_TEST(!must(snapshot->value("cursor")));
  BOOST_TEST(must(kind.store->check()).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_guard_holds_for_exactly_its_ids, Kind, Kinds) {
  Kind kind;
  const auto guarded = [&](std::vector<std::string> expected, Op op) {
    Batch one = batch({std::move(op)});
    one.guards.push_back({query("Patient", {has_code("identifier", "bsn", "1")}), std::move(expected), "first entry"});
    return kind.store->commit(one);
  };
  BOOST_TEST(bool(guarded({}, put("Patient", "a", {token("identifier", "bsn", "1")}))));
  const auto refused = guarded({}, put("Patient", "b", {token("identifier", "bsn", "1")}));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().kind == core::Kind::stale));
  BOOST_TEST(refused.error().where == "first entry");
  BOOST_TEST(!guarded({"b"}, put("Patient", "b")));
  BOOST_TEST(bool(guarded({"a"}, put("Patient", "b", {token("identifier", "bsn", "1")}))));
  BOOST_TEST(!guarded({"a"}, put("Patient", "c")));
  BOOST_TEST(bool(guarded({"b", "a"}, remove("Patient", "a"))));
  BOOST_TEST(bool(guarded({"b"}, put("Patient", "d"))));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sixty_four_conditional_creates_make_one, Kind, Kinds) {
  Kind kind;
  std::atomic<int> won{0}, stale{0};
  together(64, [&](int i) {
    Batch one = batch({put("Patient", "p" + std::to_string(i), {token("identifier", "bsn", "1")})});
    one.guards.push_back({query("Patient", {has_code("identifier", "bsn", "1")}), {}, "g"});
    const auto done = kind.store->commit(std::move(one));
    if (done) ++won;
    if (!done && done.error().kind == core::Kind::stale) ++stale;
  });
  BOOST_TEST(won == 1);
  BOOST_TEST(stale == 63);
  BOOST_TEST(must(view(*kind.store)->count("Patient")) == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_updates_at_once_of_one_version_one_wins, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  for (std::int64_t version = 1; version <= 8; ++version) {
    std::atomic<int> won{0};
    together(16, [&](int) {
      Op op = put("Patient", "a");
      op.if_version = version;
      if (kind.store->commit(batch({op}))) ++won;
    });
    BOOST_TEST(won == 1);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(many_threads_lose_nothing_and_double_nothing, Kind, Kinds) {
  Kind kind;
  constexpr int threads = 16, each = 25;
  together(threads, [&](int t) {
    for (int i = 0; i < each; ++i) {
      const std::string id = std::to_string(t) + "-" + std::to_string(i);
      Batch one = batch(
          {put("Observation", id, {token("code", "s", std::to_string(t))}), put("Patient", "p" + std::to_string(t))});
      one.waits = i % 3 != 0;
      const auto done = kind.store->commit(std::move(one));
      if (!done || done->versions.at(1) != i + 1) std::abort();
    }
  });
  const auto snapshot = view(*kind.store);
  BOOST_TEST(snapshot->sequence() == threads * each * 2);
  BOOST_TEST(must(snapshot->count("Observation")) == threads * each);
  const auto changes = must(snapshot->changes(0, 100'000));
  for (std::size_t i = 0; i < changes.size(); ++i) BOOST_REQUIRE(changes[i].sequence == static_cast<Sequence>(i + 1));
  for (int t = 0; t < threads; ++t)
    BOOST_TEST(must(snapshot->find(query("Observation", {has_code("code", "s", std::to_string(t))}))).matches.size() ==
               each);
  BOOST_TEST(must(kind.store->check()).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_does_not_move, Kind, Kinds) {
  Kind kind;
  Batch first = batch({put("Patient", "a", {token("code", "s", "x")}), put("Patient", "b")});
  first.values = {{"cursor", "one"}};
  must(kind.store->commit(first));
  const auto before = view(*kind.store);
  Batch second = batch({put("Patient", "a", {token("code", "s", "y")}), remove("Patient", "b"), put("Patient", "c")});
  second.values = {{"cursor", "two"}};
  must(kind.store->commit(second));
  BOOST_TEST(before->sequence() == 2);
  BOOST_TEST(must(before->read({"Patient", "a"}))->version == 1);
  BOOST_TEST(ids(*before, query("Patient")) == "a b");
  BOOST_TEST(ids(*before, query("Patient", {has_code("code", "s", "x")})) == "a");
  BOOST_TEST(must(before->value("cursor")).value() == "one");
  BOOST_TEST(must(before->count("Patient")) == 2);
  BOOST_TEST(must(before->changes(0, 10)).size() == 2);
  const auto after = view(*kind.store);
  BOOST_TEST(ids(*after, query("Patient")) == "a c");
  BOOST_TEST(must(after->value("cursor")).value() == "two");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(erasing_does_not_disturb_a_snapshot, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  const auto before = view(*kind.store);
  commit(*kind.store, {erase("Patient", "a")});
  BOOST_TEST(must(before->read({"Patient", "a"})).has_value());
  BOOST_TEST(ids(*before, query("Patient")) == "a");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(whoever_was_answered_reads_what_was_written, Kind, Kinds) {
  Kind kind;
  together(8, [&](int t) {
    for (int i = 0; i < 20; ++i) {
      const std::string id = std::to_string(t) + "-" + std::to_string(i);
      Batch one = batch({put("Patient", id)});
      one.waits = t % 2 == 0;
      const Sequence last = kind.store->commit(std::move(one))->last;
      auto snapshot = std::move(*kind.store->snapshot());
      if (snapshot->sequence() < last || !*snapshot->read({"Patient", id})) std::abort();
      if (kind.store->last() < last || kind.store->last("Patient") < last) std::abort();
    }
  });
  BOOST_TEST(must(view(*kind.store)->count("Patient")) == 160);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(values_are_listed_by_prefix_and_forgotten, Kind, Kinds) {
  Kind kind;
  Batch queue;
  queue.values = {{"queue/a/2", "two"}, {"queue/a/1", "one"}, {"queue/b/1", "other"}, {"queue/a", "near"}};
  must(kind.store->commit(queue));
  const auto listed = [&](const std::string& prefix, const std::string& after = "", std::size_t limit = 10) {
    std::string text;
    for (const auto& [name, bytes] : must(view(*kind.store)->values(prefix, after, limit))) text += name + '=' + bytes + ' ';
    return text;
  };
  BOOST_TEST(listed("queue/a/") == "queue/a/1=one queue/a/2=two ");
  BOOST_TEST(listed("queue/a/", "", 1) == "queue/a/1=one ");
  BOOST_TEST(listed("queue/a/", "queue/a/1") == "queue/a/2=two ");
  const auto before = view(*kind.store);
  Batch done;
  done.forgotten = {"queue/a/1", "queue/none", "queue/b/1"};
  done.values = {{"queue/b/1", "again"}};
  must(kind.store->commit(done));
  BOOST_TEST(listed("queue/") == "queue/a=near queue/a/2=two queue/b/1=again ");
  BOOST_TEST(!must(view(*kind.store)->value("queue/a/1")));
  BOOST_TEST(must(before->values("queue/a/", "", 10)).size() == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(values_alone_make_no_version, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  Batch only;
  only.values = {{"cursor", std::string("\0\1", 2)}, {"other", ""}};
  only.waits = false;
  BOOST_TEST(must(kind.store->commit(only)).last == 1);
  const auto snapshot = view(*kind.store);
  BOOST_TEST(snapshot->sequence() == 1);
  BOOST_TEST(must(snapshot->value("cursor")).value() == std::string("\0\1", 2));
  BOOST_TEST(must(snapshot->value("other")).value().empty());
  BOOST_TEST(!must(snapshot->value("missing")));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_bell_rings_for_versions_only, Kind, Kinds) {
  Kind kind;
  std::vector<Sequence> rung;
  int second = 0;
  kind.store->on_commit([&](Sequence last) { rung.push_back(last); });
  kind.store->on_commit([&](Sequence) { ++second; });
  commit(*kind.store, {put("Patient", "a"), put("Patient", "b")});
  Batch only;
  only.values = {{"cursor", "1"}};
  must(kind.store->commit(only));
  commit(*kind.store, {remove("Patient", "a")});
  BOOST_TEST(rung == (std::vector<Sequence>{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(second == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lease_has_one_holder_until_it_ends, Kind, Kinds) {
  Kind kind;
  Store& store = *kind.store;
  BOOST_TEST(must(store.lease("sweep", "one", {100}, {200})));
  BOOST_TEST(!must(store.lease("sweep", "two", {150}, {250})));
  BOOST_TEST(must(store.lease("other", "two", {150}, {250})));
  BOOST_TEST(must(store.lease("sweep", "one", {150}, {300})));
  BOOST_TEST(!must(store.lease("sweep", "two", {299}, {400})));
  BOOST_TEST(must(store.lease("sweep", "two", {300}, {400})));
  BOOST_TEST(!must(store.lease("sweep", "one", {301}, {500})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
