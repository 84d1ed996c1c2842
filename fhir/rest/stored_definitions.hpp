// What clients stored, and the house ships, that resources can be validated against: profiles and extensions, value sets, code systems,
// Questionnaires. Read once and again when one of them changes. Never: says which version a client meant beyond its
// canonical. Threads: safe from every thread; what is handed out stays as it is.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/validate/known.hpp"

namespace fhir::rest {

struct Engine;

class StoredDefinitions {
 public:
  static constexpr std::size_t most = 5'000;  // of each type; the rest is not known

  core::Result<std::shared_ptr<const validate::Known>> now(const Engine& engine);

 private:
  std::mutex mutex_;
  std::shared_ptr<const validate::Known> known_;
  std::vector<core::store::Sequence> seen_;
};

}  // namespace fhir::rest
