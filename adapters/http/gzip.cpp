#include "adapters/http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace adapters::http {
namespace {

constexpr int gzip_window = 15 + 16;

class Inflater {
 public:
  Inflater() : ready_(inflateInit2(&stream_, gzip_window) == Z_OK) {}
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_;
};

class Deflater {  // kept by each thread: setting one up costs more than a small answer
 public:
  Deflater() = default;
  ~Deflater() { end(); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  z_stream* at(int level) {
    if (level == level_) return deflateReset(&stream_) == Z_OK ? &stream_ : nullptr;
    end();
    stream_ = {};
    if (deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return nullptr;
    level_ = level;
    return &stream_;
  }

 private:
  void end() {
    if (level_ != none) deflateEnd(&stream_);
    level_ = none;
  }
  static constexpr int none = -2;
  z_stream stream_{};
  int level_ = none;
};

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

core::Result<std::string> unzipped(std::string_view bytes, std::size_t limit) {
  Inflater inflater;
  if (!inflater.ready()) return core::fault("no memory to decompress");
  if (bytes.size() > std::numeric_limits<uInt>::max())
    return core::Error{core::Kind::too_large, "the gzip data is too large", {}};
  z_stream& stream = inflater.stream();
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out(std::min(limit, std::max<std::size_t>(4'096, bytes.size() * 4)) + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == out.size()) {
      if (size > limit)
        return core::Error{core::Kind::too_large, "the gzip data unpacks to more than this server takes", {}};
      out.resize(std::min(out.size() * 2, limit + 1));
    }
    const std::size_t room = std::min<std::size_t>(out.size() - size, std::numeric_limits<uInt>::max());
    stream.next_out = bytes_of(out) + size;
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size += room - stream.avail_out;
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return core::invalid("the gzip data is damaged");  // a further member
    } else if (result != Z_OK && !(result == Z_BUF_ERROR && stream.avail_out == 0)) {
      return core::invalid(result == Z_BUF_ERROR ? "the gzip data is cut short" : "the gzip data is damaged");
    } else if (stream.avail_in == 0 && stream.avail_out != 0) {
      return core::invalid("the gzip data is cut short");
    }
  }
  if (size > limit)
    return core::Error{core::Kind::too_large, "the gzip data unpacks to more than this server takes", {}};
  out.resize(size);
  return out;
}

std::string zipped(std::string_view text, int level) {
  thread_local Deflater deflater;
  z_stream* stream = deflater.at(level);
  if (stream == nullptr || text.size() > std::numeric_limits<uInt>::max() / 2) return {};
  std::string out(deflateBound(stream, static_cast<uLong>(text.size())), '\0');
  stream->next_in = bytes_of(text);
  stream->avail_in = static_cast<uInt>(text.size());
  stream->next_out = bytes_of(out);
  stream->avail_out = static_cast<uInt>(out.size());
  if (deflate(stream, Z_FINISH) != Z_STREAM_END) return {};
  out.resize(out.size() - stream->avail_out);
  return out;
}

}  // namespace adapters::http
