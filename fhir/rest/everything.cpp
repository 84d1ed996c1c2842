// $everything of a Patient, of a Group's members and of an Encounter: the compartment, and what its resources refer to
// beyond it. Groups are left out: they name other people. Source: FHIR R4 Patient-everything, Group-everything,
// Encounter-everything.
#include <algorithm>
#include <map>
#include <set>

#include "fhir/rest/header.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/searchset.hpp"

namespace fhir::rest {
namespace {

using core::store::Criterion;
using core::store::Key;
using core::store::Match;
using core::store::Query;
using Done = core::Result<core::Done>;

constexpr std::size_t most_in_one_answer = 10'000;
constexpr std::size_t load_at_once = 500;

Criterion dates(Criterion::Form form, std::string param, core::store::Compare compare, const core::Moment& moment) {
  Criterion criterion;
  criterion.form = form;
  criterion.param = std::move(param);
  criterion.kind = core::store::RowKind::date;
  core::store::Term& term = criterion.any.emplace_back();
  term.compare = compare;
  term.from = moment.low.ms;
  term.to = moment.high.ms;
  return criterion;
}

class Collector {
 public:
  // `of`: the type whose compartments are shown.
  Collector(Exchange& exchange, core::store::Snapshot& view, std::string of)
      : exchange_(exchange), engine_(exchange.engine), view_(view), of_(std::move(of)),
        compartment_(*engine_.definitions().compartment(of_)) {}

  Done read_input() {
    auto given = operation_input(exchange_);
    if (!given) return given.error();
    for (const auto& [name, value] : *given) {
      if (name == "_type") {
        if (auto done = read_types(value); !done) return done;
      } else if (name == "_count") {
        exchange_.parameters.emplace_back("_count", value);
      }
      if (name != "_since" && name != "start" && name != "end") {
        if (auto done = check_name(name); !done) return done;
        continue;
      }
      const auto moment = core::moment_from(value, engine_.services.zone_minutes);
      if (!moment) return core::invalid(name + " is not a date: '" + value.substr(0, 60) + "'.", name);
      using core::store::Compare;
      if (name == "_since")
        since_ = dates(Criterion::Form::updated, "_lastUpdated", Compare::greater_or_equal, *moment);
      else
        dated_.push_back(dates(Criterion::Form::rows, "date",
                               name == "start" ? Compare::greater_or_equal : Compare::less_or_equal, *moment));
    }
    return core::Done{};
  }

  Done read_types(std::string_view value) {
    for (const std::string_view type : split(value, ',')) {
      if (!engine_.definitions().is_resource(type))
        return core::invalid("'" + std::string(type.substr(0, 80)) + "' is not a resource type.", "_type");
      types_.emplace_back(type);
      walks_ = walks_ || !compartment_.resources.contains(std::string(type));
    }
    return core::Done{};
  }

  Done check_name(const std::string& name) {
    static constexpr std::string_view known[] = {"_type", "_count", "_format", "_pretty", "_summary", "_elements"};
    if (std::find(std::begin(known), std::end(known), name) != std::end(known)) return core::Done{};
    const std::string why = "$everything has no parameter '" + name.substr(0, 80) + "'";
    if (exchange_.wishes.handling == search::Handling::strict) return core::invalid(why + '.', name);
    ignored_.push_back({validate::Severity::warning, "not-supported", {}, why + "; it was ignored", {}});
    return core::Done{};
  }

  Done inside(const std::string& id) {
    if (auto done = take(of_, by_ids(of_, {id})); !done) return done;
    for (const auto& [type, codes] : compartment_.resources) {
      if (type == of_ || type == "Group") continue;
      auto inside = search::compartment(engine_.index(), of_, id, type);
      if (!inside) continue;
      Query query;
      query.types = {type};
      query.all = {std::move(*inside)};
      const model::SearchParameter* date = engine_.definitions().search_parameter(type, "date");
      if (date != nullptr && date->type == "date") query.all.insert(query.all.end(), dated_.begin(), dated_.end());
      if (auto done = take(type, std::move(query)); !done) return done;
    }
    return core::Done{};
  }

  // What has been taken refers to resources outside any such compartment (practitioners, places, medicines; of an
  // Encounter the Patient): they come along.
  Done beyond() {
    std::size_t from = 0;
    while (from < matches_.size()) {
      std::map<std::string, std::vector<std::string>> wanted;
      const std::size_t end = matches_.size();
      for (; from < end; from += std::min(load_at_once, end - from)) {
        auto records = view_.load(std::span(matches_).subspan(from, std::min(load_at_once, end - from)));
        if (!records) return records.error();
        for (const core::store::Record& record : *records) {
          auto document = json::parse(record.body);
          if (!document) return core::fault("A stored resource cannot be read.");
          for (const core::store::Row& row : engine_.index().rows(document->root())) {
            if (row.kind != core::store::RowKind::reference || row.system == of_ || row.system == "Group") continue;
            if (compartment_.resources.contains(row.system) || !engine_.definitions().is_resource(row.system)) continue;
            if (seen_.insert({row.system, row.value}).second) wanted[row.system].push_back(row.value);
          }
        }
      }
      for (auto& [type, ids] : wanted)
        if (auto done = take(type, by_ids(type, std::move(ids))); !done) return done;
    }
    return core::Done{};
  }

