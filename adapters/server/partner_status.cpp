// How the partners do, for operators: the operation $partner-status and the series of /metrics.
#include <array>

#include "adapters/server/metrics.hpp"
#include "adapters/server/partners.hpp"
#include "fhir/json/json.hpp"
#include "fhir/search/search.hpp"

namespace adapters::server {
namespace {

using fhir::json::Document;
using fhir::json::Value;

class Parts {
 public:
  explicit Parts(Document& document) : document_(document), list_(document.array()) {}
  void add(std::string_view name, std::string_view type, Value value) {
    Value part = document_.object();
    document_.set(part, "name", document_.string(name));
    document_.set(part, type, value);
    document_.push(list_, part);
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) add(name, "valueString", document_.string(value));
  }
  void instant(std::string_view name, const std::optional<core::Instant>& at) {
    if (at) add(name, "valueInstant", document_.string(core::text(*at)));
  }
  void count(std::string_view name, std::uint64_t value) {  // decimal: an integer of FHIR has 31 bits
    add(name, "valueDecimal", document_.number(static_cast<std::int64_t>(value)));
  }
  Value take() const { return list_; }

 private:
  Document& document_;
  Value list_;
};

Value parts_of(Document& document, const PartnerState& partner) {
  Parts parts(document);
  parts.text("id", partner.id);
  parts.text("kind", partner.kind);
  parts.add("state", "valueCode", document.string(partner.state));
  parts.instant("lastSuccess", partner.status.last_success);
  parts.instant("lastFailure", partner.status.last_failure);
  parts.text("why", partner.status.why);
  parts.text("progress", partner.status.progress);
  for (const std::string& remark : partner.status.remarks) parts.text("remark", remark);
  parts.count("waiting", partner.status.waiting);
  parts.count("dead", partner.status.dead);
  parts.count("received", partner.status.received);
  parts.count("sent", partner.status.sent);
  parts.count("failures", partner.status.failures);
  parts.count("workerDeaths", partner.deaths);
  return parts.take();
}

fhir::rest::Response status_of(const std::vector<PartnerState>& partners) {
  Document document;
  Parts all(document);
  for (const PartnerState& partner : partners) all.add("partner", "part", parts_of(document, partner));
  document.root() = document.object();
  document.set(document.root(), "resourceType", document.string("Parameters"));
  if (!partners.empty()) document.set(document.root(), "parameter", all.take());
  fhir::rest::Response response;
  response.headers = {{"Content-Type", "application/fhir+json"}, {"Cache-Control", "no-store"}};
  response.body = std::make_shared<const std::string>(fhir::json::write(document.root()));
  return response;
}

double seconds(const std::optional<core::Instant>& at) { return at ? static_cast<double>(at->ms) / 1000 : 0; }

}  // namespace

fhir::rest::Operation Partners::status_operation() const {
  fhir::rest::Operation operation;
  operation.name = "partner-status";
  operation.system = true;
  operation.definition = "https://w3id.org/panelbridge/fhir/OperationDefinition/partner-status";
  operation.call = [this](const fhir::rest::Request&, const std::string&, const std::string&) {
    return status_of(states());
  };
  return operation;
}

void Partners::write_metrics(std::string& out) const {
  const std::vector<PartnerState> partners = states();
  if (partners.empty()) return;
  using Read = double (*)(const PartnerState&);
  struct Series {
    std::string_view name, help;
    Metrics::Kind kind;
    Read read;
  };
  static constexpr Series table[] = {
      {"panelbridge_partner_paused", "1 while an operator has paused the partner.", Metrics::Kind::gauge,
       [](const PartnerState& p) { return p.state == "paused" ? 1.0 : 0.0; }},
      {"panelbridge_partner_failing", "1 while its steps end with errors.", Metrics::Kind::gauge,
       [](const PartnerState& p) { return p.state == "failing" ? 1.0 : 0.0; }},
      {"panelbridge_partner_last_success_seconds", "When it last succeeded, in seconds since 1970; 0: not yet.",
       Metrics::Kind::gauge, [](const PartnerState& p) { return seconds(p.status.last_success); }},
      {"panelbridge_partner_waiting", "Jobs in its outbox.", Metrics::Kind::gauge,
       [](const PartnerState& p) { return static_cast<double>(p.status.waiting); }},
      {"panelbridge_partner_dead", "Jobs parked for an operator.", Metrics::Kind::gauge,
       [](const PartnerState& p) { return static_cast<double>(p.status.dead); }},
      {"panelbridge_partner_received_total", "Resources and notifications received since start.",
       Metrics::Kind::counter, [](const PartnerState& p) { return static_cast<double>(p.status.received); }},
      {"panelbridge_partner_sent_total", "Jobs delivered since start.", Metrics::Kind::counter,
       [](const PartnerState& p) { return static_cast<double>(p.status.sent); }},
      {"panelbridge_partner_failures_total", "Calls and steps that failed since start.", Metrics::Kind::counter,
       [](const PartnerState& p) { return static_cast<double>(p.status.failures); }},
      {"panelbridge_partner_worker_deaths_total", "Calls that ended the worker process, since start.",
       Metrics::Kind::counter, [](const PartnerState& p) { return static_cast<double>(p.deaths); }},
  };
  for (const Series& series : table) {
    std::vector<std::pair<std::string, double>> values;
    for (const PartnerState& partner : partners)
      values.emplace_back("partner=\"" + partner.id + "\"", series.read(partner));
    Metrics::write(out, series.name, series.help, series.kind, values);
  }
}

}  // namespace adapters::server
