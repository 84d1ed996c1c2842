// The edge with an empty handler beside plain Boost.Beast doing the same, for wrk to load: prints "EDGE_PORT
// BEAST_PORT", then serves until it is killed. The plain one is what Beast's own examples do, on two threads: a session
// with Beast's parser, message and serializer on a strand.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http/edge.hpp"

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = net::ip::tcp;

const std::string answer_body(600, 'x');

class Empty final : public adapters::http::Handler {
 public:
  std::optional<fhir::rest::Response> quick(const fhir::rest::Request&) override {
    fhir::rest::Response response;
    response.headers.push_back({"Content-Type", "application/fhir+json"});
    response.body = body_;
    return response;
  }
  fhir::rest::Response handle(const fhir::rest::Request&) override { return {}; }

 private:
  std::shared_ptr<const std::string> body_ = std::make_shared<const std::string>(answer_body);
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(Tcp::socket socket) : stream_(std::move(socket)) {
    stream_.socket().set_option(Tcp::no_delay(true));
  }
  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code code, std::size_t) {
      if (!code) self->write();
    });
  }

 private:
  void write() {
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "application/fhir+json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = answer_body;
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code code, std::size_t) {
      if (!code) self->read();
    });
  }
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(Tcp::acceptor& acceptor) {
  acceptor.async_accept(net::make_strand(acceptor.get_executor()),
                        [&acceptor](beast::error_code code, Tcp::socket socket) {
                          if (!code) std::make_shared<Session>(std::move(socket))->read();
                          accept(acceptor);
                        });
}

}  // namespace

int main() {
  Empty empty;
  adapters::http::Edge edge({});
  if (auto bound = edge.bind(); !bound) {
    std::cerr << bound.error().message << '\n';
    return 2;
  }
  edge.start(empty);
  net::io_context io;
  Tcp::acceptor acceptor(io, Tcp::endpoint(net::ip::address_v4::loopback(), 0));
  accept(acceptor);
  std::cout << edge.port() << ' ' << acceptor.local_endpoint().port() << std::endl;
  std::thread second([&io] { io.run(); });
  io.run();
  second.join();
}
