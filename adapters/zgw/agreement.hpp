// One referral and its case made to agree: read the Task as it is now, do what the case system lacks, read the case,
// write what it says into the Task. Every step may be cut off and repeated: a case is found again by its number, a
// status by its instant. Never: more than one case for a Task, a step that the table of referrals forbids. Threads: one
// thread's.
#pragma once
#include <optional>
#include <string>

#include "adapters/zgw/bodies.hpp"
#include "adapters/zgw/catalogue.hpp"
#include "adapters/zgw/client.hpp"
#include "adapters/zgw/link.hpp"
#include "adapters/zgw/progress.hpp"
#include "core/outbox/outbox.hpp"
#include "fhir/partner/disclosure.hpp"
#include "fhir/partner/needs.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::zgw {

// What came of one attempt.
struct Verdict {
  enum class What : unsigned char {
    done,
    again,
    later,
    parked
  };  // again: somebody else wrote meanwhile; later: try after a pause
  What what = What::done;
  std::string why;
};

struct Tools {
  const fhir::partner::World& world;
  const Settings& settings;
  const Catalogue& catalogue;
  const fhir::partner::Disclosure& disclosure;
  const fhir::partner::Needs& needs;
  const Names& names;
  std::string queue;
};

class Agreement {
 public:
  Agreement(const Tools& tools, Client& client, core::outbox::Job job)
      : tools_(tools), client_(client), job_(std::move(job)) {}
  Verdict run();

 private:
  using Step = std::optional<Verdict>;  // nothing: go on
  struct Stored {
    std::int64_t version = 0;
    fhir::json::Document task;
  };
  core::Result<core::Done> read();
  Step open_case();
  core::Result<Visible> visible() const;
  Step create(const Visible& visible, const CaseType& type);
  Step find_case(const Visible& visible, bool must_be_there, std::string_view problem);
  Step complete_case();
  Step add_initiator(const Visible& visible, const CaseType& type);
  Step set_first_status(const CaseType& type);
  Step cancel_case();
  Step set_end(const CaseType& type);
  Step read_case();
  core::Result<std::string> name_of(const std::map<std::string, std::string>* known, const std::string& type_url,
                                    std::string_view collection);
  Verdict write();
  void settle_abort(core::store::Batch& batch);
  void withdraw(core::store::Batch& batch);
  Step remark(std::string_view code, const std::string& why);
  Step keep_link();
  core::Result<core::Done> commit(core::store::Batch batch);
  core::Result<const CaseType*> type();
  bool wants_to_stop() const;

  const Tools& tools_;
  Client& client_;
  core::outbox::Job job_;
  std::optional<Stored> task_, abort_;
  std::optional<Link> link_;
  std::optional<Case> case_;
  std::optional<std::string> prohibited_;
  std::optional<CaseType> other_;  // of a case whose type is not the one valid now
  std::string need_;
};

}  // namespace adapters::zgw
