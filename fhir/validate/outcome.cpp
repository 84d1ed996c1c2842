#include "fhir/validate/outcome.hpp"

#include <algorithm>
#include <array>

namespace fhir::validate {
namespace {

constexpr std::array<std::string_view, 4> severities{"fatal", "error", "warning", "information"};

json::Value issue_value(const Issue& issue, json::Document& document) {
  json::Value value = document.object();
  document.set(value, "severity", document.string(text(issue.severity)));
  document.set(value, "code", document.string(issue.code.empty() ? "processing" : issue.code));
  if (!issue.text.empty() || !issue.id.empty())
    document.set(value, "diagnostics", document.string(issue.id.empty() ? issue.text : issue.id + ": " + issue.text));
  if (!issue.expression.empty()) {
    json::Value places = document.array();
    document.push(places, document.string(issue.expression));
    document.set(value, "expression", places);
  }
  return value;
}

}  // namespace

std::string_view text(Severity severity) { return severities[static_cast<std::size_t>(severity)]; }

std::optional<Severity> severity_from(std::string_view text) {
  const auto it = std::find(severities.begin(), severities.end(), text);
  if (it == severities.end()) return std::nullopt;
  return static_cast<Severity>(it - severities.begin());
}

json::Value outcome(const Issues& issues, json::Document& document) {
  json::Value list = document.array();
  for (const Issue& issue : issues) document.push(list, issue_value(issue, document));
  if (issues.empty())
    document.push(list, issue_value({Severity::information, "informational", "", "no issues found", ""}, document));
  json::Value value = document.object();
  document.set(value, "resourceType", document.string("OperationOutcome"));
  document.set(value, "issue", list);
  return value;
}

json::Document outcome(const Issues& issues) {
  json::Document document;
  document.root() = outcome(issues, document);
  return document;
}

Issues issues_from(const json::Value& outcome) {
  Issues issues;
  for (const json::Value& entry : outcome["issue"].elements()) {
    std::string_view words = entry.text("diagnostics");
    if (words.empty()) words = entry["details"].text("text");
    issues.push_back({severity_from(entry.text("severity")).value_or(Severity::error), std::string(entry.text("code")),
                      std::string(entry["expression"][0].text()), std::string(words), ""});
  }
  return issues;
}

}  // namespace fhir::validate
