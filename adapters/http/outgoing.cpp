#include "adapters/http/outgoing.hpp"

#include <algorithm>

#include "adapters/http/gzip.hpp"

namespace adapters::http {
namespace {

constexpr std::size_t one_piece = 16UL * 1024;  // a record of TLS

}  // namespace

void Outgoing::compress(const fhir::rest::Response& response) { zipped_ = zipped(response.bytes()); }

void Outgoing::compose(const fhir::rest::Response& response, Frame frame, bool body, bool joined) {
  frame.gzip = !zipped_.empty();
  rest_ = frame.gzip ? std::string_view(zipped_) : response.bytes();
  frame.length = rest_.size();
  if (!body) rest_ = {};
  write_head(response, frame, head_);
  if (joined && rest_.size() <= one_piece) {
    head_.append(rest_);
    rest_ = {};
  }
  sent_ = 0;
}

std::array<boost::asio::const_buffer, 2> Outgoing::buffers() const {
  const std::size_t of_head = std::min(sent_, head_.size()), of_rest = sent_ - of_head;
  return {boost::asio::buffer(head_.data() + of_head, head_.size() - of_head),
          boost::asio::buffer(rest_.data() + of_rest, rest_.size() - of_rest)};
}

void Outgoing::clear() {
  zipped_.clear();
  rest_ = {};
}

}  // namespace adapters::http
