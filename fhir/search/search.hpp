// Search, in two directions: the index rows of a resource, and the Query of a URL. One file per parameter type does
// both. Never: touches a store. Threads: Index is immutable after construction and safe from all threads. Source: FHIR
// R4 search (3.1.1), search parameter registry.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/query.hpp"
#include "core/store/row.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::search {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // decoded name and value, in order

// What rows depend on beside the resource; stored rows are only right as long as these stay the same.
struct Options {
  std::string base_url;          // no slash at the end
  int zone_minutes = 0;          // of dates without zone, in resources and in searches: fixed, no summer time
  bool every_by_engine = false;  // no shortcuts: for the test that compares them with fhir/path
};

// A search parameter that came at run time. Its rows are made as soon as it is offered; searches may use it once it
// waits for nothing.
struct Added {
  model::SearchParameter parameter;
  std::string waits;  // why it cannot be used yet, in words; empty: it can
};

class Index {
 public:
  // Compiles the expressions of all search parameters. Errors: none are fatal; what cannot be compiled is in
  // unsupported().
  explicit Index(std::shared_ptr<const model::Definitions> definitions, Options options = {});
  ~Index();
  core::store::Rows rows(const json::Value& resource) const;
  core::store::Rows rows_of(std::string_view body) const;  // of a stored resource
  bool supports(std::string_view type, std::string_view code) const;  // for the capability statement
  // A reference parameter whose references name type and id; false: canonicals. `type` empty: a parameter of every
  // type.
  bool follows(std::string_view type, std::string_view code) const;
  // No resource of `type` has more than one row of it: its expression is one element that does not repeat, and one
  // element makes one row.
  bool single(std::string_view type, std::string_view code) const;
  const std::vector<std::string>& unsupported() const;  // urls, with the reason

  // Parameters beyond those of the definitions; replaces what was offered before. Safe while others use the index.
  void offer(std::vector<Added> added);
  const std::vector<Added>& added() const;  // good for the life of the index
  // Why `parameter` could not be offered: no known base, an expression that cannot be used, a code that is taken.
  std::optional<std::string> refuses(const model::SearchParameter& parameter) const;
  // By code, those added included. nullptr: none.
  const model::SearchParameter* parameter(std::string_view type, std::string_view code) const;
  std::vector<const model::SearchParameter*> parameters(std::string_view type) const;
  std::string_view waits(std::string_view type, std::string_view code) const;  // see Added

  const model::Definitions& definitions() const;
  const Options& options() const;

 private:
  struct Tables;
  struct Extra;
  const Extra& extra() const { return *extra_.load(std::memory_order_acquire); }
  std::unique_ptr<Tables> tables_;
  std::vector<std::unique_ptr<const Extra>> extras_;  // every one ever offered: readers may still hold it
  std::atomic<const Extra*> extra_{nullptr};
};

struct Include {
  std::string source;     // type, or "*"
  std::string parameter;  // code, or "*"
  std::string target;     // type, or empty: any
  bool iterate = false;
};

enum class Total : unsigned char { unasked, none, estimate, accurate };
enum class Summary : unsigned char { no, yes, text, data, count };
enum class Contained : unsigned char { no, only, both };  // _contained: false, true, both

struct Search {
  core::store::Query query;
  std::vector<Include> includes, reverse_includes;
  std::optional<std::size_t> count;  // _count
  Total total = Total::unasked;
  Summary summary = Summary::no;
  std::vector<std::string> elements;
  Contained contained = Contained::no;
  bool contained_alone = false;  // _containedType=contained: without the resource that contains it
  bool explain = false;
  validate::Issues ignored;                // lenient: what was not understood, each named
  Parameters used;                         // what was understood, normalised: the self link
  std::vector<std::string> types_touched;  // every type whose change can change the answer (for caches)
};

enum class Handling : unsigned char { lenient, strict };

using Codes = std::vector<std::pair<std::string, std::string>>;  // system and code

struct Context {
  std::string base_url;  // absolute references below it are the same as relative ones
  core::Instant now;
  int zone_minutes =
      0;  // not used: searched dates without zone take the zone of the Index, or rows would not agree with them
  Handling handling = Handling::lenient;
  bool contained = false;  // who asks can look into what resources contain; otherwise _contained is refused
  // For token :in and :not-in, the codes of a value set; for :above and :below, a code and those over or under it.
  // Null, or nothing returned: what is not known here is refused (required value sets of the base definitions are
  // always known).
  std::function<std::optional<Codes>(std::string_view value_set)> expand = nullptr;
  std::function<std::optional<Codes>(std::string_view system, std::string_view code, bool above)> hierarchy = nullptr;
};

// `type` empty: whole-system search (then _type). Result parameters (_format, _pretty, _summary ...) are understood
// here too. Errors: a bad value, an unsupported modifier or prefix, an unknown parameter under strict handling: named
// in `where`.
core::Result<Search> parse(const Index& index, std::string_view type, const Parameters& parameters,
                           const Context& context);

// For conditional interactions: only parameters that filter count; an unknown, empty or result-only set is an error.
core::Result<core::store::Query> criteria(const Index& index, std::string_view type, std::string_view query,
                                          const Context& context);

// "Is in the compartment of `owner` `id`" for resources of `type`: GET Patient/123/Observation. Kind::not_found: R4 has
// no such compartment, or the type is never in it.
core::Result<core::store::Criterion> compartment(const Index& index, std::string_view owner, std::string_view id,
                                                 std::string_view type);
// The same for everything in it, whatever its type: GET Patient/123/*.
core::Result<core::store::Criterion> compartment(const Index& index, std::string_view owner, std::string_view id);

// "Contains a resource of one of these types" (empty: of any).
core::store::Criterion containing(const std::vector<std::string>& types);

std::string decode(std::string_view percent_encoded, bool plus_is_space = true);
std::string encode(std::string_view text);
core::Result<Parameters> parameters_from(std::string_view query);  // splits at & and =, decodes

std::string folded(std::string_view text);  // case and accents removed, spaces collapsed: for string search

}  // namespace fhir::search
