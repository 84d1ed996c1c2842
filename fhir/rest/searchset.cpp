#include "fhir/rest/searchset.hpp"

#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/contained_search.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/include.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/search_condition.hpp"
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
  if (const std::string on = continuation_of(hits.search.used, hits.sequence); !on.empty()) out += "&_continue=" + on;
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
  if (from + hits.count < hits.matches.size() || hits.continues())
    text.link("next", page_url(engine, hits, token, from + hits.count));
  if (!hits.complete) return;
  const std::size_t last = hits.matches.empty() ? 0 : (hits.matches.size() - 1) / hits.count * hits.count;
  text.link("last", page_url(engine, hits, token, last));
}

void entry(const Exchange& exchange, const Hits& hits, const Record& record, std::string_view mode, BundleText& text) {
  text.open();
  text.full_url(exchange.engine.services.base_url + '/' + full_name(record));
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
  if (hits.ended)
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

// A long list has a total where one was asked for, or is cheap.
void total(const Hits& hits, BundleText& text) {
  if ((hits.complete || (hits.total > 0 && !hits.ended)) && hits.search.total != search::Total::none) text.total(hits.total);
}

Answer response_of(std::string body) {
  Response response;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

}  // namespace

Answer show_total(Exchange& exchange, const Hits& hits) {
  BundleText text("searchset", exchange.engine.now());
  text.total(hits.total);
  links(exchange, hits, 0, {}, text);
  const validate::Issues issues = remarks(hits, {});
  if (!issues.empty()) text.outcome_entry(issues);
  return response_of(text.finish());
}

Answer show_page(Exchange& exchange, core::store::Snapshot& view, const std::shared_ptr<const Hits>& hits,
                 std::size_t from, std::string token) {
  const std::size_t size = std::min(hits->count, hits->matches.size() - from);
  auto page = view.load(std::span(hits->matches).subspan(from, size));
  if (!page) return page.error();
  if (auto done = take_out(*hits, from, size, *page); !done) return done.error();
  auto extra = included(exchange.engine, view, *hits, *page);
  if (!extra) return extra.error();
  if (token.empty() && (from + size < hits->matches.size() || !hits->complete))
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

}  // namespace fhir::rest
