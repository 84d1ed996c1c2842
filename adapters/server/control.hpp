// How an operator's command reaches the process that serves a data folder: a local socket `panelbridge.control` in that
// folder, open to the user who runs the server and to root. One line of JSON asks, one line answers.
// Never: reachable over a network; waits for a slow caller longer than a few seconds. Threads: one of its own answers,
// one caller after another; start() and stop() from main().
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {

class Control {
 public:
  using Handle = std::function<core::Result<std::string>(const fhir::json::Value& order)>;  // the text for the operator
  Control(std::string folder, Handle handle) : folder_(std::move(folder)), handle_(std::move(handle)) {}
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  core::Result<core::Done> start();
  void stop();

 private:
  void run();
  void answer(int peer);
  const std::string folder_;
  const Handle handle_;
  int listener_ = -1, bell_ = -1;
  std::thread thread_;
};

// The answer of the process that serves `folder`; nothing when nobody does.
core::Result<std::optional<std::string>> ask_server(const std::string& folder, std::string_view order);

}  // namespace adapters::server
