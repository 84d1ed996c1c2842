#include "adapters/server/directory_command.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "adapters/server/commands.hpp"
#include "adapters/server/system.hpp"
#include "fhir/light/directory.hpp"

namespace adapters::server {
namespace {

namespace fs = std::filesystem;
using fhir::light::DirectoryResource;
using fhir::light::DirectoryTables;

constexpr Flag flags[] = {{"--data"}, {"--source"}, {"--dry-run", false}, {"--shrink", false}};
constexpr std::uintmax_t most_bytes = 256UL << 20;
constexpr std::size_t few = 10;  // so many may go at once without a question

core::Result<DirectoryTables> tables_in(const std::string& folder) {
  DirectoryTables tables;
  for (const std::string& name : fhir::light::directory_table_names()) {
    const std::string singular = name.ends_with("s") ? name.substr(0, name.size() - 1) : name;
    for (const std::string& file : {name + ".csv", singular + ".csv"}) {
      const fs::path path = fs::path(folder) / file;
      std::error_code code;
      if (!fs::is_regular_file(path, code)) continue;
      if (fs::file_size(path, code) > most_bytes) return core::invalid(path.string() + " is too large");
      std::ifstream stream(path, std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      if (!stream) return core::invalid(path.string() + " cannot be read");
      auto table = fhir::light::read_table(text.str(), {1'000'000, 200, 256UL * 1024});
      if (!table) return core::invalid(path.string() + ": " + table.error().message);
      tables[name] = *std::move(table);
      break;
    }
  }
  if (tables.empty())
    return core::invalid(folder +
                         " has none of organizations.csv, services.csv, locations.csv, service_at_location.csv");
  return tables;
}

// What is stored already as it would be written needs no new version.
bool is_same(core::store::Snapshot& view, const DirectoryResource& resource) {
  const auto record = view.read(resource.key);
  if (!record || !*record || (*record)->deleted()) return false;
  auto stored = fhir::json::parse((*record)->body), wanted = fhir::json::parse(resource.body);
  if (!stored || !wanted) return false;
  for (auto* document : {&*stored, &*wanted})
    if (fhir::json::Value* meta = document->find(document->root(), "meta"))
      for (const char* name : {"versionId", "lastUpdated"}) document->remove(*meta, name);
  return fhir::json::equal(stored->root(), wanted->root());
}

struct Work {
  std::string bundle;
  std::size_t changed = 0, gone = 0;  // the one counts the other
};

core::Result<Work> work_of(core::store::Store& store, const DirectoryTables& tables, const std::string& source,
                           const std::vector<DirectoryResource>& resources) {
  auto view = store.snapshot();
  if (!view) return view.error();
  Work work{R"({"resourceType":"Bundle","type":"transaction","entry":[)", 0, 0};
  const auto put = [&](const DirectoryResource& resource) {
    if (work.changed++ > 0) work.bundle += ',';
    work.bundle += R"({"resource":)" + resource.body + R"(,"request":{"method":"PUT","url":")" + resource.key.type +
                   '/' + resource.key.id + R"("}})";
  };
  for (const DirectoryResource& resource : resources)
    if (!is_same(**view, resource)) put(resource);
  auto gone = fhir::light::directory_gone(**view, tables, resources, source);
  if (!gone) return gone.error();
  for (const DirectoryResource& resource : *gone) put(resource);
  work.gone = gone->size();
  work.bundle += "]}";
  return work;
}

int fail(const core::Error& error, int exit) {
  std::cerr << "panelbridge directory: " << error.message << '\n';
  return exit;
}

}  // namespace

int directory_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 2, 2);
  if (!call) return refuse_call("directory", call.error().message);
  if (call->rest().front() != "import") return refuse_call("directory", "what is to be done: import");
  const auto data = call->value("--data");
  if (!data || data->empty()) return refuse_call("directory", "--data DIR is needed");
  auto tables = tables_in(std::string(call->rest().back()));
  if (!tables) return fail(tables.error(), wrong_data);
  const std::string source(call->value("--source").value_or("urn:panelbridge:directory"));
  auto resources = fhir::light::directory_from(*tables, source);
  if (!resources) return fail(resources.error(), wrong_data);
  Log log(Level::warning);
  Setup setup;
  setup.data = *data;
  setup.read_only = call->has("--dry-run");
  auto system = System::open(std::move(setup), log);
  if (!system) return fail(system.error(), wrong_call);
  auto work = work_of((*system)->store(), *tables, source, *resources);
  if (!work) return fail(work.error(), wrong_call);
  if (work->gone > few && work->gone * 2 > resources->size() && !call->has("--shrink"))
    return fail(
        core::invalid(std::to_string(work->gone) + " entries of an earlier import are not in " +
                      std::string(call->rest().back()) + " any more: that is much. With --shrink they become inactive"),
        wrong_data);
  if (work->changed > 0 && !call->has("--dry-run")) {
    fhir::rest::Request request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/fhir+json"}, {"Prefer", "return=minimal"}};
    request.body = std::move(work->bundle);
    const fhir::rest::Response response = (*system)->api().handle(request);
    if (response.status >= 300) {
      std::cerr << "panelbridge directory: nothing was stored: " << (response.body ? *response.body : "") << '\n';
      return wrong_data;
    }
  }
  std::cout << resources->size() << " entries: " << work->changed << (call->has("--dry-run") ? " would be" : "")
            << " written, " << resources->size() + work->gone - work->changed << " as they were, " << work->gone
            << " of an earlier import no longer active\n";
  return done;
}

}  // namespace adapters::server
