#include "adapters/ehr/course.hpp"

#include <charconv>

#include "fhir/json/json.hpp"

namespace adapters::ehr {
namespace {

std::optional<core::Instant> instant_in(const fhir::json::Value& object, std::string_view name) {
  const std::string_view text = object.text(name);
  const auto moment = text.empty() ? std::nullopt : core::moment_from(text);
  if (!moment) return std::nullopt;
  return moment->low;
}

std::size_t number_in(const fhir::json::Value& object, std::string_view name) {
  std::size_t number = 0;
  const std::string_view text = object.text(name);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool truth_in(const fhir::json::Value& object, std::string_view name) {
  return object[name].is_boolean() && object[name].boolean();
}

}  // namespace

std::string text_of(const Course& course) {
  std::string out = "{\"asks\":";
  fhir::json::write_string(course.asks, out);
  const auto flag = [&](std::string_view name, bool value) {
    if (value) out.append(",\"").append(name).append("\":true");
  };
  const auto instant = [&](std::string_view name, const std::optional<core::Instant>& value) {
    if (value) out.append(",\"").append(name).append("\":\"").append(core::text(*value)).append("\"");
  };
  flag("loaded", course.loaded);
  flag("ignores_updated", course.ignores_updated);
  flag("refuses_history", course.refuses_history);
  flag("doubted", course.doubted);
  instant("since", course.since);
  instant("full_at", course.full_at);
  instant("done_at", course.done_at);
  instant("start", course.start);
  instant("newest", course.newest);
  if (!course.next.empty()) {
    out += ",\"next\":";
    fhir::json::write_string(course.next, out);
    out += ",\"query\":" + std::to_string(course.query) + ",\"page\":" + std::to_string(course.page);
  }
  return out + "}";
}

Course course_from(std::string_view text) {
  Course course;
  const auto document = fhir::json::parse(text);
  if (!document) return course;
  const fhir::json::Value& root = document->root();
  course.asks = std::string(root.text("asks"));
  course.loaded = truth_in(root, "loaded");
  course.ignores_updated = truth_in(root, "ignores_updated");
  course.refuses_history = truth_in(root, "refuses_history");
  course.doubted = truth_in(root, "doubted");
  course.since = instant_in(root, "since");
  course.full_at = instant_in(root, "full_at");
  course.done_at = instant_in(root, "done_at");
  course.start = instant_in(root, "start");
  course.newest = instant_in(root, "newest");
  course.next = std::string(root.text("next"));
  course.query = number_in(root, "query");
  course.page = number_in(root, "page");
  return course;
}

}  // namespace adapters::ehr
