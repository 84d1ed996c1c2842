#include "adapters/mail/sender.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace adapters::mail {

using core::Done;
using core::Result;

namespace {

core::Error busy(std::string why) { return {core::Kind::busy, std::move(why), {}}; }

// A process that is ended and waited for, whatever happens.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    int status = -1;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
};

struct Socket {
  int handle = -1;
  ~Socket() {
    if (handle >= 0) ::close(handle);
  }
};

pid_t spawn(const std::string& program, int theirs) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs, 0);
  posix_spawn_file_actions_adddup2(&actions, theirs, 1);
  std::string name = program;
  char* arguments[] = {name.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t process = -1;
  if (posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, environment) != 0) process = -1;
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

}  // namespace

Result<Done> Sender::send(const Message& message) const {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return busy("no socket for the mail program");
  Socket ours{ends[0]};
  pid_t process = -1;
  {
    const Socket theirs{ends[1]};
    process = spawn(program_, theirs.handle);
  }
  if (process <= 0) return busy("the mail program could not be started");
  Child child(process);
  const std::string bytes = packed(account_, message);
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t count = ::send(ours.handle, left.data(), left.size(), MSG_NOSIGNAL);
    if (count <= 0) return busy("the mail program ended early");
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  ::shutdown(ours.handle, SHUT_WR);
  std::string said;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(account_.seconds + 5);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd wait{ours.handle, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return busy("the mail relay took too long");
    char buffer[512];
    const ssize_t count = ::recv(ours.handle, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    if (said.size() < 1'000) said.append(buffer, static_cast<std::size_t>(count));
  }
  const int exit = child.wait();
  if (exit == 0) return Done{};
  return busy(said.empty() ? "the mail program failed" : said);
}

Result<std::string> mail_program() {
  namespace fs = std::filesystem;
  std::error_code code;
  if (const char* named = std::getenv("PANELBRIDGE_MAIL")) return std::string(named);
  const fs::path beside = fs::read_symlink("/proc/self/exe", code).parent_path() / "panelbridge-mail";
  if (fs::is_regular_file(beside, code)) return beside.string();
  return core::fault("panelbridge-mail is not beside panelbridge", "mail");
}

}  // namespace adapters::mail
