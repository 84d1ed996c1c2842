#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <memory>

#include "fhir/xml/xml.hpp"

namespace fhir::xml {
namespace {

constexpr std::string_view instance_space = "http://www.w3.org/2001/XMLSchema-instance";

constexpr std::string_view carriage_return = "&#13;";

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

// Ends of lines as XML reads them; &#13; is how a carriage return is kept on the way through XML (embedded_div).
std::string as_written(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&' && text.substr(i).starts_with(carriage_return)) {
      out += '\r';
      i += carriage_return.size() - 1;
    } else if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

struct Given {  // an attribute as the library hands it over
  std::string_view name, prefix, space, value;
};

// One document while it is read: what the library reports becomes nodes on a stack.
class Reading {
 public:
  Reading(std::string_view text, Limits limits) : text_(text), limits_(limits) {}

  core::Result<Node> run();

 private:
  static Reading& self(void* data) { return *static_cast<Reading*>(data); }
  static xmlSAXHandler handler();
  void start(std::string_view name, std::string_view prefix, std::string_view space, bool declares,
             const std::vector<Given>& attributes);
  void start_fhir(std::string_view name, std::string_view space, const std::vector<Given>& attributes);
  void start_xhtml(std::string_view name, std::string_view prefix, bool declares,
                   const std::vector<Given>& attributes);
  void end();
  void end_xhtml();
  void characters(std::string_view text, bool marked);
  void fail(core::Kind kind, std::string message);
  std::size_t offset() const { return static_cast<std::size_t>(std::max(0L, xmlByteConsumed(context_))); }
  std::uint32_t line() const { return static_cast<std::uint32_t>(std::max(0, xmlSAX2GetLineNumber(context_))); }
  std::string place(long line, long column) const {
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }

