// A small HTTP client for tests, over plain sockets: sends exactly the bytes it is told to, sees exactly what comes
// back. Never: follows, repairs or retries anything. Threads: one client belongs to one thread.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace story {

struct Reply {
  int status = 0;  // 0: the connection ended, or time ran out, before an answer was complete
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  explicit operator bool() const { return status != 0; }
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_),
        received_(std::move(other.received_)) {}
  Client& operator=(Client&&) = delete;

  bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  // The next answer; `head`: to a HEAD request, so without body.
  Reply reply(std::chrono::milliseconds patience = std::chrono::seconds(10), bool head = false) {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(until)) return {};
    }
    Reply reply = parsed(received_.substr(0, end + 2));
    const std::size_t length =
        head || !reply.headers.contains("content-length") ? 0 : std::stoul(reply.headers["content-length"]);
    while (received_.size() < end + 4 + length) {
      if (!receive(until)) return {};
    }
    reply.body = received_.substr(end + 4, length);
    received_.erase(0, end + 4 + length);
    return reply;
  }

  // True when the server has ended the connection, without sending anything more.
  bool closed(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    if (!received_.empty()) return false;
    const bool more = receive(until);
    return !more && ended_;
  }

  Reply call(std::string_view method, std::string_view path, std::string_view body = {}, std::string_view headers = {},
             std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    std::string request(method);
    request.append(" ")
        .append(path)
        .append(" HTTP/1.1\r\nHost: localhost\r\nAccept: application/fhir+json\r\n")
        .append(headers);
    if (!body.empty()) {
      if (headers.find("Content-Type") == headers.npos) request.append("Content-Type: application/fhir+json\r\n");
      request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    request.append("\r\n").append(body);
    if (!send(request)) return {};
    return reply(patience, method == "HEAD");
  }

 private:
  bool receive(std::chrono::steady_clock::time_point until) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd wait{socket_, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return false;
    char bytes[16'384];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static Reply parsed(std::string_view head) {
    Reply reply;
    if (head.size() > 12 && head.starts_with("HTTP/1.1 "))
      reply.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::size_t end = head.find("\r\n"), colon = head.find(": ");
      std::string name(head.substr(0, colon));
      for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
      reply.headers[name] = std::string(head.substr(colon + 2, end - colon - 2));
      head.remove_prefix(end + 2);
    }
    return reply;
  }

  int socket_;
  bool connected_ = false, ended_ = false;
  std::string received_;
};

}  // namespace story