  Answer show(const std::string& path) {
    auto hits = std::make_shared<Hits>();
    hits->caller = exchange_.caller().id;
    hits->path = path;
    hits->matches = std::move(types_.empty() ? matches_ : shown_);
    hits->search.ignored = std::move(ignored_);
    hits->total = hits->matches.size();
    hits->sequence = view_.sequence();
    hits->count = most_in_one_answer;
    if (exchange_.has_parameter("_count")) {
      auto count = count_of(exchange_);
      if (!count) return count.error();
      hits->count = *count;
    }
    if (hits->count == 0 || exchange_.wishes.summary == search::Summary::count) return show_total(exchange_, *hits);
    hits->search.summary = exchange_.wishes.summary;
    hits->search.elements = exchange_.wishes.elements;
    return show_page(exchange_, view_, hits, 0, {});
  }

 private:
  static Query by_ids(const std::string& type, std::vector<std::string> ids) {
    Query query;
    query.types = {type};
    Criterion& criterion = query.all.emplace_back();
    criterion.form = Criterion::Form::id;
    criterion.param = "_id";
    criterion.ids = std::move(ids);
    return query;
  }

  Done take(const std::string& type, Query query) {
    const bool shown = std::find(types_.begin(), types_.end(), type) != types_.end();
    if (!types_.empty() && !shown && !walks_) return core::Done{};
    if (since_) query.all.push_back(*since_);
    auto found = view_.find(query);
    if (!found) return found.error();
    for (const Match& match : found->matches)
      if (rows_.insert(match.row).second) {
        matches_.push_back(match);
        if (shown) shown_.push_back(match);
      }
    return core::Done{};
  }

  Exchange& exchange_;
  const Engine& engine_;
  core::store::Snapshot& view_;
  std::string of_;
  const model::Compartment& compartment_;
  std::vector<std::string> types_;
  std::optional<Criterion> since_;
  std::vector<Criterion> dated_;
  bool walks_ = false;          // what is asked for lies beyond the compartment: all of that must be looked at
  std::vector<Match> matches_;  // what is looked at
  std::vector<Match> shown_;    // of the types asked for
  validate::Issues ignored_;
  std::set<std::int64_t> rows_;
  std::set<Key> seen_;
};

core::Result<core::store::Record> there(const core::store::Key& key, core::store::Snapshot& view) {
  auto found = view.read(key);
  if (!found) return found.error();
  if (!*found) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
  if ((*found)->deleted()) return core::Error{core::Kind::gone, key.type + '/' + key.id + " was deleted.", "id"};
  return std::move(**found);
}

// Members of today: not inactive, people only.
std::vector<std::string> members(const json::Value& group) {
  constexpr std::string_view patient = "Patient/";
  std::vector<std::string> out;
  for (const json::Value& member : group["member"].elements()) {
    const std::string_view reference = member["entity"].text("reference");
    if (reference.starts_with(patient) && !member["inactive"].boolean())
      out.emplace_back(reference.substr(patient.size()));
  }
  return out;
}

// `ids`: whose compartments of type `of` are shown.
Answer everything(Exchange& exchange, std::string of, std::vector<std::string> (*ids)(const json::Value&)) {
  const Target& target = exchange.target;
  const std::string path = '/' + target.type + '/' + target.id + "/$everything";
  if (exchange.has_parameter("_page")) return later_page(exchange, path, exchange.parameter("_page"));
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto record = there({target.type, target.id}, **view);
  if (!record) return record.error();
  auto document = json::parse(record->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  Collector collector(exchange, **view, std::move(of));
  if (auto done = collector.read_input(); !done) return done.error();
  for (const std::string& id : ids(document->root()))
    if (auto done = collector.inside(id); !done) return done.error();
  if (auto done = collector.beyond(); !done) return done.error();
  return collector.show(path);
}

std::vector<std::string> itself(const json::Value& resource) { return {std::string(resource.text("id"))}; }

}  // namespace

Answer everything_of_patient(Exchange& exchange) { return everything(exchange, "Patient", itself); }
Answer everything_of_group(Exchange& exchange) { return everything(exchange, "Patient", members); }
Answer everything_of_encounter(Exchange& exchange) { return everything(exchange, "Encounter", itself); }

}  // namespace fhir::rest
