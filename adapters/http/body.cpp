#include "adapters/http/body.hpp"

#include <algorithm>

namespace adapters::http {
namespace {

constexpr std::size_t line_limit = 4'096;     // chunk size with extensions, or one trailer
constexpr std::size_t trailer_limit = 8'192;  // all trailers

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void BodyReader::start(const Framing& framing, std::size_t limit) {
  *this = {};
  limit_ = limit;
  remaining_ = framing.length.value_or(0);
  state_ = framing.chunked ? State::size : remaining_ > 0 ? State::length : State::complete;
}

std::size_t BodyReader::feed(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (!complete() && !refusal_) {
    const std::size_t step = take(bytes.substr(used), body);
    if (step == 0) break;
    used += step;
  }
  return used;
}

std::size_t BodyReader::take(std::string_view bytes, std::string& body) {
  switch (state_) {
    case State::length:
    case State::data: {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
      body.append(bytes.substr(0, count));
      remaining_ -= count;
      if (remaining_ == 0) state_ = state_ == State::length ? State::complete : State::data_end;
      return count;
    }
    case State::data_end:
      if (bytes.empty()) return 0;
      if (bytes[0] != '\r' || (bytes.size() > 1 && bytes[1] != '\n')) {
        refusal_ = Refusal{400, "a chunk is not as long as it says"};
        return 0;
      }
      if (bytes.size() < 2) return 0;
      state_ = State::size;
      return 2;
    case State::size: {
      const std::size_t count = line(bytes);
      if (count != 0) size_line(bytes.substr(0, count - 2));
      return count;
    }
    case State::trailer: {
      const std::size_t count = line(bytes);
      if (count == 2) state_ = State::complete;
      trailers_ += count;
      if (trailers_ > trailer_limit) refusal_ = Refusal{431, "the trailers are too large"};
      return count;
    }
    case State::complete: return 0;
  }
  return 0;
}

std::size_t BodyReader::line(std::string_view bytes) {
  const std::size_t end = std::min(bytes.size(), line_limit);
  const auto stop = std::find_if_not(bytes.begin(), bytes.begin() + end, is_text);
  const auto at = static_cast<std::size_t>(stop - bytes.begin());
  if (at == end) {
    if (end == line_limit) refusal_ = Refusal{400, "a line in the chunked body is too long"};
    return 0;
  }
  if (*stop != '\r') {
    refusal_ = Refusal{400, "a line in the chunked body must end with CR LF"};
    return 0;
  }
  if (at + 1 == bytes.size()) return 0;
  if (bytes[at + 1] != '\n') {
    refusal_ = Refusal{400, "a line in the chunked body must end with CR LF"};
    return 0;
  }
  return at + 2;
}

void BodyReader::size_line(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && hex(line[digits]) >= 0) {
    if (digits == 15) {
      refusal_ = Refusal{400, "a chunk's size is not a number of sensible length"};
      return;
    }
    size = size * 16 + static_cast<std::uint64_t>(hex(line[digits++]));
  }
  if (digits == 0 || (digits < line.size() && line[digits] != ';')) {
    refusal_ = Refusal{400, "a chunk's size is not a hexadecimal number"};
  } else if (size > limit_ - taken_) {
    refusal_ = Refusal{413, "the body is larger than this server takes"};
  } else {
    taken_ += static_cast<std::size_t>(size);
    remaining_ = size;
    state_ = size == 0 ? State::trailer : State::data;
  }
}

}  // namespace adapters::http
