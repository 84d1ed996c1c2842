#include "adapters/server/exports.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "adapters/server/export_files.hpp"
#include "fhir/json/json.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"

namespace adapters::server {

namespace fs = std::filesystem;
using core::Done;
using core::Result;
using fhir::rest::Request;
using fhir::rest::Response;

namespace {

constexpr std::uint64_t spare_disk = 512ULL << 20;  // left to the store
constexpr const char* seal_name = "export.json";    // of a finished one
constexpr const char* note_name = "asked.json";     // of one that is not
constexpr std::chrono::seconds look_for_expired{60};

bool is_file_name(std::string_view name) {
  return name.size() <= 120 && name.ends_with(".ndjson") && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
         });
}

bool is_token(std::string_view name) {  // of an export; anything else in the folder is not ours to touch
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

std::uint64_t size_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (const auto size = at->file_size(code); !code) bytes += size;
  return bytes;
}

void remove_folder(const std::string& folder) {
  std::error_code code;
  fs::remove_all(folder, code);
}

Response plain(int status) {
  Response response;
  response.status = status;
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Response with_outcome(Response response) {
  response.headers.push_back({"Content-Type", "application/fhir+json; charset=utf-8"});
  return response;
}

Response refused(const core::Error& error) { return with_outcome(fhir::rest::refusal(error)); }

core::Error disk_error() { return core::fault("The export cannot be written to the disk of the server."); }

std::int64_t number_from(std::string_view text) { return std::atoll(std::string(text).c_str()); }

std::optional<fhir::json::Document> document_at(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return std::nullopt;
  auto document = fhir::json::parse(text.str());
  if (!document) return std::nullopt;
  return std::move(*document);
}

Result<Done> write_document(const fhir::json::Document& document, const std::string& file) {
  std::ofstream stream(file + ".new", std::ios::binary);
  stream << fhir::json::write(document.root());
  stream.close();
  if (!stream) return disk_error();
  std::error_code code;
  fs::rename(file + ".new", file, code);
  return code ? Result<Done>(disk_error()) : Done{};
}

// All but one.
void remove_files(const std::string& folder, std::string_view but) {
  std::vector<fs::path> all;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (at->path().filename().string() != but) all.push_back(at->path());
  for (const fs::path& file : all) fs::remove(file, code);
}

constexpr const char* kept_headers[] = {"Prefer", "Content-Type"};

Request request_from(const fhir::json::Value& noted) {
  Request request;
  request.method = noted.text("method");
  request.path = noted.text("path");
  request.query = noted.text("query");
  request.body = noted.text("body");
  request.caller.id = noted.text("caller");
  for (const char* name : kept_headers)
    if (noted.find(name) != nullptr && !noted.text(name).empty())
      request.headers.push_back({name, std::string(noted.text(name))});
  return request;
}

}  // namespace

thread_local Exports::Job* Exports::planning_ = nullptr;

Exports::Exports(ExportSetting setting, const core::Clock& clock, Report report)
    : setting_(std::move(setting)), clock_(clock), report_(std::move(report)) {}

Exports::~Exports() { stop(); }

Result<Done> Exports::open() {
  std::error_code code;
  fs::create_directories(setting_.folder, code);
  if (code) return core::fault("the folder for exports cannot be made: " + setting_.folder);
  ::chmod(setting_.folder.c_str(), 0700);
  std::vector<std::string> found;  // recover() may remove some
  for (fs::directory_iterator at(setting_.folder, code), end; !code && at != end; at.increment(code))
    if (std::string name = at->path().filename().string(); is_token(name)) found.push_back(std::move(name));
  for (const std::string& id : found) recover(id);
  return Done{};
}

// A sealed export is whole when its files have the sizes of the seal; one that was asked for begins anew.
void Exports::recover(const std::string& id) {
  auto job = std::make_shared<Job>();
  job->id = id;
  const std::string folder = folder_of(*job);
  bool whole = false;
  if (const auto sealed = document_at(folder + '/' + seal_name)) {
    whole = recover_finished(*job, sealed->root());
  } else if (const auto noted = document_at(folder + '/' + note_name)) {
    remove_files(folder, note_name);
    const fhir::json::Value& root = noted->root();
    job->caller = root.text("caller");
    job->request = request_from(root);
    job->attempts = static_cast<int>(number_from(root.text("attempts")));
    job->progress = "waiting for its turn, after a restart";
    whole = true;
  }
  if (!whole) return remove_folder(folder);
  bytes_ += job->bytes;
  jobs_.push_back(std::move(job));
}

bool Exports::recover_finished(Job& job, const fhir::json::Value& sealed) const {
  job.caller = sealed.text("caller");
  job.manifest = sealed.text("manifest");
  job.state = State::done;
  job.expires.ms = number_from(sealed.text("expires"));
  job.bytes = size_of(folder_of(job));
  for (const fhir::json::Member& file : sealed["files"].members()) {
    std::error_code code;
    const auto size = fs::file_size(folder_of(job) + '/' + std::string(file.name), code);
    if (code || size != static_cast<std::uintmax_t>(number_from(file.value.text()))) return false;
  }
  return clock_.now() < job.expires;
}

Result<Done> Exports::seal(const Job& job) {
  fhir::json::Document document;
  fhir::json::Value& root = document.root() = document.object();
  document.set(root, "caller", document.string(job.caller));
  document.set(root, "expires", document.number(job.expires.ms));
  document.set(root, "manifest", document.string(job.manifest));
  fhir::json::Value files = document.object();
  std::error_code code;
  for (fs::directory_iterator at(folder_of(job), code), end; !code && at != end; at.increment(code))
    if (at->path().filename() != note_name)
      document.set(files, at->path().filename().string(),
                   document.number(static_cast<std::int64_t>(at->file_size(code))));
  document.set(root, "files", files);
  if (code) return disk_error();
  auto done = write_document(document, folder_of(job) + '/' + seal_name);
  fs::remove(folder_of(job) + '/' + note_name, code);
  return done;
}

