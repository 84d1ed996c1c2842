// What an operator may ask about partners, as data, and what comes of it: the same in the serving process (through
// Control) as beside a folder that nobody serves. Threads: safe from all, as the store is.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/server/partners.hpp"
#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {

struct Order {
  enum class Action : unsigned char { list, pause, resume, letters, retry, drop };
  Action action = Action::list;
  std::string id;   // of the partner, or the name of a queue that a former one left; empty: all (list, letters)
  std::string key;  // of the job; empty: all that are parked (retry, drop)
};

std::string to_json(const Order& order);
core::Result<Order> order_from(const fhir::json::Value& json);

// The text for the operator. `partners` at work, or null: then `configured` are those of the configuration.
core::Result<std::string> carry_out(const Order& order, core::store::Store& store, Partners* partners,
                                    const std::vector<PartnerState>& configured, core::Instant now);

}  // namespace adapters::server
