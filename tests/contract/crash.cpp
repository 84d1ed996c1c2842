// A process that writes with eight threads is killed at a random moment; what it was told is stored must be there, and
// whole.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <sstream>
#include <thread>

#include "fixture.hpp"

namespace {

using namespace contract;

constexpr int threads = 8, parts = 3;

std::string part(int thread, int step, int n) {
  return std::to_string(thread) + "-" + std::to_string(step) + "-" + std::to_string(n);
}

// Step after step of one thread: three new resources, one more version of a counter, a cursor. Tells what was
// acknowledged.
void write_steps(Store& store, int thread, int first, int told) {
  for (int step = first;; ++step) {
    std::vector<Op> ops;
    for (int n = 0; n < parts; ++n) {
      ops.push_back(
          put("Observation", part(thread, step, n),
              {token("code", "s", std::to_string(thread)), reference("subject", "Patient", std::to_string(step))},
              "{" + std::string(500, 'x') + "}"));
      ops.back().digest = "d";
    }
    ops.push_back(put("Task", std::to_string(thread), {token("status", std::to_string(thread), std::to_string(step))}));
    Batch one = batch(std::move(ops));
    one.values = {{"cursor-" + std::to_string(thread), std::to_string(step)}};
    one.waits = step % 5 != 0;
    if (!store.commit(std::move(one))) _exit(3);
    const std::string line = std::to_string(thread) + ' ' + std::to_string(step) + '\n';
    if (write(told, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
  }
}

[[noreturn]] void run_child(const std::string& folder, int round, int told) {
  TestClock clock;
  auto store = adapters::sqlite::open_sqlite_store(folder, clock, stamp);
  if (!store) _exit(2);
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) writers.emplace_back([&, t] { write_steps(**store, t, round * 1'000'000, told); });
  for (std::thread& writer : writers) writer.join();
  _exit(0);
}

// The steps that a child acknowledged before it was killed.
std::vector<std::pair<int, int>> acknowledged(const std::string& folder, int round, int milliseconds) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    run_child(folder, round, ends[1]);
  }
  close(ends[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, SIGKILL);
  });
  std::string all;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(size));
  killer.join();
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_REQUIRE_MESSAGE(WIFSIGNALED(status), "the writing process ended by itself");
  std::istringstream lines(all.substr(0, all.rfind('\n') + 1));
  std::vector<std::pair<int, int>> steps;
  for (int thread = 0, step = 0; lines >> thread >> step;) steps.emplace_back(thread, step);
  return steps;
}

void verify(Store& store, const std::vector<std::pair<int, int>>& steps) {
  must_be_sound(store);
  const auto snapshot = view(store);
  for (const auto& [thread, step] : steps)
    for (int n = 0; n < parts; ++n)
      BOOST_REQUIRE(must(snapshot->read({"Observation", part(thread, step, n)})).has_value());

  // Whole batches only: as many resources as the counters have versions, and each cursor at its counter's last step.
  std::int64_t batches = 0;
  for (int t = 0; t < threads; ++t) {
    const auto counter = must(snapshot->read({"Task", std::to_string(t)}));
    if (!counter) continue;
    batches += counter->version;
    const std::string cursor = must(snapshot->value("cursor-" + std::to_string(t))).value();
    BOOST_TEST(ids(*snapshot, query("Task", {has_code("status", std::to_string(t), cursor)})) == std::to_string(t));
    const auto mine = must(snapshot->find(query("Observation", {has_code("code", "s", std::to_string(t))})));
    BOOST_TEST(static_cast<std::int64_t>(mine.matches.size()) == counter->version * parts);
  }
  BOOST_TEST(must(snapshot->count("Observation")) == batches * parts);
  BOOST_TEST(snapshot->sequence() == batches * (parts + 1));
}

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_a_kill) {
  const int rounds = long_run() ? 50 : 5;
  std::mt19937 random(static_cast<unsigned>(getpid()));
  Folder folder;
  std::vector<std::pair<int, int>> all;
  for (int round = 0; round < rounds; ++round) {
    const auto steps = acknowledged(folder.path(), round, 30 + static_cast<int>(random() % 300));
    all.insert(all.end(), steps.begin(), steps.end());
    TestClock clock;
    const auto store = must(adapters::sqlite::open_sqlite_store(folder.path(), clock, stamp));
    verify(*store, all);
  }
  BOOST_TEST_MESSAGE(all.size() << " acknowledged batches in " << rounds << " rounds");
  BOOST_TEST(!all.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