Result<Done> Exports::note(const Job& job) {
  std::error_code code;
  fs::create_directory(folder_of(job), code);
  if (code || ::chmod(folder_of(job).c_str(), 0700) != 0) return disk_error();
  fhir::json::Document document;
  fhir::json::Value& root = document.root() = document.object();
  document.set(root, "caller", document.string(job.caller));
  document.set(root, "attempts", document.number(static_cast<std::int64_t>(job.attempts)));
  document.set(root, "method", document.string(job.request.method));
  document.set(root, "path", document.string(job.request.path));
  document.set(root, "query", document.string(job.request.query));
  document.set(root, "body", document.string(job.request.body));
  for (const char* name : kept_headers) document.set(root, name, document.string(job.request.header(name)));
  return write_document(document, folder_of(job) + '/' + note_name);
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
      remove_folder(folder_of(*job));
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
  if (!done || job.cancelled) remove_folder(folder_of(job));
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

Result<Done> Exports::plan_again(Job& job) {
  planning_ = &job;
  const Response response = setting_.ask(job.request);
  planning_ = nullptr;
  if (job.plan) return Done{};
  const auto outcome =
      response.body ? fhir::json::parse(*response.body) : Result<fhir::json::Document>(core::fault(""));
  return core::unprocessable("After a restart of the server this could not be asked again: " +
                             std::string(outcome ? outcome->root()["issue"][0]["diagnostics"].text() : ""));
}

Result<Done> Exports::grant(Job& job, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(setting_.folder.c_str(), &disk) == 0 &&
      static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize < bytes + spare_disk)
    return core::fault("The disk of the server is nearly full; the export was given up.");
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
    remove_folder(folder_of(*job));
    return true;
  });
}

// Asking.

Exports::Shared Exports::find(std::string_view id, const core::access::Caller& caller) {
  const std::lock_guard lock(mutex_);
  expire();
  for (const Shared& job : jobs_)
    if (job->id == id && job->caller == caller.id && !job->cancelled) return job;
  return nullptr;
}

Response Exports::receive(const Request& request) {
  std::string_view rest = std::string_view(request.path).substr(std::min(path.size(), request.path.size()));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const Shared job = find(rest.substr(0, slash), request.caller);
  rest.remove_prefix(slash);
  Response response;
  if (!job) response = refused(core::not_found("There is no such export (any more); ask for it again.", "path"));
  else if (request.method == "DELETE" && rest.empty()) response = cancel(job);
  else if (request.method != "GET" && request.method != "HEAD")
    response = refused({core::Kind::method_not_allowed, "Here GET and DELETE are possible.", "method"});
  else response = rest.empty() ? status(*job) : file(request, *job, rest.substr(1));
  response.interaction = "$export";
  return response;
}

Response Exports::cancel(const Shared& job) {
  {
    const std::lock_guard lock(mutex_);
    job->cancelled = true;
    if (job->state == State::waiting) job->state = State::failed;
    expire();
  }
  Response response = plain(202);
  response.headers.push_back({"Content-Type", "application/fhir+json; charset=utf-8"});
  response.body = std::make_shared<const std::string>(fhir::rest::outcome_text(
      fhir::validate::Severity::information, "informational", "The export and its files are removed."));
  return response;
}

Response Exports::status(const Job& job) {
  const std::lock_guard lock(mutex_);
  if (job.state == State::failed) return refused(job.error);
  Response response = plain(job.state == State::done ? 200 : 202);
  if (job.state != State::done) {
    response.headers.push_back({"X-Progress", job.progress});
    response.headers.push_back({"Retry-After", "2"});
    return response;
  }
  response.headers.push_back({"Content-Type", "application/json"});
  response.headers.push_back({"Expires", fhir::rest::http_date(job.expires)});
  response.body = std::make_shared<const std::string>(job.manifest);
  return response;
}

Response Exports::file(const Request& request, const Job& job, std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    if (job.state != State::done) return refused(core::not_found("The export is not finished yet.", "path"));
  }
  auto bytes = is_file_name(name) ? mapped_file(folder_of(job) + '/' + std::string(name)) : nullptr;
  if (!bytes) return refused(core::not_found("The export has no such file.", "path"));
  const std::string tag = '"' + job.id.substr(0, 16) + '.' + std::string(name) + '"';
  Response response = plain(200);
  response.headers.push_back({"Content-Type", "application/fhir+ndjson"});
  response.headers.push_back({"Accept-Ranges", "bytes"});
  response.headers.push_back({"ETag", tag});
  const std::string_view only_if = request.header("If-Range");
  const ByteRange range =
      byte_range(only_if.empty() || only_if == tag ? request.header("Range") : std::string_view(), bytes->size());
  response.mapped = bytes;
  if (range.kind == ByteRange::Kind::outside) {
    response.status = 416;
    response.mapped = nullptr;
    response.headers.push_back({"Content-Range", "bytes */" + std::to_string(bytes->size())});
  } else if (range.kind == ByteRange::Kind::part) {
    struct Part {
      std::shared_ptr<const std::string_view> whole;
      std::string_view view;
    };
    auto part = std::make_shared<const Part>(Part{bytes, bytes->substr(range.from, range.length)});
    response.mapped = {part, &part->view};
    response.status = 206;
    response.headers.push_back({"Content-Range", "bytes " + std::to_string(range.from) + '-' +
                                                     std::to_string(range.from + range.length - 1) + '/' +
                                                     std::to_string(bytes->size())});
  }
  return response;
}

}  // namespace adapters::server
