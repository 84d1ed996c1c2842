// The real program on a free port with a folder of its own, for stories: started, waited for, stopped, killed.
// Never: leaves a process or a folder behind. Threads: one owner.
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/story/client.hpp"

namespace story {

// A temporary folder that goes when its owner does.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "panelbridge-story-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

struct Finished {
  int exit = -1;
  std::string out, err;
};

// A process with its output in files; `program` is looked up in PATH unless it has a slash.
class Process {
 public:
  Process(const std::string& program, std::vector<std::string> arguments, const std::string& out,
          const std::string& err) {
    arguments.insert(arguments.begin(), program);
    std::vector<char*> values;
    for (std::string& argument : arguments) values.push_back(argument.data());
    values.push_back(nullptr);
    id_ = ::fork();
    if (id_ < 0) throw std::runtime_error("cannot fork");
    if (id_ > 0) return;
    redirect(out, 1);
    redirect(err, 2);
    ::execvp(program.c_str(), values.data());
    ::_exit(127);
  }
  ~Process() {
    if (id_ > 0) kill();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) const { ::kill(id_, number); }
  void kill() {
    ::kill(id_, SIGKILL);
    wait();
  }
  bool running() {
    if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_) id_ = 0;
    return id_ > 0;
  }
  int wait() {  // the exit code; 128 and the signal's number when it died of one
    if (id_ > 0) ::waitpid(id_, &status_, 0);
    id_ = 0;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  static void redirect(const std::string& name, int to) {
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0) ::dup2(file, to);
  }
  pid_t id_ = 0;
  int status_ = 0;
};

inline std::string text_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Runs a command to its end.
inline Finished run(const std::string& program, std::vector<std::string> arguments) {
  const Folder folder;
  Process process(program, std::move(arguments), folder / "out", folder / "err");
  Finished finished;
  finished.exit = process.wait();
  finished.out = text_of(folder / "out");
  finished.err = text_of(folder / "err");
  return finished;
}
inline Finished panelbridge(std::vector<std::string> arguments) {
  return run(PANELBRIDGE_PROGRAM, std::move(arguments));
}

class Server {
 public:
  // `data`: the store's folder, kept by the caller; `more`: further options of serve.
  explicit Server(const std::string& data, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"serve", "--data", data, "--port", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(PANELBRIDGE_PROGRAM, std::move(arguments), logs_ / "out", logs_ / "err");
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (process_->running() && std::chrono::steady_clock::now() < until) {
      const std::string out = text_of(logs_ / "out");
      if (out.starts_with("ready ") && out.ends_with("\n")) {
        url_ = out.substr(6, out.size() - 7);
        const std::size_t colon = url_.rfind(':');
        port_ = static_cast<std::uint16_t>(std::atoi(url_.c_str() + colon + 1));
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw std::runtime_error("the server did not start: " + text_of(logs_ / "err"));
  }
  std::uint16_t port() const { return port_; }
  const std::string& url() const { return url_; }
  Client client() const { return Client(port_); }
  Process& process() { return *process_; }
  std::string log() const { return text_of(logs_ / "err"); }
  int stop() {  // as an operator does; the exit code
    process_->signal(SIGTERM);
    return process_->wait();
  }
  void kill() { process_->kill(); }

 private:
  Folder logs_;
  std::unique_ptr<Process> process_;
  std::string url_;
  std::uint16_t port_ = 0;
};

inline bool long_run() {
  const char* wanted = std::getenv("PANELBRIDGE_LONG");
  return wanted != nullptr && *wanted != '\0';
}

}  // namespace story
