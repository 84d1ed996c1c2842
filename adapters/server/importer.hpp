// Stores files of resources through the API's own transactions, so that an import and a POST are one road.
// Owns: the order (what waits for a conditional reference comes again after the rest), counts and errors for each file.
// Never: stores half a Bundle. Threads: run() starts its own; the API must be safe from all.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/server/import_files.hpp"
#include "fhir/json/json.hpp"
#include "fhir/rest/api.hpp"

namespace adapters::server {

struct ImportCount {
  std::size_t resources = 0;                       // that entries or lines brought
  std::size_t created = 0, known = 0, failed = 0;  // known: there already, or brought up to date
  std::vector<std::string> errors;                 // the first ones, with their place
  bool waiting = false;                            // for what a conditional reference names
};

class Importer {
 public:
  using Progress = std::function<void(std::size_t files, std::size_t resources)>;
  Importer(fhir::rest::Api& api, unsigned threads) : api_(api), threads_(threads) {}
  std::vector<ImportCount> run(const std::vector<ImportFile>& files, const Progress& progress);  // one for each file

 private:
  void read(const ImportFile& file, ImportCount& count);
  void bundle(std::string text, ImportCount& count);
  void lines(const std::string& text, ImportCount& count);
  void group(const std::vector<std::string_view>& lines, std::size_t first, ImportCount& count);
  void single(std::string_view resource, const std::string& place, ImportCount& count);
  fhir::rest::Response post(std::string body);
  void take(const fhir::rest::Response& response, ImportCount& count, const std::string& place);

  fhir::rest::Api& api_;
  const unsigned threads_;
};

}  // namespace adapters::server
