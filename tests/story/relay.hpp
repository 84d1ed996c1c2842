// A mail relay of the test itself that takes everything: what was said to it.
// Threads: its own; the rest from the test's.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace story {

class Relay {
 public:
  Relay() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 8) != 0)
      throw std::runtime_error("no relay");
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Relay() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  std::string heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  bool wait_for(std::string_view text, std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    for (const auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
      if (heard().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

 private:
  bool readable(int socket) const {
    while (!stopping_) {
      pollfd wait{socket, POLLIN, 0};
      if (::poll(&wait, 1, 50) > 0) return true;
    }
    return false;
  }
  static void say(int client, std::string_view text) { (void)!::send(client, text.data(), text.size(), MSG_NOSIGNAL); }
  void run() {
    while (readable(socket_)) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      say(client, "220 relay\r\n");
      std::string bytes;
      bool data = false;
      char buffer[4'096];
      while (readable(client)) {
        const ssize_t count = ::recv(client, buffer, sizeof buffer, 0);
        if (count <= 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
        for (std::size_t end; (end = bytes.find("\r\n")) != std::string::npos; bytes.erase(0, end + 2)) {
          const std::string line = bytes.substr(0, end);
          {
            const std::lock_guard lock(mutex_);
            heard_ += line + '\n';
          }
          if (data && line != ".") continue;
          data = line == "DATA";
          say(client, data ? "354 go on\r\n" : line == "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
        }
      }
      ::close(client);
    }
  }
  int socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string heard_;
  std::thread thread_;
};

}  // namespace story
