// An HTTP endpoint of the test itself, for what the server sends outwards: keeps every request, answers as told, or in
// one of the ways in which endpoints fail.
// Threads: its own; the rest from the test's.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace story {

class Endpoint {
 public:
  struct Request {
    std::string head, body;
    std::chrono::steady_clock::time_point at;
    std::string path() const {
      return head.substr(head.find(' ') + 1, head.find(' ', head.find(' ') + 1) - head.find(' ') - 1);
    }
  };
  enum class Mood : unsigned char { answer, refuse, redirect, hang, drop, half, garbage };

  Endpoint() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 128) != 0)
      throw std::runtime_error("no endpoint");
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~Endpoint() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(socket_);
  }
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void answer(int status) { status_ = status; }
  void behave(std::function<Mood()> mood) {  // asked for each request, by one thread at a time
    const std::lock_guard lock(mutex_);
    mood_ = std::move(mood);
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }
  // Waits until there are so many.
  std::vector<Request> wait(std::size_t count, std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
      if (auto all = requests(); all.size() >= count) return all;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return requests();
  }

 private:
  bool readable(int socket) const {
    while (!stopping_) {
      pollfd wait{socket, POLLIN, 0};
      if (::poll(&wait, 1, 50) > 0) return true;
    }
    return false;
  }
  void accept_all() {
    while (readable(socket_)) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) serving_.emplace_back([this, client] { serve(client); });
    }
  }
  void serve(int client) {
    std::string bytes;
    char buffer[8'192];
    while (readable(client)) {
      const ssize_t count = ::recv(client, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      bytes.append(buffer, static_cast<std::size_t>(count));
      bool goes_on = true;
      while (goes_on && take(bytes)) goes_on = reply(client);
      if (!goes_on) break;
    }
    ::close(client);
  }
  // False: the connection ends.
  bool reply(int client) {
    Mood mood = Mood::answer;
    {
      const std::lock_guard lock(mutex_);
      if (mood_) mood = mood_();
    }
    const auto say = [&](std::string_view text) { return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) > 0; };
    switch (mood) {
      case Mood::answer: return say("HTTP/1.1 " + std::to_string(status_) + " X\r\nContent-Length: 0\r\n\r\n");
      case Mood::refuse: return say("HTTP/1.1 500 X\r\nContent-Length: 4\r\n\r\noops");
      case Mood::redirect:
        return say("HTTP/1.1 302 X\r\nLocation: " + url() + "/elsewhere\r\nContent-Length: 0\r\n\r\n");
      case Mood::hang: return readable(client) && false;  // until the other side gives up
      case Mood::drop: return false;
      case Mood::half: return say("HTTP/1.1 200 OK\r\nContent-Le") && false;
      case Mood::garbage: return say("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n") && false;
    }
    return false;
  }
  bool take(std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = bytes.substr(0, end);
    std::size_t length = 0;
    for (const char* name : {"Content-Length:", "content-length:"})
      if (const std::size_t at = head.find(name); at != std::string::npos) length = std::stoul(head.substr(at + 15));
    if (bytes.size() < end + 4 + length) return false;
    const std::lock_guard lock(mutex_);
    requests_.push_back({std::move(head), bytes.substr(end + 4, length), std::chrono::steady_clock::now()});
    bytes.erase(0, end + 4 + length);
    return true;
  }

  int socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> status_{200};
  std::function<Mood()> mood_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread accepting_;
  std::list<std::thread> serving_;
};

}  // namespace story
