#include "fhir/rest/async.hpp"

#include <algorithm>

#include "fhir/rest/bundle.hpp"
#include "fhir/rest/dispatch.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {

std::optional<std::string> AsyncJobs::open(const std::string& caller, core::Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  shrink(now);
  if (running_ >= most_running) return std::nullopt;
  ++running_;
  jobs_.push_front({new_token(), caller, {now.ms + life_ms}, nullptr});
  return jobs_.front().token;
}

void AsyncJobs::done(const std::string& token, Response response, core::Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  --running_;
  for (Job& job : jobs_)
    if (job.token == token) {
      job.response = std::make_shared<const Response>(std::move(response));
      job.until = {now.ms + life_ms};
    }
  shrink(now);
}

std::optional<AsyncJobs::Job> AsyncJobs::find(const std::string& token, const std::string& caller, core::Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  shrink(now);
  for (const Job& job : jobs_)
    if (job.token == token && job.caller == caller) return job;
  return std::nullopt;
}

bool AsyncJobs::drop(const std::string& token, const std::string& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::erase_if(jobs_, [&](const Job& job) { return job.token == token && job.caller == caller; }) > 0;
}

// Only answers go; what runs stays.
void AsyncJobs::shrink(core::Instant now) {
  std::size_t kept = 0, bytes = 0;
  std::erase_if(jobs_, [&](const Job& job) {
    if (!job.response) return false;
    bytes += job.response->body ? job.response->body->size() : 0;
    return job.until < now || ++kept > most_kept || bytes > most_bytes;
  });
}

Answer start_async(Exchange& exchange) {
  Engine& engine = exchange.engine;
  const auto token = engine.jobs.open(exchange.caller().id, engine.now());
  if (!token) return core::Error{core::Kind::busy, "Too many searches run already; try again later.", "Prefer"};
  Request later = exchange.request;
  std::erase_if(later.headers, [](const Header& header) {
    return same_word(header.name, "Prefer") || same_word(header.name, "Accept");  // the answer travels in a Bundle
  });
  if (exchange.wishes.handling == search::Handling::strict) later.headers.push_back({"Prefer", "handling=strict"});
  const bool begun = engine.services.later([&engine, later = std::move(later), token = *token] {
    engine.jobs.done(token, dispatch(engine, later, nullptr, nullptr, true), engine.now());  // as in a Bundle
  });
  if (!begun) {
    engine.jobs.drop(*token, exchange.caller().id);
    engine.jobs.done(*token, {}, engine.now());
    return core::Error{core::Kind::busy, "Too much is waiting already; try again later.", "Prefer"};
  }
  Response response = refusal(202, "informational", "The search runs; Content-Location tells where its answer will be.");
  response.body = std::make_shared<const std::string>(
      outcome_text(validate::Severity::information, "informational",
                   "The search runs; Content-Location tells where its answer will be."));
  response.headers.push_back({"Content-Location", engine.services.base_url + "/_async/" + *token});
  return response;
}

Answer async_status(Exchange& exchange) {
  Engine& engine = exchange.engine;
  const auto job = engine.jobs.find(exchange.target.id, exchange.caller().id, engine.now());
  if (!job) return core::not_found("There is no such search (answers are kept for 15 minutes).", "id");
  Response response;
  if (!job->response) {
    response.status = 202;
    response.headers = {{"X-Progress", "running"}, {"Retry-After", "1"}};
    return response;
  }
  BundleText text("batch-response", engine.now());
  answer_entry(*job->response, text);
  response.body = std::make_shared<const std::string>(text.finish());
  return response;
}

Answer async_cancel(Exchange& exchange) {
  if (!exchange.engine.jobs.drop(exchange.target.id, exchange.caller().id))
    return core::not_found("There is no such search (answers are kept for 15 minutes).", "id");
  Response response;
  response.status = 202;
  return response;
}

}  // namespace fhir::rest
