// What a decision about a gap is, and what comes of it beside the gap Task itself: outreach, the request for evidence, referrals, and what
// is taken back. Private to fhir/operation/decide. Never: commits. Threads: a snapshot's. Source: the house's table of decisions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "fhir/operation/desk.hpp"

namespace fhir::operation::deciding {

enum class Child : unsigned char { none, outreach, ask_evidence };

struct Row {
  std::string_view decision;
  std::string_view status;  // what the gap Task becomes
  Child child;
  bool needs_until;
};

struct Order {
  const Row* row = nullptr;
  std::string by, reason;
  std::string refer_to;  // "Organization/7": refer instead of reaching out
  core::Day until = core::population::no_day;
};

struct Outcome {
  core::store::Batch batch;
  std::vector<std::string> ids;
};

json::Value concept_of(json::Document& doc, std::string_view system, std::string_view code, std::string_view text);

// The children that the decided gap gets, and those that it no longer has.
core::Result<core::Done> add_child(const Desk& desk, core::store::Snapshot& snapshot, const json::Value& gap, const Order& order, core::Instant now, Outcome& out);

}  // namespace fhir::operation::deciding
