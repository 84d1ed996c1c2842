#include "fhir/rest/negotiation.hpp"

#include <array>
#include <charconv>

#include "fhir/rest/header.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {
namespace {

struct MediaType {
  std::string_view name;
  Format format;
  std::string_view answer;  // Content-Type when this name was asked for
};

constexpr std::string_view fhir_json = "application/fhir+json; charset=utf-8";
constexpr std::string_view plain_json = "application/json; charset=utf-8";
constexpr std::string_view fhir_xml = "application/fhir+xml; charset=utf-8";
constexpr std::string_view plain_xml = "application/xml; charset=utf-8";
constexpr std::string_view text_xml = "text/xml; charset=utf-8";

// The names that clients use, those of older FHIR versions included.
constexpr std::array<MediaType, 12> media_types = {{
    {"application/fhir+json", Format::json, fhir_json},
    {"application/json+fhir", Format::json, fhir_json},
    {"application/json", Format::json, plain_json},
    {"text/json", Format::json, plain_json},
    {"json", Format::json, fhir_json},
    {"*/*", Format::json, fhir_json},
    {"application/*", Format::json, fhir_json},
    {"application/fhir+xml", Format::xml, fhir_xml},
    {"application/xml+fhir", Format::xml, fhir_xml},
    {"application/xml", Format::xml, plain_xml},
    {"text/xml", Format::xml, text_xml},
    {"xml", Format::xml, fhir_xml},
}};

const MediaType* media_type(std::string_view text) {
  for (const MediaType& row : media_types)
    if (same_word(row.name, text)) return &row;
  return nullptr;
}

// Parameters of a media type that change what it means to us; an unknown charset or FHIR version cannot be served.
bool parameters_fit(const std::vector<std::string_view>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(parts[i].substr(0, equals));
    std::string_view value = trimmed(parts[i].substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (same_word(name, "charset") && !same_word(value, "utf-8") && !same_word(value, "utf8")) return false;
    if (same_word(name, "fhirVersion") && value != "4.0" && value != "4.0.1") return false;
  }
  return true;
}

// The q of an Accept alternative in thousandths.
int weight(const std::vector<std::string_view>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!parts[i].starts_with("q=") && !parts[i].starts_with("Q=")) continue;
    const std::string_view text = parts[i].substr(2);
    int whole = 0, thousandths = 0, scale = 100;
    const std::size_t dot = text.find('.');
    std::from_chars(text.data(), text.data() + std::min(dot, text.size()), whole);
    for (std::size_t k = dot; dot != std::string_view::npos && ++k < text.size() && scale > 0; scale /= 10)
      if (text[k] >= '0' && text[k] <= '9') thousandths += (text[k] - '0') * scale;
    return whole * 1000 + thousandths;
  }
  return 1000;
}

Response not_acceptable(std::string_view asked) {
  return refusal(406, "not-supported",
                 "This server answers in application/fhir+json and application/fhir+xml (FHIR 4.0, UTF-8); it cannot "
                 "answer in " +
                     std::string(asked.substr(0, 200)) + '.');
}

// _format stands for Accept. In a URL the plus of application/fhir+json often arrives as a space.
std::optional<Response> accept_format(std::string value, Wishes& wishes) {
  for (char& c : value)
    if (c == ' ') c = '+';
  const auto parts = split(value, ';');
  const MediaType* type = parts.empty() ? nullptr : media_type(parts[0]);
  if (type == nullptr || !parameters_fit(parts)) return not_acceptable(value);
  wishes.format = type->format;
  wishes.content_type = type->answer;
  return std::nullopt;
}

std::optional<Response> accept_header(std::string_view accept, Wishes& wishes) {
  if (accept.empty() || accept == "application/fhir+json" || accept == "*/*") return std::nullopt;
  int best = 0;
  for (const std::string_view alternative : split(accept, ',')) {
    const auto parts = split(alternative, ';');
    const MediaType* type = parts.empty() ? nullptr : media_type(parts[0]);
    if (type == nullptr || !parameters_fit(parts)) continue;
    const int q = weight(parts);
    if (q <= best) continue;
    best = q;
    wishes.format = type->format;
    wishes.content_type = type->answer;
  }
  if (best == 0) return not_acceptable(accept);
  return std::nullopt;
}

void read_prefer(std::string_view prefer, Wishes& wishes) {
  struct Preference {
    std::string_view text;
    void (*take)(Wishes&);
  };
  static constexpr std::array<Preference, 6> preferences = {{
      {"return=minimal", [](Wishes& w) { w.returning = Return::minimal; }},
      {"return=representation", [](Wishes& w) { w.returning = Return::representation; }},
      {"return=OperationOutcome", [](Wishes& w) { w.returning = Return::outcome; }},
      {"handling=strict", [](Wishes& w) { w.handling = search::Handling::strict; }},
      {"handling=lenient", [](Wishes& w) { w.handling = search::Handling::lenient; }},
      {"respond-async", [](Wishes& w) { w.respond_async = true; }},
  }};
  for (const std::string_view item : split(prefer, ','))
    for (const std::string_view part : split(item, ';')) {
      std::string plain(part);  // return="minimal" is return=minimal
      std::erase(plain, '"');
      for (const Preference& preference : preferences)
        if (same_word(plain, preference.text)) preference.take(wishes);
    }
}

std::optional<Response> read_summary(std::string_view value, Wishes& wishes) {
  struct Name {
    std::string_view text;
    search::Summary summary;
  };
  static constexpr std::array<Name, 5> names = {{{"false", search::Summary::no},
                                                 {"true", search::Summary::yes},
                                                 {"text", search::Summary::text},
                                                 {"data", search::Summary::data},
                                                 {"count", search::Summary::count}}};
  for (const Name& name : names) {
    if (name.text != value) continue;
    wishes.summary = name.summary;
    return std::nullopt;
  }
  return refusal(core::invalid("_summary is one of true, text, data, count, false; not '" + std::string(value) + "'.",
                               "_summary"));
}

}  // namespace

std::optional<Format> format_of(std::string_view text) {
  const auto parts = split(text, ';');
  const MediaType* type = parts.empty() || parts[0].ends_with("*") ? nullptr : media_type(parts[0]);
  if (type == nullptr || !parameters_fit(parts)) return std::nullopt;
  return type->format;
}

std::optional<Response> read_wishes(const Request& request, const search::Parameters& parameters, Wishes& wishes) {
  bool format_given = false;
  for (const auto& [name, value] : parameters) {
    std::optional<Response> refused;
    if (name == "_format" && !value.empty()) {
      format_given = true;
      refused = accept_format(value, wishes);
    } else if (name == "_pretty") {
      wishes.pretty = value == "true" || value.empty();
    } else if (name == "_summary") {
      refused = read_summary(value, wishes);
    } else if (name == "_elements") {
      for (const std::string_view part : split(value, ',')) wishes.elements.emplace_back(part);
    }
    if (refused) return refused;
  }
  for (const Header& header : request.headers)
    if (same_word(header.name, "Prefer")) read_prefer(header.value, wishes);
  if (format_given) return std::nullopt;
  return accept_header(request.header("Accept"), wishes);
}

std::optional<Response> refuse_body(const Request& request) {
  const std::string_view type = request.header("Content-Type");
  if (type.empty()) return std::nullopt;  // R4 asks for it; those who forget it send JSON
  if (format_of(type)) return std::nullopt;
  return refusal(415, "not-supported",
                 "This server reads application/fhir+json and application/fhir+xml in UTF-8 (FHIR 4.0); it cannot read " +
                     std::string(type.substr(0, 200)) + '.');
}

}  // namespace fhir::rest
