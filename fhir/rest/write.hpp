// From a parsed body to what the store commits: checked against definitions and rules, references resolved, id given,
// index rows and digest computed, all once and in the calling thread. Never: commits. Threads: pure but for the view
// handed in. Source: FHIR R4 RESTful API 3.1.0.4 (create, update).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/store/store.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

// The body as a resource of the type that the path names. 400 when it is none, 415 is left to the caller.
core::Result<json::Value*> typed_body(Exchange& exchange, std::string_view type);

// All findings of the definitions on this resource go to exchange.issues; an error when one of them is.
core::Result<core::Done> check(Exchange& exchange, const json::Value& resource, std::string_view place = {});

// The rules of the house beyond that. `before`: the current version, where there is one.
core::Result<core::Done> obey_rules(Exchange& exchange, const std::optional<core::store::Record>& before,
                                    const json::Value& after);
bool has_rules(const Engine& engine, std::string_view type);

// Gives the resource its id and makes the put. `resource` must belong to `document`.
core::store::Op put(const Engine& engine, json::Document& document, json::Value& resource, core::store::Key key);

// What remains of an op once the store has it: enough to answer with, without asking the store again.
struct Written {
  core::store::Key key;
  std::string body;  // empty when no answer needs it
  std::size_t stamp_at = 0;
};
Written written(const core::store::Op& op, bool with_body);
core::store::Record record_of(const Written& written, const core::store::Committed& committed, std::size_t index);
bool answers_with_body(const Exchange& exchange);

// The current version of a key in a view, for If-Match, If-None-Match and rules.
core::Result<std::optional<core::store::Record>> current(core::store::Snapshot& view, const core::store::Key& key);

// If-Match and If-None-Match against the current version (nothing or deleted: absent). 412 when they do not hold.
core::Result<core::Done> preconditions(const Exchange& exchange, const std::optional<core::store::Record>& now);

// Commits one put and answers 201 or 200.
Answer commit_one(Exchange& exchange, core::store::Op op, std::vector<core::store::Guard> guards = {});

}  // namespace fhir::rest
