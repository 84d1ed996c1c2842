#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "fhir/json/arena.hpp"
#include "fhir/json/json.hpp"

namespace fhir::json {
namespace {

struct Frame {
  std::size_t start;  // of its members on the stack
  bool object;
};

// Working memory of one parse, kept by the thread for the next.
struct Scratch {
  std::vector<Member> stack;
  std::vector<Frame> frames;
  std::vector<std::string_view> names;
  rapidjson::Reader reader;
};

constexpr std::size_t few_members = 16, kept_members = 1 << 16;

struct Wording {
  rapidjson::ParseErrorCode code;
  std::string_view text;
};
constexpr std::array wordings{
    Wording{rapidjson::kParseErrorDocumentEmpty, "the text is empty, JSON expected"},
    Wording{rapidjson::kParseErrorDocumentRootNotSingular, "text follows after the end of the JSON document"},
    Wording{rapidjson::kParseErrorValueInvalid, "a JSON value is expected"},
    Wording{rapidjson::kParseErrorObjectMissName, "a member name in double quotes is expected"},
    Wording{rapidjson::kParseErrorObjectMissColon, "a colon is expected after the member name"},
    Wording{rapidjson::kParseErrorObjectMissCommaOrCurlyBracket,
            "a comma or a closing brace is expected after the member"},
    Wording{rapidjson::kParseErrorArrayMissCommaOrSquareBracket,
            "a comma or a closing bracket is expected after the element"},
    Wording{rapidjson::kParseErrorStringUnicodeEscapeInvalidHex, "four hexadecimal digits are expected after \\u"},
    Wording{rapidjson::kParseErrorStringUnicodeSurrogateInvalid, "half of a surrogate pair stands alone"},
    Wording{rapidjson::kParseErrorStringEscapeInvalid,
            "a string holds an invalid escape or an unescaped control character"},
    Wording{rapidjson::kParseErrorStringMissQuotationMark, "a closing quotation mark is missing"},
    Wording{rapidjson::kParseErrorStringInvalidEncoding, "a string is not valid UTF-8"},
    Wording{rapidjson::kParseErrorNumberTooBig, "a number is too large"},
    Wording{rapidjson::kParseErrorNumberMissFraction, "a digit is expected after the decimal point"},
    Wording{rapidjson::kParseErrorNumberMissExponent, "a digit is expected in the exponent"},
};

std::string_view wording_of(rapidjson::ParseErrorCode code) {
  const auto row = std::find_if(wordings.begin(), wordings.end(), [&](const Wording& w) { return w.code == code; });
  return row == wordings.end() ? "the text is not JSON" : row->text;
}

std::string clipped(std::string_view name) {
  constexpr std::size_t most = 60;
  if (name.size() <= most) return std::string(name);
  std::size_t end = most;
  while (end && (name[end] & 0xC0) == 0x80) --end;
  return std::string(name.substr(0, end)) + "...";
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto starts_character = [](char c) { return (c & 0xC0) != 0x80; };
  const auto column =
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start), before.end(), starts_character) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Scratch& scratch_of_this_thread() {
  thread_local Scratch scratch;
  scratch.stack.clear();
  scratch.frames.clear();
  return scratch;
}

}  // namespace

// Receives RapidJSON's events. A value under construction lies on one stack; a closed array or object moves into the
// arena.
class Builder {
 public:
  Builder(Document& document, char* buffer, bool escapes, const Limits& limits, Scratch& scratch)
      : arena_(*document.arena_), buffer_(buffer), escapes_(escapes), limits_(limits), scratch_(scratch) {}

  bool Null() { return slot(), true; }
  bool Bool(bool truth) {
    Value& value = slot();
    value.kind_ = Kind::boolean;
    value.truth_ = truth;
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return scalar(Kind::number, text, size); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return (!escapes_ || storable({text, size})) && scalar(Kind::string, text, size);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (escapes_ && !storable({text, size})) return false;
    scratch_.stack.push_back({{text, size}, {}});
    return true;
  }
  bool StartObject() { return open(Kind::object); }
  bool StartArray() { return open(Kind::array); }
  bool EndObject(rapidjson::SizeType) { return unique_names() && close<Member>(); }
  bool EndArray(rapidjson::SizeType) { return close<Value>(); }
  // Numbers come as text only.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  Value root() const { return scratch_.stack.front().value; }
  const core::Error& refusal() const { return refusal_; }
  std::size_t refused_at() const { return refused_at_; }  // npos: where the reader stands

  std::string path() const {
    std::string out;
    for (std::size_t i = 0; i < scratch_.frames.size(); ++i) {
      const Frame& frame = scratch_.frames[i];
      const bool last = i + 1 == scratch_.frames.size();
      const std::size_t next = last ? scratch_.stack.size() : scratch_.frames[i + 1].start - 1;
      if (!frame.object) {
        out += '[' + std::to_string(next - frame.start) + ']';
      } else if (const std::size_t at = last ? next - 1 : next; at + 1 > frame.start) {
        if (!out.empty()) out += '.';
        out += clipped(scratch_.stack[at].name);
      }
    }
    return out;
  }

 private:
  // Where the next value goes: the member whose name came last, or a new element.
  Value& slot() {
    if (scratch_.frames.empty() || !scratch_.frames.back().object) scratch_.stack.emplace_back();
    return scratch_.stack.back().value;
  }

