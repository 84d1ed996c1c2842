// `partners test`: what of the configuration works, by read-only calls, in words.
#include "adapters/ehr/pull.hpp"

namespace adapters::ehr {

using fhir::partner::Finding;

namespace {

std::string counted(const Page& page) {
  return std::to_string(page.entries.size()) + (page.entries.size() == 1 ? " resource" : " resources") + " on a page of one";
}

Finding search_finding(Upstream& upstream, const fhir::partner::World& world, const std::string& url, const std::string& what) {
  auto answer = upstream.get(url);
  if (!answer) return {false, what + ": " + answer.error().message};
  auto page = page_from(*world.definitions, answer->body);
  if (!page) return {false, what + ": " + page.error().message};
  return {true, what + ": answered, " + counted(*page)};
}

Finding heeds_last_updated(Upstream& upstream, const fhir::partner::World& world, const std::string& base, const std::string& type) {
  auto answer = upstream.get(base + "/" + type + "?_count=1&_lastUpdated=ge2999-01-01");
  if (!answer) return {false, type + ": _lastUpdated is refused, so everything is compared each time: " + answer.error().message};
  auto page = page_from(*world.definitions, answer->body);
  if (!page) return {false, type + ": " + page.error().message};
  const bool heeds = page->entries.empty();
  return {heeds, type + (heeds ? ": _lastUpdated is heeded" : ": _lastUpdated is not heeded, so everything is compared each time")};
}

}  // namespace

std::vector<Finding> Pull::test() {
  std::vector<Finding> findings;
  looked_ = false;
  if (auto seen = look(); !seen) {
    findings.push_back({false, "the capability statement: " + seen.error().message});
    if (seen.error().where == "partner") return findings;
  } else if (!pulling_.claims.known) {
    findings.push_back({false, "the server has no capability statement: only searches are tried"});
  } else {
    const std::string software = pulling_.claims.software.empty() ? "the server" : pulling_.claims.software;
    findings.push_back({true, software + " speaks FHIR " + pulling_.claims.version + " and takes our credentials"});
  }
  if (pulling_.claims.system_export || pulling_.claims.patient_export)
    findings.push_back({true, std::string("it offers Bulk Data of ") + (pulling_.claims.system_export ? "everything" : "patients") +
                                  (setting_.bulk ? ": a first load comes by export, unless types have queries" : "; it is switched off here")});
  bool first = true;
  for (const Wanted& wanted : setting_.types) {
    if (!pulling_.claims.offers(wanted.type)) {
      findings.push_back({false, wanted.type + ": the server does not have it"});
      continue;
    }
    const std::string base = setting_.base_url + "/" + wanted.type + "?_count=1";
    if (wanted.queries.empty()) findings.push_back(search_finding(upstream_, world_, base, wanted.type));
    for (const std::string& query : wanted.queries)
      findings.push_back(search_finding(upstream_, world_, base + "&" + query, wanted.type + " with " + query));
    if (first) findings.push_back(heeds_last_updated(upstream_, world_, setting_.base_url, wanted.type));
    first = false;
    const bool history = setting_.history && pulling_.claims.history(wanted.type);
    if (!history) findings.push_back({true, wanted.type + ": no _history, so deletions are found every " +
                                                std::to_string(setting_.reconcile_s) + " s"});
  }
  return findings;
}

}  // namespace adapters::ehr
