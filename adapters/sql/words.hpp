// Full-text search as the SQL store asks for it: which versions have a text that matches. Versions are what is indexed,
// so that an old view finds what was current in it. Never: decides which version is current. Threads: safe from all.
#pragma once
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

class Words {
 public:
  virtual ~Words() = default;
  virtual void read_with(core::store::TextReader reader) = 0;
  // Sequences of matching versions up to `upto`, ascending. Reads through `view` what was written since the last call;
  // Kind::busy, with how far it got, while there is much of it.
  virtual core::Result<std::vector<core::store::Sequence>> find(const core::store::Criterion& criterion,
                                                                Connection& view, const Names& names,
                                                                core::store::Sequence upto) = 0;
  // Something was erased by the commit that ended at `at`: no word of it may stay, nor come back through an older view.
  virtual void forget(core::store::Sequence at) = 0;
};

}  // namespace adapters::sql
