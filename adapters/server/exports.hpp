// Bulk Data exports at work: one thread that writes one after the other, their files below DATA/export, their status
// and downloads. A finished export outlives a restart until it expires; one that was waiting or being written begins
// anew after it, under the same address: nobody has seen its instant yet.
// Owns: the folder `export`, the thread. Never: what is exported (fhir/operation/export). Threads: open(), start() and
// stop() from main(), the rest from all. Source: FHIR Bulk Data Access 2.0, asynchronous pattern.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/time.hpp"
#include "fhir/operation/export.hpp"
#include "fhir/rest/message.hpp"

namespace adapters::server {

struct ExportSetting {
  std::string folder;                      // is made
  std::string base_url;                    // of the FHIR API
  std::uint64_t total_bytes = 8ULL << 30;  // of all exports together
  std::uint64_t file_bytes = 32ULL << 20;  // of one file
  std::int64_t keep_hours = 24;            // after which a finished one goes
  fhir::operation::ExportSights sights;    // what kinds of recipients may see
  // Hands a kick-off to the API once more: what was asked for is understood again after a restart.
  std::function<fhir::rest::Response(const fhir::rest::Request&)> ask;
};

class Exports {
 public:
  using Report = std::function<void(const std::string& text, const core::Error* error)>;
  Exports(ExportSetting setting, const core::Clock& clock, Report report);
  ~Exports();
  core::Result<core::Done> open();  // finds what the last process left, clears away what cannot be used
  void start();
  void stop();

  std::vector<fhir::rest::Operation> operations();
  // A request below /_export/ (the FHIR prefix taken off): "/_export/ID", "/_export/ID/FILE".
  fhir::rest::Response receive(const fhir::rest::Request& request);

  static constexpr std::string_view path = "/_export/";
  static constexpr std::size_t most_waiting = 16;
  static constexpr int most_attempts = 3;  // an export that ended the process so often is given up

 private:
  enum class State : unsigned char { waiting, writing, done, failed };
  struct Job {
    std::string id, caller, manifest;
    State state = State::waiting;
    std::string progress = "waiting for its turn";
    core::Error error;
    core::Instant expires;
    std::uint64_t bytes = 0;
    std::atomic<bool> cancelled{false};
    std::unique_ptr<fhir::operation::ExportPlan> plan;  // until it is begun; null: `request` is to be asked again
    fhir::rest::Request request;
    int attempts = 0;
  };
  using Shared = std::shared_ptr<Job>;

  core::Result<std::string> begin(fhir::operation::ExportPlan plan);
  fhir::rest::Response status(const Job& job);
  fhir::rest::Response cancel(const Shared& job);
  fhir::rest::Response file(const fhir::rest::Request& request, const Job& job, std::string_view name);
  Shared find(std::string_view id, const core::access::Caller& caller);
  void run();
  Shared next();  // waits
  void write(Job& job);
  core::Result<core::Done> write_all(Job& job);
  core::Result<core::Done> grant(Job& job, std::uint64_t bytes);
  core::Result<core::Done> seal(const Job& job);
  core::Result<core::Done> note(const Job& job);  // on the disk: what was asked for
  core::Result<core::Done> plan_again(Job& job);
  void recover(const std::string& id);
  bool recover_finished(Job& job, const fhir::json::Value& sealed) const;
  void expire();                      // mutex held
  void remove(const Job& job) const;  // its folder
  std::string folder_of(const Job& job) const { return setting_.folder + '/' + job.id; }
  std::string url_of(const Job& job) const { return setting_.base_url + std::string(path) + job.id; }

  ExportSetting setting_;
  const core::Clock& clock_;
  Report report_;
  std::mutex mutex_;
  std::condition_variable bell_;
  std::list<Shared> jobs_;
  std::uint64_t bytes_ = 0;  // of all of them
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  static thread_local Job* planning_;  // the one whose kick-off this thread asks again
};

}  // namespace adapters::server
