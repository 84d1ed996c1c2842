// What of an export outlives the process: the note of what was asked for, the seal of what is finished, and how both
// are found again.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "adapters/server/exports.hpp"
#include "core/store/no_room.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {

namespace fs = std::filesystem;
using core::Done;
using core::Result;
using fhir::rest::Request;
using fhir::rest::Response;

namespace {

constexpr const char* seal_name = "export.json";  // of a finished one
constexpr const char* note_name = "asked.json";   // of one that is not

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

core::Error disk_error() { return core::store::no_room("The export cannot be written to the disk of the server."); }

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
  if (!whole) return remove(*job);
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

}  // namespace adapters::server
