#include "adapters/server/importer.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace adapters::server {
namespace {

using fhir::json::Value;
using fhir::rest::Request;
using fhir::rest::Response;

constexpr std::size_t lines_at_once = 500;  // of NDJSON in one transaction
constexpr std::size_t most_errors = 20;     // kept for each file
constexpr int waits = 412;  // a conditional reference that leads nowhere yet, or someone else's write came between

void fail(ImportCount& count, std::size_t resources, std::string error) {
  count.failed += resources;
  if (count.errors.size() < most_errors) count.errors.push_back(std::move(error));
}

// The first error of an OperationOutcome, in one line.
std::string words_of(const Value& outcome) {
  for (const Value& issue : outcome["issue"].elements()) {
    if (issue.text("severity") != "error" && issue.text("severity") != "fatal") continue;
    std::string words(issue.text("diagnostics").empty() ? issue["details"].text("text") : issue.text("diagnostics"));
    if (!issue["expression"].elements().empty()) words.append(" (").append(issue["expression"][0].text()).append(")");
    return words;
  }
  return "refused";
}

std::string words_of(const Response& response) {
  if (response.body) {
    if (auto document = fhir::json::parse(*response.body))
      return std::to_string(response.status) + " " + words_of(document->root());
  }
  return std::to_string(response.status);
}

// A resource as an entry that brings it to its own id, or, without one, creates it.
void append_entry(const Value& resource, std::string& out) {
  const std::string_view type = resource.text("resourceType"), id = resource.text("id");
  out.append(out.empty() ? R"({"resourceType":"Bundle","type":"transaction","entry":[)" : ",").append("{\"resource\":");
  fhir::json::write(resource, out);
  out.append(",\"request\":{\"method\":\"").append(id.empty() ? "POST" : "PUT").append("\",\"url\":");
  fhir::json::write_string(id.empty() ? std::string(type) : std::string(type) + "/" + std::string(id), out);
  out.append("}}");
}

}  // namespace

std::vector<ImportCount> Importer::run(const std::vector<ImportFile>& files, const Progress& progress) {
  std::vector<ImportCount> counts(files.size());
  std::vector<std::size_t> turn(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) turn[i] = i;
  std::mutex mutex;
  std::size_t files_done = 0, resources_done = 0;
  while (!turn.empty()) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t at; (at = next.fetch_add(1)) < turn.size();) {
        ImportCount count;
        read(files[turn[at]], count);
        const std::lock_guard lock(mutex);
        if (!count.waiting) ++files_done;
        resources_done += count.created + count.known;
        counts[turn[at]] = std::move(count);
        if (progress) progress(files_done, resources_done);
      }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads_ && i < turn.size(); ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
    std::vector<std::size_t> again;
    std::copy_if(turn.begin(), turn.end(), std::back_inserter(again), [&](std::size_t i) { return counts[i].waiting; });
    if (again.size() == turn.size()) break;  // nothing came that they wait for
    turn = std::move(again);
  }
  return counts;
}

void Importer::read(const ImportFile& file, ImportCount& count) {
  auto text = import_text(file.path);
  if (!text) return fail(count, 1, text.error().message);
  if (file.lines) lines(*text, count);
  else bundle(*std::move(text), count);
}

Response Importer::post(std::string body) {
  Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/fhir+json"}, {"Prefer", "return=minimal"}};
  request.body = std::move(body);
  request.caller.id = "import";
  return api_.handle(request);
}

// A file that holds one Bundle, or one resource. A Bundle that is no request (collection, searchset ...) brings its
// resources to their ids.
void Importer::bundle(std::string text, ImportCount& count) {
  auto document = fhir::json::parse(text);
  if (!document)
    return fail(count, 1,
                document.error().message + (document.error().where.empty() ? "" : " at " + document.error().where));
  const Value& root = document->root();
  if (root.text("resourceType") != "Bundle") return single(text, {}, count);
  const std::size_t entries = root["entry"].size();
  count.resources += entries;
  if (entries == 0) return;
  const std::string_view type = root.text("type");
  if (type != "transaction" && type != "batch") {
    text.clear();
    for (const Value& entry : root["entry"].elements()) {
      if (entry.find("resource") != nullptr) append_entry(entry["resource"], text);
    }
    text.append("]}");
  }
  const Response response = post(std::move(text));
  if (response.status == waits) count.waiting = true;
  if (response.status >= 300) return fail(count, entries, words_of(response));
  take(response, count, {});
}

void Importer::take(const Response& response, ImportCount& count, const std::string& place) {
  auto document = fhir::json::parse(response.body ? std::string_view(*response.body) : std::string_view("{}"));
  if (!document) return;
  std::size_t at = 0;
  for (const Value& entry : document->root()["entry"].elements()) {
    const std::string_view status = entry["response"].text("status");
    const std::string where = place.empty() ? "entry " + std::to_string(at) : place;
    ++at;
    if (status.starts_with("201")) ++count.created;
    else if (status.starts_with("2") || status.starts_with("304")) ++count.known;
    else fail(count, 1, where + ": " + std::string(status) + " " + words_of(entry["response"]["outcome"]));
  }
}

void Importer::lines(const std::string& text, ImportCount& count) {
  std::vector<std::string_view> waiting;
  std::size_t first = 1, number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    waiting.push_back(line);
    if (waiting.size() < lines_at_once && begin < text.size()) continue;
    group(waiting, first, count);
    waiting.clear();
    first = number + 1;
  }
}

// Some lines in one transaction; when that is refused, each by itself, so that a faulty line costs nobody else.
void Importer::group(const std::vector<std::string_view>& lines, std::size_t first, ImportCount& count) {
  std::string together;
  std::set<std::string> ids;
  bool one_by_one = false;
  std::size_t resources = 0;
  for (const std::string_view line : lines) {
    if (line.empty()) continue;
    ++resources;
    auto document = fhir::json::parse(line);
    const Value root = document ? document->root() : Value();
    const std::string id(root.text("id"));
    const bool twice = !id.empty() && !ids.insert(std::string(root.text("resourceType")) + "/" + id).second;
    if (twice || !root.is_object() || root.text("resourceType") == "Bundle") one_by_one = true;
    if (!one_by_one) append_entry(root, together);
  }
  if (resources == 0) return;
  if (!one_by_one) {
    const Response response = post(together + "]}");
    if (response.status < 300) {
      count.resources += resources;
      return take(response, count, {});
    }
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].empty()) single(lines[i], "line " + std::to_string(first + i), count);
  }
}

void Importer::single(std::string_view text, const std::string& place, ImportCount& count) {
  const std::string before = place.empty() ? "" : place + ": ";
  auto document = fhir::json::parse(text);
  if (!document) return fail(count, 1, before + document.error().message);
  if (document->root().text("resourceType") == "Bundle") {
    ImportCount inner;
    bundle(std::string(text), inner);
    count.resources += inner.resources;
    count.created += inner.created;
    count.known += inner.known;
    count.waiting = count.waiting || inner.waiting;
    count.failed += inner.failed;
    for (const std::string& error : inner.errors) fail(count, 0, before + error);
    return;
  }
  ++count.resources;
  if (document->root().text("resourceType").empty())
    return fail(count, 1, before + "not a resource: resourceType is missing");
  std::string body;
  append_entry(document->root(), body);
  const Response response = post(body + "]}");
  if (response.status == waits) count.waiting = true;
  if (response.status >= 300) return fail(count, 1, before + words_of(response));
  take(response, count, place);
}

}  // namespace adapters::server
