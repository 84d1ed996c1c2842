#include "adapters/server/risk_command.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>

#include "adapters/server/system.hpp"
#include "core/panel/risk.hpp"
#include "core/panel/risk_codes.hpp"
#include "fhir/care/risk_tables.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {
namespace {

using namespace core::panel;
using fhir::json::Value;
namespace json = fhir::json;

constexpr const char* usage =
    "usage: panelbridge risk FILE [--efi-codes FILE] [--profiles DIR]\n"
    "  FILE         {\"algorithm\": NAME, \"cases\": [{\"id\", \"input\": {...}, \"expect\": {...}}]}\n"
    "  --efi-codes  the code list of the electronic frailty index (CSV); default: efi-codes.csv beside FILE\n"
    "  --profiles   where the tables are; default: the product's own\n";

struct Call {
  std::string file, efi_codes, profiles;
};

std::optional<Call> call_from(std::span<const std::string> args) {
  Call call;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const bool named = args[i] == "--efi-codes" || args[i] == "--profiles";
    if (named && i + 1 < args.size()) {
      (args[i] == "--efi-codes" ? call.efi_codes : call.profiles) = args[i + 1];
      ++i;
    } else if (named || args[i].starts_with('-') || !call.file.empty()) {
      return std::nullopt;
    } else {
      call.file = args[i];
    }
  }
  return call.file.empty() ? std::nullopt : std::optional(call);
}

double number_from(const Value& value) {
  double number = std::nan("");
  const std::string_view digits = value.text();
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void add_observation(const Value& observation, std::vector<Input>& inputs) {
  inputs.push_back({"observation", Measured{std::string(observation.text("loinc")), number_from(observation["value"]),
                                            std::string(observation.text("unit"))}});
}

// Diagnosis lists become codings and say that there is a record; lists of words repeat their name; objects are flattened.
void add_input(std::string_view name, const Value& value, std::vector<Input>& inputs) {
  static const std::map<std::string_view, std::string_view> systems{{"icd10", icd10_system}, {"icpc1", icpc1_system}, {"snomed", snomed_system}};
  if (const auto system = systems.find(name); system != systems.end()) {
    for (const Value& code : value.elements()) {
      inputs.push_back({"diagnosis", core::population::Coding{std::string(system->second), std::string(code.text())}});
    }
    if (value.is_array()) inputs.push_back({"record", true});
    return;
  }
  if (value.is_boolean()) inputs.push_back({std::string(name), value.boolean()});
  else if (value.is_number()) inputs.push_back({std::string(name), number_from(value)});
  else if (value.is_string()) inputs.push_back({std::string(name), std::string(value.text())});
  for (const json::Member& member : value.members()) add_input(member.name, member.value, inputs);
  for (const Value& element : value.elements()) {
    if (name == "observations") add_observation(element, inputs);
    else add_input(name, element, inputs);
  }
}

// Four decimals, whole numbers without a point.
std::string number_text(double number) {
  const double rounded = std::round(number * 10000) / 10000;
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, rounded == 0 ? 0.0 : rounded);
  return error == std::errc() ? std::string(buffer, end) : "null";
}

std::string list_text(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& word : words) {
    if (out.size() > 1) out += ", ";
    json::write_string(word, out);
  }
  return out + ']';
}

std::string word_text(std::string_view word) {
  std::string out;
  json::write_string(word, out);
  return out;
}

struct Writer {
  std::string operator()(double number) const { return number_text(number); }
  std::string operator()(const std::string& word) const { return word_text(word); }
  std::string operator()(const std::vector<std::string>& words) const { return list_text(words); }
};

// Everything an assessment says, as JSON text by name.
std::map<std::string, std::string, std::less<>> answers_of(const Assessment& a) {
  std::map<std::string, std::string, std::less<>> answers;
  answers["status"] = word_text(text(a.status));
  if (a.status != RiskStatus::computed) {
    if (a.status == RiskStatus::not_computable) answers["missing"] = list_text(a.missing);
    else answers["reason"] = word_text(a.reason);
    return answers;
  }
  if (!a.missing.empty()) answers["missing"] = list_text(a.missing);
  answers["score"] = number_text(a.score);
  if (a.tier) answers["house_tier"] = word_text(text(*a.tier));
  if (!a.category.empty()) answers["category"] = word_text(a.category);
  for (const Detail& detail : a.details) answers[detail.name] = std::visit(Writer{}, detail.value);
  return answers;
}

