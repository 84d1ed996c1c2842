// How an export is asked after: its status, its files in whole or in part, its end before time.
#include <algorithm>

#include "adapters/server/export_files.hpp"
#include "adapters/server/exports.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/outcome.hpp"

namespace adapters::server {

using fhir::rest::Request;
using fhir::rest::Response;

namespace {

bool is_file_name(std::string_view name) {
  return name.size() <= 120 && name.ends_with(".ndjson") && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
         });
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

}  // namespace

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
