#include "adapters/server/control.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace adapters::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view name = "panelbridge.control";
constexpr std::size_t most_bytes = 1UL << 20;
constexpr std::chrono::seconds patience{5}, callers_patience{30};

core::Error machine(const char* what) { return core::fault(std::string(what) + ": " + std::strerror(errno)); }

// A socket's name has about a hundred bytes, a folder's may have more: it is reached through its descriptor.
class Place {
 public:
  explicit Place(const std::string& folder) : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ~Place() {
    if (folder_ >= 0) ::close(folder_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool good() const { return folder_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(folder_) + "/" + std::string(name); }
  sockaddr_un address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path();
    text.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }
  bool clear() const {  // what a killed server left goes; another file stays
    struct stat found {};
    if (::lstat(path().c_str(), &found) != 0) return errno == ENOENT;
    return S_ISSOCK(found.st_mode) && ::unlink(path().c_str()) == 0;
  }

 private:
  int folder_;
};

bool ready(int socket, short events, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd wait{socket, events, 0};
  return left > 0 && ::poll(&wait, 1, static_cast<int>(left)) > 0;
}

std::optional<std::string> read_line(int socket, Clock::time_point until) {
  std::string line;
  while (line.size() <= most_bytes && ready(socket, POLLIN, until)) {
    char bytes[4'096];
    const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) return std::nullopt;
    line.append(bytes, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) return line;
  }
  return std::nullopt;
}

bool write_all(int socket, std::string_view bytes, Clock::time_point until) {
  while (!bytes.empty()) {
    if (!ready(socket, POLLOUT, until)) return false;
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) return false;
    bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  return true;
}

bool is_operator(int peer) {  // the user who runs the server, or root
  ucred caller{};
  socklen_t size = sizeof caller;
  if (::getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &caller, &size) != 0) return false;
  return caller.uid == 0 || caller.uid == ::geteuid();
}

std::string said(const core::Result<std::string>& answer) {
  std::string line = answer ? R"({"text":)" : R"({"error":)";
  fhir::json::write_string(answer ? *answer : answer.error().message, line);
  return line + "}\n";
}

}  // namespace

Control::~Control() { stop(); }

core::Result<core::Done> Control::start() {
  const Place place(folder_);
  if (!place.good()) return machine("the data folder cannot be opened");
  if (!place.clear()) return core::fault(std::string(name) + " in the data folder is no socket of this program");
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bell_ = ::eventfd(0, EFD_CLOEXEC);
  if (listener_ < 0 || bell_ < 0) return machine("no socket for operators");
  const sockaddr_un address = place.address();
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return machine("no socket for operators");
  if (::chmod(place.path().c_str(), 0600) != 0 || ::listen(listener_, 8) != 0)
    return machine("no socket for operators");
  thread_ = std::thread([this] { run(); });
  return core::Done{};
}

void Control::stop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    while (::write(bell_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
    const Place place(folder_);
    if (place.good()) (void)place.clear();
  }
  for (int* file : {&listener_, &bell_}) {
    if (*file >= 0) ::close(*file);
    *file = -1;
  }
}

void Control::run() {
  for (;;) {
    pollfd waits[] = {{listener_, POLLIN, 0}, {bell_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    if (is_operator(peer)) answer(peer);
    ::close(peer);
  }
}

void Control::answer(int peer) {
  const auto until = Clock::now() + patience;
  const auto line = read_line(peer, until);
  if (!line) return;
  const auto order = fhir::json::parse(*line);
  write_all(peer, said(order ? handle_(order->root()) : core::Result<std::string>(order.error())), until);
}

core::Result<std::optional<std::string>> ask_server(const std::string& folder, std::string_view order) {
  const Place place(folder);
  if (!place.good()) return core::invalid("there is no data folder " + folder, "--data");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return machine("no socket");
  const std::unique_ptr<const int, void (*)(const int*)> owner(&socket, [](const int* file) { ::close(*file); });
  const sockaddr_un address = place.address();
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<std::string>();
    return machine("the server of this folder cannot be asked");
  }
  const auto until = Clock::now() + callers_patience;
  if (!write_all(socket, std::string(order) + "\n", until)) return core::fault("the server did not take the order");
  const auto line = read_line(socket, until);
  const auto answer = line ? fhir::json::parse(*line) : core::Result<fhir::json::Document>(core::Error{});
  if (!answer) return core::fault("the server did not answer");
  if (const auto* error = answer->root().find("error")) return core::invalid(std::string(error->text()));
  return std::optional<std::string>(answer->root().text("text"));
}

}  // namespace adapters::server
