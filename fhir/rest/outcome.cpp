#include "fhir/rest/outcome.hpp"

#include <array>
#include <cctype>

#include "core/store/no_room.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/outcome.hpp"

namespace fhir::rest {
namespace {

constexpr std::array<Standing, 13> table = {{
    {400, "invalid"},        // invalid
    {401, "login"},          // unauthenticated
    {403, "forbidden"},      // forbidden
    {404, "not-found"},      // not_found
    {405, "not-supported"},  // method_not_allowed
    {409, "conflict"},       // conflict
    {410, "deleted"},        // gone
    {412, "conflict"},       // stale
    {422, "processing"},     // unprocessable
    {400, "not-supported"},  // unsupported
    {413, "too-long"},       // too_large
    {503, "transient"},      // busy
    {500, "exception"},      // fault
}};
static_assert(table.size() == static_cast<std::size_t>(core::Kind::fault) + 1);

// FHIRPath begins with a type; anything else names a part of the HTTP request.
bool is_path(std::string_view where) {
  return !where.empty() && std::isupper(static_cast<unsigned char>(where.front())) != 0;
}

}  // namespace

core::Kind kind_of(int status) {
  for (std::size_t kind = 0; kind < table.size(); ++kind)
    if (table[kind].status == status) return static_cast<core::Kind>(kind);
  return core::Kind::fault;
}

Standing standing(core::Kind kind) { return table[static_cast<std::size_t>(kind)]; }

Standing standing(const core::Error& error) {
  return core::store::is_no_room(error) ? Standing{507, "no-store"} : standing(error.kind);
}

// The place of a fault is inside the server: it is for the log, not for the caller.
validate::Issue issue_from(const core::Error& error) {
  const bool inside = error.kind == core::Kind::fault || core::store::is_no_room(error);
  return {validate::Severity::error, std::string(standing(error).code), inside ? "" : error.where, error.message, {}};
}

std::string outcome_text(const validate::Issues& issues) {
  validate::Issues said = issues;
  for (validate::Issue& issue : said)
    if (!issue.expression.empty() && !is_path(issue.expression)) issue.expression.insert(0, "http.");
  return json::write(validate::outcome(said).root());
}

std::string outcome_text(validate::Severity severity, std::string_view code, std::string_view text) {
  return outcome_text({{severity, std::string(code), {}, std::string(text), {}}});
}

Response refusal(const core::Error& error, const validate::Issues& issues) {
  Response response;
  response.status = standing(error).status;
  response.body =
      std::make_shared<const std::string>(outcome_text(issues.empty() ? validate::Issues{issue_from(error)} : issues));
  if (error.kind == core::Kind::fault) response.fault = error.message + " (" + error.where + ")";
  if (core::store::is_no_room(error)) response.fault = error.message;
  else if (error.kind == core::Kind::busy) response.headers.push_back({"Retry-After", "1"});
  return response;
}

Response refusal(int status, std::string_view code, std::string_view text) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(outcome_text(validate::Severity::error, code, text));
  return response;
}

}  // namespace fhir::rest
