// Walks the syntax tree over a collection. Errors are kept in the evaluator, and everything after the first one is
// empty. Never: throws; runs without bounds (a budget of steps covers every item made and every node visited). Threads:
// one evaluator per evaluation; the tree and the environment are only read. Source: FHIRPath N1 sections 3 to 9.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/path/navigate.hpp"
#include "fhir/path/path.hpp"
#include "fhir/path/syntax.hpp"

namespace fhir::path {

struct Scope {
  const Collection* focus = nullptr;  // $this, and where a bare name is looked up
  std::int64_t index = -1;            // $index
  const Collection* total = nullptr;  // $total
};

class Evaluator {
 public:
  Evaluator(const Environment& environment, const Collection& input, std::string_view text)
      : environment_(environment), input_(input), text_(text) {}

  Collection run(const Node& node, const Scope& scope);
  void run(const Node& node, const Scope& scope, Collection& out);
  Collection isolated(const Node& node, const Scope& scope);  // as run; variables defined inside end with it

  bool failed() const { return error_.has_value(); }
  void fail(const Node& node, std::string message, core::Kind kind = core::Kind::invalid);
  core::Error& error() { return *error_; }
  // What an evaluation may cost is bounded; false: it is too much, and has failed.
  bool spend(const Node& node, std::uint64_t steps = 1);
  bool keep(const Node& node, std::uint64_t items) { return spend(node, items * 40); }  // made and held in memory
  bool weigh(const Node& node, std::uint64_t comparisons) { return spend(node, comparisons * 4); }

  const Environment& environment() const { return environment_; }
  const model::Definitions* definitions() const { return environment_.definitions; }
  const Collection& input() const { return input_; }

  // One item or none; two are an error.
  const Item* single(const Node& node, const Collection& collection);
  // Boolean of a collection: nullopt when empty; a single item that is no Boolean counts as true.
  std::optional<bool> truth(const Node& node, const Collection& collection);

  struct TypeName {
    std::string_view space, name;
  };
  std::optional<TypeName> type_name_of(const Node& node);  // checks that the type is known
  // Is the item of that type? Not strict, a System name also stands for the FHIR type it comes from (Boolean for
  // boolean, DateTime for dateTime), as R4's own invariants and search parameters use it.
  bool fits(const Item& item, TypeName type) const;
  Collection of_type(const Node& node, Collection input, TypeName type, bool one_only);

  bool define(const Node& node, const std::string& name, Collection value);

 private:
  void dispatch(const Node& node, const Scope& scope, Collection& out);
  void stream(const Node& node, const Scope& scope, const Sink& sink);
  void start(const Node& node, const Item& item, const Sink& sink);
  void dot(const Node& node, const Scope& scope, Collection& out);
  void call(const Node& node, const Scope& scope, Collection input, Collection& out);
  void index(const Node& node, const Scope& scope, Collection& out);
  void literal(const Node& node, Collection& out);
  void variable(const Node& node, Collection& out);
  void sign(const Node& node, const Scope& scope, Collection& out);
  void binary(const Node& node, const Scope& scope, Collection& out);
  void logic(const Node& node, const Scope& scope, Collection& out);
  void compare(const Node& node, const Collection& left, const Collection& right, Collection& out);
  void compute(const Node& node, const Collection& left, const Collection& right, Collection& out);
  void concatenate(const Node& node, const Collection& left, const Collection& right, Collection& out);
  void membership(const Node& node, const Collection& item, const Collection& collection, Collection& out);

  const Environment& environment_;
  const Collection& input_;
  std::string_view text_;
  std::optional<core::Error> error_;
  std::uint64_t spent_ = 0;
  std::vector<std::pair<std::string, Collection>> defined_;  // by defineVariable(), innermost last
};

// Items of `from` that are not in `out` yet are added.
void add_distinct(Evaluator& on, const Node& node, const Collection& from, Collection& out);

}  // namespace fhir::path
