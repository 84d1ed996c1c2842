// Search parameters that clients add: every active SearchParameter of the store that R4 does not define itself. Its rows
// are made from the first write on; what was there before is indexed in pieces on another thread, and only then may a
// search use it. Which are whole is kept in the store, so a restart begins where it must. Never: decides what an
// expression means (fhir/search). Threads: safe from every thread.
// Source: FHIR R4 SearchParameter; $reindex is of the house.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/search/search.hpp"

namespace fhir::rest {

struct Engine;

model::SearchParameter parameter_from(const json::Value& resource);

// Why an active SearchParameter cannot be taken, or nothing. One that R4 defines is only a document.
std::optional<std::string> refused_parameter(const search::Index& index, const json::Value& resource);

// The op that makes rows and digest of a current resource anew; `differs`: the digest was another one.
std::optional<core::store::Op> index_op(const Engine& engine, core::store::Snapshot& view, const core::store::Record& record,
                                        bool& differs);

// Makes the rows of all current resources of `types` anew, piece by piece.
class Reindexing {
 public:
  Reindexing(std::vector<std::string> types, core::store::Sequence from) : types_(std::move(types)), changed_(from) {}
  static constexpr int given_up = -1;  // in place of a percentage: the store did not take it
  bool step(Engine& engine);           // one piece; false: all is done
  int percent() const { return percent_.load(); }
  std::size_t other_digests() const { return other_digests_; }  // facts that were not as the resource says

 private:
  bool index(Engine& engine, std::unique_ptr<core::store::Snapshot> view, const std::vector<core::store::Record>& records);
  bool begin_type(Engine& engine);
  bool follow_changes(Engine& engine);

  std::vector<std::string> types_;
  std::size_t type_ = 0;
  std::vector<core::store::Match> matches_;
  std::size_t at_ = 0;
  bool open_ = false;               // matches_ are those of the type at type_
  core::store::Sequence changed_;   // writes under way when it began may have had the old rows: they are looked at again
  std::optional<core::store::Sequence> until_;
  std::atomic<int> percent_{0};
  std::size_t other_digests_ = 0;
};

class AddedParameters {
 public:
  void follow(Engine& engine);  // before each request: cheap while no SearchParameter changed
  // What the rows were made by, as a number: another one whenever searches may find other things in the same resources.
  std::uint32_t print() const { return print_.load(std::memory_order_acquire); }
  void begin(Engine& engine);  // before the first request
  // The commit that ends with rows made anew has these values; then renewed() is said.
  std::pair<std::string, std::string> renewal();
  void renewed(Engine& engine);
  // $reindex of types (empty: all); false: nobody can do it now.
  bool reindex(Engine& engine, std::vector<std::string> types);
  struct Standing {
    std::string what;   // canonical of a parameter, or "$reindex Patient"
    std::string words;  // "complete", "it is being indexed (42 %)"
  };
  std::vector<Standing> standing(const Engine& engine) const;

 private:
  struct Job {
    std::vector<std::string> urls;  // of parameters; empty: a $reindex
    std::string name;
    std::shared_ptr<Reindexing> work;
  };
  void refresh(Engine& engine);
  void offer(Engine& engine);
  void reprint(const Engine& engine);
  void start(Engine& engine, Job job);
  void run(Engine& engine, const std::shared_ptr<Job>& job);
  void finish(Engine& engine, const Job& job);

  std::atomic<core::store::Sequence> seen_{-1};
  mutable std::mutex mutex_;
  std::vector<search::Added> added_;
  std::vector<std::string> prints_;  // of each: what its rows depend on
  std::vector<std::shared_ptr<Job>> jobs_;
  std::atomic<std::uint64_t> renewals_{0};  // of rows, ever
  std::atomic<std::uint32_t> print_{0};
};

}  // namespace fhir::rest
