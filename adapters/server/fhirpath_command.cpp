#include "adapters/server/fhirpath_command.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "adapters/server/call.hpp"
#include "adapters/server/commands.hpp"
#include "adapters/server/system.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/path/path.hpp"

namespace adapters::server {
namespace {

namespace json = fhir::json;
namespace path = fhir::path;

core::Result<std::string> text_of(const std::string& file) {
  std::error_code none;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file, none)) return core::fault("cannot be read", file);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::string said(const core::Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

// Resources by file, each read once; and the expressions over them.
class Desk {
 public:
  explicit Desk(std::shared_ptr<const fhir::model::Definitions> definitions) : definitions_(std::move(definitions)) {
    environment_.definitions = definitions_.get();
    environment_.strict = true;
    environment_.budget = 400'000'000;  // large Bundles are fine here
    environment_.trace = [](std::string_view name, const path::Collection& items) {
      std::string text;
      path::write(items, text);
      std::cerr << "trace " << name << ": " << text << '\n';
    };
  }

  // The result as JSON. Kind::fault: the file cannot be read.
  core::Result<std::string> answer(const std::string& expression, const std::string& file) {
    const auto& resource = read(file);
    if (!resource) return resource.error();
    const auto parsed = path::Expression::parse(expression);
    if (!parsed) return core::Error{parsed.error().kind, parsed.error().message, {}};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    environment_.now = {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
    environment_.root = &resource->root();
    const auto result = parsed->evaluate(resource->root(), environment_);
    if (!result) return core::Error{result.error().kind, result.error().message, {}};
    std::string text;
    path::write(*result, text);
    return text;
  }

 private:
  const core::Result<json::Document>& read(const std::string& file) {
    const auto known = resources_.find(file);
    if (known != resources_.end()) return known->second;
    auto text = text_of(file);
    if (!text) return resources_.emplace(file, std::move(text.error())).first->second;
    auto parsed = json::parse(*text);
    if (!parsed) parsed.error().where = file + (parsed.error().where.empty() ? "" : ", " + parsed.error().where);
    return resources_.emplace(file, std::move(parsed)).first->second;
  }

  std::shared_ptr<const fhir::model::Definitions> definitions_;
  path::Environment environment_;
  std::map<std::string, core::Result<json::Document>> resources_;
};

std::optional<Desk> desk() {
  const auto folder = profiles_folder();
  auto definitions = folder ? fhir::model::Definitions::load(*folder)
                            : core::Result<std::shared_ptr<const fhir::model::Definitions>>(folder.error());
  if (definitions) return Desk(*definitions);
  std::cerr << "panelbridge fhirpath: " << said(definitions.error()) << '\n';
  return std::nullopt;
}

int one(const std::string& expression, const std::string& file) {
  auto with = desk();
  if (!with) return wrong_call;
  const auto answer = with->answer(expression, file);
  if (answer) {
    std::cout << *answer << '\n';
    return done;
  }
  std::cerr << "panelbridge fhirpath: " << said(answer.error()) << '\n';
  return answer.error().kind == core::Kind::fault ? wrong_call : wrong_data;
}

// One line of a batch; false: it is not of the form.
bool answer_line(Desk& with, std::string_view line) {
  const auto parsed = json::parse(line);
  if (!parsed || !parsed->root().is_object()) return false;
  const json::Value &id = parsed->root()["id"], &expression = parsed->root()["expression"],
                    &file = parsed->root()["file"];
  if (id.is_null() || !expression.is_string() || !file.is_string()) return false;
  const auto answer = with.answer(std::string(expression.text()), std::string(file.text()));
  std::string out = "{\"id\":";
  json::write(id, out);
  if (answer) {
    out += ",\"result\":" + *answer;
  } else {
    out += ",\"error\":";
    json::write_string(said(answer.error()), out);
  }
  std::cout << out << '}' << std::endl;
  return true;
}

int batch(const std::string& file) {
  const auto text = text_of(file);
  if (!text) return std::cerr << "panelbridge fhirpath: " << said(text.error()) << '\n', wrong_call;
  auto with = desk();
  if (!with) return wrong_call;
  bool good = true;
  std::size_t number = 0;
  for (std::string_view rest(*text); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || answer_line(*with, line)) continue;
    std::cerr << "panelbridge fhirpath: " << file << " line " << number
              << ": not an object with id, expression and file\n";
    good = false;
  }
  return good ? done : wrong_call;
}

}  // namespace

int fhirpath_command(std::span<const std::string> args) {
  constexpr Flag flags[] = {{"--batch"}};
  const bool batched = !args.empty() && args.front().starts_with("--batch");
  if (!batched) {  // an expression may start with a sign, so nothing here is an option
    const auto plain = !args.empty() && args.front() == "--" ? args.subspan(1) : args;
    if (plain.size() != 2) return refuse_call("fhirpath", "needs an expression and a file");
    return one(plain[0], plain[1]);
  }
  const auto call = Call::parse(args, flags, 0, 0);
  if (!call) return refuse_call("fhirpath", said(call.error()));
  return batch(*call->value("--batch"));
}

}  // namespace adapters::server
