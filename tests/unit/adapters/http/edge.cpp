#include "adapters/http/edge.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http/gzip.hpp"
#include "tests/story/client.hpp"

using namespace adapters::http;
using namespace std::chrono_literals;
using fhir::rest::Request;
using fhir::rest::Response;
using story::Client;
using story::Reply;

namespace {

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Response answer(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/fhir+json"});
  response.body = shared(std::move(body));
  return response;
}

// Answers /quick at once, the rest on a worker: /echo the body, /big?N N bytes, /slow?N after N ms, /throw not at all.
class Echo : public Handler {
 public:
  std::optional<Response> route(Request& request) override {
    if (request.path.starts_with("/strip/")) request.path.erase(0, 6);
    return std::nullopt;
  }
  std::optional<Response> quick(const Request& request) override {
    if (request.path == "/quick") return answer("quick");
    if (request.path == "/quick-throw") throw std::runtime_error("secret words");
    return std::nullopt;
  }
  Response handle(const Request& request) override {
    if (request.path == "/echo") return answer(request.body);
    if (request.path == "/big") return answer(std::string(std::stoul(request.query), 'x'));
    if (request.path == "/throw") throw std::runtime_error("secret words");
    if (request.path == "/none") return answer("must not be sent", 204);
    if (request.path == "/split") {
      Response response = answer("x");
      response.headers.push_back({"Location", "a\r\nSet-Cookie: b"});
      return response;
    }
    if (request.path == "/slow") {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(request.query)));
      return answer("slow");
    }
    return answer(request.method + " " + request.path);
  }
  void finished(const Exchange& exchange) override {
    ++count;
    if (!exchange.refusal.empty()) ++refused;
  }
  std::atomic<int> count = 0, refused = 0;
};

struct Running {
  explicit Running(Options options = {}) : edge(std::move(options)) {
    const auto bound = edge.bind();
    BOOST_REQUIRE_MESSAGE(bound.ok(), (bound.ok() ? "" : bound.error().message));
    edge.start(echo);
  }
  Client client() const { return Client(edge.port()); }
  Echo echo;
  Edge edge;
};

std::string get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(edge)

BOOST_AUTO_TEST_CASE(one_connection_carries_many_requests) {
  Running server;
  Client client = server.client();
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(client.call("GET", "/quick").body == "quick");
    BOOST_TEST(client.call("POST", "/echo", "body " + std::to_string(i)).body == "body " + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  Running server;
  Client client = server.client();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string body = std::to_string(i);
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body +
           get("/quick");
  }
  BOOST_TEST(client.send(all));
  for (int i = 0; i < 200; ++i) {
    BOOST_TEST(client.reply().body == std::to_string(i));
    BOOST_TEST(client.reply().body == "quick");
  }
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_byte_by_byte) {
  Running server;
  Client client = server.client();
  for (char c :
       std::string("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n") +
           get("/quick")) {
    BOOST_TEST(client.send(std::string_view(&c, 1)));
  }
  BOOST_TEST(client.reply().body == "hello");
  BOOST_TEST(client.reply().body == "quick");
}

BOOST_AUTO_TEST_CASE(bodies_and_answers_of_all_sizes_pass) {
  Running server;
  Client client = server.client();
  for (std::size_t size : {1UL, 4'000UL, 70'000UL, 3'000'000UL}) {
    const std::string body(size, 'b');
    const Reply reply = client.call("POST", "/echo", body);
    BOOST_TEST((reply.body == body));
    BOOST_TEST(client.call("GET", "/big?" + std::to_string(size)).body.size() == size);
  }
}

BOOST_AUTO_TEST_CASE(a_head_request_has_the_length_and_no_body) {
  Running server;
  Client client = server.client();
  const Reply reply = client.call("HEAD", "/quick");
  BOOST_TEST(reply.headers.at("content-length") == "5");
  BOOST_TEST(client.call("GET", "/quick").body == "quick");
  const Reply none = client.call("GET", "/none");
  BOOST_TEST(none.status == 204);
  BOOST_TEST(!none.headers.contains("content-length"));
  BOOST_TEST(client.call("GET", "/quick").body == "quick");
}

