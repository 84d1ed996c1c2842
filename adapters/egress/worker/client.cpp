#include "adapters/egress/worker/client.hpp"

#include <cpprest/http_client.h>
#include <openssl/x509_vfy.h>

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

// Cancels an exchange when its time is over, whatever the library waits for.
class Alarm {
 public:
  Alarm(pplx::cancellation_token_source source, std::chrono::milliseconds time)
      : thread_([this, source, time]() mutable {
          std::unique_lock lock(mutex_);
          if (!bell_.wait_for(lock, time, [this] { return done_; })) rang_ = true, source.cancel();
        }) {}
  ~Alarm() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    bell_.notify_one();
    thread_.join();
  }
  bool rang() const { return rang_; }

 private:
  std::mutex mutex_;
  std::condition_variable bell_;
  bool done_ = false;
  std::atomic<bool> rang_{false};
  std::thread thread_;  // last: the others are there when it starts
};

Error too_large() { return core::fault("the answer is longer than allowed"); }

}  // namespace

struct Client::Connections {
  std::string distrust;  // why the last certificate was refused, in words
  std::map<std::string, std::unique_ptr<http::client::http_client>> open;
};

Client::Client(Policy policy) : policy_(std::move(policy)), connections_(std::make_unique<Connections>()) {}
Client::~Client() = default;

namespace {

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

}  // namespace

Result<Answer> Client::send(const Call& call) {
  auto target = target_from(call.url);
  if (!target) return target.error();
  (void)take_refused();
  connections_->distrust.clear();
  std::atomic<bool> large{false};
  pplx::cancellation_token_source stop;
  Alarm alarm(stop, call.deadline);
  try {
    auto request = request_from(call, *target);
    if (!request) return request.error();
    request->set_progress_handler([&](http::message_direction::direction direction, std::uint64_t bytes) {
      if (direction == http::message_direction::download && bytes > call.answer_bytes) large = true, stop.cancel();
    });
    auto& open = connections_->open;
    if (open.size() >= most_connections) open.clear();
    auto& client = open[target->base];
    if (!client)
      client = std::make_unique<http::client::http_client>(web::uri(target->base),
                                                           config_for(policy_, connections_->distrust));
    auto response = client->request(*request, stop.get_token()).get();
    return answer_from(response, call);
  } catch (const web::uri_exception&) {  // its text would repeat the URL, which may name a person
    return core::invalid("the URL is malformed", "url");
  } catch (const std::exception& failure) {
    connections_->open.clear();
    if (large) return too_large();
    if (take_refused())
      return core::invalid("the host's address is not public, and private addresses are not allowed for this partner",
                           "url");
    if (alarm.rang()) return Error{Kind::busy, "no answer in time", ""};
    if (!connections_->distrust.empty())
      return Error{Kind::busy, "the certificate is not trusted: " + connections_->distrust, ""};
    return Error{Kind::busy, std::string("the call failed: ") + failure.what(), ""};
  }
}

}  // namespace adapters::egress::worker
