#include "fhir/rest/searchset.hpp"

#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/include.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::rest {
namespace {

using core::store::Record;

std::string page_url(const Engine& engine, const Hits& hits, const std::string& token, std::size_t from) {
  return engine.services.base_url + hits.path + "?_page=" + token + "." + std::to_string(from);
}

std::string self_url(const Engine& engine, const Hits& hits) {
  std::string out = engine.services.base_url + hits.path;
  char glue = '?';
  for (const auto& [name, value] : hits.search.used) {
    out += glue + search::encode(name) + '=' + search::encode(value);
    glue = '&';
  }
  return out;
}

void links(const Exchange& exchange, const Hits& hits, std::size_t from, const std::string& token, BundleText& text) {
  const Engine& engine = exchange.engine;
  if (token.empty() || from == 0) {
    text.link("self", self_url(engine, hits));
  } else {
    text.link("self", page_url(engine, hits, token, from));
  }
  if (token.empty()) return;
  text.link("first", page_url(engine, hits, token, 0));
  if (from > 0) text.link("previous", page_url(engine, hits, token, from > hits.count ? from - hits.count : 0));
  if (from + hits.count < hits.matches.size()) text.link("next", page_url(engine, hits, token, from + hits.count));
  const std::size_t last = hits.matches.empty() ? 0 : (hits.matches.size() - 1) / hits.count * hits.count;
  text.link("last", page_url(engine, hits, token, last));
}

void entry(const Exchange& exchange, const Hits& hits, const Record& record, std::string_view mode, BundleText& text) {
  text.open();
  text.full_url(exchange.engine.url(record.key.type, record.key.id));
  const search::Search& search = hits.search;
  const bool part = search.summary != search::Summary::no || !search.elements.empty();
  if (part && mode == "match")
    text.resource(subset(exchange.engine.definitions(), record.body, search.summary, search.elements));
  else text.resource(record.body);
  text.search_mode(mode);
  text.close();
}

validate::Issues remarks(const Hits& hits, const Included& included) {
  validate::Issues issues = hits.search.ignored;
  if (!hits.complete)
    issues.push_back({validate::Severity::warning,
                      "incomplete",
                      {},
                      "More than " + std::to_string(hits.matches.size()) +
                          " resources match; the list ends there. Narrow the search to see the rest.",
                      {}});
  if (!included.complete)
    issues.push_back({validate::Severity::warning,
                      "incomplete",
                      {},
                      "More than " + std::to_string(most_included) +
                          " resources are to be included on this page; the rest is left out. Use a smaller _count.",
                      {}});
  if (hits.search.explain) issues.push_back({validate::Severity::information, "informational", {}, hits.plan, {}});
  return issues;
}

bool only_total(const search::Search& search, std::size_t count) {
  return search.summary == search::Summary::count || count == 0;
}

void total(const Hits& hits, BundleText& text) {
  if (hits.complete && hits.search.total != search::Total::none) text.total(hits.matches.size());
}

// "approximately" is measured from now: the same words mean another span a minute later.
bool depends_on_now(const search::Parameters& parameters) {
  for (const auto& [name, value] : parameters)
    if (value.starts_with("ap") || value.find(",ap") != std::string::npos || name == "_filter") return true;
  return false;
}

Answer response_of(std::string body) {
  Response response;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

Answer show_total(Exchange& exchange, const Hits& hits) {
  BundleText text("searchset", exchange.engine.now());
  if (hits.complete) text.total(hits.matches.size());
  links(exchange, hits, 0, {}, text);
  const validate::Issues issues = remarks(hits, {});
  if (!issues.empty()) text.outcome_entry(issues);
  return response_of(text.finish());
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

}  // namespace

Answer later_page(Exchange& exchange, const std::string& path, std::string_view name) {
  const auto page = page_name(name);
  if (!page) return core::invalid("_page is taken from a link of the first page; this is none.", "_page");
  const auto hits = exchange.engine.pages.find(page->token, exchange.engine.now());
  if (!hits || hits->caller != exchange.caller().id || hits->path != path || page->from > hits->matches.size())
    return core::Error{core::Kind::gone,
                       "These pages are no longer kept (15 minutes after the last use, or when memory is short). "
                       "Repeat the search.",
                       "_page"};
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  return show_page(exchange, **view, hits, page->from, page->token);
}

Answer show_page(Exchange& exchange, core::store::Snapshot& view, const std::shared_ptr<const Hits>& hits,
                 std::size_t from, std::string token) {
  const std::size_t size = std::min(hits->count, hits->matches.size() - from);
  auto page = view.load(std::span(hits->matches).subspan(from, size));
  if (!page) return page.error();
  auto extra = included(exchange.engine, view, *hits, *page);
  if (!extra) return extra.error();
  if (token.empty() && from + size < hits->matches.size())
    token = exchange.engine.pages.keep(hits, exchange.engine.now());
  std::size_t bytes = 1024;
  for (const Record& record : *page) bytes += record.body.size() + 160;
  for (const Record& record : extra->records) bytes += record.body.size() + 160;
  BundleText text("searchset", exchange.engine.now(), bytes);
  total(*hits, text);
  links(exchange, *hits, from, token, text);
  for (const Record& record : *page) entry(exchange, *hits, record, "match", text);
  for (const Record& record : extra->records) entry(exchange, *hits, record, "include", text);
  const validate::Issues issues = remarks(*hits, *extra);
  if (!issues.empty()) text.outcome_entry(issues);
  if (exchange.basis) exchange.basis->page_token = token;
  return response_of(text.finish());
}

core::Result<search::Parameters> search_parameters(const Exchange& exchange, std::optional<Response>& refused) {
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
  return parameters;
}

Answer run_search(Exchange& exchange, const std::string& type, const std::string& path,
                  const search::Parameters& parameters, std::vector<core::store::Criterion> narrow) {
  for (const auto& [name, value] : parameters)
    if (name == "_page") return later_page(exchange, path, value);
  Engine& engine = exchange.engine;
  auto parsed = search::parse(engine.index(), type, parameters, engine.search_context(exchange.wishes.handling));
  if (!parsed) return parsed.error();
  Basis basis = basis_of(*engine.services.store, parsed->types_touched);
  auto view = engine.view(exchange.caller());
  if (!view) return view.error();
  if (seen_by(basis, (*view)->sequence()) && !depends_on_now(parameters)) exchange.basis = std::move(basis);
  auto hits = std::make_shared<Hits>();
  hits->caller = exchange.caller().id;
  hits->path = path;
  hits->search = std::move(*parsed);
  hits->count = std::min(hits->search.count.value_or(default_count), most_on_page);
  for (core::store::Criterion& criterion : narrow) hits->search.query.all.push_back(std::move(criterion));
  auto found = (*view)->find(hits->search.query);
  if (!found) return found.error();
  hits->matches = std::move(found->matches);
  hits->complete = found->complete;
  hits->plan = std::move(found->plan);
  hits->sequence = (*view)->sequence();
  if (only_total(hits->search, hits->count)) return show_total(exchange, *hits);
  return show_page(exchange, **view, hits, 0, {});
}

}  // namespace fhir::rest
