#include "fhir/care/elements.hpp"

#include "fhir/care/facts.hpp"

namespace fhir::care {

using core::population::Fact;
using core::population::no_day;

void add_codings(const json::Value& value, std::vector<Coding>& out) {
  if (value.is_array()) {
    for (const json::Value& each : value.elements()) add_codings(each, out);
    return;
  }
  if (const json::Value* codings = value.find("coding")) return add_codings(*codings, out);
  const std::string_view code = value.text("code");
  if (!code.empty()) out.push_back({std::string(value.text("system")), std::string(code)});
}

void add_links(const json::Value& value, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const json::Value& each : value.elements()) add_links(each, out);
    return;
  }
  if (std::string link = link_from(value); !link.empty()) out.push_back(std::move(link));
}

bool has_coding(const json::Value& value, std::string_view system, std::string_view code) {
  if (value.is_array()) {
    for (const json::Value& each : value.elements())
      if (has_coding(each, system, code)) return true;
    return false;
  }
  if (const json::Value* codings = value.find("coding")) return has_coding(*codings, system, code);
  return value.text("code") == code && (system.empty() || value.text("system") == system);
}

When when(const json::Value& text) {
  if (!text.is_string()) return {};
  const auto moment = core::moment_from(text.text());
  if (!moment) return {no_day, false};
  return {moment->day(), moment->precision >= core::Precision::day};
}

void read_period(const json::Value& period, Fact& fact) {
  const When start = when(period["start"]), end = when(period["end"]);
  if (start.day != no_day) {
    fact.start = start.day;
    fact.day_exact = start.exact;
  }
  if (end.day == no_day) return;
  fact.end = end.day;
  if (fact.start == no_day) {
    fact.start = end.day;
    fact.day_exact = false;
  }
}

void read_when(const json::Value& resource, std::string_view name, Fact& fact) {
  const std::string stem(name);
  for (const char* suffix : {"DateTime", "Instant", "Date", ""}) {
    const When found = when(resource[stem + suffix]);
    if (found.day == no_day) continue;
    fact.start = found.day;
    fact.day_exact = found.exact;
    return;
  }
  if (const json::Value* period = resource.find(stem + "Period")) return read_period(*period, fact);
  const json::Value& events = resource[stem + "Timing"]["event"];
  if (events.is_array() && events.size() > 0) {
    const When found = when(events[0]);
    fact.start = found.day;
    fact.day_exact = found.exact;
  }
}

const json::Value* extension(const json::Value& element, std::string_view url) {
  for (const json::Value& each : element["extension"].elements())
    if (each.text("url") == url) return &each;
  return nullptr;
}

void push_to(json::Document& doc, json::Value& object, std::string_view name, json::Value value) {
  if (json::Value* list = doc.find(object, name); list && list->is_array()) {
    doc.push(*list, value);
    return;
  }
  json::Value list = doc.array();
  doc.push(list, value);
  doc.set(object, name, list);
}

}  // namespace fhir::care
