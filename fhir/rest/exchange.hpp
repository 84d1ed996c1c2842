// One request under way: where it is going, what the client wishes, the body once parsed, and what was found wrong.
// Never: outlives the request. Threads: belongs to one.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/json/json.hpp"
#include "fhir/rest/engine.hpp"
#include "fhir/rest/kept_answers.hpp"
#include "fhir/rest/message.hpp"
#include "fhir/rest/negotiation.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::rest {

// What a path names. Parts that its route does not have are empty.
struct Target {
  std::string type, id, version, operation;
  std::string member;  // compartment search: the type searched, or *
};

struct Exchange {
  Exchange(Engine& engine_, const Request& request_)
      : engine(engine_), request(request_), generation(engine_.answers.generation()) {}

  Engine& engine;
  const Request& request;
  const std::uint64_t generation;  // of the kept answers when this began
  Target target;
  search::Parameters parameters;  // of the query, decoded
  Wishes wishes;
  validate::Issues issues;     // when not empty, a refusal lists these instead of its one message
  bool in_bundle = false;      // an entry of a batch or transaction
  bool waits = true;           // false: someone settles what is committed here before answering
  std::optional<Basis> basis;  // set by an interaction whose answer may be kept: what it depends on

  // The body: parsed on first use, or handed in as part of a Bundle.
  json::Document own;
  json::Document* document = nullptr;
  json::Value* resource = nullptr;

  const core::access::Caller& caller() const { return request.caller; }
  std::string_view header(std::string_view name) const { return request.header(name); }
  std::string_view parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
      if (key == name) return value;
    return {};
  }
  bool has_parameter(std::string_view name) const {
    for (const auto& pair : parameters)
      if (pair.first == name) return true;
    return false;
  }
};

using Answer = core::Result<Response>;

// The bytes of the body, read as Content-Type says (JSON, or XML by the definitions); not kept.
core::Result<json::Document> parsed_body(const Exchange& exchange);

// Parses the body (400 when it is not a resource).
core::Result<json::Value*> body_of(Exchange& exchange);

// Repeats an attempt for as long as it loses races, one contender at a time once it has lost one.
Answer persist(Exchange& exchange, const std::function<Answer()>& attempt);

}  // namespace fhir::rest
