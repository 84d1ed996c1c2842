// Bulk Data $export of the system, of all Patients, or of a Group's members: the kick-off checked, and the walk over
// the change feed that writes each resource as a line of NDJSON. What the data were at one sequence number is written,
// whatever changes meanwhile; views are short, and memory does not grow with the data (but for _typeFilter: 8 bytes a
// hit, and a Group's members).
// Never: a file or a thread (a sink and whoever calls step() own those). Threads: an Export belongs to one thread.
// Source: FHIR Bulk Data Access 2.0 ("Bulk Data Kick-off Request", "Bulk Data Output File Request").
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/rest/engine.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::operation {

// A kick-off that was understood.
struct ExportPlan {
  const rest::Engine* engine = nullptr;  // must outlive the export
  core::access::Caller caller;
  std::string request_url;
  std::set<std::string> types;  // never empty
  std::optional<core::Instant> since;
  std::vector<std::string> elements;
  std::map<std::string, std::vector<core::store::Query>> filters;  // by type: a resource matches one of them
  bool people = false;                     // only Patients and what is in their compartments
  std::string group;                       // its id: of its members only
  std::unordered_set<std::string> chosen;  // the parameter `patient`: of these only; empty: all
};
core::Result<ExportPlan> export_plan(rest::Exchange& exchange);

enum class ExportPart : unsigned char { output, deleted, error };

class ExportSink {
 public:
  virtual ~ExportSink() = default;
  virtual core::Result<core::Done> line(ExportPart part, const std::string& type, std::string_view text) = 0;
};

// What of a record may leave: the text to write; nothing: none of it.
using ExportProjection = std::function<std::optional<std::string>(const core::store::Record& record)>;

class Export {
 public:
  Export(ExportPlan plan, ExportSink& sink, ExportProjection projection = nullptr);
  ~Export();
  core::Result<bool> step(std::size_t changes = 2'000);  // true: all is written
  core::Instant transaction_time() const;                // of the newest change that is in it
  std::string progress() const;                          // "45 %, 120000 resources"
  const ExportPlan& plan() const;

 private:
  struct Walk;
  std::unique_ptr<Walk> walk_;
};

struct ExportFile {
  ExportPart part = ExportPart::output;
  std::string type, url;
  std::size_t count = 0;
};
std::string export_manifest(const Export& done, const std::vector<ExportFile>& files);

// What takes the plan of a kick-off and gives the address of its status.
using StartExport = std::function<core::Result<std::string>(ExportPlan plan)>;
std::vector<rest::Operation> export_operations(StartExport start);

}  // namespace fhir::operation
