#include <set>

#include "random_data.hpp"

namespace {

using namespace contract;

// Bodies are numbers of the rows that they were stored with, so that rows can be read from bodies again.
class Archive {
 public:
  std::string keep(const Rows& rows) {
    bodies_.push_back(rows);
    return "{" + std::to_string(bodies_.size() - 1) + "}";
  }
  RowReader reader() const {
    return [this](std::string_view, std::string_view body) {
      return bodies_.at(std::stoul(std::string(body.substr(body.find('>') + 1))));  // behind the stamp
    };
  }

 private:
  std::vector<Rows> bodies_;
};

Batch random_batch(Random& random, Store& store, Archive& archive) {
  Batch result;
  std::set<std::pair<std::string, std::string>> used;
  for (std::size_t n = random.below(4); n > 0; --n) {
    const Rows rows = random.rows();
    Op op = put(random.type(), random.id(), rows, archive.keep(rows));
    if (!used.emplace(op.key.type, op.key.id).second) continue;
    if (random.chance(0.5)) op.digest = "d" + std::to_string(random.below(100));
    if (random.chance(0.2)) op.action = Op::Action::remove;
    if (random.chance(0.05)) op.action = Op::Action::erase;
    if (random.chance(0.2)) op.if_version = static_cast<std::int64_t>(random.below(4));
    result.ops.push_back(std::move(op));
  }
  if (random.chance(0.2)) {
    Guard guard;
    guard.query = random.query();
    guard.query.limit = 1'000'000;
    guard.name = "guard";
    if (random.chance(0.7)) {  // what holds now
      const auto snapshot = view(store);
      for (const Record& record : must(snapshot->load(must(snapshot->find(guard.query)).matches)))
        guard.ids.push_back(record.key.id);
    }
    result.guards.push_back(std::move(guard));
  }
  if (random.chance(0.3)) result.values.push_back({"v" + std::to_string(random.below(3)), random.id()});
  result.waits = random.chance(0.3);
  return result;
}

std::string shown(const Result<Committed>& result) {
  if (!result) return "refused " + std::to_string(static_cast<int>(result.error().kind)) + ' ' + result.error().where;
  std::string text = std::to_string(result->last) + '@' + std::to_string(result->at.ms);
  for (std::size_t i = 0; i < result->versions.size(); ++i)
    text += ' ' + std::to_string(result->versions[i]) + (result->created[i] ? "+" : "");
  return text;
}

std::string shown(const Record& record) {
  return record.key.type + '/' + record.key.id + " v" + std::to_string(record.version) + " #" +
         std::to_string(record.sequence) + " @" + std::to_string(record.updated.ms) + " m" +
         std::to_string(static_cast<int>(record.method)) + ' ' + record.body;
}

std::string shown(const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) text += shown(record) + '\n';
  return text;
}

std::string found(Snapshot& snapshot, const Query& query, std::string& plan) {
  const Found found = must(snapshot.find(query));
  plan = found.plan;
  return (found.complete ? "all " : "some ") + shown(must(snapshot.load(found.matches)));
}

// Now and then of an earlier state, of what came since, behind a hit.
void same_searches(Random& random, Snapshot& model, Snapshot& other, int count, const std::vector<Sequence>& states) {
  for (int i = 0; i < count; ++i) {
    Query query = random.query();
    if (random.chance(0.3)) query.as_of = random.one_of(states);
    if (random.chance(0.1)) query.since = random.one_of(states);
    if (random.chance(0.2)) {
      Query whole = query;
      whole.limit = 1'000'000;
      const auto hits = must(model.find(whole)).matches;
      const auto theirs = must(other.find(whole)).matches;
      BOOST_REQUIRE_EQUAL(hits.size(), theirs.size());
      const std::size_t at = hits.empty() ? 0 : random.below(hits.size());
      if (!hits.empty()) BOOST_REQUIRE_EQUAL(hits[at].sequence, theirs[at].sequence);
      query.after = hits.empty() ? std::nullopt : std::optional(theirs[at]);  // a store has its own rows
    }
    std::string plan, unused;
    const std::string expected = found(model, query, unused), actual = found(other, query, plan);
    BOOST_REQUIRE_MESSAGE(expected == actual,
                          "search " << i << " by plan " << plan << " as of " << query.as_of << " since " << query.since << " after "
                                    << (query.after ? query.after->sequence : 0) << " in " << query.sort.size() << " orders" << "\nexpected " << expected << "\nactual " << actual);
  }
}

