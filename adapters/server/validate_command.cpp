#include "adapters/server/validate_command.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/http/gzip.hpp"
#include "adapters/server/clock.hpp"
#include "adapters/server/commands.hpp"
#include "adapters/server/package.hpp"
#include "adapters/server/system.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/model/xml_form.hpp"
#include "fhir/validate/outcome.hpp"
#include "fhir/validate/profile.hpp"
#include "fhir/validate/validator.hpp"

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

core::Result<json::Document> document_from(const fhir::model::Definitions& definitions, const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");  // a byte order mark may stand before XML
  if (first != std::string::npos && text[first] == '<') return fhir::model::from_xml(definitions, text);
  return json::parse(text);
}

core::Result<core::Done> add_file(const std::string& file, fhir::validate::Known& known) {
  auto text = read_file(file);
  if (!text) return text.error();
  if (http::is_gzip(*text)) {
    text = http::unzipped(*text, json::Limits{}.bytes);
    if (!text) return core::invalid(text.error().message, file);
  }
  auto document = document_from(known.definitions(), *text);
  if (!document) return core::invalid(document.error().message + " at " + document.error().where, file);
  known.add(std::move(*document));
  return core::Done{};
}

core::Result<core::Done> add_package(const std::string& file, fhir::validate::Known& known) {
  const auto tgz = read_file(file);
  if (!tgz) return tgz.error();
  std::string broken;
  const auto done = read_package(*tgz, [&](std::string_view name, std::string_view text) {
    auto document = json::parse(text);
    if (document) known.add(std::move(*document));
    else if (broken.empty())
      broken = std::string(name) + ": " + document.error().message + " at " + document.error().where;
  });
  if (!done) return core::Error{done.error().kind, "broken package: " + done.error().message, file};
  if (!broken.empty()) return core::invalid("broken package: " + broken, file);
  return core::Done{};
}

core::Result<core::Done> add_known(const Call& call, fhir::validate::Known& known) {
  for (const std::string& file : call.values("--package"))
    if (auto done = add_package(file, known); !done) return done;
  for (const std::string& file : call.values("--with"))
    if (auto done = add_file(file, known); !done) return done;
  for (const std::string& url : call.values("--profile"))
    if (!known.profile(url) && !fhir::validate::is_base_type(known.definitions(), url))
      return core::not_found("the profile is not loaded (--package, --with)", url);
  return core::Done{};
}

}  // namespace

int validate_command(Arguments arguments) {
  const auto call = Call::parse(arguments, flags, 1, 1);
  if (!call) return refuse_call("validate", call.error().message);
  const auto refuse = [](const core::Error& error) {
    std::cerr << "panelbridge validate: " << (error.where.empty() ? "" : error.where + ": ") << error.message << '\n';
    return wrong_call;
  };
  const auto text = read_file(call->rest().front());
  if (!text) return refuse(text.error());
  const auto folder = profiles_folder();
  if (!folder) return refuse(folder.error());
  const auto definitions = fhir::model::Definitions::load(*folder);
  if (!definitions) return refuse(definitions.error());
  fhir::validate::Known known(**definitions);
  if (const auto done = add_known(*call, known); !done) return refuse(done.error());

  Issues issues;
  if (const auto document = document_from(**definitions, *text)) {
    issues = fhir::validate::validate(known, document->root(), {call->values("--profile"), MachineClock().now()});
  } else {
    issues.push_back({Severity::fatal, "invalid", "", document.error().message + " at " + document.error().where, ""});
  }
  std::cout << json::write(fhir::validate::outcome(issues).root(), json::Style::pretty) << '\n' << std::flush;
  if (!std::cout) return wrong_call;
  return fhir::validate::has_error(issues) ? wrong_data : done;
}

}  // namespace adapters::server
