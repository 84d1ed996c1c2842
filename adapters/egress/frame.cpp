#include "adapters/egress/frame.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace adapters::egress {

using core::Done;
using core::Error;
using core::Kind;
using core::Result;
using fhir::partner::Answer;
using fhir::partner::Call;

namespace {

constexpr char magic = 'P';
constexpr char version = 1;
constexpr std::size_t head_bytes = 7, most_fields = 2'000;

class Fields {
 public:
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Parts {
 public:
  explicit Parts(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    if (bytes_.size() < 8) return fail();
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)])} << (8 * i);
    bytes_.remove_prefix(8);
    return value;
  }
  std::string text() {
    const auto size = number();
    if (size > bytes_.size()) return fail(), std::string();
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  bool whole() const { return good_ && bytes_.empty(); }
  bool good() const { return good_; }

 private:
  std::uint64_t fail() {
    good_ = false;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool good_ = true;
};

void put(Fields& fields, const std::vector<fhir::rest::Header>& headers) {
  fields.number(headers.size());
  for (const auto& header : headers) fields.text(header.name), fields.text(header.value);
}

bool take(Parts& parts, std::vector<fhir::rest::Header>& headers) {
  const auto count = parts.number();
  if (count > most_fields) return false;
  for (std::uint64_t i = 0; i < count && parts.good(); ++i) {
    auto name = parts.text();
    headers.push_back({std::move(name), parts.text()});
  }
  return parts.good();
}

// Waits until the socket can be used; false when the time is over.
bool ready(int socket, short events, Deadline until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Deadline::clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted{socket, events, 0};
    const int found = poll(&wanted, 1, static_cast<int>(std::min<long long>(left, 60'000)));
    if (found > 0) return true;
    if (found < 0 && errno != EINTR) return true;  // the next call says what is wrong
  }
}

Error gone() { return Error{Kind::fault, "the other side of the worker's socket is gone", ""}; }

Result<Done> receive(int socket, char* to, std::size_t count, Deadline until) {
  while (count > 0) {
    if (!ready(socket, POLLIN, until)) return Error{Kind::busy, "no answer in time", ""};
    const auto got = recv(socket, to, count, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return gone();
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return Done{};
}

}  // namespace

std::string encode(const Policy& policy) {
  Fields fields;
  fields.number(policy.allow_private_address ? 1 : 0);
  fields.text(policy.authorities);
  fields.number(policy.memory_bytes);
  return fields.take();
}

std::optional<Policy> policy_from(std::string_view payload) {
  Parts parts(payload);
  Policy policy;
  policy.allow_private_address = parts.number() == 1;
  policy.authorities = parts.text();
  policy.memory_bytes = parts.number();
  return parts.whole() ? std::optional(policy) : std::nullopt;
}

std::string encode(const Call& call) {
  Fields fields;
  fields.text(call.method);
  fields.text(call.url);
  put(fields, call.headers);
  fields.text(call.body);
  fields.number(static_cast<std::uint64_t>(call.deadline.count()));
  fields.number(call.answer_bytes);
  return fields.take();
}

std::optional<Call> call_from(std::string_view payload) {
  Parts parts(payload);
  Call call;
  call.method = parts.text();
  call.url = parts.text();
  if (!take(parts, call.headers)) return std::nullopt;
  call.body = parts.text();
  call.deadline = std::chrono::milliseconds(parts.number());
  call.answer_bytes = parts.number();
  return parts.whole() ? std::optional(std::move(call)) : std::nullopt;
}

std::string encode(const Answer& answer) {
  Fields fields;
  fields.number(static_cast<std::uint64_t>(answer.status));
  put(fields, answer.headers);
  fields.text(answer.body);
  return fields.take();
}

std::optional<Answer> answer_from(std::string_view payload) {
  Parts parts(payload);
  Answer answer;
  answer.status = static_cast<int>(parts.number());
  if (!take(parts, answer.headers)) return std::nullopt;
  answer.body = parts.text();
  return parts.whole() && answer.status >= 100 && answer.status <= 599 ? std::optional(std::move(answer))
                                                                       : std::nullopt;
}

std::string encode(const Error& error) {
  Fields fields;
  fields.number(static_cast<std::uint64_t>(error.kind));
  fields.text(error.message);
  return fields.take();
}

// Of what a worker may say only three kinds are believed.
std::optional<Error> error_from(std::string_view payload) {
  Parts parts(payload);
  const auto kind = parts.number();
  Error error{Kind::fault, parts.text(), ""};
  if (!parts.whole()) return std::nullopt;
  for (const Kind each : {Kind::busy, Kind::invalid})
    if (kind == static_cast<std::uint64_t>(each)) error.kind = each;
  return error;
}

Result<Done> write_frame(int socket, const Frame& frame, Deadline until) {
  if (frame.payload.size() > 0xffffffffU) return Error{Kind::invalid, "a frame holds at most 4 GB", ""};
  std::string bytes{magic, version, static_cast<char>(frame.kind)};
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(frame.payload.size() >> (8 * i) & 0xff));
  bytes += frame.payload;
  for (std::string_view left = bytes; !left.empty();) {
    if (!ready(socket, POLLOUT, until)) return Error{Kind::busy, "not taken in time", ""};
    const auto sent = send(socket, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return gone();
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Done{};
}

Result<Frame> read_frame(int socket, std::size_t most_bytes, Deadline until) {
  std::array<char, head_bytes> head{};
  if (auto got = receive(socket, head.data(), head.size(), until); !got) return got.error();
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length |= std::size_t{static_cast<unsigned char>(head[3 + i])} << (8 * i);
  const auto kind = static_cast<unsigned char>(head[2]);
  if (head[0] != magic || head[1] != version || kind < 1 || kind > static_cast<unsigned char>(FrameKind::failure) ||
      length > most_bytes)
    return Error{Kind::fault, "the other side of the worker's socket does not speak the protocol", ""};
  Frame frame{static_cast<FrameKind>(kind), std::string(length, '\0')};
  if (auto got = receive(socket, frame.payload.data(), length, until); !got) return got.error();
  return frame;
}

}  // namespace adapters::egress
