// Everyone decided, beside two floors over the same facts: a bare scan, and a stripped sweep of a hundred items that knows nothing
// but the latest fact of each kind.
#include <algorithm>
#include <array>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <vector>

#include "adapters/server/bench_people.hpp"
#include "adapters/server/commands.hpp"
#include "core/gap/decide.hpp"

namespace adapters::server::bench {
namespace {

// The best of so many rounds is reported: the machine is shared.
int rounds_for(std::size_t people) { return people > 5'000'000 ? 1 : people > 500'000 ? 2 : 5; }

struct Figures {
  std::size_t people = 0, facts = 0, programmes = 0, items = 0, peak = 0, bytes = 0;
  std::uint64_t decisions = 0, waiting = 0;  // waiting: open or overdue
  double fill = 0;
  Spent sweep, scan, stripped;
};

// The first floor: every row of everyone read once.
Spent scan(const Population& population) {
  std::atomic<std::uint64_t> sum{0};
  return in_parallel(population.end(), [&](std::uint64_t first, std::uint64_t last) {
    core::population::ViewBuffer buffer;
    std::uint64_t mine = 0;
    for (auto person = static_cast<PersonId>(first); person < last; ++person)
      if (population.is_person(person))
        for (const auto& row : population.view(person, buffer).rows) mine += row.day + row.payload;
    sum += mine;
  });
}

// The second floor: facts of 12 bytes grouped by person, the latest of each key in a small table, a hundred items that ask for one
// key each and how long ago.
struct Stripped {
  struct Fact {
    std::uint32_t key;
    std::int32_t day;
    float value;
  };
  static constexpr std::size_t keys = 128, items = 100;
  std::vector<Fact> facts;
  std::vector<std::uint32_t> first;

  explicit Stripped(const Population& population, PersonId people) {
    core::population::ViewBuffer buffer;
    std::size_t rows = 0;
    for (PersonId person = 0; person < people; ++person) rows += population.view(person, buffer).rows.size();
    facts.reserve(rows);
    for (PersonId person = 0; person < people; ++person) {
      first.push_back(static_cast<std::uint32_t>(facts.size()));
      for (const auto& row : population.view(person, buffer).rows) facts.push_back({static_cast<std::uint32_t>(row.klass % keys), row.day, core::population::value_of(row)});
    }
    first.push_back(static_cast<std::uint32_t>(facts.size()));
  }

  Spent sweep() const {
    std::atomic<std::uint64_t> open{0};
    return in_parallel(first.size() - 1, [&](std::uint64_t from, std::uint64_t to) {
      std::array<std::int32_t, keys> latest{};
      std::uint64_t mine = 0;
      const auto now = static_cast<std::int32_t>(core::population::code_of_day(today()));
      for (auto person = from; person < to; ++person) {
        latest.fill(0);
        for (auto at = first[person]; at < first[person + 1]; ++at) latest[facts[at].key] = std::max(latest[facts[at].key], facts[at].day);
        for (std::size_t item = 0; item < items; ++item) {
          const auto day = latest[(item * 37) % keys];
          mine += day == 0 || day + static_cast<std::int32_t>(90 + item * 10) < now;
        }
      }
      open += mine;
    });
  }
};

Spent sweep_all(const core::gap::Plan& plan, const Population& population, Figures& figures) {
  std::atomic<std::uint64_t> decisions{0}, people{0}, waiting{0};
  const Spent spent = in_parallel(population.end(), [&](std::uint64_t first, std::uint64_t last) {
    std::uint64_t mine = 0, living = 0, open = 0;
    core::gap::sweep(plan, population, static_cast<PersonId>(first), static_cast<PersonId>(last), today(), [&](PersonId, std::span<const core::gap::Decision> each) {
      mine += each.size();
      for (const auto& decision : each) open += decision.status == core::gap::Status::open || decision.status == core::gap::Status::overdue;
      ++living;
    });
    decisions += mine;
    people += living;
    waiting += open;
  });
  figures.decisions = decisions;
  figures.people = people;
  figures.waiting = waiting;
  return spent;
}

void print(const Figures& f, bool as_json) {
  std::cout << std::fixed << std::setprecision(6);
  if (as_json) {
    std::cout << "{\"people\":" << f.people << ",\"facts\":" << f.facts << ",\"programmes\":" << f.programmes << ",\"items\":" << f.items
              << ",\"decisions\":" << f.decisions << ",\"waiting\":" << f.waiting << ",\"seconds\":" << f.sweep.seconds
              << ",\"processor_seconds\":" << f.sweep.processor << ",\"scan_seconds\":" << f.scan.seconds << ",\"scan_processor_seconds\":" << f.scan.processor
              << ",\"stripped_seconds\":" << f.stripped.seconds << ",\"stripped_processor_seconds\":" << f.stripped.processor << ",\"cores\":" << cores()
              << ",\"fill_seconds\":" << f.fill << ",\"population_bytes\":" << f.bytes << ",\"resident_bytes\":" << f.peak << "}\n";
    return;
  }
  const auto times = [](double a, double b) { return b > 0 ? a / b : 0; };
  std::cout << std::setprecision(3) << f.people << " people, " << f.facts << " facts, " << f.programmes << " programmes, " << f.items << " items, "
            << cores() << " cores\n"
            << "  sweep " << f.sweep.seconds << " s (processor " << f.sweep.processor << " s a core), " << f.decisions << " decisions, " << f.waiting
            << " open\n  stripped sweep " << f.stripped.seconds << " s (" << f.stripped.processor << "); the sweep takes " << std::setprecision(1)
            << times(f.sweep.processor, f.stripped.processor) << " times that\n  bare scan " << std::setprecision(3) << f.scan.seconds << " s (" << f.scan.processor
            << "); the sweep takes " << std::setprecision(1) << times(f.sweep.processor, f.scan.processor) << " times that\n"
            << "  filled in " << f.fill << " s; peak " << f.peak / (1024 * 1024) << " MB, " << f.peak / std::max<std::size_t>(f.people, 1) << " bytes a person ("
            << f.bytes / std::max<std::size_t>(f.people, 1) << " of them facts, ids and indexes)\n";
}

}  // namespace

int sweep(const Task& task) {
  auto plan = shipped_plan();
  if (!plan) return refuse_call("bench", plan.error().message);
  Population population(plan->vocabulary());
  Figures figures;
  const auto start = Time::now();
  fill(population, task);
  figures.fill = since(start);
  const auto memory = population.memory();
  figures.facts = memory.facts;
  figures.bytes = memory.bytes;
  figures.programmes = plan->programmes().size();
  figures.items = plan->items().size();
  const int rounds = rounds_for(population.end());
  for (int i = 0; i < rounds; ++i) {
    figures.scan.keep_best(scan(population));
    figures.sweep.keep_best(sweep_all(*plan, population, figures));
  }
  figures.peak = peak_bytes();
  // The stripped facts are a copy: of a million people at most, and what they take is reckoned up.
  const auto copied = std::min<PersonId>(population.end(), 1'000'000);
  const Stripped stripped(population, copied);
  for (int i = 0; i < rounds; ++i) figures.stripped.keep_best(stripped.sweep());
  const double share = static_cast<double>(population.end()) / copied;
  figures.stripped.seconds *= share;
  figures.stripped.processor *= share;
  print(figures, task.as_json);
  return done;
}

}  // namespace adapters::server::bench
