// panelbridge-egress: makes the outgoing calls that the server hands it over the socket it was started with, one at a
// time. It ends when the server does, and at any answer that the HTTP library does not survive.
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

#include <pplx/threadpool.h>  // after <utility>, which it forgets

#include "adapters/egress/frame.hpp"
#include "adapters/egress/worker/client.hpp"
#include "adapters/egress/worker/guard.hpp"

namespace {

using namespace adapters::egress;

constexpr int server = 3;
constexpr std::size_t library_threads = 4;  // the library's own default is 40
constexpr std::size_t most_question = 1UL << 30;
constexpr std::chrono::hours for_ever{24 * 365};

// The server's end is closed when it stops or dies: then so does this process, in the middle of a call too.
void watch() {
  for (;;) {
    pollfd end{server, POLLRDHUP, 0};
    if (poll(&end, 1, -1) > 0 && (end.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL))) _exit(0);
  }
}

void limit(const Policy& policy) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);  // a dump would hold what partners sent
  const rlimit memory{policy.memory_bytes, policy.memory_bytes};
  setrlimit(RLIMIT_DATA, &memory);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

auto far() { return Deadline::clock::now() + for_ever; }

}  // namespace

int main() {
  std::set_terminate([] { _exit(3); });  // what the library throws on its own threads is no message for the log
  std::signal(SIGPIPE, SIG_IGN);
  if (fcntl(server, F_GETFD) < 0) {
    std::cerr << "panelbridge-egress is started by panelbridge, not by hand\n";
    return 2;
  }
  fcntl(server, F_SETFD, FD_CLOEXEC);
  const auto first = read_frame(server, most_question, far());
  const auto policy = first && first->kind == FrameKind::policy ? policy_from(first->payload) : std::nullopt;
  if (!policy) return 2;
  mallopt(M_ARENA_MAX, 2);
  crossplat::threadpool::initialize_with_threads(library_threads);
  limit(*policy);
  std::thread(watch).detach();
  worker::allow_private_addresses(policy->allow_private_address);
  worker::Client client(*policy);
  for (;;) {
    const auto frame = read_frame(server, most_question, far());
    const auto call = frame && frame->kind == FrameKind::call ? call_from(frame->payload) : std::nullopt;
    if (!call) _exit(0);
    const auto answer = client.send(*call);
    const Frame reply =
        answer ? Frame{FrameKind::answer, encode(*answer)} : Frame{FrameKind::failure, encode(answer.error())};
    if (!write_frame(server, reply, far())) _exit(0);
  }
}