void same_reading(Random& random, Snapshot& model, Snapshot& other) {
  BOOST_REQUIRE(model.sequence() == other.sequence());
  const Key key{random.type(), random.id()};
  const auto one = must(model.read(key)), two = must(other.read(key));
  BOOST_REQUIRE(one.has_value() == two.has_value());
  if (one) BOOST_REQUIRE_EQUAL(shown(*one), shown(*two));
  const auto version = static_cast<std::int64_t>(random.below(6));
  const auto old = must(model.read(key, version)), same = must(other.read(key, version));
  BOOST_REQUIRE(old.has_value() == same.has_value());
  if (old) BOOST_REQUIRE_EQUAL(shown(*old), shown(*same));
  BOOST_REQUIRE(must(model.digest(key)) == must(other.digest(key)));
  BOOST_REQUIRE(must(model.count(key.type)) == must(other.count(key.type)));
  BOOST_REQUIRE(must(model.value("v1")) == must(other.value("v1")));

  HistoryQuery history;
  if (random.chance(0.6)) history.type = key.type;
  if (random.chance(0.5)) history.id = key.id;
  if (!history.type) history.id.reset();
  if (random.chance(0.3)) history.since = Instant{1'700'000'000'000 + static_cast<std::int64_t>(random.below(400))};
  if (random.chance(0.3)) history.at = Instant{1'700'000'000'000 + static_cast<std::int64_t>(random.below(400))};
  if (random.chance(0.3)) history.before = static_cast<Sequence>(random.below(200));
  history.limit = random.below(30);
  BOOST_REQUIRE_EQUAL(shown(must(model.history(history))), shown(must(other.history(history))));

  const auto after = static_cast<Sequence>(random.below(100));
  const auto feed = must(model.changes(after, 20)), fed = must(other.changes(after, 20));
  BOOST_REQUIRE(feed.size() == fed.size());
  for (std::size_t i = 0; i < feed.size(); ++i)
    BOOST_REQUIRE(feed[i].sequence == fed[i].sequence && feed[i].key == fed[i].key &&
                  feed[i].version == fed[i].version && feed[i].method == fed[i].method &&
                  feed[i].updated == fed[i].updated);
}

std::string digests_of(Snapshot& snapshot) {
  std::string text;
  must(snapshot.digests([&](const Key& key, Sequence sequence, std::string_view digest) {
    text += key.type + '/' + key.id + std::to_string(sequence) + std::string(digest) + ' ';
    return true;
  }));
  return text;
}

BOOST_AUTO_TEST_SUITE(random_steps)

// The memory store is the model; whatever it does, the other one does too.
BOOST_AUTO_TEST_CASE(sqlite_does_what_the_memory_store_does) {
  const int rounds = long_run() ? 60 : 6, steps = 120;
  const char* chosen = std::getenv("PANELBRIDGE_SEED");
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t seed = chosen ? std::strtoull(chosen, nullptr, 10) : 1'000 + static_cast<std::uint64_t>(round);
    BOOST_TEST_CONTEXT("PANELBRIDGE_SEED=" << seed) {
      Random random(seed);
      Archive archive;
      Memory model;
      Sqlite other;
      other.store->read_rows_with(archive.reader());
      std::vector<Sequence> states;
      for (int step = 0; step < steps; ++step) {
        model.clock.ms = other.clock.ms = 1'700'000'000'000 + step * 3;
        const Batch one = random_batch(random, *model.store, archive);
        BOOST_REQUIRE_EQUAL(shown(model.store->commit(one)), shown(other.store->commit(one)));
        BOOST_REQUIRE(model.store->last("Patient") == other.store->last("Patient"));
        if (random.chance(0.02)) other.reopen(), other.store->read_rows_with(archive.reader());
        states.push_back(model.store->last());
        const auto left = view(*model.store), right = view(*other.store);
        same_reading(random, *left, *right);
        same_searches(random, *left, *right, 8, states);
        BOOST_REQUIRE_EQUAL(digests_of(*left), digests_of(*right));
      }
      same_searches(random, *view(*model.store), *view(*other.store), 300, states);
      must_be_sound(*other.store);
    }
    if (chosen) break;
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
