#include "adapters/http/refusal.hpp"

#include <memory>
#include <string>

namespace adapters::http {
namespace {

struct Row {
  int status;
  std::string_view code;  // http://hl7.org/fhir/issue-type
};

constexpr Row codes[] = {
    {400, "structure"},     {404, "not-found"},     {405, "not-supported"}, {408, "timeout"},  {413, "too-long"},
    {414, "too-long"},      {415, "not-supported"}, {417, "not-supported"}, {431, "too-long"}, {500, "exception"},
    {501, "not-supported"}, {503, "throttled"},     {505, "not-supported"},
};

std::string_view code_of(int status) {
  for (const Row& row : codes) {
    if (row.status == status) return row.code;
  }
  return "processing";
}

}  // namespace

fhir::rest::Response response_from(const Refusal& refusal) {
  std::string body = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":")";
  body.append(code_of(refusal.status)).append(R"(","diagnostics":")").append(refusal.reason).append(R"("}]})");
  fhir::rest::Response response;
  response.status = refusal.status;
  response.headers.push_back({"Content-Type", "application/fhir+json"});
  if (refusal.status == 405) response.headers.push_back({"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"});
  if (refusal.status == 415) response.headers.push_back({"Accept-Encoding", "gzip"});
  if (refusal.status == 503) response.headers.push_back({"Retry-After", "1"});
  response.body = std::make_shared<const std::string>(std::move(body));
  response.interaction = "refused";
  return response;
}

}  // namespace adapters::http
