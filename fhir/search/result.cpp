#include "fhir/search/result.hpp"

#include <algorithm>
#include <charconv>

#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::Done;
using core::Result;
using core::store::RowKind;

struct Reading {
  const Scope& scope;
  std::string_view name, value;
  Search& search;

  core::Error wrong(std::string_view what) const {
    return core::invalid("'" + std::string(value) + "' " + std::string(what), std::string(name));
  }
};

Result<Done> read_count(const Reading& in) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(in.value.data(), in.value.data() + in.value.size(), count);
  if (error != std::errc() || end != in.value.data() + in.value.size())
    return in.wrong("is not a whole number of 0 or more");
  in.search.count = count;
  return Done{};
}

Result<Done> read_sort(const Reading& in) {
  for (std::string_view key : split(in.value, ',')) {
    if (key.empty()) continue;
    core::store::Sort sort;
    sort.descending = key[0] == '-';
    if (sort.descending) key.remove_prefix(1);
    sort.param = key;
    if (key == "_id") {
      sort.kind = RowKind::token;
    } else {
      const auto found = find(in.scope, key, in.name);
      if (!found && found.error().kind == core::Kind::not_found && in.scope.context.handling == Handling::lenient) {
        in.search.ignored.push_back(ignored_issue(in.name, "not sorted by it: " + found.error().message));
        continue;
      }
      if (!found) return core::invalid(found.error().message, std::string(in.name));
      sort.kind = found->type->kind;
      if (sort.kind == RowKind::composite || found->type->name == "special") return in.wrong("has no order");
      sort.single = !in.scope.types.empty() &&
                    std::all_of(in.scope.types.begin(), in.scope.types.end(),
                                [&](const std::string& type) { return in.scope.index.single(type, key); });
    }
    in.search.query.sort.push_back(std::move(sort));
  }
  return Done{};
}

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};

template <class Value, std::size_t N>
Result<Done> read_word(const Reading& in, const Word<Value> (&words)[N], Value& value) {
  std::string known;
  for (const auto& word : words) {
    if (word.word == in.value) {
      value = word.value;
      return Done{};
    }
    known += ' ' + std::string(word.word);
  }
  return in.wrong("is none of" + known);
}

Result<Done> read_total(const Reading& in) {
  static constexpr Word<Total> words[] = {
      {"none", Total::none}, {"estimate", Total::estimate}, {"accurate", Total::accurate}};
  return read_word(in, words, in.search.total);
}

Result<Done> read_summary(const Reading& in) {
  static constexpr Word<Summary> words[] = {{"true", Summary::yes},
                                            {"false", Summary::no},
                                            {"text", Summary::text},
                                            {"data", Summary::data},
                                            {"count", Summary::count}};
  return read_word(in, words, in.search.summary);
}

Result<Done> read_elements(const Reading& in) {
  for (const std::string_view element : split(in.value, ','))
    if (!element.empty()) in.search.elements.emplace_back(element);
  return Done{};
}

Result<Done> read_explain(const Reading& in) {
  static constexpr Word<bool> words[] = {{"true", true}, {"false", false}};
  return read_word(in, words, in.search.explain);
}

Result<Done> read_contained(const Reading& in) {
  static constexpr Word<Contained> words[] = {{"false", Contained::no}, {"true", Contained::only}, {"both", Contained::both}};
  if (auto done = read_word(in, words, in.search.contained); !done) return done;
  if (in.search.contained == Contained::no) return Done{};
  if (!in.scope.context.contained)
    return core::unsupported("contained resources are not looked at here", std::string(in.name));
  touch(in.scope.touched, {});  // resources of any type may contain it
  return Done{};
}

Result<Done> read_contained_type(const Reading& in) {
  static constexpr Word<bool> words[] = {{"container", false}, {"contained", true}};
  return read_word(in, words, in.search.contained_alone);
}

Result<Done> refuse(const Reading& in) {
  return core::unsupported("the parameter '" + std::string(in.name) + "' is not offered", std::string(in.name));
}

Result<Done> include(const Reading& in) { return read_include(in.scope, in.name, in.value, in.search); }
Result<Done> taken(const Reading&) { return Done{}; }  // for whoever writes the answer

struct Row {
  std::string_view name;
  Result<Done> (*read)(const Reading&);
};

constexpr Row table[] = {
    {"_sort", read_sort},
    {"_count", read_count},
    {"_total", read_total},
    {"_summary", read_summary},
    {"_elements", read_elements},
    {"_include", include},
    {"_include:iterate", include},
    {"_include:recurse", include},
    {"_revinclude", include},
    {"_revinclude:iterate", include},
    {"_revinclude:recurse", include},
    {"_explain", read_explain},
    {"_contained", read_contained},
    {"_containedType", read_contained_type},
    {"_query", refuse},
    {"_score", refuse},
    {"_format", taken},
    {"_pretty", taken},
};

}  // namespace

validate::Issue ignored_issue(std::string_view name, std::string text) {
  validate::Issue issue;
  issue.severity = validate::Severity::warning;
  issue.code = "not-supported";
  issue.text = std::string(name) + ": " + std::move(text);
  return issue;
}

core::Result<bool> read_result(const Scope& scope, std::string_view name, std::string_view value, Search& search) {
  for (const Row& row : table) {
    if (row.name != name) continue;
    if (auto done = row.read({scope, name, value, search}); !done) return done.error();
    return true;
  }
  const std::string_view plain = name.substr(0, name.find(':'));
  for (const Row& row : table)
    if (row.name == plain)
      return core::invalid("'" + std::string(plain) + "' has no modifier " + std::string(name.substr(plain.size())), std::string(name));
  return false;
}

}  // namespace fhir::search
