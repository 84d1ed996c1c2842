// What every interaction stands on: the services, the operations, and what is kept between requests (pages, answers).
// The one door to the store: each view and each commit names who asks, so that rights can be applied in one place.
// Never: knows an interaction. Threads: safe from every thread once serving.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/caller.hpp"
#include "core/store/store.hpp"
#include "fhir/rest/added_parameters.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/async.hpp"
#include "fhir/rest/kept_answers.hpp"
#include "fhir/rest/page.hpp"
#include "fhir/rest/stored_definitions.hpp"

namespace fhir::rest {

// `where` of an Error that a commit lost a race: what was read before no longer holds, so look again.
constexpr std::string_view lost_race = "~race";

struct Engine {
  explicit Engine(Services given) : services(std::move(given)) {}

  Services services;
  std::vector<Operation> operations;
  Pages pages;
  KeptAnswers answers;
  AsyncJobs jobs;
  AddedParameters added;
  mutable StoredDefinitions stored_definitions;

  core::Result<std::unique_ptr<core::store::Snapshot>> view(const core::access::Caller& caller) const;
  core::Result<core::store::Committed> commit(core::store::Batch batch, const core::access::Caller& caller) const;

  // What Services::refuses says of each op of a client's batch.
  core::Result<core::Done> permitted(const core::store::Batch& batch) const;

  // Makes durable what was committed without waiting.
  core::Result<core::Done> settle(const core::access::Caller& caller) const;

  const model::Definitions& definitions() const { return *services.definitions; }
  const search::Index& index() const { return *services.index; }
  core::Instant now() const { return services.clock->now(); }
  search::Context search_context(search::Handling handling, const core::access::Caller& caller) const;
  std::string url(std::string_view type, std::string_view id) const;  // absolute
  const Operation* operation(std::string_view name, std::string_view type, bool instance) const;
};

}  // namespace fhir::rest
