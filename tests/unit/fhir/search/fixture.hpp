// A few resources, searched by a plain scan: parse() makes the query, Index the rows, core::store::matches() decides.
#pragma once
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/query.hpp"
#include "fhir/json/json.hpp"
#include "fhir/search/search.hpp"

namespace searching {

using namespace fhir;
using core::store::Criterion;
using core::store::Row;
using core::store::Rows;
using core::store::Subject;

inline const std::shared_ptr<const model::Definitions>& definitions() {
  static const auto loaded = [] {
    auto result = model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
    if (!result) throw std::runtime_error(result.error().message);
    return *result;
  }();
  return loaded;
}

inline const std::string base_url = "http://here.example/fhir";

inline const search::Index& index() {
  static const search::Index built(definitions(), {base_url, 0, false});
  return built;
}

inline search::Context context(search::Handling handling = search::Handling::strict) {
  search::Context made;
  made.base_url = base_url;
  made.now = core::moment_from("2024-06-15T12:00:00Z")->low;
  made.handling = handling;
  return made;
}

struct Stored {
  std::string type, id;
  std::int64_t updated_ms = 0;
  Rows rows;
};

inline Rows rows_of(std::string_view text) {
  auto document = json::parse(text);
  BOOST_REQUIRE_MESSAGE(document.ok(), text);
  return index().rows(document->root());
}

class World : public core::store::Resolver {
 public:
  World() = default;
  explicit World(std::initializer_list<std::string_view> resources) {
    for (const std::string_view text : resources) add(text);
  }
  void add(std::string_view text) {
    auto document = json::parse(text);
    BOOST_REQUIRE_MESSAGE(document.ok(), text);
    const json::Value& root = document->root();
    Stored& stored = all_.emplace_back();
    stored.type = root.text("resourceType");
    stored.id = root.text("id");
    const auto when = core::moment_from(root["meta"].text("lastUpdated"));
    stored.updated_ms = when ? when->low.ms : 0;
    stored.rows = index().rows(root);
  }

  // "a b": ids of the matches, in order; "error: where: message" when the search is refused.
  std::string find(std::string_view type, std::string_view query, const search::Context& with = context()) {
    const auto parameters = search::parameters_from(query);
    if (!parameters) return "error: " + parameters.error().message;
    const auto search = search::parse(index(), type, *parameters, with);
    if (!search) return "error: " + search.error().where + ": " + search.error().message;
    std::string found;
    for (const Stored& stored : all_)
      if (is_of(stored, search->query) && core::store::matches(search->query.all, subject(stored), *this))
        found += (found.empty() ? "" : " ") + stored.id;
    return found;
  }

  bool chain(const Criterion& criterion, const Row& reference) override {
    for (const Stored& stored : all_)
      if (stored.type == reference.system && stored.id == reference.value && is_of(stored, *criterion.inner) &&
          core::store::matches(criterion.inner->all, subject(stored), *this))
        return true;
    return false;
  }

  bool has(const Criterion& criterion, const Subject& of) override {
    for (const Stored& stored : all_) {
      if (!is_of(stored, *criterion.inner)) continue;
      for (const Row& row : stored.rows)
        if (row.param == criterion.param && row.system == of.type && row.value == of.id &&
            core::store::matches(criterion.inner->all, subject(stored), *this))
          return true;
    }
    return false;
  }

 private:
  static Subject subject(const Stored& stored) { return {stored.type, stored.id, stored.updated_ms, stored.rows}; }
  static bool is_of(const Stored& stored, const core::store::Query& query) {
    if (query.types.empty()) return true;
    for (const std::string& type : query.types)
      if (type == stored.type) return true;
    return false;
  }
  std::vector<Stored> all_;
};

inline bool is_error(const std::string& answer, std::string_view where) {
  return answer.substr(0, 7) == "error: " && answer.substr(7, where.size()) == where;
}

}  // namespace searching
