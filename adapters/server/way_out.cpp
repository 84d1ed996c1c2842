#include "adapters/server/way_out.hpp"

#include "adapters/egress/worker.hpp"

namespace adapters::server {
namespace {

class WorkerWayOut final : public WayOut {
 public:
  WorkerWayOut(const std::string& program, egress::Policy policy) : worker_(program, std::move(policy)) {}
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call& call) override { return worker_.send(call); }
  void begin(const fhir::partner::Call& call) override { worker_.begin(call); }
  void cancel() override { worker_.cancel(); }
  std::uint64_t deaths() const override { return worker_.figures().deaths; }

 private:
  egress::Worker worker_;
};

egress::Policy policy_of(bool allow_private_address, const std::string& authorities) {
  egress::Policy policy;
  policy.allow_private_address = allow_private_address;
  policy.authorities = authorities;
  return policy;
}

}  // namespace

core::Result<MakeWayOut> ways_out() {
  auto program = egress::worker_program();
  if (!program) return program.error();
  return MakeWayOut([program = *program](const PartnerSetting& setting) -> std::unique_ptr<WayOut> {
    return std::make_unique<WorkerWayOut>(program, policy_of(setting.allow_private_address, setting.authorities));
  });
}

core::Result<std::unique_ptr<egress::Pool>> pool_for(const NotificationSetting& setting) {
  auto program = egress::worker_program();
  if (!program) return program.error();
  return std::make_unique<egress::Pool>(*program, policy_of(setting.allow_private_address, setting.authorities),
                                        setting.workers);
}

}  // namespace adapters::server
