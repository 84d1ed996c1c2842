#include "adapters/egress/worker/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace adapters::egress::worker {
namespace {

constexpr int gzip_only = 16 + MAX_WBITS;
constexpr std::size_t step = 1UL << 18;

}  // namespace

core::Result<std::string> inflate(std::string_view gzip, std::size_t most) {
  if (gzip.size() > std::numeric_limits<uInt>::max()) return core::fault("the answer is longer than allowed");
  z_stream stream{};
  if (inflateInit2(&stream, gzip_only) != Z_OK) return core::fault("no memory for decompression");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string text;
  for (std::size_t used = 0;;) {
    if (used == text.size()) {
      if (used > most) return core::fault("the answer is longer than allowed");
      text.resize(std::min(used + std::max(step, used), most + 1));
    }
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + used);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(text.size() - used, std::numeric_limits<uInt>::max()));
    const uInt room = stream.avail_out;
    const int state = ::inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (state == Z_STREAM_END && stream.avail_in > 0) {  // another member follows
      if (inflateReset(&stream) != Z_OK) return core::fault("the answer is no gzip");
    } else if (state == Z_STREAM_END) {
      if (used > most) return core::fault("the answer is longer than allowed");
      text.resize(used);
      return text;
    } else if (state != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return core::fault("the answer is no gzip, or cut off");
    }
  }
}

}  // namespace adapters::egress::worker
