#include "adapters/ehr/token.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/ehr/link.hpp"
#include "fhir/json/json.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/search/search.hpp"

namespace adapters::ehr {
namespace {

constexpr std::int64_t assertion_s = 240;     // SMART allows five minutes
constexpr std::int64_t shortest_token_s = 60;  // what a server without expires_in gets
constexpr std::int64_t spare_s = 30;           // before its end a token is not used any more

std::string claims_text(const Setting& setting, const std::string& audience, std::int64_t now_s) {
  std::string out = "{\"iss\":";
  fhir::json::write_string(setting.auth.user, out);
  out += ",\"sub\":";
  fhir::json::write_string(setting.auth.user, out);
  out += ",\"aud\":";
  fhir::json::write_string(audience, out);
  out += ",\"jti\":\"" + fhir::rest::new_token() + "\",\"iat\":" + std::to_string(now_s) +
         ",\"exp\":" + std::to_string(now_s + assertion_s) + "}";
  return out;
}

core::Error refused(int status, std::string_view body) {
  std::string code;
  if (const auto document = fhir::json::parse(body)) code = std::string(document->root().text("error").substr(0, 60));
  const std::string text = "the token endpoint answers " + std::to_string(status) + (code.empty() ? "" : " (" + code + ")");
  if (status == 429 || status >= 500) return {core::Kind::busy, text, "auth"};
  return {core::Kind::unauthenticated, text, "auth"};
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : alphabet[three >> (18 - 6 * k) & 63];
  }
  return out;
}

core::Result<core::Done> Tokens::discover(fhir::partner::Outgoing& outgoing) {
  if (!token_url_.empty()) return core::Done{};
  if (!setting_.auth.token_url.empty()) {
    token_url_ = setting_.auth.token_url;
    return core::Done{};
  }
  fhir::partner::Call call;
  call.url = setting_.base_url + "/.well-known/smart-configuration";
  call.headers = {{"Accept", "application/json"}};
  call.answer_bytes = 1 << 20;
  auto answer = outgoing.send(call);
  if (!answer) return answer.error();
  if (answer->status == 429 || answer->status >= 500) return core::Error{core::Kind::busy, "the SMART configuration is not served now", "auth"};
  const auto document = fhir::json::parse(answer->body);
  const std::string url(answer->status == 200 && document ? document->root().text("token_endpoint") : "");
  if (url.empty())
    return core::Error{core::Kind::unauthenticated, "the server names no token endpoint in .well-known/smart-configuration", "auth"};
  if (origin_of(url).empty() || (setting_.base_url.starts_with("https:") && !url.starts_with("https:")))
    return core::Error{core::Kind::unauthenticated, "the token endpoint that the server names is no safe address", "auth"};
  token_url_ = url;
  return core::Done{};
}

core::Result<core::Done> Tokens::renew(fhir::partner::Outgoing& outgoing, core::Instant now, std::int64_t skew_ms) {
  if (auto found = discover(outgoing); !found) return found;
  if (!sign_) return core::unsupported("signed assertions are not available here", "auth");
  auto assertion = sign_({setting_.auth.algorithm, setting_.auth.key_id, setting_.auth.secret,
                          claims_text(setting_, token_url_, (now.ms + skew_ms) / 1'000)});
  if (!assertion) return assertion.error();
  fhir::partner::Call call;
  call.method = "POST";
  call.url = token_url_;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  call.body = "grant_type=client_credentials&scope=" + fhir::search::encode(setting_.auth.scopes) +
              "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
              *assertion;
  call.answer_bytes = 1 << 20;
  auto answer = outgoing.send(call);
  if (!answer) return answer.error();
  if (answer->status != 200) return refused(answer->status, answer->body);
  const auto document = fhir::json::parse(answer->body);
  const std::string token(document ? document->root().text("access_token") : "");
  const bool clean = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!clean) return core::Error{core::Kind::unauthenticated, "the token endpoint answers without an access_token", "auth"};
  std::int64_t seconds = shortest_token_s;
  const std::string_view text = document->root().text("expires_in");
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  seconds = std::clamp<std::int64_t>(seconds, 1, 86'400);
  token_ = token;
  until_.ms = now.ms + 1'000 * std::max<std::int64_t>(seconds - spare_s, seconds / 2);
  return core::Done{};
}

core::Result<std::string> Tokens::authorization(fhir::partner::Outgoing& outgoing, core::Instant now, std::int64_t skew_ms) {
  const Auth& auth = setting_.auth;
  if (auth.way == Auth::Way::none) return std::string();
  if (auth.way == Auth::Way::basic) return "Basic " + base64(auth.user + ":" + auth.secret);
  if (auth.way == Auth::Way::bearer) return "Bearer " + auth.secret;
  if (token_.empty() || now >= until_)
    if (auto renewed = renew(outgoing, now, skew_ms); !renewed) return renewed.error();
  return "Bearer " + token_;
}

}  // namespace adapters::ehr
