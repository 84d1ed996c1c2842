#include "adapters/http/incoming.hpp"

#include <algorithm>
#include <cstring>

namespace adapters::http {
namespace {

constexpr std::size_t first_buffer = 4'096, body_buffer = 64UL * 1024;
constexpr std::size_t kept_body = 64UL * 1024;       // memory kept for the next request's body
constexpr std::size_t trusted_length = 1UL << 20;  // memory taken on a Content-Length's word

}  // namespace

Incoming::Incoming(Shared& shared) : shared_(shared), buffer_(first_buffer) {}

Incoming::~Incoming() { release(); }

std::optional<Refusal> Incoming::take() {
  if (state_ == State::nothing && begin_ != end_) {
    if (unread().starts_with("\r\n")) begin_ += 2;  // RFC 9112 2.2: one empty line before a request
    request_.method.clear();
    request_.path.clear();
    state_ = State::head;
  }
  if (state_ == State::head) {
    if (auto refusal = take_head()) return refusal;
  }
  return state_ == State::body ? take_body() : std::nullopt;
}

std::optional<Refusal> Incoming::take_head() {
  const Limits& limits = shared_.options.limits;
  if (auto refusal = scan_.feed(unread(), limits)) return refusal;
  if (!scan_.complete()) return std::nullopt;
  const std::string_view header = unread().substr(0, scan_.size());
  begin_ += header.size();
  bytes_ = header.size();
  state_ = State::body;
  if (auto refusal = parse_head(header, limits, request_, framing_)) return refusal;
  body_.start(framing_, limits.body_bytes);
  request_.body.clear();
  request_.body.reserve(std::min<std::size_t>(framing_.length.value_or(0), trusted_length));
  return std::nullopt;
}

std::optional<Refusal> Incoming::take_body() {
  const std::size_t used = body_.feed(unread(), request_.body);
  begin_ += used;
  bytes_ += used;
  if (!charge()) return Refusal{503, "the server holds as many request bodies as it can; try again"};
  if (body_.refusal()) return body_.refusal();
  if (body_.complete()) state_ = State::complete;
  return std::nullopt;
}

bool Incoming::wants_continue() const {
  return state_ == State::body && framing_.expects_continue && !framing_.http_1_0 && request_.body.empty() &&
         unread().empty();
}

void Incoming::next() {
  release();
  if (request_.body.capacity() > kept_body) std::string().swap(request_.body);
  request_.request_id.clear();
  scan_.reset();
  framing_ = {};
  bytes_ = 0;
  state_ = State::nothing;
}

boost::asio::mutable_buffer Incoming::room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t most = state_ == State::body ? body_buffer : shared_.options.limits.header_bytes;
  const std::size_t wanted = state_ == State::body ? body_buffer : std::max(first_buffer, end_ * 4);
  if (state_ == State::nothing && buffer_.size() > first_buffer) std::vector<char>(first_buffer).swap(buffer_);
  if (buffer_.size() < std::min(most, wanted)) buffer_.resize(std::min(most, wanted));
  return boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
}

bool Incoming::charge() {
  const std::size_t size = request_.body.size();
  if (size <= charged_) return true;
  const std::size_t more = size - charged_;
  charged_ = size;
  return shared_.buffered.fetch_add(more) + more <= shared_.options.limits.buffered_bytes;
}

void Incoming::release() {
  shared_.buffered.fetch_sub(charged_);
  charged_ = 0;
}

}  // namespace adapters::http
