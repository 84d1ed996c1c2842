#include "adapters/egress/worker/client.hpp"

#include <cpprest/http_client.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "adapters/egress/worker/guard.hpp"
#include "adapters/egress/worker/inflate.hpp"
#include "adapters/egress/worker/target.hpp"

namespace adapters::egress::worker {

using core::Error;
using core::Kind;
using core::Result;
using fhir::partner::Answer;
using fhir::partner::Call;
namespace http = web::http;

namespace {

constexpr std::chrono::hours silence{1};  // the library's own patience; the alarm of each call is what counts
constexpr std::size_t most_header_bytes = 256UL << 10, most_headers = 1'000;
constexpr std::size_t most_connections = 16;  // kept open to different addresses

bool is_token(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
             std::string_view::npos;
}

bool is_field(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f) return false;
  return true;
}

Error too_large() { return core::fault("the answer is longer than allowed"); }

// OpenSSL's own verdict, kept in words; the library's check of the name is part of it.
int verify(X509_STORE_CTX* chain, void* distrust) {
  const int good = X509_verify_cert(chain);
  if (good == 1) return good;
  const int why = X509_STORE_CTX_get_error(chain);
  *static_cast<std::string*>(distrust) =
      why == X509_V_OK || why == X509_V_ERR_UNSPECIFIED ? "it is of another host" : X509_verify_cert_error_string(why);
  return good;
}

http::client::http_client_config config_for(const Policy& policy, std::string& distrust) {
  http::client::http_client_config config;
  config.set_timeout(silence);
  config.set_max_redirects(0);
  config.set_proxy(web::web_proxy(web::web_proxy::disabled));
  config.set_validate_certificates(true);
  config.set_request_compressed_response(false);  // undone here, with a bound (inflate)
  config.set_ssl_context_callback([pem = policy.authorities, &distrust](boost::asio::ssl::context& context) {
    context.set_options(boost::asio::ssl::context::no_tlsv1 | boost::asio::ssl::context::no_tlsv1_1);
    if (!pem.empty()) context.add_certificate_authority(boost::asio::buffer(pem));
    SSL_CTX_set_cert_verify_callback(context.native_handle(), verify, &distrust);
  });
  return config;
}

}  // namespace

// Cancels an exchange when its time is over or its answer too long, whatever the library waits for.
class Client::Watch {
 public:
  explicit Watch(std::chrono::milliseconds time)
      : thread_([this, time] {
          std::unique_lock lock(mutex_);
          if (!bell_.wait_for(lock, time, [this] { return done_; })) ended_ = true, stop_.cancel();
        }) {}
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    bell_.notify_one();
    thread_.join();
  }
  void too_large() {
    large_ = ended_ = true;
    stop_.cancel();
  }
  bool ended() const { return ended_; }
  bool large() const { return large_; }
  pplx::cancellation_token token() const { return stop_.get_token(); }

 private:
  pplx::cancellation_token_source stop_;
  std::mutex mutex_;
  std::condition_variable bell_;
  bool done_ = false;
  std::atomic<bool> ended_{false}, large_{false};
  std::thread thread_;  // last: the others are there when it starts
};

struct Client::Connections {
  using Http = http::client::http_client;
  std::string distrust;  // why the last certificate was refused, in words
  std::map<std::string, std::shared_ptr<Http>> open;

  std::shared_ptr<Http> fresh(const std::string& base, const Policy& policy) {
    return std::make_shared<Http>(web::uri(base), config_for(policy, distrust));
  }
  std::shared_ptr<Http> kept(const std::string& base) const {
    const auto found = open.find(base);
    return found == open.end() ? nullptr : found->second;
  }
  void keep(const std::string& base, std::shared_ptr<Http> client) {
    if (open.size() >= most_connections) open.clear();
    open[base] = std::move(client);
  }
};

Client::Client(Policy policy) : policy_(std::move(policy)), connections_(std::make_unique<Connections>()) {}
Client::~Client() = default;