  bool scalar(Kind kind, const char* text, std::size_t size) {
    Value& value = slot();
    value.kind_ = kind;
    value.size_ = static_cast<std::uint32_t>(size);
    value.data_ = const_cast<char*>(text);
    return true;
  }

  bool open(Kind kind) {
    if (scratch_.frames.size() >= limits_.depth)
      return refuse({core::Kind::too_large, "nested deeper than " + std::to_string(limits_.depth) + " levels", {}});
    slot().kind_ = kind;
    scratch_.frames.push_back({scratch_.stack.size(), kind == Kind::object});
    return true;
  }

  template <class T>
  bool close() {
    const std::size_t start = scratch_.frames.back().start, count = scratch_.stack.size() - start;
    Value& value = scratch_.stack[start - 1].value;
    value.size_ = static_cast<std::uint32_t>(count);
    if (count) {
      T* items = arena_.items<T>(count);
      value.data_ = items;
      for (std::size_t i = 0; i < count; ++i) {
        if constexpr (std::is_same_v<T, Member>) new (items + i) Member(scratch_.stack[start + i]);
        else new (items + i) Value(scratch_.stack[start + i].value);
      }
    }
    scratch_.stack.resize(start);
    scratch_.frames.pop_back();
    return true;
  }

  // Few members are compared pair by pair, many are sorted, so that no choice of names makes it slow.
  bool unique_names() {
    const Member* first = scratch_.stack.data() + scratch_.frames.back().start;
    const Member* last = scratch_.stack.data() + scratch_.stack.size();
    if (static_cast<std::size_t>(last - first) <= few_members) {
      for (const Member* a = first; a != last; ++a)
        for (const Member* b = first; b != a; ++b)
          if (a->name == b->name) return duplicate(a->name);
      return true;
    }
    auto& names = scratch_.names;
    names.clear();
    for (const Member* member = first; member != last; ++member) names.push_back(member->name);
    std::sort(names.begin(), names.end(),
              [](std::string_view a, std::string_view b) { return a != b ? a < b : a.data() < b.data(); });
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() || duplicate(twice[1]);
  }

  bool duplicate(std::string_view name) {
    const std::string text = "the member \"" + clipped(name) + "\" stands twice in one object";
    scratch_.stack.resize(scratch_.frames.back().start);
    scratch_.stack.push_back({name, {}});  // so that path() ends with it
    return refuse(core::invalid(text), static_cast<std::size_t>(name.data() - buffer_) - 1);
  }

  // Escapes can smuggle in what the encoding check never sees: NUL, and the second half of a surrogate pair alone.
  bool storable(std::string_view text) {
    if (text.find('\0') != text.npos)
      return refuse(core::invalid("a string holds the character NUL, which FHIR does not allow"));
    for (std::size_t at = text.find('\xED'); at != text.npos; at = text.find('\xED', at + 1))
      if (static_cast<unsigned char>(text[at + 1]) >= 0xA0)
        return refuse(core::invalid(std::string(wording_of(rapidjson::kParseErrorStringUnicodeSurrogateInvalid))));
    return true;
  }

  bool refuse(core::Error error, std::size_t at = std::string_view::npos) {
    refusal_ = std::move(error);
    refused_at_ = at;
    return false;
  }

  Document::Arena& arena_;
  const char* buffer_;
  bool escapes_;
  const Limits& limits_;
  Scratch& scratch_;
  core::Error refusal_;
  std::size_t refused_at_ = std::string_view::npos;

 public:
  // A buffer in the document's arena with a copy of the text and its end mark: strings are decoded in place there.
  static char* buffer_in(Document& document, std::string_view text) {
    document.arena_->reserve(text.size() * 2 + 64);
    char* buffer = document.arena_->bytes(text.size() + 1);
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    return buffer;
  }
};

core::Result<Document> parse(std::string_view text, Limits limits) {
  constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                             rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.size() > limits.bytes)
    return core::Error{core::Kind::too_large, "longer than " + std::to_string(limits.bytes) + " bytes", {}};
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());

  Document document;
  Scratch& scratch = scratch_of_this_thread();
  char* buffer = Builder::buffer_in(document, text);
  const bool escapes = !text.empty() && std::memchr(text.data(), '\\', text.size()) != nullptr;
  Builder builder(document, buffer, escapes, limits, scratch);
  rapidjson::InsituStringStream stream(buffer);
  const auto done = scratch.reader.Parse<flags>(stream, builder);

  core::Error error;
  std::size_t offset = done.Offset();
  if (done.Code() == rapidjson::kParseErrorTermination) {
    error = builder.refusal();
    if (builder.refused_at() != text.npos) offset = builder.refused_at();
  } else if (stream.Tell() < text.size() && text[stream.Tell()] == '\0') {
    error = core::invalid("the text holds the character NUL");
    offset = stream.Tell();
  } else if (done.IsError()) {
    error = core::invalid(std::string(wording_of(done.Code())));
  } else {
    document.root() = builder.root();
    if (scratch.stack.capacity() > kept_members) std::vector<Member>().swap(scratch.stack);
    return document;
  }
  error.where = line_and_column(text, std::min(offset, text.size()));
  if (const std::string path = builder.path(); !path.empty()) error.where += ", in " + path;
  return error;
}

}  // namespace fhir::json
