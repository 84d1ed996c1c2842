// The synthetic population straight into a Population: rows from numbers, without digests in between, as if every resource of
// synth_person() had been loaded (tests compare them). Several threads make people, each with a Maker of its own; add() takes them in.
// Never: a thread or a lock of its own. Threads: Makers beside each other and beside add(), for which the caller gives `alone`.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "core/population/population.hpp"

namespace core::population {

class SynthFill {
 public:
  // Runs a piece of work while no other piece runs.
  using Alone = std::function<void(const std::function<void()>& work)>;
  // The population holds no resource of these people yet. `people`: how many will come, for room in the index.
  SynthFill(Population& population, std::uint64_t seed, Day today, std::uint64_t people, Alone alone = [](const auto& work) { work(); });

  struct Batch;  // people made ready
  struct Drop {
    void operator()(Batch* batch) const;
  };
  using Ready = std::unique_ptr<Batch, Drop>;

  class Maker {
   public:
    explicit Maker(SynthFill& fill);
    ~Maker();
    Ready make(std::uint64_t first, std::uint64_t last);  // people [first, last)

   private:
    struct Work;
    std::unique_ptr<Work> work_;
  };
  void add(Ready batch);  // in the order in which they are to stand

 private:
  void take_in(Batch& batch);
  Population::State& state() const { return *population_.state_; }
  Population& population_;
  std::uint64_t seed_;
  Day today_;
  bool identifies_ = false;  // the identity rules trust the generator's identifiers
  Alone alone_;
};

}  // namespace core::population
