#include "adapters/egress/worker.hpp"

#include "adapters/egress/pool.hpp"
#include "tests/story/server.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

using namespace adapters::egress;
using namespace std::chrono_literals;
using fhir::partner::Answer;
using fhir::partner::Call;

namespace {

// Answers each connection with whatever it likes, after the request's header has come.
class Stranger {
 public:
  using Behaviour = std::function<void(int socket, const std::string& request)>;
  explicit Stranger(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    listen(listener_, 8);
    thread_ = std::thread([this] { run(); });
  }
  ~Stranger() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (auto& talk : talks_) talk.join();
    close(listener_);
  }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int asked() const { return asked_; }
  std::string last() const {  // the header of the last request
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void run() {
    for (;;) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      talks_.emplace_back([this, peer] { talk(peer); });
    }
  }
  void talk(int peer) {
    const timeval patience{2, 0};  // a reset that comes late must not hold up the test
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto got = recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      last_ = request;
    }
    ++asked_;
    behaviour_(peer, request);
    close(peer);
  }
  Behaviour behaviour_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::atomic<int> asked_{0};
  mutable std::mutex mutex_;
  std::string last_;
  std::vector<std::thread> talks_;
  std::thread thread_;
};

bool say(int socket, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto more = send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += static_cast<std::size_t>(more);
  }
  return true;
}

Stranger::Behaviour saying(std::string text) {
  return [text = std::move(text)](int socket, const std::string&) { say(socket, text); };
}

const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: fine\r\nConnection: close\r\n\r\nok";

std::unique_ptr<Worker> at_home() {
  Policy policy;
  policy.allow_private_address = true;
  auto program = worker_program();
  BOOST_REQUIRE_MESSAGE(program.ok(), "panelbridge-egress is built beside panelbridge");
  return std::make_unique<Worker>(*program, policy);
}

Call get(const std::string& url, std::chrono::milliseconds deadline = 3'000ms) {
  Call call;
  call.url = url;
  call.deadline = deadline;
  return call;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_worker)

BOOST_AUTO_TEST_CASE(a_call_brings_status_headers_and_body) {
  Stranger there(saying(fine));
  auto worker = at_home();
  Call call = get(there.url("/Patient?name=a%20b"));
  call.method = "POST";
  call.headers = {{"Accept", "application/fhir+json"}, {"Content-Type", "application/json"}};
  call.body = "{}";
  const auto answer = worker->send(call);
  BOOST_REQUIRE(answer.ok());
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body == "ok");
  BOOST_TEST(answer->header("x-kind") == "fine");
  const std::string seen = there.last();
  BOOST_TEST(seen.starts_with("POST /Patient?name=a%20b HTTP/1.1\r\n"));
  BOOST_TEST((seen.find("Host: 127.0.0.1:") != seen.npos && seen.find("Accept:application/fhir+json") != seen.npos));
  BOOST_TEST((seen.find("Content-Type:application/json") != seen.npos));
}

BOOST_AUTO_TEST_CASE(characters_that_a_url_may_not_have_are_encoded_and_others_left) {
  Stranger there(saying(fine));
  auto worker = at_home();
  const std::pair<const char*, const char*> cases[] = {
      {"/Patient?identifier=http://a|1&x=%7C", "/Patient?identifier=http://a%7C1&x=%7C"},
      {"/a//b%2Fc/?", "/a//b%2Fc/"},
      {"?_count=5", "/?_count=5"},
      {"/x?q=\"<{[^`]}>\"", "/x?q=%22%3C%7B%5B%5E%60%5D%7D%3E%22"},
      {"/\xc3\xa9", "/%C3%A9"},
      {"/x?a=1,2;3:4@5!$'()*+~#part", "/x?a=1,2;3:4@5!$'()*+~"}};
  for (const auto& [path, wire] : cases) {
    const auto answer = worker->send(get(there.url(path)));
    BOOST_REQUIRE_MESSAGE(answer.ok(), path);
    const std::string seen = there.last();
    BOOST_TEST(seen.substr(4, seen.find(" HTTP/") - 4) == wire);
  }
}

