#include "adapters/server/validate_command.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/server/commands.hpp"
#include "adapters/server/system.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/validate/outcome.hpp"
#include "fhir/validate/structure.hpp"

namespace adapters::server {
namespace {

namespace json = fhir::json;
using fhir::validate::Issue;
using fhir::validate::Issues;
using fhir::validate::Severity;

constexpr std::array flags{Flag{"--package", true, true}, Flag{"--with", true, true}, Flag{"--profile"}};

core::Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return core::not_found("cannot be read", file);
  return text;
}

void add_limits(const Call& call, Issues& issues) {
  issues.push_back({Severity::information, "not-supported", "", "not checked yet: profiles, invariants and slicing", ""});
  for (const auto flag : {"--package", "--with", "--profile"})
    if (call.has(flag)) issues.push_back({Severity::warning, "not-supported", "", std::string(flag) + " is not used yet", ""});
}

}  // namespace

int validate_command(Arguments arguments) {
  const auto call = Call::parse(arguments, flags, 1, 1);
  if (!call) return refuse_call("validate", call.error().message);
  const auto text = read_file(call->rest().front());
  if (!text) return refuse_call("validate", text.error().where + ": " + text.error().message);
  const auto folder = profiles_folder();
  if (!folder) return refuse_call("validate", folder.error().message);
  const auto definitions = fhir::model::Definitions::load(*folder);
  if (!definitions) return refuse_call("validate", definitions.error().where + ": " + definitions.error().message);

  Issues issues;
  if (const auto document = json::parse(*text)) {
    issues = fhir::validate::check(**definitions, document->root());
    add_limits(*call, issues);
  } else {
    issues.push_back({Severity::fatal, "invalid", "", document.error().message + " at " + document.error().where, ""});
  }
  std::cout << json::write(fhir::validate::outcome(issues).root(), json::Style::pretty) << '\n' << std::flush;
  if (!std::cout) return wrong_call;
  return fhir::validate::has_error(issues) ? wrong_data : done;
}

}  // namespace adapters::server
