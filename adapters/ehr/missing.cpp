// What is stored here and was not on any page of a full walk: asked for one by one, since a page that shifted while it
// was read is no proof, and removed when the source says that it is gone.
#include <algorithm>

#include "adapters/ehr/identity.hpp"
#include "adapters/ehr/line.hpp"
#include "core/store/criteria.hpp"

namespace adapters::ehr {
namespace {

using core::Done;
using core::Result;
using core::store::Key;

constexpr std::size_t look_at_once = 1'000, check_at_once = 20;
constexpr std::size_t many = 100;  // so many missing at once, and more than half: believed the second time

core::store::Query all_of(const std::string& type, const std::string& partner) {
  core::store::Query query;
  query.types = {type};
  query.all = {core::store::token_criterion("_tag", {partner}, source_tag)};
  return query;
}

}  // namespace

Result<Done> Line::begin_missing() {
  auto view = pulling_.world.store->snapshot();
  if (!view) return view.error();
  auto found = (*view)->find(all_of(wanted_.type, pulling_.setting.id));
  if (!found) return found.error();
  walk_.kind = Kind::missing;
  walk_.stored = std::move(found->matches);
  return Done{};
}

Result<Done> Line::look_through() {
  auto view = pulling_.world.store->snapshot();
  if (!view) return view.error();
  const std::size_t end = std::min(walk_.stored.size(), walk_.at + look_at_once);
  auto records = (*view)->load(std::span(walk_.stored).subspan(walk_.at, end - walk_.at));
  if (!records) return records.error();
  for (const auto& record : *records) {
    if (walk_.seen.contains(std::hash<std::string_view>()(record.key.id))) continue;
    const auto document = fhir::json::parse(record.body);
    const std::string id = document ? source_id_of(document->root()) : std::string();
    if (!id.empty() && local_key(pulling_.intake.origin(), {wanted_.type, id}).id == record.key.id)
      walk_.suspects.push_back({wanted_.type, id});
  }
  walk_.at = end;
  return Done{};
}

// True when the source does not have it (any more), or not among what we ask for. Else it was only missed: `found`.
Result<bool> Line::is_gone(const Key& source, std::vector<fhir::json::Document>& found) {
  const std::string base = pulling_.setting.base_url + "/" + source.type;
  if (wanted_.queries.empty()) {
    auto answer = pulling_.upstream.get(base + "/" + source.id);
    if (!answer && (answer.error().kind == core::Kind::not_found || answer.error().kind == core::Kind::gone)) return true;
    if (!answer) return answer.error();
    auto document = fhir::json::parse(answer->body);
    const bool it = document && document->root().text("resourceType") == source.type && document->root().text("id") == source.id;
    if (!it) return core::fault("reading one resource brings another");
    found.push_back(*std::move(document));
    return false;
  }
  for (const std::string& query : wanted_.queries) {
    auto answer = pulling_.upstream.get(base + "?_count=2&_id=" + source.id + "&" + query);
    if (!answer) return answer.error();
    auto page = page_from(*pulling_.world.definitions, answer->body);
    if (!page) return page.error();
    for (const PageEntry& entry : page->entries)
      if (entry.source == source && entry.resource != nullptr) {
        fhir::json::Document document;
        document.root() = document.copy(*entry.resource);
        found.push_back(std::move(document));
        return false;
      }
  }
  return true;
}

Result<Taken> Line::check_suspects() {
  std::vector<Incoming> items;
  std::vector<fhir::json::Document> found;
  found.reserve(check_at_once);
  const std::size_t end = std::min(walk_.suspects.size(), walk_.checked + check_at_once);
  for (std::size_t i = walk_.checked; i < end; ++i) {
    const std::size_t before = found.size();
    auto gone = is_gone(walk_.suspects[i], found);
    if (!gone) return gone.error().where == "partner" ? Result<Taken>(gone.error()) : failed(gone.error());
    if (!*gone && found.size() == before) continue;
    items.push_back({*gone ? nullptr : &found.back().root(), walk_.suspects[i], wanted_.type + ", read by id"});
  }
  auto taken = pulling_.intake.take(items, pulling_.claims.home, {});
  if (taken) walk_.checked = end;
  return taken;
}

Result<Taken> Line::missing() {
  if (walk_.at < walk_.stored.size()) {
    if (auto looked = look_through(); !looked) return failed(looked.error());
    return Taken{};
  }
  const bool doubtful = walk_.suspects.size() > many && 2 * walk_.suspects.size() > walk_.stored.size() && !course_.doubted;
  if (!doubtful && walk_.checked < walk_.suspects.size()) return check_suspects();
  Course course = course_;
  Walk whole = walk_;
  whole.kind = Kind::full;
  finish(whole, course);
  course.doubted = doubtful;
  auto taken = pulling_.intake.take({}, "", {{course_name(), text_of(course)}});
  if (!taken) return failed(taken.error());
  course_ = std::move(course);
  walk_ = {};
  restarts_ = 0;
  return taken;
}

}  // namespace adapters::ehr
