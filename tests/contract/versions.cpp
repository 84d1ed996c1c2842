#include <boost/mpl/list.hpp>

#include "fixture.hpp"

namespace {

using namespace contract;
using Kinds = boost::mpl::list<Memory, Sqlite>;

BOOST_AUTO_TEST_SUITE(versions)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_put_is_read_back_with_its_stamp, Kind, Kinds) {
  Kind kind;
  const Committed done = commit(*kind.store, {put("Patient", "a", {}, "{body}")});
  BOOST_TEST(done.last == 1);
  BOOST_TEST(done.versions.at(0) == 1);
  BOOST_TEST(bool(done.created.at(0)));
  const auto record = must(view(*kind.store)->read({"Patient", "a"}));
  BOOST_REQUIRE(record);
  BOOST_TEST(record->body == "{<1@1700000000000>body}");
  BOOST_TEST(record->version == 1);
  BOOST_TEST(record->sequence == 1);
  BOOST_TEST(record->updated.ms == 1'700'000'000'000);
  BOOST_TEST(!record->deleted());
  BOOST_TEST(!must(view(*kind.store)->read({"Patient", "b"})));
  BOOST_TEST(!must(view(*kind.store)->read({"Group", "a"})));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bodies_keep_every_byte, Kind, Kinds) {
  Kind kind;
  std::string body = "{";
  for (int i = 0; i < 100'000; ++i) body.push_back(static_cast<char>(i));
  commit(*kind.store, {put("Binary", "a", {}, body), put("Binary", "b", {}, "x")});
  const auto record = must(view(*kind.store)->read({"Binary", "a"}));
  BOOST_TEST((record->body == stamp(body, 1, 1, record->updated)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_version_stays_readable, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a", {}, "{1}")});
  commit(*kind.store, {put("Patient", "a", {}, "{2}"), put("Patient", "b")});
  const Committed removed = commit(*kind.store, {remove("Patient", "a")});
  BOOST_TEST(removed.versions.at(0) == 3);
  BOOST_TEST(!bool(removed.created.at(0)));
  const auto snapshot = view(*kind.store);
  BOOST_TEST(must(snapshot->read({"Patient", "a"}, 1))->body.ends_with("1}"));
  const auto second = must(snapshot->read({"Patient", "a"}, 2));
  BOOST_TEST(second->body.ends_with("2}"));
  BOOST_TEST((second->method == Method::update));
  const auto third = must(snapshot->read({"Patient", "a"}, 3));
  BOOST_TEST(third->deleted());
  BOOST_TEST(third->body.empty());
  BOOST_TEST(!must(snapshot->read({"Patient", "a"}, 4)));
  BOOST_TEST(!must(snapshot->read({"Patient", "a"}, 0)));
  BOOST_TEST(must(snapshot->read({"Patient", "a"}))->deleted());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_deleted_resource_comes_back_as_a_creation_with_the_next_version, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  commit(*kind.store, {remove("Patient", "a")});
  const Committed again = commit(*kind.store, {put("Patient", "a")});
  BOOST_TEST(again.versions.at(0) == 3);
  BOOST_TEST(bool(again.created.at(0)));
  BOOST_TEST((must(view(*kind.store)->read({"Patient", "a"}))->method == Method::create));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(removing_what_is_not_there_changes_nothing, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  commit(*kind.store, {remove("Patient", "a")});
  const Committed done = commit(*kind.store, {remove("Patient", "a"), remove("Patient", "never")});
  BOOST_TEST(done.last == 2);
  BOOST_TEST(done.versions == (std::vector<std::int64_t>{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_key_occurs_once_in_a_batch, Kind, Kinds) {
  Kind kind;
  const auto refused = kind.store->commit(batch({put("Patient", "a"), remove("Patient", "a")}));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().kind == core::Kind::invalid));
  BOOST_TEST(kind.store->last() == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(instants_never_go_back, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  kind.clock.ms -= 5'000;
  BOOST_TEST(commit(*kind.store, {put("Patient", "b")}).at.ms == 1'700'000'000'000);
  kind.clock.ms += 6'000;
  BOOST_TEST(commit(*kind.store, {put("Patient", "c")}).at.ms == 1'700'000'001'000);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_change_feed_has_no_gaps, Kind, Kinds) {
  Kind kind;
  for (int i = 0; i < 10; ++i) {
    commit(*kind.store, {put("Patient", "p" + std::to_string(i)), put("Task", "t" + std::to_string(i % 3))});
    (void)kind.store->commit(batch({put("Patient", "x"), put("Patient", "x")}));
    commit(*kind.store, {remove("Patient", "p" + std::to_string(i / 2)), remove("Group", "g")});
  }
  const auto snapshot = view(*kind.store);
  const auto changes = must(snapshot->changes(0, 1'000));
  BOOST_TEST(static_cast<Sequence>(changes.size()) == snapshot->sequence());
  for (std::size_t i = 0; i < changes.size(); ++i) BOOST_TEST(changes[i].sequence == static_cast<Sequence>(i + 1));
  BOOST_TEST(changes.front().key.id == "p0");
  BOOST_TEST(must(snapshot->changes(3, 2)).size() == 2);
  BOOST_TEST(must(snapshot->changes(3, 2)).front().sequence == 4);
  BOOST_TEST(must(snapshot->changes(snapshot->sequence(), 2)).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(history_goes_from_the_newest_down, Kind, Kinds) {
  Kind kind;
  for (int i = 0; i < 4; ++i) {
    commit(*kind.store, {put("Patient", "a"), put("Task", "t")});
    kind.clock.ms += 1'000;
  }
  commit(*kind.store, {remove("Patient", "a")});
  const auto snapshot = view(*kind.store);
  const auto sequences = [&](HistoryQuery query) {
    std::vector<Sequence> found;
    for (const Record& record : must(snapshot->history(query))) found.push_back(record.sequence);
    return found;
  };
  using S = std::vector<Sequence>;
  HistoryQuery query;
  BOOST_TEST(sequences(query) == (S{9, 8, 7, 6, 5, 4, 3, 2, 1}), boost::test_tools::per_element());
  query.limit = 2;
  BOOST_TEST(sequences(query) == (S{9, 8}), boost::test_tools::per_element());
  query.before = 8;
  BOOST_TEST(sequences(query) == (S{7, 6}), boost::test_tools::per_element());
  query.type = "Patient";
  BOOST_TEST(sequences(query) == (S{7, 5}), boost::test_tools::per_element());
  query.id = "a", query.before = 0, query.limit = 100;
  BOOST_TEST(sequences(query) == (S{9, 7, 5, 3, 1}), boost::test_tools::per_element());
  query.since = Instant{1'700'000'002'000};
  BOOST_TEST(sequences(query) == (S{9, 7, 5}), boost::test_tools::per_element());
  query.since.reset(), query.at = Instant{1'700'000'002'500};
  BOOST_TEST(sequences(query) == (S{9, 7, 5}), boost::test_tools::per_element());
  query.before = 6;
  BOOST_TEST(sequences(query) == (S{5}), boost::test_tools::per_element());
  query.type.reset(), query.id.reset(), query.before = 0;
  BOOST_TEST(sequences(query) == (S{9, 8, 7, 6, 5}), boost::test_tools::per_element());
  query.type = "Unknown";
  BOOST_TEST(sequences(query).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_erased_resource_is_nowhere_but_in_the_feed, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a", {token("code", "s", "x")}), put("Patient", "b")});
  commit(*kind.store, {put("Patient", "a", {token("code", "s", "y")})});
  const Match match = must(view(*kind.store)->find(query("Patient", {has_code("code", "s", "y")}))).matches.at(0);
  const Committed erased = commit(*kind.store, {erase("Patient", "a"), erase("Patient", "never")});
  BOOST_TEST(erased.last == 4);
  BOOST_TEST(erased.versions == (std::vector<std::int64_t>{3, 0}), boost::test_tools::per_element());
  const auto snapshot = view(*kind.store);
  BOOST_TEST(!must(snapshot->read({"Patient", "a"})));
  for (int version = 1; version <= 3; ++version) BOOST_TEST(!must(snapshot->read({"Patient", "a"}, version)));
  BOOST_TEST(must(snapshot->load(std::vector{match})).empty());
  BOOST_TEST(must(snapshot->history(history_of("Patient", "a"))).empty());
  BOOST_TEST(must(snapshot->history({})).size() == 1);
  BOOST_TEST(ids(*snapshot, query("Patient")) == "b");
  BOOST_TEST(must(snapshot->count("Patient")) == 1);
  const auto changes = must(snapshot->changes(0, 100));
  BOOST_REQUIRE(changes.size() == 4);
  BOOST_TEST((changes.back().method == Method::remove));
  BOOST_TEST(commit(*kind.store, {erase("Patient", "a")}).versions.at(0) == 0);
  BOOST_TEST(commit(*kind.store, {put("Patient", "a")}).versions.at(0) == 4);
  BOOST_TEST(must(view(*kind.store)->history(history_of("Patient", "a"))).size() == 1);
  BOOST_TEST(must(kind.store->check()).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_deleted_resource_can_be_erased, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a")});
  commit(*kind.store, {remove("Patient", "a")});
  BOOST_TEST(commit(*kind.store, {erase("Patient", "a")}).versions.at(0) == 3);
  BOOST_TEST(!must(view(*kind.store)->read({"Patient", "a"})));
  BOOST_TEST(must(kind.store->check()).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_change_of_a_type_is_known, Kind, Kinds) {
  Kind kind;
  BOOST_TEST(kind.store->last() == 0);
  commit(*kind.store, {put("Patient", "a"), put("Task", "t"), put("Patient", "b")});
  commit(*kind.store, {remove("Task", "t")});
  BOOST_TEST(kind.store->last() == 4);
  BOOST_TEST(kind.store->last("Patient") == 3);
  BOOST_TEST(kind.store->last("Task") == 4);
  BOOST_TEST(kind.store->last("Group") == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(counts_are_of_current_resources, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a"), put("Patient", "b"), put("Task", "t")});
  commit(*kind.store, {put("Patient", "a"), remove("Patient", "b")});
  const auto snapshot = view(*kind.store);
  BOOST_TEST(must(snapshot->count("Patient")) == 1);
  BOOST_TEST(must(snapshot->count("Task")) == 1);
  BOOST_TEST(must(snapshot->count("Group")) == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(digests_are_kept_beside_the_current_version, Kind, Kinds) {
  Kind kind;
  const auto with = [](std::string id, std::string digest) {
    Op op = put("Patient", std::move(id));
    op.digest = std::move(digest);
    return op;
  };
  commit(*kind.store, {with("a", "1"), with("b", std::string("\0x", 2)), with("c", ""), with("d", "4")});
  commit(*kind.store, {with("d", "5"), remove("Patient", "a")});
  const auto snapshot = view(*kind.store);
  std::string seen;
  must(snapshot->digests([&](const Key& key, Sequence sequence, std::string_view digest) {
    seen += key.type + '/' + key.id + '@' + std::to_string(sequence) + '=' + std::to_string(digest.size()) + ' ';
    return true;
  }));
  BOOST_TEST(seen == "Patient/b@2=2 Patient/d@5=1 ");
  BOOST_TEST(must(snapshot->digest({"Patient", "d"})).value() == "5");
  BOOST_TEST(must(snapshot->digest({"Patient", "b"})).value() == std::string("\0x", 2));
  BOOST_TEST(!must(snapshot->digest({"Patient", "c"})));
  BOOST_TEST(!must(snapshot->digest({"Patient", "a"})));
  int calls = 0;
  must(snapshot->digests([&](const Key&, Sequence, std::string_view) { return ++calls < 1; }));
  BOOST_TEST(calls == 1);
  commit(*kind.store, {with("d", "")});
  BOOST_TEST(!must(view(*kind.store)->digest({"Patient", "d"})));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(loading_keeps_the_order_and_the_version_that_matched, Kind, Kinds) {
  Kind kind;
  commit(*kind.store, {put("Patient", "a", {}, "{old}"), put("Patient", "b")});
  const Found found = must(view(*kind.store)->find(query("Patient")));
  commit(*kind.store, {put("Patient", "a", {}, "{new}"), remove("Patient", "b")});
  const std::vector<Match> turned{found.matches.at(1), found.matches.at(0)};
  const auto records = must(view(*kind.store)->load(turned));
  BOOST_REQUIRE(records.size() == 2);
  BOOST_TEST(records[0].key.id == "b");
  BOOST_TEST(records[1].body.ends_with("old}"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
