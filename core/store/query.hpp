// A search as data: what find() must return, with no trace of HTTP or SQL. matches() is its meaning, for one resource's
// rows: the memory store scans with it, the SQL stores use an index for the driving criterion and matches() for the
// rest. Never: executes anything. Threads: plain values; matches() is pure. Source: FHIR R4 search (3.1.1.4): prefixes,
// modifiers, chaining, reverse chaining, sorting.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/row.hpp"

namespace core::store {

struct Query;

enum class Compare : std::uint8_t {
  equal,      // token, reference, uri, string (folded): same; number, quantity, date: the searched range holds it whole
  not_equal,  // prefix ne: a value is there, and not equal
  greater,
  less,
  greater_or_equal,
  less_or_equal,
  starts_after,
  ends_before,
  approximately,  // to the letter of R4's table
  begins,         // string default; uri :below
  exactly,        // string :exact: compares text; value (folded, as in Row) finds it in an index: fill both
  contains,       // string :contains
  above,          // uri :above: the stored one is a prefix path of the searched one
  text,           // token :text: the display contains `text`, both folded
  of_type,        // token :of-type: note = "system|code" and value
  identifier,     // reference :identifier: compares text: "system|value", "value" (any system) or "system|"
  within          // number that is a place (low = latitude, high = longitude): at most `distance` away
};

// One alternative of a criterion: a value as searched; it is compared with the row's field of the same name:
//   token      equal: value (unless any_value) and system (unless any_system; an empty one means "has none").
//              text: row.text contains text. of_type: note and value
//   string     begins, contains: value. exactly: text (value, folded as in Row, lets an index find it: fill both)
//   reference  equal: value, system (unless any_system), and note when it is not empty here. identifier: text
//   date       from, to. approximately: the spans overlap (from, to are already widened)
//   number     low, high: for equal and not_equal the implicit precision [low, high), for approximately already widened
//   to the
//              closed range [low, high], for the others low = high = the value searched
//   quantity   as number, and the unit: canonical with note, or else low, high with system (unless any_system) and
//   value
//              (unless any_value). With any_system, value is compared with the row's value or text
//   uri        value. begins: the row's is the same or continues it; above: the same, or a path that the searched one
//   continues composite  parts, each with its own compare, pairwise with the row's parts
//   words      parts, each with value = words as in Texts that follow each other; begins: the last one goes on
struct Term {
  Compare compare = Compare::equal;
  std::string system, value, text, note;
  bool any_system = true;    // token: `code` alone; reference: a bare id of any type; quantity: no unit system named
  bool any_value = false;    // token: `system|`; quantity: no unit named
  double low = 0, high = 0;  // number, quantity: the searched range [low, high) of the implicit precision
  double canonical_low = 0, canonical_high = 0;
  bool canonical = false;         // quantity: unit known, compare canonical values with note
  std::int64_t from = 0, to = 0;  // date: the span searched, [from, to)
  double distance = 0;            // within: metres
  std::vector<Term> parts;        // composite
};

struct Criterion {
  enum class Form : std::uint8_t {
    rows,     // some row of `param` equals one of `any` (`negate`: no row does, missing included, as for token :not)
    missing,  // `missing`: there is no row of `param`
    chain,    // some reference of `param` leads to a resource that matches `inner`, or one of `alternatives` holds here:
              // what the same means for a resource that this one contains
    has,      // some resource matching `inner` refers here with its `param`
    id,       // the resource's id is one of `ids` (as in _id)
    updated,  // _lastUpdated, with `any` as dates
    either,   // at least one of `alternatives`, each a conjunction (for _filter, compartments)
    reference_in,  // some reference of `param` is one of `ids` ("Type/id"): the form a resolved chain takes
    type,  // the resource's type is one of `ids`
    words  // full text: every part of one of `any` is in the resource's Texts (param "_text": in the narrative)
  };
  Form form = Form::rows;
  std::string param;
  RowKind kind = RowKind::token;
  bool negate = false;  // turns the answer of any form around
  bool missing = false;
  std::vector<Term> any;
  std::vector<std::string> ids;
  std::shared_ptr<const Query> inner;
  std::vector<std::vector<Criterion>> alternatives;
};

struct Sort {
  std::string param;  // a parameter code, or _id, _lastUpdated
  RowKind kind = RowKind::string;
  bool descending = false;
  bool single = false;  // known: no resource has two values, so a criterion on `param` bounds what is walked in order
};

// One search hit: enough to fetch exactly the version that matched, later, whatever was written meanwhile.
struct Match {
  std::int64_t row = 0;       // the store's own number of the resource; ascending in order of creation
  std::int64_t sequence = 0;  // of the matching version
};

struct Query {
  std::vector<std::string> types;  // resource types searched; never empty except for a whole-system search
  std::vector<Criterion> all;      // every one must hold
  std::vector<Sort> sort;          // resources without the value come last, whatever the direction
  std::size_t limit = 1'000'000;   // find() stops there, and says when there are more
  // A part of the list. `enough`: so many are wanted now; find() may end after them, as at the limit, where to go on
  // costs more than a page. `after`: what comes behind this hit of the same search (Kind::gone once it is erased).
  // `as_of`: the state at this earlier sequence, with the versions of then; erased ones are gone. `since`: only
  // versions later than this sequence.
  std::size_t enough = 0;  // 0: everything
  std::optional<Match> after;
  std::int64_t as_of = 0;  // 0: the state of the view
  std::int64_t since = 0;
  bool only_total = false;  // count the hits and list none; no limit, no order
  // Of a total: find() may give it up (complete = false) where it costs more than to look at so many values. 0: never.
  std::size_t affordable = 0;
};

// What a scan knows of one resource beside its rows.
struct Subject {
  const std::string& type;
  const std::string& id;
  std::int64_t updated_ms;
  const Rows& rows;
  std::int64_t sequence = 0;  // of the version, where the store has one
};

// What full-text search reads of a resource: words folded (no case, no accents), one space between.
struct Texts {
  std::string narrative;
  std::string content;  // all other texts
};
bool matches(const std::vector<Term>& any, bool narrative_only, const Texts& texts);

// Answers the criteria that need other resources (chain, has).
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual bool chain(const Criterion& criterion, const Row& reference) = 0;  // does this reference lead to a match?
  virtual bool has(const Criterion& criterion, const Subject& subject) = 0;  // does a match refer to this subject?
  virtual bool words(const Criterion& criterion, const Subject& subject);    // does its text match? Here: no
};

bool matches(const Criterion& criterion, const Subject& subject, Resolver& resolver);
bool matches(const std::vector<Criterion>& all, const Subject& subject, Resolver& resolver);
bool matches(const Term& term, const Row& row);  // one value against one alternative

// Three-way order of two resources by one sort key: dates by their start ascending and their end descending, the
// smallest (descending: the largest) value of several; without a value: last. Tokens, strings and uris by value,
// references by type and id, quantities by canonical value where there is one. Negative: a comes first.
int compare(const Sort& sort, const Subject& a, const Subject& b);

}  // namespace core::store