std::string line_for(const Value& one, const Assessment& assessment) {
  const auto answers = answers_of(assessment);
  std::string line = "{\"id\": " + word_text(one.text("id"));
  const auto add = [&](std::string_view name, const std::string& value) { line += ", " + word_text(name) + ": " + value; };
  if (const Value* expect = one.find("expect"); expect && expect->is_object()) {
    for (const json::Member& member : expect->members()) {
      if (const auto found = answers.find(member.name); found != answers.end()) add(member.name, found->second);
    }
    if (!expect->find("status")) add("status", answers.at("status"));
  } else {
    for (const auto& [name, value] : answers) add(name, value);
  }
  return line + "}\n";
}

std::string without_dashes(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += c;
  }
  return plain;
}

const Algorithm* algorithm_named(std::string_view name) {
  for (const Algorithm& algorithm : algorithms()) {
    if (without_dashes(algorithm.code) == without_dashes(name)) return &algorithm;
  }
  return nullptr;
}

core::Result<std::string> read_file(const std::string& file) {
  std::error_code none;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file, none)) return core::fault("cannot be read", file);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The operator's list, else one beside the cases; without any the index says that it misses its codes.
core::Result<core::Done> add_efi_list(const Call& call, RiskTables& tables) {
  const bool named = !call.efi_codes.empty();
  const std::filesystem::path file = named ? std::filesystem::path(call.efi_codes) : std::filesystem::path(call.file).parent_path() / "efi-codes.csv";
  std::error_code none;
  if (!named && !std::filesystem::exists(file, none)) {
    std::cerr << "panelbridge risk: no eFI code list (efi-codes.csv beside the cases, or --efi-codes FILE): efi is not computable\n";
    return core::Done{};
  }
  const auto added = fhir::care::load_efi_codes(file, tables.efi);
  if (!added) return added.error();
  return core::Done{};
}

int complain(const core::Error& error, int code) {
  std::cerr << "panelbridge risk: " << (error.where.empty() ? "" : error.where + ": ") << error.message << '\n';
  return code;
}

int run(const Call& call) {
  const auto profiles = call.profiles.empty() ? profiles_folder() : core::Result<std::string>(call.profiles);
  if (!profiles) return complain(profiles.error(), 2);
  auto tables = fhir::care::load_risk_tables(std::filesystem::path(*profiles) / "house" / "risk");
  if (!tables) return complain(tables.error(), 2);
  const auto file = read_file(call.file);
  if (!file) return complain(file.error(), 2);
  const auto document = json::parse(*file);
  if (!document) return complain(core::invalid(document.error().message, call.file + ": " + document.error().where), 1);
  const Value& root = document->root();
  const Algorithm* algorithm = algorithm_named(root.text("algorithm"));
  if (!algorithm) return complain(core::invalid("no such algorithm: \"" + std::string(root.text("algorithm")) + '"', call.file + ": algorithm"), 1);
  if (!root["cases"].is_array()) return complain(core::invalid("a list of cases is expected", call.file + ": cases"), 1);
  if (algorithm->code == "efi") {
    if (const auto done = add_efi_list(call, *tables); !done) return complain(done.error(), 2);
  }
  std::string out;
  for (const Value& one : root["cases"].elements()) {
    std::vector<Input> inputs;
    for (const json::Member& member : one["input"].members()) add_input(member.name, member.value, inputs);
    out += line_for(one, algorithm->assess(*tables, inputs));
  }
  std::cout << out << std::flush;
  return std::cout ? 0 : 2;
}

}  // namespace

int risk_command(std::span<const std::string> args) {
  for (const std::string& arg : args) {
    if (arg == "--help" || arg == "-h") {
      std::cout << usage;
      return 0;
    }
  }
  const auto call = call_from(args);
  if (!call) {
    std::cerr << usage;
    return 2;
  }
  return run(*call);
}

}  // namespace adapters::server
