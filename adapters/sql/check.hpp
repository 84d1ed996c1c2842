// check(): reads the whole store and compares what is kept twice. Every finding is a sentence for an operator.
// Never: repairs, stops at the first finding (it stops at a hundred). Threads: one connection, one view.
#pragma once
#include <string>
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"

namespace adapters::sql {

class Check {
 public:
  Check(Connection& connection, const Names& names) : connection_(connection), names_(names) {}
  std::vector<std::string> run();

 private:
  struct Newest {  // of one resource, as `change` tells it; small, because all resources are held at once
    std::int64_t row = 0, sequence = 0, updated = 0;
    std::int32_t version = 0;
    Slot type = 0;
    std::uint8_t method = 0;
    bool entered : 1 = false, listed : 1 = false, indexed : 1 = false;
  };
  Newest* newest(std::int64_t row);
  Newest& first_seen(std::int64_t row);
  void changes();   // no gaps, versions in order, chains whole
  void bodies();    // one for each version that has one
  void entries();   // agree with the newest change
  void listed();    // exactly the current ones
  void forwards();  // exactly the current ones; their keys are in the index
  void keys();      // nothing else is in the index
  void tallies();
  void say(std::string finding);
  std::string name(std::int64_t row);

  Connection& connection_;
  const Names& names_;
  std::vector<Newest> newest_;  // in order of row
  std::int64_t keys_expected_ = 0;
  std::vector<std::string> findings_;
};

}  // namespace adapters::sql
