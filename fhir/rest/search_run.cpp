// Runs a search and keeps its hits for the pages to come. A long list is found as far as it is shown, and continued in
// the state of its first page when someone pages that far, so that a page costs a page. Source: FHIR R4 search
// 3.1.1.3.3 (paging), 3.1.1.5.6 (_total).
#include <algorithm>
#include <unordered_set>

#include "fhir/rest/contained_search.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/search_condition.hpp"
#include "fhir/rest/searchset.hpp"

namespace fhir::rest {
namespace {

constexpr std::size_t most_listed = core::store::Query{}.limit;  // in one list, however far it is paged
constexpr std::size_t unasked_total = 20;  // horizons: values looked at for a total that nobody asked for, about 1 ms

bool only_total(const search::Search& search, std::size_t count) {
  return search.summary == search::Summary::count || count == 0;
}

// "approximately" is measured from now: the same words mean another span a minute later.
bool depends_on_now(const search::Parameters& parameters) {
  for (const auto& [name, value] : parameters)
    if (value.starts_with("ap") || value.find(",ap") != std::string::npos || name == "_filter") return true;
  return false;
}

// "TOKEN.40"
struct PageName {
  std::string token;
  std::size_t from = 0;
};
std::optional<PageName> page_name(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot + 1 == text.size() || text.size() - dot > 9) return std::nullopt;
  if (text.find_first_not_of("0123456789", dot + 1) != std::string_view::npos) return std::nullopt;
  return PageName{std::string(text.substr(0, dot)), std::stoul(std::string(text.substr(dot + 1)))};
}

// Modifiers that read stored value sets and code systems depend on those too.
std::vector<std::string> touched(const search::Search& search, const search::Parameters& parameters) {
  std::vector<std::string> types = search.types_touched;
  for (const auto& [name, value] : parameters)
    for (const std::string_view modifier : {":in", ":not-in", ":above", ":below"})
      if (name.ends_with(modifier) && !types.empty()) types.insert(types.end(), {"CodeSystem", "ValueSet"});
  return types;
}

// Of a list that is not whole: in full where it was asked for, else where it costs little.
core::Result<core::Done> count_all(core::store::Snapshot& view, Hits& hits, core::store::Query query,
                                   std::size_t horizon) {
  query.sort.clear();
  query.only_total = true;
  if (hits.search.total == search::Total::unasked) query.affordable = unasked_total * horizon;
  auto counted = view.find(query);
  if (!counted) return counted.error();
  if (!counted->complete) return core::Done{};
  hits.total = counted->total;
  hits.plan += "; total: " + counted->plan;
  return core::Done{};
}

// The first page, and as much of the rest as costs little: a short list is whole.
core::Result<core::Done> find(core::store::Snapshot& view, Hits& hits, std::size_t horizon) {
  core::store::Query query = hits.search.query;
  query.only_total = only_total(hits.search, hits.count);
  if (query.since == 0 && !query.only_total) {
    query.limit = std::min(query.limit, std::max(horizon, hits.count));
    query.enough = hits.count;
  }
  auto found = view.find(query);
  if (!found) return found.error();
  hits.matches = std::move(found->matches);
  hits.complete = found->complete;
  hits.plan = std::move(found->plan);
  if (hits.complete) hits.total = found->total;
  if (hits.complete || hits.search.total == search::Total::none) return core::Done{};
  return count_all(view, hits, std::move(query), horizon);
}

// The same list, longer, in the state of the first page. It grows by more each time, so that paging to the end of a
// long list asks few times.
core::Result<std::shared_ptr<const Hits>> continued(core::store::Snapshot& view, const Hits& hits) {
  auto longer = std::make_shared<Hits>(hits);
  core::store::Query query = hits.search.query;
  query.as_of = hits.sequence;
  query.enough = std::max(hits.count, hits.matches.size());
  query.limit = std::min(query.limit, query.enough * 4);
  // An erased hit has no place in the order any more: the list goes on from the last that has.
  for (auto last = hits.matches.rbegin(); last != hits.matches.rend() && !query.after; ++last) {
    auto record = view.load(std::span(&*last, 1));
    if (!record) return record.error();
    if (!record->empty()) query.after = *last;
  }
  auto found = view.find(query);
  if (!found) return found.error();
  std::unordered_set<std::int64_t> kept;
  for (const core::store::Match& match : hits.matches) kept.insert(match.row);
  for (const core::store::Match& match : found->matches)
    if (!kept.contains(match.row)) longer->matches.push_back(match);
  const bool ended = longer->matches.size() >= most_listed;
  longer->complete = found->complete;
  if (longer->complete && longer->total == 0) longer->total = longer->matches.size();
  longer->ended = ended && !longer->complete;
  return std::shared_ptr<const Hits>(std::move(longer));
}

}  // namespace

