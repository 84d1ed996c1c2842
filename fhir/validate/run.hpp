// One validation while it runs: what is known, what was found, and what was made on the way (profiles, expressions).
// Never: outlives what it points to. Threads: one at a time.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/time.hpp"
#include "fhir/path/path.hpp"
#include "fhir/validate/issue.hpp"
#include "fhir/validate/known.hpp"
#include "fhir/validate/place.hpp"
#include "fhir/validate/profile.hpp"

namespace fhir::validate {

// Where an element stands: the resource it is in, that resource's container, and what they are called.
struct Context {
  const json::Value* resource = nullptr;  // the nearest: a contained or bundled resource is one of its own
  const json::Value* holder = nullptr;    // the resource whose contained ones may be referred to by #id
  const json::Value* bundle = nullptr;    // the Bundle around it, if any
};

// An element of a resource with what is known of its type.
struct Spot {
  const json::Value* value = nullptr;      // null: only the member with the underscore is there
  const json::Value* companion = nullptr;  // the member with the underscore
  const model::Type* type = nullptr;
  const model::Element* element = nullptr;
  Place place;
};

// The context within a resource that stands at an element of another: contained, Bundle.entry.resource, Parameters.
Context inside(const Spot& resource, const Context& outer);

class Run {
 public:
  Run(const Known& all, core::Instant at) : definitions(all.definitions()), known(all), profiles(all), now(at) {}

  void report(Severity severity, std::string_view code, std::string place, std::string text, std::string id = {});
  void error(std::string_view code, std::string place, std::string text) {
    report(Severity::error, code, std::move(place), std::move(text));
  }
  void warn(std::string_view code, std::string place, std::string text) {
    report(Severity::warning, code, std::move(place), std::move(text));
  }
  void once(std::string_view code, const std::string& key, std::string place,
            std::string text);  // a warning, the first time only

  // Runs `check` and tells whether it found no error; what it found is dropped.
  template <class Check>
  bool passes(Check check) {
    Issues kept;
    std::swap(kept, issues_);
    std::set<std::string> reported = std::exchange(reported_, {}), said = said_;
    check();
    const bool clean = !has_error(issues_);
    std::swap(kept, issues_);
    std::swap(reported, reported_);
    std::swap(said, said_);
    return clean;
  }

  Issues take() { return std::move(issues_); }

  // The resource a reference means; null: not here. `text` is Reference.reference or a canonical-like text.
  const json::Value* resolve(std::string_view text, const Context& context) const;

  // What follows evaluates FHIRPath on an element (invariant.cpp).
  void invariant(const model::Invariant& invariant, std::string_view human, const Spot& spot, const Context& context);

  const model::Definitions& definitions;
  const Known& known;
  Profiles profiles;
  core::Instant now;

 private:
  // The resources of a Bundle by fullUrl and by "Type/id", and the base that relative references of each are read
  // against.
  struct Entries {
    std::unordered_map<std::string, const json::Value*> by_name;
    std::unordered_map<const json::Value*, std::string> base;
  };

  const core::Result<path::Expression>& compiled(const std::string& text);
  const Entries& entries(const json::Value& bundle) const;

  Issues issues_;
  std::set<std::string> reported_;  // place, id and text of the issues
  std::set<std::string> said_;
  mutable std::unordered_map<const json::Value*, Entries> bundles_;
  std::unordered_map<std::string, core::Result<path::Expression>> expressions_;
};

}  // namespace fhir::validate
