// A partner of kind zgw: follows the change feed with a cursor, keeps one job for each referral that may need work,
// carries the jobs out one after another, looks at open cases from time to time and when a notification rings. Never: a
// thread, a clock or a connection of its own; a secret or a person in a line of the log. Threads: step() and test() on
// one thread; status() and receive() from all. Source: ZGW Zaken, Catalogi and Notificaties APIs.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/zgw/agreement.hpp"
#include "fhir/partner/keys.hpp"

namespace adapters::zgw {

class CasePartner final : public fhir::partner::Partner {
 public:
  CasePartner(std::string id, Settings settings, Crypto crypto, fhir::partner::World world);
  const std::string& id() const override { return id_; }
  core::Result<core::Instant> step() override;
  fhir::partner::Status status() const override;
  std::vector<fhir::partner::Finding> test() override;
  std::optional<fhir::rest::Response> receive(const fhir::rest::Request& request) override;

 private:
  std::vector<std::string> problems(const Catalogue& catalogue) const;
  core::Result<core::Done> revive();
  core::Result<core::Done> prepare();          // tables, catalogue
  core::Result<core::Done> begin(bool first);  // first start, or another organization
  core::Result<core::Done> look_around(core::store::Snapshot& snapshot, core::store::Batch& batch);
  core::Result<core::Done> call_out();  // all that needs their side
  core::Result<bool> follow();          // true: there is more
  core::Result<core::Done> consider(core::store::Snapshot& snapshot, const core::store::Change& change,
                                    core::store::Batch& batch);
  core::Result<core::Done> keep_subscribed();
  void remark();
  core::Result<core::Done> answer_bells();
  core::Result<core::Done> poll();
  core::Result<core::Done> look_at_list(const std::vector<Link>& links, core::store::Batch& batch);
  core::Result<core::Done> work();
  core::Result<Verdict> attend(core::outbox::Job job);
  core::Result<bool> is_ours(core::store::Snapshot& snapshot, const fhir::json::Value& task);
  void add_job(core::store::Batch& batch, const std::string& task) const;
  core::Result<core::Done> count();
  void note(const Verdict& verdict, const std::string& job);
  core::Instant now() const { return world_.clock->now(); }

  const std::string id_, queue_;
  const Settings settings_;
  const Crypto crypto_;
  const fhir::partner::World world_;
  const Names names_;
  Client client_;
  std::optional<fhir::partner::Disclosure> disclosure_;
  std::optional<fhir::partner::Needs> needs_;
  std::optional<Catalogue> catalogue_;
  core::Instant catalogue_at_, subscribe_at_, poll_at_, call_at_;  // call_at_: no call before, after one that failed
  unsigned failures_ = 0;                                          // in a row
  std::vector<std::string> said_;                                  // problems of the catalogue that were reported
  std::string subscription_remark_;
  std::size_t polls_ = 0;
  mutable std::mutex mutex_;  // of status_
  fhir::partner::Status status_;
};

// The row of the table of kinds: reads the keys and gives what makes the partner.
std::function<std::unique_ptr<fhir::partner::Partner>(const fhir::partner::World&)> read(const std::string& id,
                                                                                         fhir::partner::Keys& keys,
                                                                                         const Crypto& crypto);

}  // namespace adapters::zgw
