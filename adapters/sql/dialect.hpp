// What differs between databases, as data: the texts of the statements and the scripts that build and upgrade the
// tables. Never: opens anything. Threads: a plain value.
#pragma once
#include <vector>

#include "adapters/sql/statements.hpp"

namespace adapters::sql {

struct Dialect {
  Statements statements = standard_statements();
  std::vector<const char*> upgrades;  // script n leads from schema version n to n + 1; the first one builds everything
};

}  // namespace adapters::sql
