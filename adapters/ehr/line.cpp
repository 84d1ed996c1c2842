#include "adapters/ehr/line.hpp"

#include <algorithm>
#include <functional>

#include "adapters/ehr/identity.hpp"
#include "adapters/ehr/link.hpp"

namespace adapters::ehr {
namespace {

using core::Done;
using core::Instant;
using core::Result;

constexpr std::size_t most_barren = 100;       // pages in a row that bring nothing new
constexpr std::int64_t least_page = 10;
constexpr std::int64_t tolerance_ms = 1'000;   // of whole seconds in _lastUpdated
constexpr std::int64_t clock_jump_ms = 300'000;  // by so much its Date and its lastUpdated may disagree
constexpr unsigned most_restarts = 3;
constexpr std::int64_t first_pause_ms = 2'000, most_pause_ms = 300'000;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

Instant later(Instant at, std::int64_t seconds) { return {at.ms + seconds * 1'000}; }

std::string all_that_it_asks(const Setting& setting, const Wanted& wanted) {
  std::string text = setting.base_url;
  for (const std::string& query : wanted.queries) text += "|" + query;
  return text;
}

}  // namespace

Result<Done> Line::open() {
  page_size_ = pulling_.setting.page_size;
  auto view = pulling_.world.store->snapshot();
  if (!view) return view.error();
  auto stored = (*view)->value(course_name());
  if (!stored) return stored.error();
  const std::string asks = all_that_it_asks(pulling_.setting, wanted_);
  if (*stored) course_ = course_from(**stored);
  if (course_.asks != asks) course_ = {};
  course_.asks = asks;
  return Done{};
}

Instant Line::due() const {
  if (failures_ > 0) return not_before_;
  if (walking() || !course_.loaded || !course_.done_at) return {0};
  Instant due = later(*course_.done_at, pulling_.setting.interval_s);
  if (course_.full_at) due = std::min(due, later(*course_.full_at, pulling_.setting.reconcile_s));
  return due;
}

std::string Line::progress() const {
  if (!walking()) return {};
  if (walk_.kind == Kind::missing) return wanted_.type + ", looking for what is gone";
  constexpr const char* kinds[] = {"", "", " of changes", " of history", " of deletions", ""};
  return wanted_.type + ", page " + std::to_string(walk_.page + 1) + kinds[static_cast<std::size_t>(walk_.kind)];
}

std::vector<std::string> Line::remarks() const {
  std::vector<std::string> remarks;
  const auto add = [&](bool holds, std::string text) {
    if (holds) remarks.push_back(wanted_.type + ": " + std::move(text));
  };
  add(course_.ignores_updated, "the server does not heed _lastUpdated; everything is compared each time");
  add(course_.refuses_history, "the server refuses _history; deletions are found when everything is compared");
  add(course_.doubted, "most of it was missing when everything was compared; it is removed if the next time says the same");
  add(clock_went_back_, "the server's clock went back; everything is compared");
  add(remarks_on_pages_ > 0 && !page_remark_.empty(), "the server remarks on its results: " + page_remark_);
  add(unreadable_ > 0, std::to_string(unreadable_) + " entries of pages are no resources");
  return remarks;
}

std::string Line::address(Kind kind, std::size_t query) const {
  std::string url = pulling_.setting.base_url + "/" + wanted_.type;
  const bool history = kind == Kind::history || kind == Kind::deletions;
  if (history) url += "/_history";
  url += "?_count=" + std::to_string(page_size_);
  if (history) return url + "&_since=" + core::text(*walk_.asked);
  if (query < wanted_.queries.size()) url += "&" + wanted_.queries[query];
  if (kind == Kind::updated) url += "&_lastUpdated=ge" + core::text(*walk_.asked);
  return url;
}

void Line::turn_to(Kind kind) {
  walk_ = {};
  walk_.kind = kind;
  if (kind != Kind::full) walk_.asked = later(*course_.since, -pulling_.setting.overlap_s);
  walk_.url = address(kind, 0);
}

void Line::begin() {
  unreadable_ = 0;  // said of the newest walk
  const bool by_history = pulling_.setting.history && !course_.refuses_history && pulling_.claims.history(wanted_.type);
  const bool full = !course_.loaded || !course_.since || !course_.full_at ||
                    later(*course_.full_at, pulling_.setting.reconcile_s) <= now();
  turn_to(full ? Kind::full : by_history && wanted_.queries.empty() ? Kind::history : Kind::updated);
  if (course_.loaded || course_.next.empty()) return;
  walk_.url = course_.next;  // the first walk goes on where it was cut off
  walk_.query = course_.query;
  walk_.page = course_.page;
  walk_.start = course_.start;
  walk_.newest = course_.newest;
  walk_.whole = false;
}

std::pair<std::string, std::string> Line::as_loaded(std::optional<Instant> since, bool complete) const {
  Course course = course_;
  course.loaded = true;
  course.since = since;
  if (complete && since) course.full_at = now();
  return {course_name(), text_of(course)};
}

Result<Taken> Line::step() {
  if (!walking()) begin();
  auto taken = walk_.kind == Kind::missing ? missing() : page();
  if (taken) {
    failures_ = 0;
    why_.clear();
  }
  return taken;
}

Result<Taken> Line::page() {
  auto answer = pulling_.upstream.get(walk_.url);
  if (!answer) return refused(answer.error());
  auto page = page_from(*pulling_.world.definitions, answer->body);
  if (!page) return refused(page.error());
  if (!walk_.start) walk_.start = Upstream::server_time(*answer) ? Upstream::server_time(*answer) : page->at;
  return take(*page);
}

// The page's resources and deletions of types that are wanted. `older`: something is from before what was asked for.
std::vector<Incoming> Line::items_of(const Page& page, Walk& walk, bool& older) const {
  std::vector<Incoming> items;
  const bool history = walk.kind == Kind::history || walk.kind == Kind::deletions;
  const std::string place = wanted_.type + ", page " + std::to_string(walk.page + 1) + ", entry ";
  for (const PageEntry& entry : page.entries) {
    const auto& types = pulling_.setting.types;
    if (std::none_of(types.begin(), types.end(), [&](const Wanted& w) { return w.type == entry.source.type; })) continue;
    const bool own_type = entry.source.type == wanted_.type;
    if (own_type && entry.updated && walk.asked && entry.updated->ms < walk.asked->ms - tolerance_ms) {
      older = true;
      if (history) break;  // newest first: the rest is known
    }
    if (own_type && entry.updated && (!walk.newest || *entry.updated > *walk.newest)) walk.newest = entry.updated;
    const bool fresh = walk.seen.insert(hash_of(local_key(pulling_.intake.origin(), entry.source).id)).second;
    if (fresh) walk.barren = 0;
    if (history && !fresh) continue;  // an older version of what came already
    if (walk.kind == Kind::deletions && entry.resource != nullptr) continue;
    items.push_back({entry.resource, entry.source, place + std::to_string(entry.number)});
  }
  return items;
}

Result<std::string> Line::next_of(const Page& page, Walk& walk) const {
  if (page.next.empty()) return std::string();
  auto next = followed(page.next, walk.url);
  for (const std::string& home : {page.home, pulling_.claims.home})  // behind a proxy it may not know its own address
    if (!next) next = renamed(page.next, home, pulling_.setting.base_url);
  if (!next) return core::fault("the link to the next page leads to another place than the server");
  walk.pages.insert(hash_of(walk.url));
  if (walk.pages.contains(hash_of(*next))) return core::fault("the links to next pages go in a circle");
  if (++walk.barren > most_barren) return core::fault("the links to next pages do not end");
  return *std::move(next);
}

bool Line::advance(Walk& walk, std::string next) const {
  ++walk.page;
  if (!next.empty()) {
    walk.url = std::move(next);
    return true;
  }
  const bool searching = walk.kind == Kind::full || walk.kind == Kind::updated;
  if (!searching || walk.query + 1 >= wanted_.queries.size()) return false;
  ++walk.query;
  walk.page = 0;
  walk.url = address(walk.kind, walk.query);
  return true;
}

// The source's own clock says how far we know: the newest that was seen, not after the moment the walk began, and not
// much before it either, or a source that was filled in a minute and is quiet since would be read again and again.
void Line::finish(const Walk& walk, Course& course) {
  auto high = walk.newest;
  if (walk.start && high && *high > *walk.start) high = walk.start;
  if (walk.start && (!high || high->ms < walk.start->ms - clock_jump_ms)) high = Instant{walk.start->ms - clock_jump_ms};
  clock_went_back_ = course.since && walk.start && walk.start->ms < course.since->ms - clock_jump_ms;
  if (clock_went_back_) {
    course.since = walk.start;
    if (walk.kind != Kind::full) course.full_at.reset();
  } else if (high && (!course.since || *high > *course.since)) {
    course.since = high;
  }
  course.done_at = now();
  if (walk.kind == Kind::full) {
    course.full_at = course.done_at;
    course.loaded = true;
    course.refuses_history = false;  // asked again
    course.doubted = false;
  }
  course.next.clear();
  course.query = course.page = 0;
  course.start.reset();
  course.newest.reset();
}

Result<Taken> Line::take(Page& page) {
  Course course = course_;
  bool older = false;
  const std::vector<Incoming> items = items_of(page, walk_, older);
  if (older && walk_.kind == Kind::updated) {  // it lists what is older than asked: then it lists everything
    course.ignores_updated = true;
    walk_.kind = Kind::full;
    walk_.whole = walk_.page == 0 && walk_.query == 0;
    walk_.asked.reset();
  } else if (walk_.kind == Kind::updated && walk_.newest) {
    course.ignores_updated = false;
  }
  const bool known_from_here = older && walk_.kind != Kind::full;
  auto next = known_from_here ? Result<std::string>(std::string()) : next_of(page, walk_);
  Walk after = walk_;
  const bool more = next && advance(after, *next);
  const bool last = next && !more;
  const bool then_missing = last && after.kind == Kind::full && after.whole;
  const bool then_deletions = last && after.kind == Kind::updated && pulling_.setting.history && !course.refuses_history &&
                              pulling_.claims.history(wanted_.type);
  Values values;
  if (last && !then_missing && !then_deletions) finish(after, course);
  if (more && !course.loaded) {
    course.next = after.url, course.query = after.query, course.page = after.page;
    course.start = after.start, course.newest = after.newest;
  }
  if (const std::string text = text_of(course); text != text_of(course_)) values.emplace_back(course_name(), text);
  if (more) pulling_.upstream.begin(after.url);  // it is fetched while this page is stored
  auto taken = pulling_.intake.take(items, page.home.empty() ? pulling_.claims.home : page.home, std::move(values));
  if (!taken) {  // nothing of this page is stored: what the walk has seen is not true
    walk_ = {};
    return failed(taken.error());
  }
  course_ = std::move(course);
  remarks_on_pages_ += page.remarks;
  if (!page.remark.empty()) page_remark_ = page.remark;
  unreadable_ += page.unreadable;
  if (!next) return failed(next.error());
  if (more) {
    walk_ = std::move(after);
  } else if (then_missing) {
    if (auto begun = begin_missing(); !begun) return begun.error();
  } else if (then_deletions) {
    const Walk before = walk_;
    turn_to(Kind::deletions);
    walk_.start = before.start;
    walk_.newest = before.newest;
  } else {
    walk_ = {};
    restarts_ = 0;
  }
  return taken;
}

// An answer that is no page: what the walk can do about it itself, and what it cannot.
Result<Taken> Line::refused(core::Error error) {
  using core::Kind;
  if (error.where == "partner") return error;
  const bool first = walk_.page == 0 && walk_.query == 0;
  const bool no_such = error.kind == Kind::unsupported || error.kind == Kind::not_found || error.kind == Kind::forbidden;
  const bool history = walk_.kind == Line::Kind::history || walk_.kind == Line::Kind::deletions;
  if (history && first && no_such) {
    course_.refuses_history = true;
    turn_to(Line::Kind::updated);
    return Taken{};
  }
  if (walk_.kind == Line::Kind::updated && first && error.kind == Kind::unsupported) {
    course_.ignores_updated = true;
    turn_to(Line::Kind::full);
    return Taken{};
  }
  const bool page_is_gone = error.kind == Kind::not_found || error.kind == Kind::gone || error.kind == Kind::unsupported;
  const bool too_much = error.kind == Kind::fault && page_size_ > least_page;
  if (too_much) page_size_ = std::max(least_page, page_size_ / 4);
  if ((too_much || (page_is_gone && walk_.page > 0)) && restarts_ < most_restarts) {
    ++restarts_;
    course_.next.clear();
    walk_ = {};
    return Taken{};
  }
  return failed(std::move(error));
}

Result<Taken> Line::failed(core::Error error) {
  const std::int64_t pause = std::min(most_pause_ms, first_pause_ms << std::min(failures_, 8U));
  ++failures_;
  not_before_ = {now().ms + pause};
  why_ = wanted_.type + ": " + error.message;
  if (failures_ % 3 == 0) {  // the place it stands at may be what is wrong
    course_.next.clear();
    walk_ = {};
    page_size_ = pulling_.setting.page_size;
    restarts_ = 0;
  }
  error.message = why_;
  return error;
}

}  // namespace adapters::ehr
