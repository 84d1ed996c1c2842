#include "adapters/ehr/upstream.hpp"

#include <algorithm>
#include <array>

#include "adapters/ehr/link.hpp"
#include "adapters/ehr/page.hpp"

namespace adapters::ehr {
namespace {

using fhir::partner::Answer;
using fhir::partner::Call;

struct StatusRow {
  int from, to;
  core::Kind kind;
  std::string_view words;
};
constexpr std::array statuses = {
    StatusRow{300, 399, core::Kind::fault, "redirects are not followed"},
    StatusRow{401, 401, core::Kind::unauthenticated, "our credentials are not accepted"},
    StatusRow{403, 403, core::Kind::forbidden, "we may not"},
    StatusRow{404, 404, core::Kind::not_found, "not there"},
    StatusRow{410, 410, core::Kind::gone, "gone"},
    StatusRow{408, 408, core::Kind::busy, "later"},
    StatusRow{429, 429, core::Kind::busy, "too many requests"},
    StatusRow{400, 499, core::Kind::unsupported, "the request is refused"},
    StatusRow{501, 501, core::Kind::unsupported, "the request is not supported"},
    StatusRow{500, 599, core::Kind::busy, "the server has a problem"},
};

Call call_of(const std::string& url, std::string_view accept) {
  Call call;
  call.url = url;
  call.headers = {{"Accept", std::string(accept)}, {"Cache-Control", "no-cache"}};
  return call;
}

}  // namespace

Upstream::Upstream(const Setting& setting, const fhir::partner::World& world, Sign sign)
    : setting_(setting), world_(world), tokens_(setting, std::move(sign)) {}

std::optional<core::Instant> Upstream::server_time(const Answer& answer) { return http_date(answer.header("Date")); }

core::Error Upstream::error_of(const Answer& answer) {
  std::string text = "it answers " + std::to_string(answer.status);
  for (const StatusRow& row : statuses) {
    if (answer.status < row.from || answer.status > row.to) continue;
    text.append(": ").append(row.words);
    if (const auto document = fhir::json::parse(answer.body))
      if (const std::string remark = remark_of(document->root()); !remark.empty()) text.append(" (").append(remark).append(")");
    if (answer.status == 429 || answer.status == 503)
      if (const auto seconds = retry_after_s(answer.header("Retry-After"), server_time(answer)))
        waits_until_ = core::Instant{world_.clock->now().ms + *seconds * 1'000};
    const bool all = answer.status == 401 || answer.status == 429 || answer.status == 503;
    return {row.kind, text, all ? "partner" : ""};
  }
  return core::fault(text + ", which is no answer to this question");
}

core::Result<Answer> Upstream::once(const Call& call) {
  ++calls_;
  auto answer = world_.outgoing->send(call);
  if (!answer && answer.error().kind != core::Kind::fault) answer.error().where = "partner";
  if (answer)
    if (const auto theirs = server_time(*answer)) skew_ms_ = theirs->ms - world_.clock->now().ms;
  return answer;
}

core::Result<core::Done> Upstream::authorize(Call& call) {
  if (!same_origin(call.url, setting_.base_url)) return core::Done{};  // nobody else gets our credentials
  auto authorization = tokens_.authorization(*world_.outgoing, world_.clock->now(), skew_ms_);
  if (!authorization) return core::Error{authorization.error().kind, authorization.error().message, "partner"};
  if (!authorization->empty()) call.headers.push_back({"Authorization", *authorization});
  return core::Done{};
}

core::Result<Answer> Upstream::send(Call call, std::initializer_list<int> also) {
  const std::size_t plain = call.headers.size();
  for (int attempt = 0;; ++attempt) {
    call.headers.resize(plain);
    if (auto done = authorize(call); !done) return done.error();
    auto answer = once(call);
    if (!answer) return answer.error();
    if (answer->status == 200 || std::find(also.begin(), also.end(), answer->status) != also.end()) return answer;
    if (answer->status == 401 && tokens_.renewable() && attempt == 0) {
      tokens_.forget();
      continue;
    }
    return error_of(*answer);
  }
}

core::Result<Answer> Upstream::get(const std::string& url, std::string_view accept, std::initializer_list<int> also) {
  return send(call_of(url, accept), also);
}

void Upstream::begin(const std::string& url) { begin(call_of(url, fhir_json)); }

void Upstream::begin(Call call) {
  if (waits_until_ || !tokens_.fresh(world_.clock->now())) return;
  if (authorize(call)) world_.outgoing->begin(call);
}

}  // namespace adapters::ehr
