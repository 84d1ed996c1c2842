// What the operations of the panel core share: where they read and write, the parameters of a call, the shape of an answer.
// Never: decides. Threads: safe from every thread (what it points to is). Source: FHIR R4 operations (3.2.0).
#pragma once
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/criteria.hpp"
#include "core/store/store.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/linking.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/message.hpp"
#include "fhir/search/search.hpp"

namespace fhir::operation {

class WorkLists;  // whose pages are under way (worklist.cpp)
std::shared_ptr<WorkLists> no_work_lists();

struct Desk {
  core::store::Store* store = nullptr;
  const search::Index* index = nullptr;
  const model::Definitions* definitions = nullptr;
  const core::Clock* clock = nullptr;
  care::Surveillance* surveillance = nullptr;
  std::string base_url;
  care::GapSetting setting;
  std::vector<std::string> trusted_systems{};  // of identifiers that make two records one person; empty: every system
  care::Linking* linking = nullptr;            // scored linking; null: off
  std::vector<std::string> surveys{};          // of people's experience: "system|code" of Observations, canonicals of Questionnaires
  std::shared_ptr<WorkLists> lists = no_work_lists();
};

// All operations of the panel core, for Api::add. `desk` must outlive them.
std::vector<rest::Operation> panel_operations(const Desk& desk);

// The input of a call: of a GET its query, of a POST its Parameters (or the one resource that is meant); missing ones are empty. A
// name that the operation does not know is refused, and so is one given twice; those that begin with _ are of the exchange.
class Call {
 public:
  static core::Result<Call> read(const rest::Request& request, std::initializer_list<std::string_view> names, std::string_view resource = {});
  std::string text(std::string_view name) const;              // string, code, date, uri; of a Reference its reference; of a CodeableConcept its text
  const json::Value* value(std::string_view name) const;      // value[x] of a POST parameter, or its resource, or nullptr
  core::Result<core::Day> day(std::string_view name, core::Day otherwise) const;
  core::Result<std::string> required(std::string_view name) const;
  // "Practitioner/1", required; one below our own address is made relative.
  core::Result<std::string> reference(std::string_view name, std::string_view base_url, std::span<const std::string_view> types) const;
  const json::Value& body() const { return body_->root(); }

 private:
  search::Parameters query_;
  std::shared_ptr<json::Document> body_ = std::make_shared<json::Document>();
};

// Who may decide, own or be asked: the types of Task.owner.
inline constexpr std::string_view parties[] = {"Practitioner", "PractitionerRole",  "Organization", "CareTeam",
                                               "Patient",      "RelatedPerson",     "Device",       "HealthcareService"};
inline constexpr std::string_view patients[] = {"Patient"};

rest::Response answer(const json::Value& resource, int status = 200);
rest::Response answer(const core::Error& error);

// A searchset, entry by entry; bodies are copied as they are.
class Searchset {
 public:
  explicit Searchset(std::string self);
  void add(std::string_view full_url, std::string_view body, std::string_view mode = "match");
  void add_outcome(std::string_view text);  // an information for the reader
  void next(std::string url) { next_ = std::move(url); }
  rest::Response finish(std::size_t total) const;

 private:
  std::string entries_, self_, next_;
};

core::Result<core::store::Record> read_current(core::store::Snapshot& snapshot, const std::string& type, const std::string& id);
using core::store::find_all, core::store::reference_criterion, core::store::token_criterion;

rest::Response gaps(const Desk&, const rest::Request&, const std::string& patient);
rest::Response explain(const Desk&, const rest::Request&, const std::string& task);
rest::Response explain_item(const Desk&, const rest::Request&, const std::string& patient);
rest::Response decide(const Desk&, const rest::Request&, const std::string& task);
rest::Response worklist(const Desk&, const rest::Request&);
rest::Response overrule(const Desk&, const rest::Request&, const std::string& patient);
rest::Response decide_member(const Desk&, const rest::Request&, const std::string& group, bool include);
rest::Response evaluate(const Desk&, const rest::Request&, const std::string& group);
rest::Response dry_run(const Desk&, const rest::Request&);
rest::Response match(const Desk&, const rest::Request&);
rest::Response apply(const Desk&, const rest::Request&, const std::string& type, const std::string& id);
rest::Response link_candidates(const Desk&, const rest::Request&);
rest::Response decide_link(const Desk&, const rest::Request&, const std::string& task);
rest::Response unmapped(const Desk&, const rest::Request&);

}  // namespace fhir::operation