BOOST_AUTO_TEST_CASE(a_gzipped_body_arrives_plain_and_a_bomb_stops_at_the_limit) {
  const auto zipped = [](std::size_t megabytes) {  // of zeros
    return story::run("python3",
                      {"-c", "import gzip,sys; sys.stdout.buffer.write(gzip.compress(b'0'*int(sys.argv[1])))",
                       std::to_string(megabytes << 20)})
        .out;
  };
  const auto served = [&](std::size_t megabytes) {
    const std::string body = zipped(megabytes);
    return saying("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\nConnection: close\r\n\r\n" + body);
  };
  Stranger fair(served(1)), bomb(served(80));
  auto worker = at_home();
  const auto good = worker->send(get(fair.url()));
  BOOST_REQUIRE(good.ok());
  BOOST_TEST((good->body == std::string(1UL << 20, '0')));
  BOOST_TEST(good->header("Content-Encoding").empty());
  const auto bad = worker->send(get(bomb.url(), 10s));
  BOOST_REQUIRE(!bad.ok());
  BOOST_TEST(bad.error().message == "the answer is longer than allowed");
  BOOST_TEST(worker->figures().deaths == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_partner_closed_meanwhile_costs_nothing) {
  Stranger there(saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));  // kept alive, it says, and closes
  auto worker = at_home();
  for (const char* method : {"GET", "POST", "GET", "GET", "PUT", "GET", "DELETE"}) {
    Call call = get(there.url());
    call.method = method;
    if (std::string(method) != "GET") call.body = "{}";
    const auto answer = worker->send(call);
    BOOST_REQUIRE_MESSAGE(answer.ok(), method << ": " << (answer.ok() ? "" : answer.error().message));
    BOOST_TEST(answer->body == "ok");
    std::this_thread::sleep_for(5ms);
  }
}