  std::string_view text_;
  Limits limits_;
  xmlParserCtxtPtr context_ = nullptr;
  core::Error error_{core::Kind::invalid, {}, {}};
  bool failed_ = false;
  Node root_;
  std::vector<Node> open_;
  std::size_t depth_ = 0;
  // Of the XHTML element being read: names still open, where it begins in the text, and its text spelt anew for when
  // the text as it stands leans on what surrounds it (prefixes, a namespace declared outside).
  std::vector<std::string> inner_;
  std::size_t begin_ = 0;
  bool plain_ = true;
  bool tag_open_ = false;
  std::string spelt_;
};

void Reading::fail(core::Kind kind, std::string message) {
  if (failed_) return;
  failed_ = true;
  error_ = {kind, std::move(message), place(xmlSAX2GetLineNumber(context_), xmlSAX2GetColumnNumber(context_))};
  xmlStopParser(context_);
}

void Reading::start(std::string_view name, std::string_view prefix, std::string_view space, bool declares,
                    const std::vector<Given>& attributes) {
  if (failed_) return;
  if (++depth_ > limits_.depth)
    return fail(core::Kind::too_large,
                "Elements are nested deeper than " + std::to_string(limits_.depth) + " levels.");
  if (!inner_.empty() || space == xhtml_space) start_xhtml(name, prefix, declares, attributes);
  else start_fhir(name, space, attributes);
}

void Reading::start_fhir(std::string_view name, std::string_view space, const std::vector<Given>& attributes) {
  if (space != fhir_space)
    return fail(core::Kind::invalid, "The element " + std::string(name.substr(0, 80)) + " is in " +
                                         (space.empty() ? std::string("no namespace")
                                                        : "the namespace " + std::string(space.substr(0, 120))) +
                                         "; FHIR's is " + std::string(fhir_space) + '.');
  Node node;
  node.name = name;
  node.line = line();
  for (const Given& given : attributes) {
    if (given.space == instance_space && given.name == "schemaLocation") continue;
    if (!given.space.empty())
      return fail(core::Kind::invalid, "The attribute " + std::string(given.prefix) + ':' +
                                           std::string(given.name.substr(0, 80)) + " has no place in FHIR.");
    node.attributes.push_back({std::string(given.name), std::string(given.value)});
  }
  open_.push_back(std::move(node));
}

void Reading::start_xhtml(std::string_view name, std::string_view prefix, bool declares,
                          const std::vector<Given>& attributes) {
  if (open_.empty()) open_.emplace_back();  // a div on its own (embedded_div)
  if (inner_.empty()) {
    begin_ = text_.rfind('<', std::min(offset(), text_.size()));
    plain_ = declares;
    spelt_.clear();
    tag_open_ = false;
  }
  plain_ = plain_ && prefix.empty();
  if (tag_open_) spelt_ += '>';
  spelt_ += '<';
  spelt_ += name;
  if (inner_.empty()) spelt_ += std::string(" xmlns=\"") + std::string(xhtml_space) + '"';
  for (const Given& given : attributes) {
    const bool of_xml = given.prefix == "xml";
    plain_ = plain_ && (given.prefix.empty() || of_xml);
    spelt_ += of_xml ? " xml:" : " ";
    spelt_ += given.name;
    spelt_ += "=\"";
    escape_attribute(given.value, spelt_);
    spelt_ += '"';
  }
  tag_open_ = true;
  inner_.emplace_back(name);
}

void Reading::end() {
  if (failed_) return;
  --depth_;
  if (!inner_.empty()) return end_xhtml();
  Node node = std::move(open_.back());
  open_.pop_back();
  if (open_.empty()) root_ = std::move(node);
  else open_.back().children.push_back(std::move(node));
}

void Reading::end_xhtml() {
  if (tag_open_) spelt_ += "/>";
  else spelt_ += "</" + inner_.back() + '>';
  tag_open_ = false;
  const std::string name = std::move(inner_.back());
  inner_.pop_back();
  if (!inner_.empty()) return;
  Node node;
  node.name = name;
  node.xhtml = true;
  node.line = line();
  const std::size_t stop = offset();
  if (plain_ && begin_ < stop && stop <= text_.size() && text_.substr(begin_).starts_with('<' + name) &&
      text_[stop - 1] == '>') {
    node.text = as_written(text_.substr(begin_, stop - begin_));
  } else {
    node.text = std::move(spelt_);
  }
  if (open_.size() == 1 && open_.back().name.empty()) root_ = std::move(node);
  else open_.back().children.push_back(std::move(node));
}

void Reading::characters(std::string_view text, bool marked) {
  if (failed_) return;
  if (inner_.empty()) {
    if (text.find_first_not_of(" \t\r\n") != std::string_view::npos)
      fail(core::Kind::invalid, "There is text between elements; a value stands in the attribute value.");
    return;
  }
  plain_ = plain_ && !marked;
  if (tag_open_) spelt_ += '>';
  tag_open_ = false;
  escape_text(text, spelt_);
}

xmlSAXHandler Reading::handler() {
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.internalSubset = [](void* data, const xmlChar*, const xmlChar*, const xmlChar*) {
    self(data).fail(core::Kind::invalid, "A document type (DOCTYPE) is not taken.");
  };
  sax.startElementNs = [](void* data, const xmlChar* name, const xmlChar* prefix, const xmlChar* space, int declared,
                          const xmlChar** declarations, int count, int, const xmlChar** attributes) {
    std::vector<Given> given;
    given.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const xmlChar** row = attributes + static_cast<std::ptrdiff_t>(i) * 5;
      given.push_back({view(row[0]), view(row[1]), view(row[2]),
                       {reinterpret_cast<const char*>(row[3]), static_cast<std::size_t>(row[4] - row[3])}});
    }
    bool declares = false;
    for (int i = 0; i < declared; ++i) declares = declares || declarations[static_cast<std::ptrdiff_t>(i) * 2] == nullptr;
    self(data).start(view(name), view(prefix), view(space), declares, given);
  };
  sax.endElementNs = [](void* data, const xmlChar*, const xmlChar*, const xmlChar*) { self(data).end(); };
  sax.characters = [](void* data, const xmlChar* text, int size) {
    self(data).characters({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)}, false);
  };
  sax.ignorableWhitespace = sax.characters;
  sax.cdataBlock = [](void* data, const xmlChar* text, int size) {
    self(data).characters({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)}, true);
  };
  sax.processingInstruction = [](void* data, const xmlChar*, const xmlChar*) { self(data).plain_ = false; };
  sax.serror = [](void* data, xmlErrorPtr error) {
    Reading& reading = self(data);
    if (reading.failed_ || error->level < XML_ERR_ERROR) return;
    reading.failed_ = true;
    std::string message = error->message == nullptr ? "" : error->message;
    while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
    reading.error_ = core::invalid("The XML is not well-formed: " + message.substr(0, 300) + '.',
                                   reading.place(error->line, error->int2));
  };
  return sax;
}

