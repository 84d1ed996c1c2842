// check(): reads the whole store and compares what is kept twice. Every finding is a sentence for an operator.
// Never: repairs, stops at the first finding (it stops at a hundred). Threads: one connection, one view.
#pragma once
#include <map>
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
  struct Newest {  // of one resource, as `change` tells it
    std::int64_t version = 0, sequence = 0, updated = 0;
    unsigned method = 0;
    Slot type = 0;
    bool entered = false, listed = false, indexed = false;
  };
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
  std::map<std::int64_t, Newest> newest_;  // by row
  std::int64_t keys_expected_ = 0;
  std::vector<std::string> findings_;
};

}  // namespace adapters::sql
