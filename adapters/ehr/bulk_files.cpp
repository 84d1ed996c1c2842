// The files of an export: fetched in ranges where the server knows them, cut into lines, taken slice by slice.
#include <algorithm>

#include "adapters/ehr/bulk.hpp"
#include "fhir/rest/identity.hpp"

namespace adapters::ehr {
namespace {

using core::Kind;
using core::Result;
using fhir::json::Value;

constexpr std::size_t first_window = 4UL << 20, most_window = 64UL << 20;  // a longer line is none
constexpr std::size_t whole_file_bytes = 256UL << 20;                      // from a server that knows no ranges
constexpr std::size_t slice_lines = 1'000, slice_bytes = 2UL << 20;

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

fhir::partner::Call Bulk::range(std::size_t file, std::uint64_t from, std::size_t window) const {
  fhir::partner::Call call;
  call.url = files_[file].url;
  call.headers = {{"Accept", "application/fhir+ndjson"},
                  {"Accept-Encoding", "identity"},
                  {"Range", "bytes=" + std::to_string(from) + "-" + std::to_string(from + window - 1)}};
  call.answer_bytes = whole_file_bytes;
  call.deadline = std::chrono::minutes(5);
  return call;
}

// What follows is fetched while what is here is stored.
void Bulk::begin_next() {
  if (!buffer_is_last_) pulling_.upstream.begin(range(load_.file, load_.offset + buffer_.size(), window_));
  else if (load_.file + 1 < files_.size()) pulling_.upstream.begin(range(load_.file + 1, 0, first_window));
}

// More of the file behind what is here; an Error inside is the server's refusal.
Result<std::optional<core::Error>> Bulk::fetch() {
  using Refusal = std::optional<core::Error>;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::uint64_t from = load_.offset + buffer_.size();
  window_ = std::max(window_, first_window);
  auto answer = pulling_.upstream.send(range(load_.file, from, window_), {206, 416});
  if (!answer) return Refusal(answer.error());
  failures_ = 0;
  if (answer->status == 416) {  // nothing there: an empty file, or its end
    buffer_is_last_ = true;
  } else if (answer->status == 200) {  // all of it: the server knows no ranges
    if (answer->body.size() < from)
      return Refusal(core::Error{Kind::gone, "a file of the export is shorter than it was", ""});
    buffer_.append(answer->body, static_cast<std::size_t>(from), std::string::npos);
    buffer_is_last_ = true;
  } else {
    const auto part = content_range(answer->header("Content-Range"));
    if (!part || part->from != from || part->to - part->from + 1 != answer->body.size() ||
        answer->body.size() > window_)
      return Refusal(core::fault("a part of a file is not the part that was asked for"));
    buffer_ += answer->body;
    buffer_is_last_ = part->whole ? part->to + 1 == *part->whole : answer->body.size() < window_;
  }
  begin_next();
  return Refusal();
}

void Bulk::drop_buffer() {
  buffer_.clear();
  at_ = 0;
  buffer_is_last_ = false;
}

void Bulk::take_line(std::string_view line, std::uint64_t place, Slice& slice) {
  if (is_blank(line)) return;
  auto parsed = fhir::json::parse(line);
  if (!parsed || !parsed->root().is_object()) {
    ++unreadable_;
    return;
  }
  const std::string& type = files_[load_.file].type;
  const std::string where = (type.empty() ? std::string("deletions") : type) + ", export file " +
                            std::to_string(load_.file + 1) + ", byte " + std::to_string(place);
  slice.documents.push_back(std::move(*parsed));
  const Value& resource = slice.documents.back().root();
  const auto wanted = [&](const std::string& name) {
    const auto& types = pulling_.setting.types;
    return std::any_of(types.begin(), types.end(), [&](const Wanted& w) { return w.type == name; });
  };
  if (!type.empty()) {
    core::store::Key key{std::string(resource.text("resourceType")), std::string(resource.text("id"))};
    if (wanted(key.type)) slice.items.push_back({&resource, std::move(key), where});
    else ++unreadable_;
    return;
  }
  for (const Value& entry : resource["entry"].elements()) {  // "Patient/1"
    const std::string_view path = entry["request"].text("url");
    const std::size_t slash = path.find('/');
    if (entry["request"].text("method") != "DELETE" || slash == path.npos) continue;
    core::store::Key key{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
    if (wanted(key.type) && fhir::rest::is_id(key.id)) slice.items.push_back({nullptr, std::move(key), where});
  }
}

// Whole lines of what is here and not taken yet.
Bulk::Slice Bulk::slice() {
  Slice slice;
  slice.documents.reserve(slice_lines);  // items point into them
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  while (slice.documents.size() < slice_lines && slice.bytes < slice_bytes && slice.bytes < rest.size()) {
    const std::size_t end = rest.find('\n', slice.bytes);
    if (end == rest.npos && !buffer_is_last_) break;
    take_line(rest.substr(slice.bytes, std::min(end, rest.size()) - slice.bytes), load_.offset + slice.bytes, slice);
    slice.bytes = end == rest.npos ? rest.size() : end + 1;
  }
  return slice;
}

Result<Taken> Bulk::read() {
  Slice taken = slice();
  if (taken.bytes == 0 && !buffer_is_last_) {
    const std::size_t rest = buffer_.size() - at_;
    if (window_ > 0 && rest >= window_) window_ *= 4;  // a line longer than that
    if (rest > most_window) return leave("a line of its files is too long");
    auto fetched = fetch();
    if (!fetched) return fetched.error();
    if (*fetched) return refused(**fetched);
    return Taken{};
  }
  Load load = load_;
  load.offset += taken.bytes;
  const bool over = buffer_is_last_ && at_ + taken.bytes == buffer_.size();
  if (over) {
    ++load.file;
    load.offset = 0;
  }
  auto kept = keep(std::move(load), taken.items);
  if (!kept) return kept;
  at_ += taken.bytes;
  if (over) {
    drop_buffer();
    window_ = first_window;
  }
  return kept;
}

}  // namespace adapters::ehr