core::Result<Node> Reading::run() {
  static const bool ready = (xmlInitParser(), true);
  if (!ready) return core::fault("The XML library is not ready.");
  const std::unique_ptr<xmlParserCtxt, void (*)(xmlParserCtxtPtr)> context(
      xmlCreateMemoryParserCtxt(text_.data(), static_cast<int>(text_.size())), &xmlFreeParserCtxt);
  if (!context) return core::Error{core::Kind::busy, "There is not enough memory to read this now.", {}};
  context_ = context.get();
  // NOENT: the five entities arrive as their characters; there are no others, for want of a document type.
  xmlCtxtUseOptions(context_, XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC);
  *context_->sax = handler();
  context_->userData = this;
  xmlParseDocument(context_);
  if (failed_) return error_;
  if (context_->wellFormed == 0 || context_->nsWellFormed == 0)
    return core::invalid("The XML is not well-formed.", place(1, 1));
  return std::move(root_);
}

// Only UTF-8 is FHIR. Anything that does not begin like it is refused before the library guesses.
core::Result<core::Done> check_encoding(std::string_view text) {
  constexpr std::string_view place = "line 1, column 1";
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return core::invalid("The body is empty; XML was expected.", std::string(place));
  if (text[start] != '<' || text.find('\0') != std::string_view::npos)
    return core::invalid("The body is not XML in UTF-8.", std::string(place));
  if (!text.starts_with("<?xml")) return core::Done{};
  const std::string_view declaration = text.substr(0, text.find("?>"));
  const std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return core::Done{};
  const std::size_t open = declaration.find_first_of("\"'", at);
  if (open == std::string_view::npos) return core::Done{};
  const std::string_view name = declaration.substr(open + 1, declaration.find(declaration[open], open + 1) - open - 1);
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  if (lower == "utf-8" || lower == "us-ascii") return core::Done{};
  return core::invalid("The XML says that it is in " + lower.substr(0, 40) + "; FHIR is in UTF-8.", std::string(place));
}

// The library compares each attribute of a tag with all before it, and looks a prefix up among all that are declared: a tag with
// a hundred thousand of them would be hours of work. FHIR has a handful. Only tags are looked into.
core::Result<core::Done> check_tags(std::string_view text, Limits limits) {
  std::size_t at = 0;
  const auto behind = [&](std::string_view end) {
    const std::size_t found = text.find(end, at);
    at = found == text.npos ? text.size() : found + end.size();
  };
  while ((at = text.find('<', at)) < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--")) { behind("-->"); continue; }
    if (rest.starts_with("<![CDATA[")) { behind("]]>"); continue; }
    if (rest.starts_with("<?")) { behind("?>"); continue; }
    std::size_t attributes = 0;
    for (++at; (at = text.find_first_of("\"'>", at)) < text.size() && text[at] != '>'; ++at) {
      if (++attributes > limits.attributes)
        return core::Error{core::Kind::too_large, "An element has more than " + std::to_string(limits.attributes) + " attributes.", {}};
      at = std::min(text.find(text[at], at + 1), text.size() - 1);
    }
  }
  return core::Done{};
}

}  // namespace

core::Result<Node> parse(std::string_view text, Limits limits) {
  if (text.size() > std::min<std::size_t>(limits.bytes, 0x7fffffff))
    return core::Error{core::Kind::too_large,
                       "The document has more than " + std::to_string(limits.bytes) + " bytes.", {}};
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (auto fits = check_encoding(text); !fits) return fits.error();
  if (auto few = check_tags(text, limits); !few) return few.error();
  return Reading(text, limits).run();
}

}  // namespace fhir::xml
