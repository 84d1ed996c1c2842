// Random rows and random searches of every form over small vocabularies, so that searches find something, and with the
// values that break things: empty, long, with zero bytes, open ends, spans that end before they start, equal but for
// the sign. Threads: one generator a thread.
#pragma once
#include <map>
#include <random>

#include "fixture.hpp"

namespace contract {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(engine_) < p; }
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  template <class T>
  const T& one_of(const std::vector<T>& values) {
    return values[below(values.size())];
  }

  std::string type();
  std::string id();
  Rows rows();
  Query query(int depth = 0);
  Criterion criterion(int depth);

 private:
  Row row(RowKind kind, int depth = 0);
  Term term(RowKind kind, int depth = 0);
  void fill(Term& term, const Row& row);
  std::string param(RowKind kind);
  std::string text();
  RowKind kind();

  std::mt19937_64 engine_;
  std::map<RowKind, Rows> seen_;  // rows given out, so that searches ask for them
};

}  // namespace contract
