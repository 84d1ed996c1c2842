// Who is to be told by mail that their work list has changed: each owner at most once a day, without a word of content.
// What is pending lies in the store, so that nothing is forgotten and nobody is told twice over a restart. An owner
// whose mail is refused waits, longer each time, and holds up nobody else. Never: sends (a function does), a clock or a
// thread of its own. Threads: one at a time.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"

namespace fhir::light {

class Digest {
 public:
  using Send = std::function<core::Result<core::Done>(const std::string& address)>;
  Digest(core::store::Store& store, const core::Clock& clock) : store_(store), clock_(clock) {}

  core::Result<core::Done> load();
  core::Result<std::size_t> follow();  // changes looked at; 0: up to date
  // Tells the next owner who has not been told today; false: nobody is left. An owner without an address is left out.
  // Error: it was not sent; the next call goes on with somebody else.
  core::Result<bool> tell_next(const Send& send);

 private:
  struct Parked {
    core::Instant until;
    int times = 0;
  };
  bool waits(const std::string& owner) const;
  void park(const std::string& owner);
  core::Result<std::string> address_of(core::store::Snapshot& view, const std::string& owner) const;
  core::store::Store& store_;
  const core::Clock& clock_;
  core::store::Sequence cursor_ = 0, kept_ = 0;
  std::map<std::string, Parked> parked_;  // by owner; a restart tries at once
};

}  // namespace fhir::light
