#include "fhir/rest/contained_search.hpp"

#include <algorithm>
#include <set>

namespace fhir::rest {
namespace {

using core::store::Criterion;
using core::store::Match;
using core::store::Query;
using core::store::Record;
using core::store::Row;
using core::store::Rows;
using core::store::Subject;

constexpr std::size_t piece = 250;  // containers in memory at once

bool is_of(const std::vector<std::string>& types, std::string_view type) {
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

// The resources of one container; references between them are followed here, others in the store.
class Inside final : public core::store::Resolver {
 public:
  Inside(const Engine& engine, core::store::Snapshot& view, const Record& container, const json::Value& root)
      : engine_(engine), view_(view), container_(container), root_(root) {}

  bool meets(const json::Value& resource, const Query& query) {
    const std::string type(resource.text("resourceType")), id(resource.text("id"));
    if (!is_of(query.types, type)) return false;
    const Rows rows = engine_.index().rows(resource);
    return core::store::matches(query.all, Subject{type, id, container_.updated.ms, rows, container_.sequence}, *this);
  }

 private:
  bool chain(const Criterion& criterion, const Row& reference) override {
    if (reference.value.starts_with('#')) {
      const json::Value* target = named(std::string_view(reference.value).substr(1));
      return target != nullptr && meets(*target, *criterion.inner);
    }
    if (reference.system.empty() || !is_of(criterion.inner->types, reference.system)) return false;
    Query query = *criterion.inner;
    query.types = {reference.system};
    query.limit = 1;
    Criterion id;
    id.form = Criterion::Form::id;
    id.ids = {reference.value};
    query.all.push_back(std::move(id));
    const auto found = view_.find(query);
    return found && !found->matches.empty();
  }
  bool has(const Criterion&, const Subject&) override { return false; }

  const json::Value* named(std::string_view id) const {
    if (id.empty()) return &root_;
    for (const json::Value& resource : root_["contained"].elements())
      if (resource.text("id") == id) return &resource;
    return nullptr;
  }

  const Engine& engine_;
  core::store::Snapshot& view_;
  const Record& container_;
  const json::Value& root_;
};

void add(Hits& hits, const Match& match, std::string contained) {
  hits.matches.push_back(match);
  if (hits.search.contained_alone) hits.contained.push_back(std::move(contained));
}

core::Result<core::Done> look_into(const Engine& engine, core::store::Snapshot& view, const Record& container,
                                   const Match& match, Hits& hits) {
  auto document = json::parse(container.body);
  if (!document) return core::fault("A stored resource cannot be read.");
  Inside inside(engine, view, container, document->root());
  for (const json::Value& resource : document->root()["contained"].elements()) {
    if (!inside.meets(resource, hits.search.query)) continue;
    add(hits, match, std::string(resource.text("id")));
    if (!hits.search.contained_alone) break;  // the container once
  }
  return core::Done{};
}

}  // namespace

core::Result<core::Done> find_contained(const Engine& engine, core::store::Snapshot& view, Hits& hits) {
  hits.search.query.limit = Query{}.limit;
  std::set<core::store::Sequence> shown;
  if (hits.search.contained == search::Contained::both) {
    auto found = view.find(hits.search.query);
    if (!found) return found.error();
    for (const Match& match : found->matches) {
      add(hits, match, {});
      shown.insert(match.sequence);
    }
    hits.complete = found->complete;
    hits.plan = std::move(found->plan) + "; ";
  }
  Query containers;
  containers.all.push_back(search::containing(hits.search.query.types));
  containers.limit = most_containers;
  containers.since = hits.search.query.since;
  auto found = view.find(containers);
  if (!found) return found.error();
  hits.complete = hits.complete && found->complete;
  hits.ended = !hits.complete;
  hits.plan += std::to_string(found->matches.size()) + " resources that contain such ones were read";
  for (std::size_t at = 0; at < found->matches.size(); at += piece) {
    const auto some = std::span(found->matches).subspan(at, std::min(piece, found->matches.size() - at));
    auto records = view.load(some);
    if (!records) return records.error();
    auto match = some.begin();
    for (const Record& record : *records) {
      match = std::find_if(match, some.end(), [&](const Match& one) { return one.sequence == record.sequence; });
      if (match == some.end()) break;
      if (!hits.search.contained_alone && shown.contains(match->sequence)) continue;
      if (auto done = look_into(engine, view, record, *match, hits); !done) return done;
    }
  }
  hits.total = hits.matches.size();
  return core::Done{};
}

core::Result<core::Done> take_out(const Hits& hits, std::size_t from, std::size_t size, std::vector<Record>& page) {
  if (hits.contained.empty()) return core::Done{};
  std::size_t at = from;
  for (Record& record : page) {  // what was erased since is not in it
    while (at < from + size && hits.matches[at].sequence != record.sequence) ++at;
    if (at == from + size) break;
    const std::string& id = hits.contained[at++];
    if (id.empty()) continue;
    auto document = json::parse(record.body);
    if (!document) return core::fault("A stored resource cannot be read.");
    for (const json::Value& resource : document->root()["contained"].elements()) {
      if (resource.text("id") != id) continue;
      record.key = {std::string(resource.text("resourceType")), record.key.type + '/' + record.key.id + '#' + id};
      record.body = json::write(resource);
      break;
    }
  }
  return core::Done{};
}

std::string full_name(const Record& record) {
  return record.key.id.find('#') == std::string::npos ? record.key.type + '/' + record.key.id : record.key.id;
}

}  // namespace fhir::rest
