// The ways out of this process: for each partner a worker process of its own, for notifications a bounded pool of them.
// Never: a connection of its own. Threads: as egress::Worker and egress::Pool.
#pragma once
#include <memory>
#include <vector>
#include <string>

#include "adapters/egress/pool.hpp"
#include "adapters/server/partners.hpp"
#include "core/base/error.hpp"
#include "fhir/subscription/target.hpp"

namespace adapters::server {

core::Result<MakeWayOut> ways_out();  // Error: the program of the workers is not there

struct NotificationSetting {
  std::size_t workers = 4;
  bool allow_private_address = false;
  std::string authorities;  // PEM
  std::vector<fhir::subscription::Target> targets;  // none: Subscriptions are kept as they come and not served
};

core::Result<std::unique_ptr<egress::Pool>> pool_for(const NotificationSetting& setting);  // starts no worker yet

}  // namespace adapters::server
