// Bulk Data $export of the system, of all Patients, or of a Group's members: the kick-off checked, and the walk over
// the change feed that writes each resource as a line of NDJSON. What the data were at one sequence number is written,
// whatever changes meanwhile; views are short, and memory does not grow with the data (but for _typeFilter: 8 bytes a
// hit, and a Group's members). For a recipient of some kind it writes what that may see, and asks nothing else.
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

// What a kind of recipient may see: whether it gets anything of a type, and what of a resource. Null root: nothing.
struct ExportSight {
  std::function<bool(std::string_view type)> knows;
  std::function<json::Document(const json::Value& resource)> project;
  // The search parameter without which nothing of a type leaves; empty, or null: none.
  std::function<std::string_view(std::string_view type)> asked_by = nullptr;
};
struct ExportSights {
  std::function<std::optional<ExportSight>(std::string_view kind)> of = nullptr;  // "practice"; nothing: no such kind
  // The kind of recipient that a caller is; empty: of none, so that it sees all and may name a kind. Null: nobody is.
  std::function<std::string(const core::access::Caller& caller)> kind_of = nullptr;
};

// A kick-off that was understood.
struct ExportPlan {
  const rest::Engine* engine = nullptr;  // must outlive the export
  core::access::Caller caller;
  rest::Request request;  // as it came, to be understood again after a restart
  std::string request_url;
  std::optional<ExportSight> sight;  // nothing: whole resources
  std::vector<std::string> ignored;  // of what was asked, with handling=lenient: in words
  std::set<std::string> types;       // never empty
  std::optional<core::Instant> since;
  std::vector<std::string> elements;
  std::map<std::string, std::vector<core::store::Query>> filters;  // by type: a resource matches one of them
  bool people = false;                                             // only Patients and what is in their compartments
  std::string group;                                               // its id: of its members only
  std::unordered_set<std::string> chosen;                          // the parameter `patient`: of these only; empty: all
};
core::Result<ExportPlan> export_plan(rest::Exchange& exchange, const ExportSights& sights);

enum class ExportPart : unsigned char { output, deleted, error };

class ExportSink {
 public:
  virtual ~ExportSink() = default;
  virtual core::Result<core::Done> line(ExportPart part, const std::string& type, std::string_view text) = 0;
};

class Export {
 public:
  Export(ExportPlan plan, ExportSink& sink);
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

// What takes the plan of a kick-off and gives the address of its status. Error: Kind::busy, too many wait (429).
using StartExport = std::function<core::Result<std::string>(ExportPlan plan)>;
// The house's own parameter `recipient` narrows an export to a kind; who is of a kind gets that one and no other.
std::vector<rest::Operation> export_operations(StartExport start, ExportSights sights = {});

}  // namespace fhir::operation
