// The protocol between the server and a worker: frames over a local stream socket, one question, one answer.
// A frame: 'P', version, kind, length (4 bytes, little-endian), payload. Payloads are fields, each length and bytes.
// Never: trusts the other side (sizes are checked before memory is taken). Threads: pure, or one per socket.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/partner/outgoing.hpp"

namespace adapters::egress {

enum class FrameKind : std::uint8_t { policy = 1, call, answer, failure };

struct Frame {
  FrameKind kind = FrameKind::failure;
  std::string payload;
};

// What a worker is told once, before its first call.
struct Policy {
  bool allow_private_address = false;      // loopback, private, link-local and other addresses that are not public
  std::string authorities;                 // PEM of further authorities to trust; empty: the system's alone
  std::uint64_t memory_bytes = 1UL << 30;  // the worker's own limit: an answer that breaks it ends the worker
};

std::string encode(const Policy& policy);
std::string encode(const fhir::partner::Call& call);
std::string encode(const fhir::partner::Answer& answer);
std::string encode(const core::Error& error);
std::optional<Policy> policy_from(std::string_view payload);
std::optional<fhir::partner::Call> call_from(std::string_view payload);
std::optional<fhir::partner::Answer> answer_from(std::string_view payload);
std::optional<core::Error> error_from(std::string_view payload);

using Deadline = std::chrono::steady_clock::time_point;

// Kind::busy: the time is over; Kind::fault: the other side is gone or does not speak the protocol.
core::Result<core::Done> write_frame(int socket, const Frame& frame, Deadline until);
core::Result<Frame> read_frame(int socket, std::size_t most_bytes, Deadline until);

}  // namespace adapters::egress
