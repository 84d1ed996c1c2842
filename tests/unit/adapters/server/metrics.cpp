#include "adapters/server/metrics.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace adapters::server;
using namespace std::chrono_literals;

namespace {

std::string text_of(const Metrics& metrics) {
  std::string text;
  metrics.write(text);
  return text;
}

bool has_line(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(requests_are_counted_by_interaction_type_and_status_over_all_threads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) metrics.count("read", "Patient", 200, 700us, 10);
    });
  }
  for (auto& thread : threads) thread.join();
  metrics.count("create", "Observation", 201, 3ms, 5);
  const std::string text = text_of(metrics);
  BOOST_TEST(has_line(text, "panelbridge_requests_total{interaction=\"read\",type=\"Patient\",status=\"200\"} 400"));
  BOOST_TEST(has_line(text, "panelbridge_requests_total{interaction=\"create\",type=\"Observation\",status=\"201\"} 1"));
  BOOST_TEST(has_line(text, "panelbridge_request_seconds_bucket{interaction=\"read\",le=\"0.0005\"} 0"));
  BOOST_TEST(has_line(text, "panelbridge_request_seconds_bucket{interaction=\"read\",le=\"0.001\"} 400"));
  BOOST_TEST(has_line(text, "panelbridge_request_seconds_bucket{interaction=\"read\",le=\"+Inf\"} 400"));
  BOOST_TEST(has_line(text, "panelbridge_request_seconds_count{interaction=\"read\"} 400"));
  BOOST_TEST(has_line(text, "panelbridge_sent_bytes_total 4005"));
}

BOOST_AUTO_TEST_CASE(what_a_client_sent_makes_no_label) {
  Metrics metrics;
  metrics.count("read", "x\"} 1\nevil", 404, 1ms, 0);
  BOOST_TEST(text_of(metrics).find("evil") == std::string::npos);
  BOOST_TEST(has_line(text_of(metrics), "panelbridge_requests_total{interaction=\"read\",type=\"other\",status=\"404\"} 1"));
}

BOOST_AUTO_TEST_CASE(series_do_not_grow_without_bound) {
  Metrics metrics;
  for (int i = 0; i < 10'000; ++i) metrics.count("read", "T" + std::to_string(i), 200, 1ms, 0);
  const std::string text = text_of(metrics);
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') < 2'100);
  BOOST_TEST(has_line(text, "panelbridge_requests_total{interaction=\"other\",type=\"other\",status=\"other\"} 8000"));
}

BOOST_AUTO_TEST_SUITE_END()
