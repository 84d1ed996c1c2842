// $lastn: of each kind of Observation of one person the newest. Kinds are the same when they share a coding.
// Source: FHIR R4 Observation-lastn.
#include <charconv>
#include <map>
#include <numeric>

#include "fhir/rest/operations.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/searchset.hpp"

namespace fhir::rest {
namespace {

constexpr std::size_t most_looked_at = 20'000;

// Codes that occur together on one Observation belong to one kind (disjoint sets).
class Kinds {
 public:
  std::size_t kind_of(const json::Value& code) {
    std::size_t kind = npos;
    for (const json::Value& coding : code["coding"].elements())
      kind = joined(kind, std::string(coding.text("system")) + '|' + std::string(coding.text("code")));
    return kind == npos ? joined(kind, "text:" + std::string(code.text("text"))) : kind;
  }
  std::size_t root(std::size_t kind) const {
    while (parent_[kind] != kind) kind = parent_[kind];
    return kind;
  }

 private:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t joined(std::size_t kind, const std::string& code) {
    const auto [found, fresh] = by_code_.try_emplace(code, parent_.size());
    if (fresh) parent_.push_back(parent_.size());
    const std::size_t other = root(found->second);
    if (kind == npos) return other;
    parent_[other] = root(kind);
    return root(kind);
  }
  std::map<std::string, std::size_t> by_code_;
  std::vector<std::size_t> parent_;
};

core::Result<std::size_t> read_max(std::string_view text) {
  std::size_t max = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), max);
  if (error != std::errc() || end != text.data() + text.size() || max < 1)
    return core::invalid("max is a whole number from 1.", "max");
  return max;
}

std::vector<core::store::Match> newest(const std::vector<core::store::Match>& matches,
                                       const std::vector<core::store::Record>& records, std::size_t max) {
  Kinds kinds;
  std::vector<std::size_t> kind;
  for (const core::store::Record& record : records) {
    const auto document = json::parse(record.body);
    kind.push_back(kinds.kind_of(document ? document->root()["code"] : json::Value()));
  }
  std::map<core::store::Sequence, core::store::Match> by_sequence;
  for (const core::store::Match& match : matches) by_sequence.emplace(match.sequence, match);
  std::map<std::size_t, std::size_t> taken;
  std::vector<core::store::Match> out;
  for (std::size_t i = 0; i < records.size(); ++i)
    if (taken[kinds.root(kind[i])]++ < max) out.push_back(by_sequence[records[i].sequence]);
  return out;
}

}  // namespace

Answer last_n(Exchange& exchange) {
  constexpr const char* path = "/Observation/$lastn";
  if (exchange.has_parameter("_page")) return later_page(exchange, path, exchange.parameter("_page"));
  auto input = operation_input(exchange);
  if (!input) return input.error();
  std::size_t max = 1;
  bool about_someone = false;
  for (const auto& [name, value] : *input) {
    about_someone = about_someone || name.starts_with("patient") || name.starts_with("subject");
    if (name != "max") continue;
    auto read = read_max(value);
    if (!read) return read.error();
    max = *read;
  }
  if (!about_someone) return core::invalid("$lastn needs patient or subject.", "patient");
  std::erase_if(*input, [](const auto& pair) { return pair.first == "max" || pair.first == "_sort"; });
  input->emplace_back("_sort", "-date");
  const Engine& engine = exchange.engine;
  auto parsed = search::parse(engine.index(), "Observation", *input,
                              engine.search_context(exchange.wishes.handling, exchange.caller()));
  if (!parsed) return parsed.error();
  auto view = engine.view(exchange.caller());
  if (!view) return view.error();
  auto hits = std::make_shared<Hits>();
  parsed->query.limit = most_looked_at;
  auto found = (*view)->find(parsed->query);
  if (!found) return found.error();
  if (!found->complete)
    return core::Error{core::Kind::too_large, "More than 20000 Observations match; narrow the search.", {}};
  auto records = (*view)->load(found->matches);
  if (!records) return records.error();
  hits->matches = newest(found->matches, *records, max);
  hits->total = hits->matches.size();
  hits->caller = exchange.caller().id;
  hits->path = path;
  hits->sequence = (*view)->sequence();
  hits->count = std::min(parsed->count.value_or(most_on_page), most_on_page);
  hits->search = std::move(*parsed);
  hits->search.used.emplace_back("max", std::to_string(max));
  return show_page(exchange, **view, hits, 0, {});
}

}  // namespace fhir::rest
