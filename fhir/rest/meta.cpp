#include "fhir/rest/meta.hpp"

namespace fhir::rest {
namespace {

bool stamped(std::string_view name) {
  return name == "versionId" || name == "lastUpdated" || name == "_versionId" || name == "_lastUpdated";
}

void append_member(std::string_view name, const json::Value& value, std::string& out) {
  json::write_string(name, out);
  out += ':';
  json::write(value, out);
}

}  // namespace

Stored stored_form(const json::Value& resource, std::string_view id) {
  Stored stored;
  std::string& out = stored.body;
  out.reserve(1024);
  out += R"({"resourceType":)";
  json::write_string(resource.text("resourceType"), out);
  out += R"(,"id":)";
  json::write_string(id, out);
  out += R"(,"meta":{)";
  stored.stamp_at = out.size();
  bool first = true;
  for (const json::Member& member : resource["meta"].members()) {
    if (stamped(member.name)) continue;
    if (!first) out += ',';
    first = false;
    append_member(member.name, member.value, out);
  }
  out += '}';
  for (const json::Member& member : resource.members()) {
    if (member.name == "resourceType" || member.name == "id" || member.name == "meta") continue;
    out += ',';
    append_member(member.name, member.value, out);
  }
  out += '}';
  return stored;
}

std::string stamp(const std::string& body, std::size_t stamp_at, std::int64_t version, core::Instant updated) {
  std::string mark = R"("versionId":")";
  mark += std::to_string(version);
  mark += R"(","lastUpdated":")";
  mark += core::text(updated);
  mark += '"';
  if (stamp_at < body.size() && body[stamp_at] != '}') mark += ',';
  std::string out;
  out.reserve(body.size() + mark.size());
  out.append(body, 0, stamp_at);
  out += mark;
  out.append(body, stamp_at, std::string::npos);
  return out;
}

}  // namespace fhir::rest
