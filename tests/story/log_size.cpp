// The log beside the database under mixed load: transactions, updates, patches, deletes, erasures and reads by several
// clients at once. It starts over again and again, so its size has a bound whatever is written. 8 s; 60 s in a long
// run.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/story/server.hpp"

using namespace std::chrono_literals;
using story::Client;
using story::Reply;

namespace {

constexpr int clients = 6;
constexpr std::uintmax_t most_bytes = 200U << 20U;  // the log is tidied from 64 MB on; a group in flight comes on top

std::string result(const std::string& id, int value) {
  return R"({"resourceType":"Observation","id":")" + id +
         R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}],"text":")" +
         std::string(1'500, 'x') + R"("},"valueInteger":)" + std::to_string(value) + "}";
}

std::string bundle(const std::string& tag, int value) {
  std::string entries;
  for (int i = 0; i < 40; ++i) {
    const std::string id = tag + "-" + std::to_string(i);
    entries += (i ? "," : "") + std::string(R"({"resource":)") + result(id, value) +
               R"(,"request":{"method":"PUT","url":"Observation/)" + id + "\"}}";
  }
  return R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}";
}

struct Load {
  std::atomic<bool> going{true};
  std::atomic<int> done{0}, failed{0}, removed{0}, patched{0};
  std::atomic<std::uintmax_t> written{0};
};

void keep_writing(std::uint16_t port, int who, Load& load) {
  Client client(port);
  const std::string tag = "w" + std::to_string(who);
  for (int step = 0; load.going; ++step) {
    const std::string one = tag + "-" + std::to_string(step % 40);
    const std::string body = step % 5 == 0 ? bundle(tag, step) : result(one, step);
    std::vector<Reply> replies;
    switch (step % 5) {
      case 0: replies.push_back(client.call("POST", "/fhir", body)); break;
      case 1: replies.push_back(client.call("PUT", "/fhir/Observation/" + one, body)); break;
      case 2:
        replies.push_back(client.call("PATCH", "/fhir/Observation/" + one, R"({"status":"amended"})",
                                      "Content-Type: application/merge-patch+json\r\n"));
        break;
      case 3: replies.push_back(client.call("DELETE", "/fhir/Observation/" + one)); break;
      default:
        replies.push_back(client.call("GET", "/fhir/Observation?code=http://loinc.org%7C8302-2&_count=20"));
        replies.push_back(client.call("POST", "/fhir/Observation/" + one + "/$erase", ""));
    }
    for (const Reply& reply : replies) {
      if (reply.status == 0) return;
      if (reply.status >= 500) ++load.failed;
      if (reply.status < 300 && step % 5 == 2) ++load.patched;
      if (reply.status < 300 && step % 5 >= 3) ++load.removed;
      ++load.done;
    }
    load.written += body.size();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_size)

BOOST_AUTO_TEST_CASE(the_log_stays_bounded_under_mixed_load) {
  const story::Folder folder;
  const std::filesystem::path log = folder.path() / "data" / "panelbridge.db-wal";
  story::Server server(folder / "data");
  Load load;
  std::vector<std::thread> threads;
  for (int who = 0; who < clients; ++who) threads.emplace_back(keep_writing, server.port(), who, std::ref(load));
  std::uintmax_t largest = 0;
  const auto until = std::chrono::steady_clock::now() + (story::long_run() ? 60s : 8s);
  while (std::chrono::steady_clock::now() < until) {
    std::error_code code;
    const std::uintmax_t size = std::filesystem::file_size(log, code);
    if (!code) largest = std::max(largest, size);
    std::this_thread::sleep_for(20ms);
  }
  load.going = false;
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST_MESSAGE("log at most " << (largest >> 20U) << " MB; " << load.done << " requests, "
                                    << (load.written >> 20U) << " MB of bodies");
  BOOST_TEST(load.done > clients * 5);
  BOOST_TEST(load.failed == 0);
  BOOST_TEST(load.patched > 0);
  BOOST_TEST(load.removed > 0);
  BOOST_TEST(largest > 0U);
  BOOST_TEST(largest < most_bytes, "the log grew to " << (largest >> 20U) << " MB");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
