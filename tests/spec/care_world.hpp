// The product on a memory store and a clock that stands still: what the story cases of care/ talk to. Wired as the
// server wires it (adapters/server/panel.cpp): the FHIR API, surveillance that follows every change, the operations of
// the panel core. Never: looks past the API. Threads: one. Source: tests/spec/README.md.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/gap/plan.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/json/json.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/api.hpp"

namespace spec::care {

// What a line wanted and what there was.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ScriptClock final : public core::Clock {
 public:
  core::Instant now() const override {
    return {core::start_of(day_).ms + 32'400'000 + 1000 * ticks_++};
  }  // from nine o'clock
  core::Day today() const override { return day_; }
  void set(core::Day day) { day_ = day, ticks_ = 0; }

 private:
  core::Day day_ = 0;
  mutable std::int64_t ticks_ = 0;
};

class World {
 public:
  explicit World(core::Day today, fhir::care::GapSetting setting = {});

  core::Day today() const { return clock_.today(); }
  void pass_to(core::Day day);  // day by day, each asking the calendar who is due
  // What a sweep, and a fresh start that knows nothing but the store, still find to do: "Task/1, ..."; nothing, as it must be.
  std::string left_to_do();

  // A request; the change feed is followed before the answer is given back.
  fhir::rest::Response call(std::string_view method, std::string_view url, const std::string& body = {});
  fhir::json::Document get(std::string_view url);                    // a refusal is a Failure
  std::string post(std::string_view type, const std::string& body);  // -> "Type/id"
  void put(std::string_view reference, const std::string& body);     // "Type/id"
  bool knows(std::string_view reference);

  static const core::gap::Plan& plan();
  static std::string family_of(const std::string& item);  // "dm-a1c" -> "a1c"; a Failure for others

 private:
  void wake();
  void follow();
  std::string written_since(core::store::Sequence since);
  ScriptClock clock_;
  fhir::care::GapSetting setting_;
  std::unique_ptr<core::store::Store> store_;
  std::unique_ptr<fhir::care::Surveillance> surveillance_;
  fhir::operation::Desk desk_;
  std::unique_ptr<fhir::rest::Api> api_;
};

fhir::json::Document parsed(const fhir::rest::Response& response);
std::string refusal_of(const fhir::rest::Response& response);  // what an OperationOutcome says

}  // namespace spec::care
