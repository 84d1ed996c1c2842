#include "fhir/rest/api.hpp"

#include "fhir/rest/answer.hpp"
#include "fhir/rest/dispatch.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/search_condition.hpp"

namespace fhir::rest {
namespace {

constexpr std::string_view exposed = "ETag, Last-Modified, Location, Content-Location, X-Progress, X-Request-Id";
constexpr std::string_view accepted =
    "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, "
    "X-Cascade, X-Request-Id, X-Requested-With";
constexpr std::string_view methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

bool printable(std::string_view text) {
  for (const char c : text)
    if (c <= 0x20 || c > 0x7e || c == '"' || c == '\\') return false;
  return !text.empty() && text.size() <= 128;
}

// Browser apps of any origin may call; there are no cookies here that a foreign page could ride on.
void allow_browsers(const Request& request, Response& response) {
  if (request.header("Origin").empty()) return;
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  if (request.method != "OPTIONS") {
    response.headers.push_back({"Access-Control-Expose-Headers", std::string(exposed)});
    return;
  }
  response.headers.push_back({"Access-Control-Allow-Methods", std::string(methods)});
  response.headers.push_back({"Access-Control-Allow-Headers", std::string(accepted)});
  response.headers.push_back({"Access-Control-Max-Age", "86400"});
}

Response& addressed(const Request& request, Response& response) {
  allow_browsers(request, response);
  const std::string_view given = request.header("X-Request-Id");
  if (printable(given)) response.headers.push_back({"X-Request-Id", std::string(given)});
  else if (!request.request_id.empty()) response.headers.push_back({"X-Request-Id", request.request_id});
  return response;
}

// A kept answer for this request, conditions of the read included.
std::optional<Response> kept(Engine& engine, const Request& request, const std::string& key) {
  const auto found = engine.answers.find(key, *engine.services.store);
  if (!found) return std::nullopt;
  if (!found->basis.page_token.empty() && !engine.pages.find(found->basis.page_token, engine.now()))
    return std::nullopt;
  if (found->basis.record) {
    Exchange exchange(engine, request);
    if (not_modified(exchange, *found->basis.record)) {
      Response response = not_modified_response(*found->basis.record);
      response.interaction = found->response.interaction;
      response.type = found->response.type;
      return response;
    }
  }
  if (auto same = unchanged_search(engine, request, found->basis)) {
    same->interaction = found->response.interaction;
    same->type = found->response.type;
    return same;
  }
  return found->response;
}

// "/Patient/1" without a query: one key read, which may be done at once.
bool is_plain_read(const Request& request) {
  if (!request.query.empty() || request.path.size() < 4 || request.path[0] != '/') return false;
  const std::size_t slash = request.path.find('/', 1);
  if (slash == std::string::npos || request.path[1] < 'A' || request.path[1] > 'Z') return false;
  return is_id(std::string_view(request.path).substr(slash + 1));
}

}  // namespace

struct Api::State {
  explicit State(Services services) : engine(std::move(services)) {}
  Engine engine;
};

Api::Api(Services services) : state_(std::make_unique<State>(std::move(services))) {
  for (Operation& operation : own_operations()) add(std::move(operation));
  state_->engine.added.begin(state_->engine);
}

Api::~Api() = default;

void Api::add(Operation operation) { state_->engine.operations.push_back(std::move(operation)); }

const std::vector<Operation>& Api::operations() const { return state_->engine.operations; }

Response Api::handle(const Request& request) {
  Response response = dispatch(state_->engine, request);
  return std::move(addressed(request, response));
}

std::optional<Response> Api::quick(const Request& request) {
  const std::string key = KeptAnswers::key(request);
  if (key.empty()) return std::nullopt;
  auto response = kept(state_->engine, request, key);
  if (!response && is_plain_read(request)) response = dispatch(state_->engine, request);
  if (response) addressed(request, *response);
  return response;
}

}  // namespace fhir::rest
