// A partner of kind `fhir`: pulls what its server changes into the store, type by type, and keeps it as the source has it.
// Owns: the lines (one for each type) and their order. Never: writes to the source. Threads: as promised by Partner.
// Source: FHIR R4 RESTful API.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/ehr/bulk.hpp"
#include "adapters/ehr/line.hpp"
#include "adapters/ehr/setting.hpp"
#include "adapters/ehr/upstream.hpp"
#include "fhir/partner/keys.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::ehr {

class Pull final : public fhir::partner::Partner {
 public:
  Pull(Setting setting, fhir::partner::World world, Sign sign);
  const std::string& id() const override { return setting_.id; }
  core::Result<core::Done> fits() const override;
  core::Result<core::Instant> step() override;
  fhir::partner::Status status() const override;
  std::vector<fhir::partner::Finding> test() override;
  bool settling() const override { return settling_; }

 private:
  core::Result<core::Done> open();
  core::Result<core::Done> look();
  Line* next_line();
  core::Result<core::Done> work(Line& line);
  core::Result<core::Done> work_on_export();
  core::Result<core::Done> heal();
  core::Result<core::Done> revive();
  core::Result<Taken> read_again(const core::store::Key& source);
  void note(const Taken& taken);
  void fail(const core::Error& error);
  core::Instant next_due() const;
  void publish(const std::string& progress);
  core::Instant now() const { return world_.clock->now(); }

  const Setting setting_;
  const fhir::partner::World world_;
  Upstream upstream_;
  Intake intake_;
  Pulling pulling_;
  std::vector<Line> lines_;
  Bulk bulk_;
  bool open_ = false, looked_ = false;
  core::Instant looked_at_, revived_at_;
  std::vector<std::string> left_out_;  // types that the server does not have

  core::Instant settles_until_;
  std::atomic<bool> settling_{true};

  mutable std::mutex mutex_;
  fhir::partner::Status status_;
};

// The keys of the configuration; `sign` may be empty when nothing signs here (SMART then says so).
std::function<std::unique_ptr<fhir::partner::Partner>(const fhir::partner::World&)> read(const std::string& id,
                                                                                          fhir::partner::Keys& keys, Sign sign);

}  // namespace adapters::ehr
