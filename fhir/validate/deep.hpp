// Everything about a resource that needs more than its base structure: invariants, extensions and profiles that are
// known, references and their targets, codes of known systems, attachments, and the rules of single resource types.
// Threads: as its Run. Source: FHIR R4 (2.3 Resource, 2.5 Extensibility, 2.3.0 References, 2.36 Bundle).
#pragma once
#include "fhir/validate/run.hpp"

namespace fhir::validate {

class Deep {
 public:
  explicit Deep(Run& run) : run_(run) {}

  void resource(const Spot& spot, const Context& context);

 private:
  void object(const Spot& parent, const model::Children& content, const Context& context);
  void element(const Spot& spot, const Spot& parent, const Context& context);
  void invariants(const Spot& spot, const Context& context);
  void stated_profiles(const Spot& spot, const Context& context);

  // deep_types.cpp: one for each datatype that has rules of its own
  void datatype(const Spot& spot, const Spot& parent, const Context& context);
  void extension(const Spot& spot, const Spot& parent, const Context& context);
  void reference(const Spot& spot, const Spot& parent, const Context& context);
  void coding(const Spot& spot, const Spot& parent, const Context& context);
  void attachment(const Spot& spot, const Spot& parent, const Context& context);
  void narrative(const Spot& spot, const Spot& parent, const Context& context);
  void uri(const Spot& spot, const Spot& parent, const Context& context);

  Run& run_;
};

// Rules of single resource types. bundle.cpp, conformance.cpp, questionnaire.cpp
void check_bundle(Run& run, const Spot& bundle);
void check_search_parameter(Run& run, const Spot& parameter);
void check_capabilities(Run& run, const Spot& statement);
void check_answers(Run& run, const Spot& response, const json::Value& questionnaire);

}  // namespace fhir::validate
