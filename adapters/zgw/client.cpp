#include "adapters/zgw/client.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/zgw/texts.hpp"

namespace adapters::zgw {
namespace {

using core::Error;
using core::Kind;
using core::Result;
using fhir::json::Document;
using fhir::json::Value;

constexpr std::string_view coordinates = "EPSG:4326";
constexpr std::int64_t token_age_s = 60;  // a clock of theirs that is behind must not call it a token of the future
constexpr int reads_at_once = 3;
constexpr std::size_t most_pages = 200, answer_bytes = 16UL << 20, list_bytes = 64UL << 20;

// Codes and names of fields are theirs to choose: keep what looks like one.
std::string word(std::string_view text) {
  std::string kept;
  for (const char c : text.substr(0, 80))
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')
      kept.push_back(c);
  return kept;
}

Error refused(const Reply& reply) {
  if (reply.status == 401 || reply.status == 403)
    return {Kind::forbidden, "the case system refuses the call: " + reply.problem(), ""};
  return {Kind::busy, "the case system answers " + reply.problem(), ""};
}

}  // namespace

bool Reply::has_code(std::string_view code) const {
  if (body.root().text("code") == code) return true;
  const auto params = body.root()["invalidParams"].elements();
  return std::any_of(params.begin(), params.end(), [&](const Value& param) { return param.text("code") == code; });
}

std::string Reply::problem() const {
  std::string text = std::to_string(status);
  if (const std::string code = word(body.root().text("code")); !code.empty()) text += " " + code;
  std::string fields;
  for (const Value& param : body.root()["invalidParams"].elements())
    fields.append(fields.empty() ? ": " : ", ")
        .append(word(param.text("name")))
        .append(" ")
        .append(word(param.text("code")));
  return text + fields;
}

Client::Client(const Settings& settings, const Crypto& crypto, const core::Clock& clock,
               fhir::partner::Outgoing& outgoing)
    : settings_(settings), crypto_(crypto), clock_(clock), outgoing_(outgoing) {}

Result<std::string> Client::token() const {
  Document claims;
  claims.root() = claims.object();
  claims.set(claims.root(), "iss", claims.string(settings_.client_id));
  claims.set(claims.root(), "iat", claims.number(clock_.now().ms / 1000 - token_age_s));
  claims.set(claims.root(), "client_id", claims.string(settings_.client_id));
  claims.set(claims.root(), "user_id", claims.string("panelbridge"));
  claims.set(claims.root(), "user_representation", claims.string("panelbridge"));
  return crypto_.jwt(claims.root(), settings_.secret);
}

Result<Reply> Client::call(std::string_view method, const std::string& url, std::string body) {
  retry_after_s_ = 0;
  auto signed_token = token();
  if (!signed_token) return signed_token.error();
  fhir::partner::Call call;
  call.method = std::string(method);
  call.url = url;
  call.answer_bytes = answer_bytes;
  call.headers = {{"Authorization", "Bearer " + *signed_token},
                  {"Accept", "application/json"},
                  {"Accept-Crs", std::string(coordinates)},
                  {"Content-Crs", std::string(coordinates)}};
  if (!body.empty()) call.headers.push_back({"Content-Type", "application/json"});
  call.body = std::move(body);
  auto answer = outgoing_.send(call);
  answered_ = answer.ok();
  silent_ = answered_ ? 0 : silent_ + 1;
  if (!answered_) ++unanswered_;
  if (!answer) return answer.error();
  answer_size_ = answer->body.size();
  Reply reply;
  reply.status = answer->status;
  auto parsed = fhir::json::parse(answer->body);
  if (parsed) reply.body = std::move(*parsed);
  else if (reply.ok() && reply.status != 204) return core::fault("the case system's answer is not JSON");
  const std::string_view after = answer->header("Retry-After");
  std::from_chars(after.data(), after.data() + after.size(), retry_after_s_);
  if (reply.status >= 500 || reply.status == 401 || reply.status == 403 || reply.status == 429) return refused(reply);
  return reply;
}

// Reading may be repeated at once: a walk of several calls would rarely get through a system that fails now and then.
Result<Reply> Client::get(const std::string& url) {
  for (int attempt = 1;; ++attempt) {
    auto reply = call("GET", url, {});
    if (reply || reply.error().kind != Kind::busy || retry_after_s_ > 0 || !answered_ || attempt == reads_at_once)
      return reply;
  }
}

Result<Reply> Client::post(const std::string& url, const Value& body) {
  auto reply = call("POST", url, fhir::json::write(body));
  if (reply && reply->ok()) ++writes_;
  return reply;
}

Result<Reply> Client::put(const std::string& url, const Value& body) {
  return call("PUT", url, fhir::json::write(body));
}

Result<Reply> Client::remove(const std::string& url) { return call("DELETE", url, {}); }

Result<Document> Client::one(const std::string& url) {
  auto reply = get(url);
  if (!reply) return reply.error();
  if (reply->status == 404)
    return core::not_found("the case system does not know it (any more), or not for this client");
  if (!reply->ok()) return core::fault("the case system answers " + reply->problem());
  return std::move(reply->body);
}

Result<Document> Client::list(const std::string& url, std::size_t most) {
  Document all;
  all.root() = all.array();
  std::size_t bytes = 0;
  for (std::size_t page = 1; page <= most_pages; ++page) {
    const std::string place =
        page == 1 ? url : url + (url.find('?') == url.npos ? "?" : "&") + "page=" + std::to_string(page);
    auto part = one(place);
    if (!part) return part.error();
    if ((bytes += answer_size_) > list_bytes) return core::fault("a list of the case system does not end");
    const Value& root = part->root();
    for (const Value& each : (root.is_array() ? root : root["results"]).elements())
      if (all.root().size() < most) all.push(all.root(), all.copy(each));
    if (root["next"].text().empty() || all.root().size() >= most) return all;
  }
  return all;
}

std::string Client::below(const std::string& base, std::string_view collection, std::string_view url) const {
  return base + "/" + std::string(collection) + "/" + std::string(last_segment(url));
}

}  // namespace adapters::zgw
