#include "adapters/server/exports.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include "adapters/server/export_files.hpp"
#include "core/store/no_room.hpp"
#include "fhir/rest/identity.hpp"

namespace adapters::server {

using core::Done;
using core::Result;

namespace {

constexpr std::uint64_t spare_disk = 512ULL << 20;  // left to the store
constexpr std::chrono::seconds look_for_expired{60};

}  // namespace

Exports::Exports(ExportSetting setting, const core::Clock& clock, Report report)
    : setting_(std::move(setting)), clock_(clock), report_(std::move(report)) {}

Exports::~Exports() { stop(); }

void Exports::remove(const Job& job) const {
  std::error_code code;
  std::filesystem::remove_all(folder_of(job), code);
}

void Exports::start() {
  thread_ = std::thread([this] { run(); });
}

void Exports::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bell_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::vector<fhir::rest::Operation> Exports::operations() {
  return fhir::operation::export_operations([this](fhir::operation::ExportPlan plan) { return begin(std::move(plan)); },
                                            setting_.sights);
}

Result<std::string> Exports::begin(fhir::operation::ExportPlan plan) {
  if (planning_ != nullptr) {
    planning_->plan = std::make_unique<fhir::operation::ExportPlan>(std::move(plan));
    return url_of(*planning_);
  }
  auto job = std::make_shared<Job>();
  job->id = fhir::rest::new_token();
  job->caller = plan.caller.id;
  job->request = std::move(plan.request);
  job->plan = std::make_unique<fhir::operation::ExportPlan>(std::move(plan));
  {
    const std::lock_guard lock(mutex_);
    expire();
    const auto waiting =
        std::count_if(jobs_.begin(), jobs_.end(), [](const Shared& each) { return each->state == State::waiting; });
    if (static_cast<std::size_t>(waiting) >= most_waiting)
      return core::Error{core::Kind::busy, "Too many exports wait for their turn; try again later.", {}};
    if (auto noted = note(*job); !noted) {
      remove(*job);
      return noted.error();
    }
    jobs_.push_back(job);
  }
  bell_.notify_all();
  return url_of(*job);
}

// Writing.

void Exports::run() {
  while (const Shared job = next()) write(*job);
}

Exports::Shared Exports::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_) return nullptr;
    expire();
    for (const Shared& job : jobs_)
      if (job->state == State::waiting && !job->cancelled) {
        job->state = State::writing;
        return job;
      }
    bell_.wait_for(lock, look_for_expired);
  }
}

void Exports::write(Job& job) {
  Result<Done> done = core::fault("The export broke off.");
  try {
    done = write_all(job);
  } catch (const std::exception& error) {
    done = core::fault(std::string("The export broke off: ") + error.what());
  }
  if (stopping_ && !done && !job.cancelled) return;  // it begins anew with the next process
  if (!done || job.cancelled) remove(job);
  const std::lock_guard lock(mutex_);
  job.plan.reset();
  if (!done || job.cancelled) {
    bytes_ -= job.bytes;
    job.bytes = 0;
  }
  if (!job.expires.ms) job.expires = {clock_.now().ms + setting_.keep_hours * 3'600'000};
  job.state = done ? State::done : State::failed;
  if (done) return;
  job.error = done.error();
  if (!job.cancelled) report_("an export failed", &job.error);
}

Result<Done> Exports::write_all(Job& job) {
  if (++job.attempts > most_attempts)
    return core::fault("The export was begun " + std::to_string(most_attempts) +
                       " times, and each time the server ended before it was done.");
  if (auto noted = note(job); !noted) return noted;
  if (!job.plan)
    if (auto planned = plan_again(job); !planned) return planned;
  const std::string folder = folder_of(job);
  ExportFiles files(folder, url_of(job), setting_.file_bytes,
                    [this, &job](std::uint64_t bytes) { return grant(job, bytes); });
  fhir::operation::Export work(std::move(*job.plan), files);
  for (;;) {
    if (stopping_ || job.cancelled) return core::Error{core::Kind::gone, "The export was cancelled.", {}};
    auto finished = work.step();
    if (!finished) return finished.error();
    {
      const std::lock_guard lock(mutex_);
      job.progress = work.progress();
    }
    if (*finished) break;
  }
  if (auto done = files.finish(); !done) return done;
  std::string manifest = fhir::operation::export_manifest(work, files.files());
  {
    const std::lock_guard lock(mutex_);
    job.manifest = std::move(manifest);
    job.expires = {clock_.now().ms + setting_.keep_hours * 3'600'000};
  }
  return seal(job);
}

Result<Done> Exports::grant(Job& job, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(setting_.folder.c_str(), &disk) == 0 &&
      static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize < bytes + spare_disk)
    return core::store::no_room("The disk of the server is nearly full; the export was given up.");
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > setting_.total_bytes)
    return core::Error{core::Kind::too_large,
                       "All exports together would take more than export.total_bytes of the configuration; delete "
                       "those that are no longer needed.",
                       {}};
  bytes_ += bytes;
  job.bytes += bytes;
  return Done{};
}

void Exports::expire() {
  const core::Instant now = clock_.now();
  jobs_.remove_if([&](const Shared& job) {
    if (job->state != State::done && job->state != State::failed) return false;
    if (now < job->expires && !job->cancelled) return false;
    bytes_ -= job->bytes;
    job->bytes = 0;
    remove(*job);
    return true;
  });
}

}  // namespace adapters::server
