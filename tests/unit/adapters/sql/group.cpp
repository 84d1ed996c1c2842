#include "adapters/sql/group.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>
#include <thread>

using namespace adapters::sql;

namespace {

Prepared of_ops(std::size_t count) {
  Prepared prepared;
  prepared.ops.resize(count);
  return prepared;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sql_group)

BOOST_AUTO_TEST_CASE(what_is_small_waits_for_one_large_batch_and_no_other) {
  std::vector<std::size_t> order;
  std::atomic<bool> may_go{false};
  std::atomic<int> begun{0};
  Group group([&](std::vector<Ticket*>& tickets) {
    ++begun;
    while (!may_go) std::this_thread::yield();
    std::size_t ops = 0;
    for (Ticket* ticket : tickets) ops += std::get<Prepared>(ticket->work).ops.size(), ticket->outcome = core::store::Committed{};
    order.push_back(ops);
  });
  std::vector<std::thread> threads;
  const auto submit = [&](std::size_t ops) {
    threads.emplace_back([&group, ops] {
      Ticket ticket(of_ops(ops));
      group.submit(ticket);
    });
    if (threads.size() == 1)
      while (begun == 0) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // so that they come in this order
  };
  for (const std::size_t ops : {5'000U, 6'000U, 7'000U, 1U, 2U}) submit(ops);
  may_go = true;
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(order == (std::vector<std::size_t>{5'000, 3, 6'000, 7'000}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
