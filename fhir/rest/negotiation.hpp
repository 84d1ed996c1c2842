// What the client wants back and what it sent: one function decides the format of input and output, one the
// preferences. Never: writes or reads a body. Threads: pure functions. Source: FHIR R4 RESTful API 3.1.0.1.9
// to 3.1.0.1.11, 3.1.0.5; RFC 7240.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/rest/message.hpp"
#include "fhir/search/search.hpp"

namespace fhir::rest {

enum class Format : unsigned char { json, xml };
enum class Return : unsigned char { unasked, minimal, representation, outcome };

struct Wishes {
  Format format = Format::json;
  std::string_view content_type = "application/fhir+json; charset=utf-8";  // of the answer; one of a fixed table
  bool pretty = false;
  Return returning = Return::unasked;
  search::Handling handling = search::Handling::lenient;
  bool respond_async = false;
  search::Summary summary = search::Summary::no;
  std::vector<std::string> elements;  // _elements
  bool subset() const { return summary != search::Summary::no || !elements.empty(); }
};

// The format of a media type, or nothing. "application/fhir+json; charset=utf-8; fhirVersion=4.0"
std::optional<Format> format_of(std::string_view media_type);

// Reads Accept, Prefer and the parameters _format, _pretty, _summary, _elements. The refusal is 400 or 406.
std::optional<Response> read_wishes(const Request& request, const search::Parameters& parameters, Wishes& wishes);

// Is the body in a format this server reads? 415 otherwise.
std::optional<Response> refuse_body(const Request& request);

}  // namespace fhir::rest
