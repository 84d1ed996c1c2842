// The reference engine: straight loops over all facts, no columns, no increments, no compiled rules. Slow and plain, so that it can
// be read beside rule.hpp and profiles/README.md; the core must agree with it exactly.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/gap/decide.hpp"
#include "core/gap/programme.hpp"

namespace naive {

using namespace core;
using namespace core::population;
using core::gap::Cause;
using core::gap::Programmes;
using core::gap::Rule;
using core::gap::Status;

struct Answer {
  std::string item;
  Status status = Status::not_applicable;
  Day due = no_day, since = no_day, interval = no_day, last = no_day, declined = no_day;
  std::string source;
  bool operator==(const Answer&) const = default;
};

// Resources in the order in which they were first stored.
class World {
 public:
  explicit World(Programmes programmes) : programmes_(std::move(programmes)) {}
  void put(const std::string& key, const Digest& digest);
  void remove(const std::string& key);
  const Programmes& programmes() const { return programmes_; }

  std::vector<std::string> group(const std::string& patient) const;  // all records of the person, known or not
  std::optional<std::string> leading(const std::string& patient) const;  // nothing: nobody known
  bool known(const std::string& record) const;  // a Patient record of that key is there
  std::vector<std::string> people() const;  // the leading record of each
  std::vector<Answer> decide(const std::string& patient, Day as_of) const;  // items that apply, in order

  std::vector<std::string> describe(const std::string& patient) const;  // all facts of the person, one a line, for messages

  struct Risk {
    std::optional<int> tier;
    std::map<std::string, double> scores;
    std::map<std::string, int> tiers;
  };
  std::map<std::string, Risk> risks;  // by leading record

 private:
  friend class Evaluation;
  struct Resource {
    std::string key;
    std::optional<Digest> digest;
  };
  const Digest* find(const std::string& key) const;
  std::vector<std::string> subjects() const;
  bool joined(const std::string& a, const std::string& b) const;
  std::size_t place(const std::string& record) const;

  Programmes programmes_;
  std::vector<Resource> resources_;
  std::vector<std::string> records_;  // in the order in which they were first spoken of
};

}  // namespace naive