namespace {

Result<http::http_request> request_from(const Call& call, const Target& target) {
  if (!is_token(call.method)) return core::invalid("the method is not one of HTTP", "method");
  http::http_request request(call.method);
  request.set_request_uri(web::uri(target.path));
  for (const auto& header : call.headers) {
    if (!is_token(header.name) || !is_field(header.value))
      return core::invalid("a header is malformed: " + header.name, "headers");
    request.headers().add(header.name, header.value);
  }
  if (!request.headers().has("Accept-Encoding")) request.headers()["Accept-Encoding"] = "gzip";
  if (!request.headers().has("User-Agent")) request.headers()["User-Agent"] = "panelbridge";
  request.headers().remove("Host");  // the library makes it of the URL, and checks the certificate against that
  const bool has_body = !call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH";
  const auto type = request.headers().find("Content-Type");
  const std::string named = type == request.headers().end() ? "" : type->second;
  if (has_body) request.set_body(std::string(call.body), named.empty() ? "application/octet-stream" : named);
  if (has_body && named.empty()) request.headers().remove("Content-Type");
  return request;
}

bool is_decoded(const std::string& name) {  // says something about the bytes on the wire, not about the body as given
  return name == "Content-Encoding" || name == "Content-Length" || name == "Transfer-Encoding";
}

Result<Answer> answer_from(http::http_response& response, const Call& call) {
  Answer answer;
  answer.status = response.status_code();
  std::size_t bytes = 0;
  for (const auto& [name, value] : response.headers()) bytes += name.size() + value.size() + 4;
  if (bytes > most_header_bytes || response.headers().size() > most_headers)
    return core::fault("the answer's headers are longer than allowed");
  const auto named = response.headers().find("Content-Encoding");
  const std::string encoding = named == response.headers().end() ? "" : named->second;
  for (const auto& [name, value] : response.headers())
    if (encoding.empty() || !is_decoded(name)) answer.headers.push_back({name, value});
  const auto body = response.extract_vector().get();
  if (body.size() > call.answer_bytes) return too_large();
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  if (encoding.empty() || encoding == "identity" || text.empty()) {
    answer.body = text;
    return answer;
  }
  if (encoding != "gzip" && encoding != "x-gzip") return core::fault("the answer's encoding was not asked for");
  auto plain = inflate(text, call.answer_bytes);
  if (!plain) return plain.error();
  answer.body = *std::move(plain);
  return answer;
}

// One call under its limits.
Result<Answer> attempt(http::client::http_client& client, const Call& call, const Target& target, auto& watch) {
  auto request = request_from(call, target);
  if (!request) return request.error();
  request->set_progress_handler([&](http::message_direction::direction direction, std::uint64_t bytes) {
    if (direction == http::message_direction::download && bytes > call.answer_bytes) watch.too_large();
  });
  auto response = client.request(*request, watch.token()).get();
  auto answer = answer_from(response, call);
  if (answer && answer->status < 200) return core::fault("the answer is an interim one and no more");
  return answer;
}

}  // namespace

// A partner may have closed a connection that was kept, and the library cannot tell in time. So what only asks goes
// over kept ones, and once more over a new one when that fails; what changes something gets a new one.
Result<Answer> Client::exchange(const Call& call, const Target& target, Watch& watch) {
  const bool safe = call.body.empty() && (call.method == "GET" || call.method == "HEAD");
  if (const auto kept = safe ? connections_->kept(target.base) : nullptr) {
    try {
      return attempt(*kept, call, target, watch);
    } catch (const web::uri_exception&) {
      throw;
    } catch (const std::exception&) {
      connections_->open.erase(target.base);
      if (watch.ended()) throw;
    }
  }
  const auto fresh = connections_->fresh(target.base, policy_);
  auto answer = attempt(*fresh, call, target, watch);
  if (safe && answer) connections_->keep(target.base, fresh);
  return answer;
}

Result<Answer> Client::send(const Call& call) {
  auto target = target_from(call.url);
  if (!target) return target.error();
  (void)take_refused();
  connections_->distrust.clear();
  Watch watch(std::clamp<std::chrono::milliseconds>(call.deadline, std::chrono::milliseconds(1), silence));
  try {
    auto answer = exchange(call, *target, watch);
    if (!answer) connections_->open.erase(target->base);  // what else comes there belongs to no other call
    return answer;
  } catch (const web::uri_exception&) {  // its text would repeat the URL, which may name a person
    return core::invalid("the URL is malformed", "url");
  } catch (const std::exception& failure) {
    connections_->open.erase(target->base);
    if (watch.large()) return too_large();
    if (take_refused())
      return core::invalid("the host's address is not public, and private addresses are not allowed for this partner",
                           "url");
    if (watch.ended()) return Error{Kind::busy, "no answer in time", ""};
    if (!connections_->distrust.empty())
      return Error{Kind::busy, "the certificate is not trusted: " + connections_->distrust, ""};
    return Error{Kind::busy, std::string("the call failed: ") + failure.what(), ""};
  }
}

}  // namespace adapters::egress::worker
