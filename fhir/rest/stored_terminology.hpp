// Value sets and code systems that clients stored, as lists of codes for searches with :in, :not-in, :above and :below.
// What cannot be listed from what is stored is nothing, never an empty list. Never: asks a server.
// Threads: one at a time, on views of its own. Source: FHIR R4 ValueSet.compose (4.9.5), CodeSystem.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "fhir/rest/engine.hpp"

namespace fhir::rest {

class StoredTerminology {
 public:
  StoredTerminology(const Engine& engine, const core::access::Caller& caller) : engine_(engine), caller_(caller) {}

  std::optional<search::Codes> expand(std::string_view value_set);  // canonical, with or without |version
  // The code and what is above or below it.
  std::optional<search::Codes> hierarchy(std::string_view system, std::string_view code, bool above);

 private:
  using Coding = std::pair<std::string, std::string>;
  using Set = std::set<Coding>;

  std::optional<json::Document> resource(const std::string& type, std::string_view canonical);
  bool set(std::string_view canonical, int depth, Set& out);
  bool compose(const json::Value& compose, int depth, Set& out);
  bool part(const json::Value& part, int depth, Set& out);
  bool system_part(const json::Value& part, Set& out);

  const Engine& engine_;
  core::access::Caller caller_;
  std::unique_ptr<core::store::Snapshot> view_;
  int looked_at_ = 0;  // value sets of one expansion: those that name each other twice double with each level
};

}  // namespace fhir::rest
