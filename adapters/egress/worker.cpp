#include "adapters/egress/worker.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>

namespace adapters::egress {

using core::Done;
using core::Error;
using core::Kind;
using core::Result;
using fhir::partner::Answer;
using fhir::partner::Call;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int worker_socket = 3;                       // where the worker finds its end
constexpr std::chrono::seconds start_time{5}, grace{2};  // to take the policy; beyond a call's own deadline
constexpr std::size_t head_room = 1UL << 20;           // of a frame beside the body: headers and lengths
constexpr Milliseconds first_pause(100), most_pause(30'000);

// The worker inherits one socket and nothing else: no file, listener, signal mask or terminal signals of the server.
struct Spawn {
  Spawn() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  Result<pid_t> run(const std::string& program, int socket) {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, worker_socket);
    posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) sigaddset(&usual, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::string name = "panelbridge-egress";
    char* arguments[] = {name.data(), nullptr};
    char* environment[] = {nullptr};  // no proxy, no preloaded library
    pid_t process = -1;
    const int failed = posix_spawn(&process, program.c_str(), &actions, &attributes, arguments, environment);
    if (failed != 0) return core::fault("the worker for outgoing calls could not be started");
    return process;
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

bool troubled(const Answer& answer) { return answer.status >= 500 || answer.status == 429; }

}  // namespace

Worker::Worker(std::string program, Policy policy) : program_(std::move(program)), policy_(std::move(policy)) {}

Worker::~Worker() { end(); }

void Worker::end() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
  process_ = -1;
}

Result<Done> Worker::start() {
  if (process_ > 0) return Done{};
  if (Clock::now() < not_before_) return Error{Kind::busy, "the worker for outgoing calls died and waits to be started again", ""};
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return core::fault("no socket for a worker: too many open files?");
  // posix_spawn's dup2 onto itself would leave close-on-exec set: the worker's end is moved away from that number.
  int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, worker_socket + 1);
  close(ends[1]);
  socket_ = ends[0];
  auto process = theirs < 0 ? Result<pid_t>(core::fault("no socket for a worker")) : Spawn().run(program_, theirs);
  if (theirs >= 0) close(theirs);
  if (!process) {
    end();
    return process.error();
  }
  process_ = *process;
  ++figures_.starts;
  auto told = write_frame(socket_, {FrameKind::policy, encode(policy_)}, Clock::now() + start_time);
  if (!told) end();
  return told;
}

Result<Answer> Worker::exchange(const Call& call) {
  if (auto started = start(); !started) return started.error();
  const auto until = Clock::now() + call.deadline + grace;
  auto sent = write_frame(socket_, {FrameKind::call, encode(call)}, until);
  auto frame = sent ? read_frame(socket_, call.answer_bytes + head_room, until) : Result<Frame>(sent.error());
  if (frame && frame->kind == FrameKind::failure)
    if (const auto error = error_from(frame->payload)) return deaths_in_a_row_ = 0, *error;
  if (frame && frame->kind == FrameKind::answer)
    if (auto answer = answer_from(frame->payload)) return deaths_in_a_row_ = 0, *std::move(answer);
  const bool slow = !frame && frame.error().kind == Kind::busy;
  end();
  ++figures_.deaths;
  not_before_ = Clock::now() + (deaths_in_a_row_ == 0 ? Milliseconds(0) : pause_after(deaths_in_a_row_, 0.99, first_pause, most_pause));
  ++deaths_in_a_row_;
  return Error{Kind::busy, slow ? "no answer in time" : "the worker for outgoing calls ended during the call; it is started again", ""};
}

Result<Answer> Worker::send(const Call& call) {
  if (!breaker_.allows(Clock::now())) return Error{Kind::busy, "after failures in a row no call is made for a while", ""};
  ++figures_.calls;
  auto answer = exchange(call);
  const bool refused = !answer && answer.error().kind == Kind::invalid;  // the call's fault, not the partner's
  if (refused) return answer;
  if (answer && !troubled(*answer)) {
    breaker_.succeeded();
  } else {
    ++figures_.failures;
    breaker_.failed(Clock::now());
  }
  return answer;
}

Pool::Pool(const std::string& program, const Policy& policy, std::size_t workers) {
  for (std::size_t i = 0; i < std::max<std::size_t>(workers, 1); ++i) {
    seats_.push_back(std::make_unique<Seat>());
    seats_.back()->worker = std::make_unique<Worker>(program, policy);
  }
}

Result<Answer> Pool::send(std::string_view key, const Call& call) {
  auto& seat = *seats_[std::hash<std::string_view>()(key) % seats_.size()];
  const std::lock_guard lock(seat.mutex);
  return seat.worker->send(call);
}

Result<std::string> worker_program() {
  namespace fs = std::filesystem;
  std::error_code code;
  if (const char* named = std::getenv("PANELBRIDGE_EGRESS"); named != nullptr) return std::string(named);
  const auto beside = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const auto& folder : {beside, beside.parent_path()})
    if (fs::is_regular_file(folder / "panelbridge-egress", code)) return (folder / "panelbridge-egress").string();
  return core::fault("panelbridge-egress, the program for outgoing calls, is not beside panelbridge");
}

}  // namespace adapters::egress
