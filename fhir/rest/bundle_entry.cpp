#include <algorithm>
#include <array>

#include "fhir/json/json.hpp"
#include "fhir/rest/bundle.hpp"
#include "fhir/rest/dispatch.hpp"
#include "fhir/rest/header.hpp"

namespace fhir::rest {
namespace {

struct Method {
  std::string_view name;
  int rank;
};
constexpr std::array<Method, 6> methods = {
    {{"DELETE", 0}, {"POST", 1}, {"PUT", 2}, {"PATCH", 2}, {"GET", 3}, {"HEAD", 3}}};

struct Condition {
  std::string_view member, header;
};
constexpr std::array<Condition, 4> conditions = {{{"ifNoneMatch", "If-None-Match"},
                                                  {"ifModifiedSince", "If-Modified-Since"},
                                                  {"ifMatch", "If-Match"},
                                                  {"ifNoneExist", "If-None-Exist"}}};

constexpr std::array<std::pair<int, std::string_view>, 15> reasons = {{{200, "200 OK"},
                                                                       {201, "201 Created"},
                                                                       {204, "204 No Content"},
                                                                       {304, "304 Not Modified"},
                                                                       {400, "400 Bad Request"},
                                                                       {403, "403 Forbidden"},
                                                                       {404, "404 Not Found"},
                                                                       {405, "405 Method Not Allowed"},
                                                                       {409, "409 Conflict"},
                                                                       {410, "410 Gone"},
                                                                       {412, "412 Precondition Failed"},
                                                                       {422, "422 Unprocessable Entity"},
                                                                       {500, "500 Internal Server Error"},
                                                                       {503, "503 Service Unavailable"},
                                                                       {507, "507 Insufficient Storage"}}};

std::string reason(int status) {
  for (const auto& [number, text] : reasons)
    if (number == status) return std::string(text);
  return std::to_string(status);
}

core::Error wrong(const Entry& entry, const std::string& what, std::string_view member) {
  return core::invalid(entry.place() + ": " + what, entry.place() + std::string(member));
}

// "Patient/1?x=y", with or without a slash before it, or absolute below our own base.
core::Result<core::Done> address(const Exchange& exchange, std::string_view url, Entry& entry) {
  const std::string& base = exchange.engine.services.base_url;
  const std::string_view rest = url.substr(std::min(base.size(), url.size()));
  if (url.starts_with(base) && (rest.empty() || rest.front() == '/' || rest.front() == '?')) url = rest;
  if (url.find("://") != std::string_view::npos && url.find("://") < url.find('?'))
    return wrong(entry, "the url is of another server: " + std::string(url.substr(0, 200)), ".request.url");
  const std::size_t mark = url.find('?');
  if (mark != std::string_view::npos) entry.request.query = url.substr(mark + 1);
  std::string_view path = url.substr(0, mark);
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty()) entry.request.path = '/' + std::string(path);
  return core::Done{};
}

core::Result<core::Done> read_request(const Exchange& exchange, const json::Value& request, Entry& entry) {
  entry.request.method = request.text("method");
  const auto known =
      std::find_if(methods.begin(), methods.end(), [&](const Method& m) { return m.name == entry.request.method; });
  if (known == methods.end())
    return wrong(entry, "request.method is one of GET, HEAD, POST, PUT, DELETE, PATCH.", ".request.method");
  const json::Value* url = request.find("url");
  if (url == nullptr || !url->is_string()) return wrong(entry, "request.url is missing.", ".request.url");
  if (auto done = address(exchange, url->text(), entry); !done) return done;
  for (const Condition& condition : conditions) {
    const json::Value* value = request.find(condition.member);
    if (value == nullptr) continue;
    std::string text(value->text());
    if (condition.header == "If-Modified-Since")
      if (const auto moment = core::moment_from(text)) text = http_date(moment->low);
    entry.request.headers.push_back({std::string(condition.header), std::move(text)});
  }
  entry.request.caller = exchange.caller();
  entry.request.request_id = exchange.request.request_id;
  for (const Header& header : exchange.request.headers)
    if (same_word(header.name, "Prefer")) entry.request.headers.push_back(header);
  return core::Done{};
}

core::Result<core::Done> read_entry(const Exchange& exchange, json::Value& item, Entry& entry) {
  if (!item.is_object()) return wrong(entry, "is not an object.", "");
  entry.full_url = item.text("fullUrl");
  const json::Value* request = item.find("request");
  if (request == nullptr || !request->is_object()) return wrong(entry, "has no request.", ".request");
  if (auto done = read_request(exchange, *request, entry); !done) return done;
  entry.resource = exchange.document->find(item, "resource");
  if (entry.resource != nullptr && !entry.resource->is_object())
    return wrong(entry, "resource is not an object.", ".resource");
  return core::Done{};
}

bool is_outcome(const std::string& body) { return body.starts_with(R"({"resourceType":"OperationOutcome")"); }

void write_answer(const Response& response, const std::string& updated, BundleText& text) {
  text.open();
  std::string out = R"("response":{"status":")" + reason(response.status) + '"';
  for (const Header& header : response.headers) {
    if (header.name != "Location" && header.name != "ETag") continue;
    out += header.name == "ETag" ? R"(,"etag":)" : R"(,"location":)";
    json::write_string(header.value, out);
  }
  if (!updated.empty()) out += R"(,"lastModified":")" + updated + '"';
  const bool outcome = response.body && is_outcome(*response.body);
  if (outcome) out += R"(,"outcome":)" + *response.body;
  out += '}';
  if (response.body && !outcome) text.resource(*response.body);
  text.member(out);
  text.close();
}

}  // namespace

int Entry::rank() const {
  for (const Method& method : methods)
    if (method.name == request.method) return method.rank;
  return 4;
}

core::Result<std::vector<Entry>> entries_of(Exchange& exchange) {
  std::vector<Entry> out;
  json::Value* list = exchange.document->find(*exchange.resource, "entry");
  if (list == nullptr) return out;
  if (!list->is_array()) return core::invalid("Bundle.entry is not an array.", "Bundle.entry");
  out.reserve(list->size());
  for (json::Value& item : exchange.document->elements(*list)) {
    Entry entry;
    entry.index = out.size();
    if (auto done = read_entry(exchange, item, entry); !done) entry.fault = done.error();
    out.push_back(std::move(entry));
  }
  return out;
}

Response entry_response(const Exchange& exchange, const Entry& entry) {
  Response response = dispatch(exchange.engine, entry.request, exchange.document, entry.resource, true);
  if (entry.request.method == "HEAD" && response.status < 400) response.body = nullptr;
  return response;
}

void answer_entry(const Response& response, BundleText& text) {
  std::string updated;
  for (const Header& header : response.headers)
    if (header.name == "Last-Modified")
      if (const auto instant = instant_from_http_date(header.value)) updated = core::text(*instant);
  write_answer(response, updated, text);
}

void answer_entry(const Response& response, core::Instant updated, BundleText& text) {
  write_answer(response, core::text(updated), text);
}

}  // namespace fhir::rest