BOOST_AUTO_TEST_CASE(the_old_version_is_closed_unless_it_asks) {
  Running server;
  Client once = server.client();
  once.send("GET /quick HTTP/1.0\r\n\r\n");
  BOOST_TEST(once.reply().headers.at("connection") == "close");
  BOOST_TEST(once.closed());
  Client kept = server.client();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(kept.reply().headers.at("connection") == "keep-alive");
  }
}

BOOST_AUTO_TEST_CASE(a_half_closed_client_still_gets_its_answer) {
  Running server;
  Client client = server.client();
  client.send(get("/slow?50"));
  client.finish_sending();
  BOOST_TEST(client.reply().body == "slow");
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_continue_gets_it) {
  Running server;
  Client client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  BOOST_TEST(client.reply().status == 100);
  client.send("ok");
  BOOST_TEST(client.reply().body == "ok");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_is_refused_before_it_is_read) {
  Options options;
  options.limits.body_bytes = 1'000;
  Running server(options);
  Client client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  BOOST_TEST(client.reply().status == 413);
  BOOST_TEST(client.closed());
  Client chunked = server.client();
  chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
  BOOST_TEST(chunked.reply().status == 413);
  BOOST_TEST(chunked.closed());
}

BOOST_AUTO_TEST_CASE(gzip_goes_both_ways) {
  Running server;
  Client client = server.client();
  const std::string text(5'000, 'y');
  const std::string small = zipped(text);
  const Reply in = client.call("POST", "/echo", small, "Content-Encoding: gzip\r\n");
  BOOST_TEST((in.body == text));
  BOOST_TEST((client.call("POST", "/strip/echo", small, "Content-Encoding: gzip\r\n").body == text));
  const Reply both = client.call("POST", "/echo", small, "Content-Encoding: gzip\r\nAccept-Encoding: gzip\r\n");
  BOOST_TEST(both.headers.at("content-encoding") == "gzip");
  BOOST_TEST(both.headers.at("vary") == "Accept-Encoding");
  BOOST_TEST((*unzipped(both.body, 10'000) == text));
  const Reply tiny = client.call("POST", "/echo", "tiny", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(!tiny.headers.contains("content-encoding"));
  BOOST_TEST(client.call("POST", "/echo", "not gzip", "Content-Encoding: gzip\r\n").status == 400);
}

BOOST_AUTO_TEST_CASE(a_decompression_bomb_is_refused) {
  Options options;
  options.limits.body_bytes = 1'000'000;
  Running server(options);
  Client client = server.client();
  std::string bomb = zipped(std::string(30'000'000, ' '), 9);
  BOOST_TEST(client.call("POST", "/echo", bomb, "Content-Encoding: gzip\r\n").status == 413);
  const std::string lying = bomb + zipped("small");  // its last bytes claim five bytes
  BOOST_TEST(client.call("POST", "/echo", lying, "Content-Encoding: gzip\r\n").status == 413);
  const std::string two = zipped(std::string(400'000, 'a')) + zipped("b");
  BOOST_TEST(client.call("POST", "/echo", two, "Content-Encoding: gzip\r\n").body.size() == 400'001);
}

BOOST_AUTO_TEST_CASE(an_answer_cannot_be_split) {
  Running server;
  Client client = server.client();
  const Reply reply = client.call("GET", "/split");
  BOOST_TEST(reply.status == 500);
  BOOST_TEST(!reply.headers.contains("set-cookie"));
}

BOOST_AUTO_TEST_CASE(an_exception_is_an_outcome_without_its_words) {
  Running server;
  Client client = server.client();
  for (const char* path : {"/throw", "/quick-throw"}) {
    const Reply reply = client.call("GET", path);
    BOOST_TEST(reply.status == 500);
    BOOST_TEST(reply.body.find("OperationOutcome") != std::string::npos);
    BOOST_TEST(reply.body.find("secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_clean_request_id_is_echoed) {
  Running server;
  Client client = server.client();
  BOOST_TEST(client.call("GET", "/quick", {}, "X-Request-Id: a-1.b\r\n").headers.at("x-request-id") == "a-1.b");
  BOOST_TEST(client.call("GET", "/quick", {}, "X-Request-Id: a b\r\n").headers.at("x-request-id") != "a b");
}

BOOST_AUTO_TEST_CASE(more_than_the_workers_and_the_queue_hold_is_told_to_come_back) {
  Options options;
  options.limits.workers = 1;
  options.limits.queue = 1;
  Running server(options);
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.client());
    clients.back().send(get("/slow?400"));
    std::this_thread::sleep_for(50ms);
  }
  const Reply busy = clients[2].reply();
  BOOST_TEST(busy.status == 503);
  BOOST_TEST(busy.headers.at("retry-after") == "1");
  BOOST_TEST(clients[2].call("GET", "/quick").status == 200);  // and the connection goes on
  BOOST_TEST(clients[0].reply().body == "slow");
  BOOST_TEST(clients[1].reply().body == "slow");
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_limit_are_turned_away) {
  Options options;
  options.limits.connections = 2;
  Running server(options);
  Client one = server.client(), two = server.client();
  BOOST_TEST(one.call("GET", "/quick").status == 200);
  BOOST_TEST(two.call("GET", "/quick").status == 200);
  Client three = server.client();
  BOOST_TEST(three.reply().status == 503);
  BOOST_TEST(three.closed());
  BOOST_TEST(server.edge.figures().turned_away == 1);
}

BOOST_AUTO_TEST_CASE(deadlines_end_slow_and_idle_connections) {
  Options options;
  options.limits.header_time = 300ms;
  options.limits.body_time = 300ms;
  options.limits.idle_time = 300ms;
  Running server(options);
  Client idle = server.client(), header = server.client(), body = server.client();
  header.send("GET /quick HTTP/1.1\r\nHo");
  body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  BOOST_TEST(idle.closed(3s));
  BOOST_TEST(header.reply(3s).status == 408);
  BOOST_TEST(header.closed());
  BOOST_TEST(body.reply(3s).status == 408);
  BOOST_TEST(body.closed());
}

BOOST_AUTO_TEST_CASE(a_trickle_does_not_keep_a_header_open) {
  Options options;
  options.limits.header_time = 500ms;
  Running server(options);
  Client client = server.client();
  const auto begin = std::chrono::steady_clock::now();
  client.send("GET /quick HTTP/1.1\r\nX: ");
  while (client.send("x") && !client.closed(50ms) && std::chrono::steady_clock::now() - begin < 5s) {
    if (client.reply(1ms).status == 408) break;
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_dropped) {
  Options options;
  options.limits.write_time = 500ms;
  Running server(options);
  Client client = server.client();
  client.send(get("/big?50000000"));
  std::this_thread::sleep_for(2s);
  BOOST_TEST(server.edge.figures().connections == 0);
}

BOOST_AUTO_TEST_CASE(stopping_finishes_what_is_under_way) {
  auto server = std::make_unique<Running>();
  Client busy = server->client(), idle = server->client(), sending = server->client();
  BOOST_TEST(idle.call("GET", "/quick").status == 200);
  busy.send(get("/slow?400"));
  sending.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  std::this_thread::sleep_for(100ms);
  bool clean = false;
  std::thread stopper([&] { clean = server->edge.stop(5s); });
  BOOST_TEST(idle.closed(1s));
  std::this_thread::sleep_for(100ms);
  sending.send("llo");
  BOOST_TEST(sending.reply().body == "hello");
  const Reply reply = busy.reply();
  BOOST_TEST(reply.body == "slow");
  BOOST_TEST(reply.headers.at("connection") == "close");
  BOOST_TEST(busy.closed());
  stopper.join();
  BOOST_TEST(clean);
  BOOST_TEST(!Client(server->edge.port()).connected());
}

BOOST_AUTO_TEST_CASE(stopping_cuts_off_at_the_deadline) {
  Running server;
  Client client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  std::this_thread::sleep_for(100ms);
  BOOST_TEST(!server.edge.stop(200ms));
  BOOST_TEST(client.closed(1s));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_an_error_that_names_it) {
  Running server;
  Options options;
  options.port = server.edge.port();
  Edge second(options);
  const auto bound = second.bind();
  BOOST_REQUIRE(!bound.ok());
  BOOST_TEST(bound.error().message.find(std::to_string(options.port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_exchange_is_reported_once) {
  Running server;
  Client client = server.client();
  for (int i = 0; i < 5; ++i) client.call("GET", "/quick");
  client.send("nonsense\r\n\r\n");
  BOOST_TEST(client.reply().status == 400);
  BOOST_TEST(client.closed());
  BOOST_TEST(server.echo.count == 6);
  BOOST_TEST(server.echo.refused == 1);
}

BOOST_AUTO_TEST_SUITE_END()
