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
#include <utility>

namespace adapters::egress {

using core::Done;
using core::Error;
using core::Kind;
using core::Result;
using fhir::partner::Answer;
using fhir::partner::Call;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int worker_socket = 3;                         // where the worker finds its end
constexpr std::chrono::seconds start_time{5}, grace{2};  // to take the policy; beyond a call's own deadline
constexpr std::size_t head_room = 1UL << 20;             // of a frame beside the body: headers and lengths
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

constexpr double certain = 0.999;  // the whole pause: one process has nobody to collide with

Error busy(const char* why) { return Error{Kind::busy, why, ""}; }

bool same(const Call& a, const Call& b) {
  const auto alike = [](const auto& one, const auto& other) { return one.name == other.name && one.value == other.value; };
  return a.method == b.method && a.url == b.url && a.body == b.body && a.answer_bytes == b.answer_bytes &&
         std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end(), alike);
}

bool troubled(const Answer& answer) { return answer.status >= 500 || answer.status == 429; }

}  // namespace

Worker::Worker(std::string program, Policy policy) : program_(std::move(program)), policy_(std::move(policy)) {}

Worker::~Worker() { end(); }

void Worker::end() {
  {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

void Worker::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);  // who waits for the answer sees its end, and so does the worker
}

bool Worker::rests() const { return Clock::now() < not_before_.load(); }

Result<Done> Worker::start() {
  if (process_ > 0 && waitpid(process_, nullptr, WNOHANG) == 0) return Done{};
  if (process_ > 0) {  // it ended while nobody asked: no call is lost
    process_ = -1;
    end();
  }
  if (rests()) return busy("the worker for outgoing calls died and waits to be started again");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return core::fault("no socket for a worker: too many open files?");
  // posix_spawn's dup2 onto itself would leave close-on-exec set: the worker's end is moved away from that number.
  const int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, worker_socket + 1);
  close(ends[1]);
  {
    const std::lock_guard lock(mutex_);
    socket_ = ends[0];
  }
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

Error Worker::died(const Error& why) {
  end();
  if (cancelled_) return busy("this server is stopping");
  ++figures_.deaths;
  if (deaths_in_a_row_ > 0)
    not_before_ = Clock::now() + pause_after(deaths_in_a_row_, certain, first_pause, most_pause);
  ++deaths_in_a_row_;
  return busy(why.kind == Kind::busy ? "no answer in time"
                                     : "the worker for outgoing calls ended during the call; it is started again");
}

Result<Answer> Worker::take_answer(const Call& call, Deadline until) {
  auto frame = read_frame(socket_, call.answer_bytes + head_room, until);
  if (!frame) return died(frame.error());
  if (frame->kind == FrameKind::failure)
    if (const auto error = error_from(frame->payload)) return deaths_in_a_row_ = 0, *error;
  if (frame->kind == FrameKind::answer)
    if (auto answer = answer_from(frame->payload)) return deaths_in_a_row_ = 0, *std::move(answer);
  return died(core::fault("it does not speak the protocol"));
}

Result<Answer> Worker::ask(const Call& call) {
  if (cancelled_) return busy("this server is stopping");
  if (const auto begun = std::exchange(begun_, std::nullopt)) {
    const auto now = Clock::now();
    const bool wanted = same(begun->call, call) && now < begun->until;  // later it answers what was, not what is
    auto answer = take_answer(begun->call, std::max(begun->until, now + grace));
    if (wanted) return answer;
  }
  ++figures_.calls;
  if (auto started = start(); !started) return started.error();
  const auto until = Clock::now() + call.deadline + grace;
  if (auto sent = write_frame(socket_, {FrameKind::call, encode(call)}, until); !sent) return died(sent.error());
  return take_answer(call, until);
}

void Worker::begin(const Call& call) {
  if (cancelled_ || begun_ || breaker_.open(Clock::now()) || !start()) return;
  const auto until = Clock::now() + call.deadline + grace;
  if (!write_frame(socket_, {FrameKind::call, encode(call)}, until)) return end();  // send() will say what is wrong
  ++figures_.calls;
  begun_.emplace(call, until);
}

Result<Answer> Worker::send(const Call& call) {
  if (!breaker_.allows(Clock::now())) return busy("after failures in a row no call is made for a while");
  auto answer = ask(call);
  judge(breaker_, answer, Clock::now());
  if (!answer || troubled(*answer)) ++figures_.failures;
  return answer;
}

void judge(Breaker& breaker, const Result<Answer>& answer, Breaker::Time now) {
  if (!answer && answer.error().kind == Kind::invalid) return breaker.spared();  // the call's fault, not the partner's
  if (answer && !troubled(*answer)) return breaker.succeeded();
  breaker.failed(now);
  if (!answer) return;
  const core::Instant ours{
      std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
  const core::Instant theirs = http_date(answer->header("Date")).value_or(ours);
  if (const auto pause = retry_after(answer->header("Retry-After"), theirs)) breaker.hold(now + *pause);
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
