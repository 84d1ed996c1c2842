// A transaction under way: every entry becomes a step, all steps one commit, or nothing happens.
// Order: DELETE, POST, PUT and PATCH, GET. Never: leaves a trace when it fails. Threads: one at a time.
// Source: FHIR R4 RESTful API 3.1.0.11.2 (transaction rules), Bundle 2.36.4 (references in bundles).
#pragma once
#include <memory>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "fhir/rest/bundle.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {

struct Step {
  enum class Act : unsigned char {
    put,
    remove,
    keep,
    read
  };  // keep: what a conditional create found, or nothing to delete
  Entry entry;
  Target target;
  Act act = Act::read;
  core::store::Key key;                       // what it writes or found; empty for reads and empty deletes
  std::optional<core::store::Record> before;  // the current version, where it was looked up
  std::optional<std::int64_t> if_version;
  json::Document own;  // a patched resource
  json::Document* document = nullptr;
  json::Value* resource = nullptr;
  const Step* same_as = nullptr;  // an equal conditional create before it
  std::size_t op = npos;          // its op in the batch
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

class Transaction {
 public:
  Transaction(Exchange& exchange, std::unique_ptr<core::store::Snapshot> view) : exchange_(exchange), snapshot_(std::move(view)), view_(*snapshot_) {}
  Answer run();

 private:
  using Done = core::Result<core::Done>;
  Done read_entries();
  Done address(Step& step);
  Done check_bodies();
  Done check_reads() const;

  Done identify();  // transaction_identity.cpp: which resource each step is about
  Done identify(Step& step);
  Done identify_post(Step& step);
  Done identify_put(Step& step);
  Done identify_patch(Step& step);
  Done identify_delete(Step& step);
  core::Result<std::vector<core::store::Record>> condition(Step& step, std::string_view criteria);
  Done refuse_overlap() const;

  Done move_references();  // transaction_references.cpp
  void note_places();
  std::optional<std::string> moved(std::string_view reference, const std::string& root) const;

  Done make_ops();
  Done make_deletions();
  Answer answer(const core::store::Committed& committed);
  Response answer_step(const Step& step, const core::store::Committed& committed, core::Instant& updated) const;
  core::Error at(const Step& step, core::Error error) const;

  Exchange& exchange_;
  std::unique_ptr<core::store::Snapshot> snapshot_;  // let go before the commit: a waiting reader keeps the store's log from starting over
  core::store::Snapshot& view_;                      // not after that
  std::vector<Step> steps_;                              // in the order of processing
  std::set<core::store::Key> going_;                     // what DELETE entries remove
  std::map<std::string, const Step*> conditions_;        // "POST Type?criteria" -> step
  std::unordered_map<std::string, const Step*> places_;  // fullUrl, or Type/id of an entry without one -> step
  core::store::Batch batch_;
  std::vector<Written> written_;  // one for each op of the batch
};

}  // namespace fhir::rest
