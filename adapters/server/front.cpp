#include "adapters/server/front.hpp"

#include <unistd.h>
#include <fstream>
#include <memory>

namespace adapters::server {
namespace {

using fhir::rest::Request;
using fhir::rest::Response;

constexpr std::string_view base = "/fhir", partners = "/partners/", plain_interaction = "operations";

Response answer(int status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::string(type)});
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::make_shared<const std::string>(std::move(body));
  response.interaction = plain_interaction;
  return response;
}

Response outcome(int status, std::string_view code, std::string_view text) {
  std::string body = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":")";
  body.append(code).append(R"(","diagnostics":")").append(text).append(R"("}]})");
  return answer(status, "application/fhir+json", std::move(body));
}

bool takes_prefix(Request& request) {  // "/fhir/Patient/1" -> "/Patient/1", "/fhir" and "/fhir/" -> ""
  if (!request.path.starts_with(base)) return false;
  if (request.path.size() > base.size() && request.path[base.size()] != '/') return false;
  request.path.erase(0, base.size());
  if (request.path == "/") request.path.clear();
  return true;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

std::optional<Response> Front::route(Request& request) {
  if (takes_prefix(request)) {
    if (!request.path.starts_with(partners)) return std::nullopt;
    return outcome(404, "not-found", "partners is no resource type");
  }
  if (parts_.partners != nullptr && request.path.starts_with(partners)) return std::nullopt;
  struct Route {
    std::string_view path;
    Answer answer;
  };
  static constexpr Route routes[] = {
      {"/healthz", &Front::live}, {"/readyz", &Front::ready}, {"/metrics", &Front::metrics}};
  for (const Route& route : routes) {
    if (request.path != route.path) continue;
    if (request.method == "GET" || request.method == "HEAD") return (this->*route.answer)();
    Response response = outcome(405, "not-supported", "only GET is served here");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  return outcome(404, "not-found", "nothing is served here; FHIR is below /fhir");
}

std::optional<Response> Front::quick(const Request& request) {
  if (request.path.starts_with(partners) || request.path.starts_with(Exports::path)) return std::nullopt;
  return parts_.api->quick(request);
}

Response Front::handle(const Request& request) {
  if (request.path.starts_with(partners)) return parts_.partners->receive(request);
  if (parts_.exports != nullptr && request.path.starts_with(Exports::path)) return parts_.exports->receive(request);
  return parts_.api->handle(request);
}

Response Front::live() { return answer(200, "application/json", R"({"status":"live"})"); }

Response Front::ready() {
  const std::string_view population = parts_.ticker == nullptr ? "off" : parts_.ticker->loaded() ? "loaded" : "loading";
  std::string body = R"({"status":")";
  body.append(stopping_ ? "stopping" : "ready").append(R"(","fhir":)").append(stopping_ ? "false" : "true");
  body.append(R"(,"population":")").append(population).append(R"("})");
  return answer(stopping_ ? 503 : 200, "application/json", std::move(body));
}

Response Front::metrics() {
  std::string text;
  metrics_.write(text);
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    Metrics::write(text, name, help, Metrics::Kind::gauge, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    Metrics::write(text, name, help, Metrics::Kind::counter, static_cast<double>(value));
  };
  const http::Figures edge = parts_.edge();
  gauge("panelbridge_connections", "Connections open.", static_cast<double>(edge.connections));
  gauge("panelbridge_requests_waiting", "Requests that wait for a worker.", static_cast<double>(edge.waiting));
  gauge("panelbridge_requests_working", "Requests on workers.", static_cast<double>(edge.working));
  counter("panelbridge_connections_accepted_total", "Connections accepted.", edge.accepted);
  counter("panelbridge_connections_turned_away_total", "Connections refused because too many were open.",
          edge.turned_away);
  counter("panelbridge_connections_timed_out_total", "Connections that missed a deadline within a request.",
          edge.timed_out);
  gauge("panelbridge_store_sequence", "Sequence number of the newest change.",
        static_cast<double>(parts_.store->last()));
  gauge("panelbridge_population_loaded", "1 when surveillance has the population in memory.",
        parts_.ticker != nullptr && parts_.ticker->loaded() ? 1 : 0);
  gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes());
  if (parts_.ticker != nullptr) parts_.ticker->gauges(gauge);
  if (parts_.partners != nullptr) parts_.partners->write_metrics(text);
  if (parts_.notifications != nullptr) parts_.notifications->write_metrics(text);
  return answer(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

void Front::finished(const http::Exchange& exchange) {
  const Response& response = exchange.response;
  metrics_.count(response.interaction, response.type, response.status, exchange.took, exchange.bytes_out);
  const Level level = response.status >= 500 ? Level::error : Level::info;
  if (!parts_.log->wants(level) || (level == Level::info && !parts_.log_requests)) return;
  if (response.interaction == plain_interaction && response.status < 400) return;  // probes and scrapes
  const double ms = std::chrono::duration<double, std::milli>(exchange.took).count();
  const auto status = static_cast<std::int64_t>(response.status);
  const auto bytes = static_cast<std::int64_t>(exchange.bytes_out);
  if (!response.fault.empty()) parts_.log->line(Level::error, "fault", {{"request", exchange.request.request_id}, {"text", response.fault}});
  if (!exchange.refusal.empty()) {
    parts_.log->line(level, "refused",
                     {{"request", exchange.request.request_id},
                      {"status", status},
                      {"why", exchange.refusal},
                      {"ms", ms},
                      {"bytes", bytes}});
    return;
  }
  parts_.log->line(level, "request",
                   {{"request", exchange.request.request_id},
                    {"caller", exchange.request.caller.id},
                    {"method", exchange.request.method},
                    {"interaction", response.interaction},
                    {"type", response.type},
                    {"status", status},
                    {"ms", ms},
                    {"bytes", bytes}});
}

}  // namespace adapters::server
