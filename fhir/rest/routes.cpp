#include "fhir/rest/routes.hpp"

#include <array>

#include "fhir/rest/identity.hpp"
#include "fhir/rest/interactions.hpp"

namespace fhir::rest {
namespace {

constexpr std::array<Route, 33> table = {{
    {"GET", "", "search-system", search_system, "search-system"},
    {"POST", "", "batch", bundle, "transaction"},
    {"GET", "metadata", "capabilities", capabilities},
    {"GET", "_history", "history-system", history_system, "history-system"},
    {"POST", "_search", "search-system", search_system},
    {"GET", "_search", "search-system", search_system},
    {"GET", "_async/I", "async-status", async_status},
    {"DELETE", "_async/I", "async-cancel", async_cancel},
    {"GET", "$", "operation", operate},
    {"POST", "$", "operation", operate},

    {"GET", "T", "search-type", search_type, "search-type"},
    {"POST", "T", "create", create, "create"},
    {"PUT", "T", "update", conditional_update},
    {"PATCH", "T", "patch", conditional_patch},
    {"DELETE", "T", "delete", conditional_remove},
    {"POST", "T/_search", "search-type", search_type},
    {"GET", "T/_search", "search-type", search_type},
    {"GET", "T/_history", "history-type", history_type, "history-type"},
    {"GET", "T/$", "operation", operate},
    {"POST", "T/$", "operation", operate},

    {"GET", "T/I", "read", read, "read"},
    {"PUT", "T/I", "update", update, "update"},
    {"PATCH", "T/I", "patch", patch, "patch"},
    {"DELETE", "T/I", "delete", remove, "delete"},
    {"GET", "T/I/_history", "history-instance", history_instance, "history-instance"},
    {"GET", "T/I/_history/V", "vread", vread, "vread"},
    {"GET", "T/I/$", "operation", operate},
    {"POST", "T/I/$", "operation", operate},
    {"GET", "T/I/_history/V/$", "operation", operate},
    {"POST", "T/I/_history/V/$", "operation", operate},
    {"GET", "T/I/C", "search-type", search_compartment},
    {"GET", "T/I/C/_search", "search-type", search_compartment},
    {"POST", "T/I/C/_search", "search-type", search_compartment},
}};

struct Segments {
  std::array<std::string_view, 6> at;
  std::size_t count = 0;
  bool fits = true;
};

Segments segments(std::string_view path) {
  Segments out;
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty()) {
    if (out.count == out.at.size()) {
      out.fits = false;
      break;
    }
    const std::size_t end = path.find('/');
    out.at[out.count++] = path.substr(0, end);
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  if (out.count > 0 && out.at[out.count - 1].empty()) --out.count;  // one slash at the end is forgiven
  return out;
}

bool is_name(std::string_view text) { return !text.empty() && text.front() != '_' && text.front() != '$'; }

bool match_segment(std::string_view shape, std::string_view segment) {
  if (shape == "T") return is_name(segment) && segment != "metadata";
  if (shape == "I" || shape == "V" || shape == "C") return is_name(segment);
  if (shape == "$") return segment.size() > 1 && segment.front() == '$';
  return shape == segment;
}

bool match(std::string_view shape, const Segments& path) {
  std::size_t i = 0;
  while (!shape.empty()) {
    const std::size_t end = shape.find('/');
    if (i == path.count || !match_segment(shape.substr(0, end), path.at[i++])) return false;
    if (end == std::string_view::npos) break;
    shape.remove_prefix(end + 1);
  }
  return i == path.count;
}

void fill(std::string_view shape, const Segments& path, Target& target) {
  for (std::size_t i = 0; i < path.count; ++i) {
    const std::size_t end = shape.find('/');
    const std::string_view part = shape.substr(0, end);
    if (part == "T") target.type = path.at[i];
    if (part == "I") target.id = path.at[i];
    if (part == "V") target.version = path.at[i];
    if (part == "C") target.member = path.at[i];
    if (part == "$") target.operation = path.at[i].substr(1);
    if (end != std::string_view::npos) shape.remove_prefix(end + 1);
  }
}

void allow(std::string_view method, std::string& list) {
  if (list.find(method) != std::string::npos) return;
  if (!list.empty()) list += ", ";
  list += method;
  if (method == "GET") list += ", HEAD";
}

}  // namespace

std::span<const Route> routes() { return table; }

Routed route(std::string_view method, std::string_view path) {
  Routed routed;
  const Segments parts = segments(path);
  if (!parts.fits) return routed;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Route& row : table) {
    if (!match(row.shape, parts)) continue;
    if (row.method != wanted) {
      allow(row.method, routed.allow);
      continue;
    }
    routed.route = &row;
    fill(row.shape, parts, routed.target);
    break;
  }
  return routed;
}

}  // namespace fhir::rest
