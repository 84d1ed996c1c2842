// A compressed request body made plain, within the memory that all connections share.
// Never: trusts what the body says of its own size. Threads: safe from all workers.
#pragma once
#include <optional>
#include <string>

#include "adapters/http/loop.hpp"
#include "adapters/http/refusal.hpp"

namespace adapters::http {

// Memory that is counted in Shared::buffered while it lives.
class Reserved {
 public:
  Reserved(Shared& shared, std::size_t bytes);
  ~Reserved();
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  bool granted() const { return granted_; }

 private:
  Shared& shared_;
  std::size_t bytes_;
  bool granted_;
};

// Replaces `body` by its plain form; `memory` counts that and is kept as long as the body is.
std::optional<Refusal> unpack(std::string& body, Shared& shared, std::optional<Reserved>& memory);

}  // namespace adapters::http
