// What a key alone tells about a criterion: dates, numbers and quantities are in the key whole.
// Never: refuses a key whose row matches. Threads: pure functions.
#pragma once
#include <string_view>

#include "core/store/query.hpp"

namespace adapters::sql {

// For criteria of kind date, number, quantity. False: the row behind this key does not match by this key.
bool may_match(const core::store::Criterion& criterion, std::string_view key);

}  // namespace adapters::sql
