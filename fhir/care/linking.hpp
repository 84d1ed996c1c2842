// Scored linking, when an operator turns it on: every Patient that changes is compared with those that share a key with it; pairs above a
// threshold become Tasks to review, and only above a stated second threshold are they linked without anybody asking. What was decided
// stays: rejected pairs are not asked again, a confirmed link that a source overwrites is written again.
// Never: joins people itself (Patient.link does, through the population), a thread or a clock of its own.
// Threads: one caller of follow() at a time; decide() is safe beside it (versions are checked).
// Source: core/population/matching (Fellegi and Sunter); the house's rule that no Patient is added or removed by joining.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/care/link_task.hpp"
#include "fhir/search/search.hpp"

namespace fhir::care {

struct LinkingSetting {
  double review_from = 0;  // pairs that likely are put to a person; 0: scored linking is off
  double link_from = 0;    // pairs that likely are linked at once; 0: never
  bool on() const { return review_from > 0; }
};

class Linking {
 public:
  struct Parts {
    core::store::Store* store = nullptr;
    const search::Index* index = nullptr;
    const core::Clock* clock = nullptr;
    LinkingSetting setting;
    std::vector<std::string> trusted_systems;  // an identifier of these says it without scoring
    Language language = Language::english;
    std::function<bool(const std::string& patient, const std::string& other)> is_one_person;  // already, as the population knows it
  };
  explicit Linking(Parts parts) : parts_(std::move(parts)) {}

  // Changes followed, a bounded number; 0: up to date (always, when it is off). What it writes is committed with its cursor.
  core::Result<std::size_t> follow();

  // A person decides a pair; also the other way round than before. unprocessable: not such a Task, or no longer a question.
  core::Result<core::Done> decide(const std::string& task, bool same_person, const std::string& by, const std::string& reason);

 private:
  struct Round;
  core::Result<core::Done> look_at(Round& round, const std::string& id);
  core::Result<core::Done> look_at_gone(Round& round, const std::string& patient);
  core::Result<core::Done> weigh(Round& round, const Pair& pair, const Likely& likely);
  core::Result<core::Done> look_again(Round& round, const std::string& patient, const json::Value& body);
  core::Result<core::Done> link(Round& round, const Pair& pair, const std::string& task);
  core::Result<core::Done> part(Round& round, const Pair& pair, const std::string& task);
  void put(Round& round, const json::Value& resource, std::int64_t version);
  std::string cursor_text(core::store::Sequence sequence) const;

  Parts parts_;
  core::store::Sequence cursor_ = -1, kept_ = 0;  // followed up to; as stored
};

}  // namespace fhir::care