BOOST_AUTO_TEST_CASE(old_and_odd_but_honest_answers_are_understood) {
  struct Case {
    const char *method, *answer, *body;
    int status;
  };
  for (const Case& c :
       {Case{"GET", "HTTP/1.0 200 OK\r\n\r\nold", "old", 200},
        Case{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "", 200},
        Case{"GET", "HTTP/1.1 204 No Content\r\n\r\n", "", 204},
        Case{"GET", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "", 404},
        Case{"DELETE", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc",
             200},
        Case{"GET", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nid", "id", 200}}) {
    Stranger there(saying(c.answer));
    Call call = get(there.url());
    call.method = c.method;
    const auto answer = at_home()->send(call);
    BOOST_REQUIRE_MESSAGE(answer.ok(), c.answer << ": " << (answer.ok() ? "" : answer.error().message));
    BOOST_TEST(answer->status == c.status, c.answer);
    BOOST_TEST(answer->body == c.body, c.answer);
  }
  Stranger interim(saying("HTTP/1.1 103 Early Hints\r\n\r\n" + fine));
  BOOST_TEST(!at_home()->send(get(interim.url())).ok());
}

BOOST_AUTO_TEST_CASE(a_worker_that_ended_while_idle_costs_no_call) {
  Stranger there(saying(fine));
  auto worker = at_home();
  BOOST_TEST(worker->send(get(there.url())).ok());
  kill(worker->process(), SIGKILL);
  std::this_thread::sleep_for(50ms);
  BOOST_TEST(worker->send(get(there.url())).ok());
  BOOST_TEST(worker->figures().deaths == 0);
  BOOST_TEST(worker->figures().starts == 2);
}

BOOST_AUTO_TEST_CASE(any_status_is_an_answer_and_no_redirect_is_followed) {
  Stranger elsewhere(saying(fine));
  Stranger there(saying("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() +
                        "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  auto worker = at_home();
  const auto answer = worker->send(get(there.url()));
  BOOST_REQUIRE(answer.ok());
  BOOST_TEST(answer->status == 302);
  BOOST_TEST(elsewhere.asked() == 0);
}

BOOST_AUTO_TEST_CASE(private_addresses_are_refused_unless_allowed) {
  Stranger there(saying(fine));
  const auto worker = std::make_unique<Worker>(*worker_program(), Policy{});
  for (const auto& url : {there.url(), std::string("http://localhost:1/"), std::string("http://[::1]:1/"),
                          std::string("http://2130706433:1/"), std::string("http://[::ffff:127.0.0.1]:1/"),
                          std::string("http://0:1/"), std::string("http://169.254.169.254/latest/meta-data/")}) {
    const auto answer = worker->send(get(url));
    BOOST_REQUIRE(!answer.ok());
    BOOST_TEST(static_cast<int>(answer.error().kind) == static_cast<int>(core::Kind::invalid), url);
  }
  BOOST_TEST(there.asked() == 0);
  for (const char* url : {"ftp://a/", "http://", "http://u:p@a/", "file:///etc/passwd", "http://a:99999x/",
                          "http://a b/", "http://[::1", "http://a:/", "http://a%2eb/"})
    BOOST_TEST(!worker->send(get(url)).ok(), url);
}

BOOST_AUTO_TEST_CASE(hostile_answers_cost_one_call_each) {
  const std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"a chunk of size -2", head + "Transfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n0\r\n\r\n"},
      {"a huge chunk", head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nxx\r\n0\r\n\r\n"},
      {"no HTTP", "\x16\x03\x01 garbage"},
      {"half a body", head + "Content-Length: 100\r\n\r\nhalf"},
      {"no gzip in gzip", head + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"},
      {"a negative length", head + "Content-Length: -5\r\n\r\nhello"},
      {"nothing", ""}};
  for (const auto& [name, text] : answers) {
    Stranger there(saying(text)), good(saying(fine));
    auto worker = at_home();
    const auto bad = worker->send(get(there.url()));
    BOOST_TEST(!bad.ok(), name);
    auto again = worker->send(get(good.url()));
    BOOST_REQUIRE_MESSAGE(again.ok(), name);
    BOOST_TEST(again->body == "ok", name);
  }
}

BOOST_AUTO_TEST_CASE(endless_answers_end_at_the_limit) {
  Stranger body([](int socket, const std::string&) {
    say(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    const std::string much(65'536, 'x');
    while (say(socket, much)) {
    }
  });
  Stranger header([](int socket, const std::string&) {
    say(socket, "HTTP/1.1 200 OK\r\n");
    const std::string line = "X-More: " + std::string(4'000, 'y') + "\r\n";
    while (say(socket, line)) {
    }
  });
  auto worker = at_home();
  Call call = get(body.url());
  call.answer_bytes = 1UL << 20;
  BOOST_TEST(!worker->send(call).ok());
  call = get(header.url(), 1'500ms);
  BOOST_TEST(!worker->send(call).ok());
}

BOOST_AUTO_TEST_CASE(a_slow_partner_is_left_at_the_deadline) {
  std::atomic<bool> leave{false};
  Stranger there([&](int, const std::string&) {
    while (!leave) std::this_thread::sleep_for(10ms);
  });
  auto worker = at_home();
  const auto start = std::chrono::steady_clock::now();
  const auto answer = worker->send(get(there.url(), 300ms));
  BOOST_REQUIRE(!answer.ok());
  BOOST_TEST(static_cast<int>(answer.error().kind) == static_cast<int>(core::Kind::busy));
  BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
  leave = true;
}

BOOST_AUTO_TEST_CASE(after_failures_in_a_row_the_partner_is_left_alone) {
  Stranger there(saying("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  auto worker = at_home();
  for (int i = 0; i < 5; ++i) BOOST_TEST(worker->send(get(there.url())).ok());
  BOOST_TEST(!worker->send(get(there.url())).ok());
  BOOST_TEST(there.asked() == 5);
}

BOOST_AUTO_TEST_CASE(retry_after_opens_the_circuit_at_once) {
  Stranger there(saying("HTTP/1.1 429 Slow\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  auto worker = at_home();
  BOOST_TEST(worker->send(get(there.url())).ok());
  BOOST_TEST(!worker->send(get(there.url())).ok());
  BOOST_TEST(there.asked() == 1);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_the_call_under_way_and_all_that_follow) {
  std::atomic<bool> leave{false};
  Stranger there([&](int, const std::string&) {
    while (!leave) std::this_thread::sleep_for(10ms);
  });
  auto worker = at_home();
  std::thread breaker([&] {
    while (there.asked() == 0) std::this_thread::sleep_for(1ms);
    worker->cancel();
  });
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(!worker->send(get(there.url(), 20s)).ok());
  BOOST_TEST((std::chrono::steady_clock::now() - start < 5s));
  breaker.join();
  leave = true;
  BOOST_TEST(!worker->send(get(there.url(), 20s)).ok());
  BOOST_TEST(there.asked() == 1);
}

BOOST_AUTO_TEST_CASE(a_worker_killed_in_the_middle_of_a_call_costs_that_call) {
  std::atomic<bool> leave{false};
  Stranger there([&](int, const std::string&) {
    while (!leave) std::this_thread::sleep_for(10ms);
  });
  Stranger good(saying(fine));
  auto worker = at_home();
  std::thread killer([&] {
    while (there.asked() == 0) std::this_thread::sleep_for(1ms);
    kill(worker->process(), SIGKILL);
  });
  const auto answer = worker->send(get(there.url(), 20s));
  BOOST_REQUIRE(!answer.ok());
  BOOST_TEST(static_cast<int>(answer.error().kind) == static_cast<int>(core::Kind::busy));
  killer.join();
  leave = true;
  BOOST_TEST(worker->send(get(good.url())).ok());
  BOOST_TEST(worker->figures().deaths == 1);
  BOOST_TEST(worker->figures().starts == 2);
}

BOOST_AUTO_TEST_CASE(a_pool_asks_for_many_targets) {
  Stranger there(saying(fine));
  Policy policy;
  policy.allow_private_address = true;
  Pool pool(*worker_program(), policy, 2);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 3; ++n) good += pool.send("subscription-" + std::to_string(i), get(there.url())).ok();
    });
  for (auto& thread : threads) thread.join();
  BOOST_TEST(good == 12);
}

BOOST_AUTO_TEST_CASE(in_a_pool_a_target_in_trouble_is_no_trouble_for_the_others) {
  Stranger deadly(saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n0\r\n\r\n"));
  Stranger good(saying(fine));
  Policy policy;
  policy.allow_private_address = true;
  Pool pool(*worker_program(), policy, 2);
  const auto bad = pool.outgoing("bad"), fair = pool.outgoing("fair");
  for (int i = 0; i < 8; ++i) {
    BOOST_TEST(!bad->send(get(deadly.url())).ok());
    BOOST_TEST(fair->send(get(good.url())).ok());
  }
  BOOST_TEST(deadly.asked() == 5);  // then its circuit is open
}

BOOST_AUTO_TEST_CASE(in_a_pool_calls_with_one_key_follow_one_another) {
  std::atomic<int> together{0}, most{0};
  Stranger there([&](int socket, const std::string&) {
    most = std::max<int>(most, ++together);
    std::this_thread::sleep_for(20ms);
    --together;
    say(socket, fine);
  });
  Policy policy;
  policy.allow_private_address = true;
  Pool pool(*worker_program(), policy, 3);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { good += pool.send("one", get(there.url())).ok(); });
  for (auto& thread : threads) thread.join();
  BOOST_TEST(good == 3);
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(a_call_that_was_begun_is_made_once_and_answers_its_send) {
  Stranger there(saying(fine));
  auto worker = at_home();
  worker->begin(get(there.url("/next")));
  for (int i = 0; i < 200 && there.asked() == 0; ++i) std::this_thread::sleep_for(10ms);
  BOOST_TEST(there.asked() == 1);  // before anybody waits for it
  const auto answer = worker->send(get(there.url("/next")));
  BOOST_REQUIRE(answer.ok());
  BOOST_TEST(answer->body == "ok");
  BOOST_TEST(there.asked() == 1);
  BOOST_TEST(worker->send(get(there.url("/next"))).ok());
  BOOST_TEST(there.asked() == 2);  // its answer is taken once
}

BOOST_AUTO_TEST_CASE(another_call_never_gets_the_answer_of_the_one_that_was_begun) {
  Stranger there([](int socket, const std::string& request) {
    const std::string path = request.substr(5, 1);
    say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n" + path);
  });
  auto worker = at_home();
  worker->begin(get(there.url("/a")));
  const auto other = worker->send(get(there.url("/b")));
  BOOST_REQUIRE(other.ok());
  BOOST_TEST(other->body == "b");
  Call with = get(there.url("/c"));
  worker->begin(with);
  with.headers = {{"Authorization", "Bearer new"}};
  const auto renewed = worker->send(with);
  BOOST_REQUIRE(renewed.ok());
  BOOST_TEST(there.last().find("Bearer new") != std::string::npos);
  worker->begin(get(there.url("/d"), 50ms));
  std::this_thread::sleep_for(2'200ms);  // an old answer is no answer to what is asked now
  const int before = there.asked();
  const auto late = worker->send(get(there.url("/d"), 50ms));
  BOOST_TEST(there.asked() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_of_a_begun_call_costs_that_call_alone) {
  Stranger there([](int socket, const std::string& request) {
    const bool deadly = request.find("/deadly") != std::string::npos;
    say(socket, deadly ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n0\r\n\r\n" : fine);
  });
  auto worker = at_home();
  worker->begin(get(there.url("/deadly")));
  BOOST_TEST(!worker->send(get(there.url("/deadly"))).ok());
  worker->begin(get(there.url("/deadly")));
  const auto next = worker->send(get(there.url("/good")));
  BOOST_TEST((next.ok() || next.error().kind == core::Kind::busy));
  std::this_thread::sleep_for(300ms);
  BOOST_TEST(worker->send(get(there.url("/good"))).ok());
}

BOOST_AUTO_TEST_CASE(a_partner_whose_clock_is_ahead_is_left_alone_for_as_long_as_it_says) {
  Answer slow_down;
  slow_down.status = 429;
  slow_down.headers = {{"Date", "Tue, 24 Nov 2099 10:00:00 GMT"}, {"Retry-After", "Tue, 24 Nov 2099 10:00:02 GMT"}};
  Breaker breaker;
  const Breaker::Time now{};
  judge(breaker, slow_down, now);
  BOOST_TEST(!breaker.allows(now + 1'900ms));
  BOOST_TEST(breaker.allows(now + 2'100ms));
}

BOOST_AUTO_TEST_SUITE_END()