Answer later_page(Exchange& exchange, const std::string& path, std::string_view name) {
  const auto page = page_name(name);
  if (!page) return core::invalid("_page is taken from a link of the first page; this is none.", "_page");
  auto hits = exchange.engine.pages.find(page->token, exchange.engine.now());
  if (!hits || hits->caller != exchange.caller().id || hits->path != path || page->from > hits->matches.size())
    return core::Error{core::Kind::gone,
                       "These pages are no longer kept (15 minutes after the last use, or when memory is short). "
                       "Repeat the search.",
                       "_page"};
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  if (hits->continues() && page->from + hits->count > hits->matches.size()) {
    auto longer = continued(**view, *hits);
    if (!longer) return longer.error();
    hits = std::move(*longer);
    exchange.engine.pages.replace(page->token, hits, exchange.engine.now());
  }
  return show_page(exchange, **view, hits, page->from, page->token);
}

core::Result<search::Parameters> search_parameters(Exchange& exchange, std::optional<Response>& refused) {
  search::Parameters parameters = exchange.parameters;
  if (exchange.request.method != "POST") return parameters;
  const std::string_view type = exchange.header("Content-Type");
  if (!exchange.request.body.empty() &&
      !same_word(trimmed(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) {
    refused =
        refusal(415, "not-supported", "A search by POST carries its parameters as application/x-www-form-urlencoded.");
    return parameters;
  }
  auto more = search::parameters_from(exchange.request.body);
  if (!more) return more.error();
  for (auto& pair : *more) parameters.push_back(std::move(pair));
  refused = read_wishes(exchange.request, parameters, exchange.wishes);  // _format and _pretty may stand in the body
  return parameters;
}

Answer run_search(Exchange& exchange, const std::string& type, const std::string& path,
                  const search::Parameters& given, std::vector<core::store::Criterion> narrow) {
  search::Parameters parameters = given;
  auto after = take_continuation(parameters);
  if (!after) return after.error();
  for (const auto& [name, value] : parameters)
    if (name == "_page") return later_page(exchange, path, value);
  Engine& engine = exchange.engine;
  search::Context context = engine.search_context(exchange.wishes.handling, exchange.caller());
  context.contained = narrow.empty();
  auto parsed = search::parse(engine.index(), type, parameters, context);
  if (!parsed) return parsed.error();
  Basis basis = basis_of(*engine.services.store, touched(*parsed, parameters), engine.added.print());
  if (!exchange.in_bundle && !depends_on_now(parameters))
    if (auto same = unchanged_search(engine, exchange.request, basis)) return std::move(*same);
  if (*after && parsed->contained != search::Contained::no)
    return core::unsupported("_continue does not go on with a search for contained resources.", "_continue");
  auto view = engine.view(exchange.caller());
  if (!view) return view.error();
  if (seen_by(basis, (*view)->sequence()) && !depends_on_now(parameters)) exchange.basis = std::move(basis);
  auto hits = std::make_shared<Hits>();
  hits->caller = exchange.caller().id;
  hits->path = path;
  hits->search = std::move(*parsed);
  hits->count = std::min(hits->search.count.value_or(default_count), most_on_page);
  hits->sequence = (*view)->sequence();
  for (core::store::Criterion& criterion : narrow) hits->search.query.all.push_back(std::move(criterion));
  hits->search.query.since = after->value_or(0);
  const bool inside = hits->search.contained != search::Contained::no;
  if (auto done = inside ? find_contained(engine, **view, *hits) : find(**view, *hits, engine.services.horizon); !done)
    return done.error();
  if (only_total(hits->search, hits->count)) return show_total(exchange, *hits);
  return show_page(exchange, **view, hits, 0, {});
}

}  // namespace fhir::rest
