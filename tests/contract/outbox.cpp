// Jobs of the outbox on every store: added with what caused them, seen in order, repeated, parked, revived, forgotten.
#include "core/outbox/outbox.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/contract/fixture.hpp"

using namespace contract;
namespace outbox = core::outbox;
using Kinds = boost::mpl::list<Memory, Sqlite>;

BOOST_AUTO_TEST_SUITE(outbox_jobs)

namespace {

outbox::Job job(std::string key, std::int64_t due_ms, std::string payload = "p") {
  outbox::Job result;
  result.key = std::move(key), result.kind = "k", result.payload = std::move(payload);
  result.not_before = {due_ms};
  return result;
}

std::string keys(const std::vector<outbox::Job>& jobs) {
  std::string text;
  for (const auto& each : jobs) text += each.key + ' ';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(jobs_come_in_the_order_in_which_they_are_due, Kind, Kinds) {
  Kind kind;
  Batch first = batch({put("Task", "a")});
  outbox::add(first, "zgw", job("a", 200));
  outbox::add(first, "zgw", job("b", 100));
  outbox::add(first, "zgw", job("c", 900));
  outbox::add(first, "other", job("d", 0));
  must(kind.store->commit(first));
  const auto snapshot = view(*kind.store);
  BOOST_TEST(keys(must(outbox::due(*snapshot, "zgw", {500}, 10))) == "b a ");
  BOOST_TEST(keys(must(outbox::due(*snapshot, "zgw", {500}, 1))) == "b ");
  BOOST_TEST(must(outbox::next(*snapshot, "zgw"))->ms == 100);
  BOOST_TEST(must(outbox::count(*snapshot, "zgw")).waiting == 3u);
  BOOST_TEST(!must(outbox::next(*snapshot, "nothing")).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_whose_commit_failed_was_never_there, Kind, Kinds) {
  Kind kind;
  Batch refused = batch({put("Task", "a")});
  refused.ops[0].if_version = 7;
  outbox::add(refused, "zgw", job("a", 0));
  BOOST_TEST(!kind.store->commit(refused).ok());
  BOOST_TEST(must(outbox::count(*view(*kind.store), "zgw")).waiting == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_is_repeated_parked_revived_and_forgotten, Kind, Kinds) {
  Kind kind;
  const auto change = [&](auto&& use) {
    Batch next;
    use(next, *must(outbox::find(*view(*kind.store), "zgw", "a")));
    must(kind.store->commit(next));
  };
  Batch first;
  outbox::add(first, "zgw", job("a", 0, std::string("\0bytes", 6)));
  must(kind.store->commit(first));
  change([](Batch& next, const outbox::Job& it) { outbox::retry(next, "zgw", it, {5'000}, "no answer"); });
  auto now = *must(outbox::find(*view(*kind.store), "zgw", "a"));
  BOOST_TEST(now.attempts == 1u);
  BOOST_TEST(now.why == "no answer");
  BOOST_TEST(now.payload == std::string("\0bytes", 6));
  BOOST_TEST(keys(must(outbox::due(*view(*kind.store), "zgw", {4'999}, 10))).empty());
  change([](Batch& next, const outbox::Job& it) { outbox::park(next, "zgw", it, "refused"); });
  BOOST_TEST(keys(must(outbox::due(*view(*kind.store), "zgw", {9'999'999}, 10))).empty());
  BOOST_TEST(keys(must(outbox::parked(*view(*kind.store), "zgw"))) == "a ");
  BOOST_TEST(must(outbox::count(*view(*kind.store), "zgw")).dead == 1u);
  change([](Batch& next, const outbox::Job& it) { outbox::revive(next, "zgw", it, {10}); });
  now = *must(outbox::find(*view(*kind.store), "zgw", "a"));
  BOOST_TEST(now.attempts == 0u);
  BOOST_TEST(!now.dead);
  change([](Batch& next, const outbox::Job& it) { outbox::done(next, "zgw", it.key); });
  BOOST_TEST(!must(outbox::find(*view(*kind.store), "zgw", "a")).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_same_key_is_one_job, Kind, Kinds) {
  Kind kind;
  for (const char* payload : {"old", "new"}) {
    Batch next;
    outbox::add(next, "zgw", job("a", 0, "other"));
    outbox::add(next, "zgw", job("a", 0, payload));
    must(kind.store->commit(next));
  }
  BOOST_TEST(must(outbox::count(*view(*kind.store), "zgw")).waiting == 1u);
  BOOST_TEST(must(outbox::find(*view(*kind.store), "zgw", "a"))->payload == "new");
}

BOOST_AUTO_TEST_SUITE_END()
