#include "fhir/rest/transaction.hpp"

#include <algorithm>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/deletion.hpp"
#include "fhir/rest/dispatch.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/routes.hpp"

namespace fhir::rest {

using core::store::Op;
using core::store::Record;

core::Error Transaction::at(const Step& step, core::Error error) const {
  if (error.where == lost_race) return error;
  if (!error.message.starts_with("Bundle.entry")) error.message = step.entry.place() + ": " + error.message;
  error.where = step.entry.place();
  return error;
}

Answer Transaction::run() {
  for (const auto part : {&Transaction::read_entries, &Transaction::check_bodies}) {
    if (auto done = (this->*part)(); !done) return done.error();
  }
  if (auto done = identify(); !done) return done.error();
  if (auto done = refuse_overlap(); !done) return done.error();
  if (auto done = move_references(); !done) return done.error();
  if (auto done = make_ops(); !done) return done.error();
  if (auto done = check_reads(); !done) return done.error();
  const bool with_body = exchange_.wishes.returning == Return::representation;
  for (const Op& op : batch_.ops) written_.push_back(written(op, with_body));
  snapshot_.reset();
  auto committed = exchange_.engine.commit(std::move(batch_), exchange_.caller());
  if (!committed) return committed.error();
  return answer(*committed);
}

Transaction::Done Transaction::read_entries() {
  auto entries = entries_of(exchange_);
  if (!entries) return entries.error();
  steps_.reserve(entries->size());
  std::map<std::string, std::size_t> full_urls;
  for (Entry& entry : *entries) {
    if (entry.fault) return *entry.fault;
    if (!entry.full_url.empty() && entry.rank() < 3) {
      const auto [other, fresh] = full_urls.emplace(entry.full_url, entry.index);
      if (!fresh)
        return core::invalid(entry.place() + ": has the fullUrl of Bundle.entry[" + std::to_string(other->second) +
                                 "]; what refers to it cannot be told apart.", entry.place() + ".fullUrl");
    }
    Step step;
    step.document = exchange_.document;
    step.resource = entry.resource;
    step.entry = std::move(entry);
    if (auto done = address(step); !done) return at(step, done.error());
    steps_.push_back(std::move(step));
  }
  std::stable_sort(steps_.begin(), steps_.end(),
                   [](const Step& a, const Step& b) { return a.entry.rank() < b.entry.rank(); });
  return core::Done{};
}

Transaction::Done Transaction::address(Step& step) {
  const Request& request = step.entry.request;
  const auto path = plain_path(request.path);
  if (!path) return core::invalid("the url has an escape that cannot stand in it.");
  Routed routed = route(request.method, *path);
  if (routed.route == nullptr || path->empty())
    return core::invalid(request.method + ' ' + request.path.substr(0, 200) + " is not possible in a transaction.");
  step.target = std::move(routed.target);
  if (!exchange_.engine.definitions().is_resource(step.target.type) && step.entry.rank() < 3)
    return core::not_found("there is no resource type '" + step.target.type +
                           "' in FHIR R4 (names are case-sensitive).");
  if (!step.target.id.empty() && !is_id(step.target.id))
    return core::invalid("'" + step.target.id.substr(0, 80) + "' is not an id.");
  if (!step.target.operation.empty() || (request.method == "POST" && routed.route->shape != "T"))
    return core::unsupported("operations and searches by POST are not possible in a transaction; use a batch.");
  const bool needs_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (needs_body && step.resource == nullptr) return core::invalid("has no resource.");
  if ((request.method == "POST" || request.method == "PUT") && step.resource->text("resourceType") != step.target.type)
    return core::invalid("the resource is a " + std::string(step.resource->text("resourceType").substr(0, 64)) +
                         ", the url is of " + step.target.type + '.');
  return core::Done{};
}

// Every finding of every entry at once.
Transaction::Done Transaction::check_bodies() {
  bool wrong = false;
  for (const Step& step : steps_) {
    if (step.entry.rank() == 0 || step.entry.rank() == 3 || step.entry.request.method == "PATCH") continue;
    wrong = !check(exchange_, *step.resource, step.entry.place() + ".resource") || wrong;
  }
  if (wrong) return core::unprocessable("Resources in the Bundle do not follow their definitions.");
  return core::Done{};
}

// A read that fails makes all fail, so it is tried before anything is written: what this transaction itself writes will
// be there, and what it deletes will not.
Transaction::Done Transaction::check_reads() const {
  std::map<core::store::Key, Op::Action> writes;
  std::size_t bytes = 0;
  for (const Step& step : steps_) {
    if (step.act != Step::Act::read) continue;
    if (bytes > most_answer_bytes) return at(step, too_much(step.entry));
    if (writes.empty())
      for (const Op& op : batch_.ops) writes.emplace(op.key, op.action);
    const core::store::Key key{step.target.type, step.target.id};
    const auto written = writes.find(key);
    if (written != writes.end() && written->second == Op::Action::put) continue;
    if (written != writes.end() && step.target.version.empty() && step.target.member.empty())
      return at(step, core::Error{core::Kind::gone, "reads " + key.type + '/' + key.id + ", which this transaction deletes.", {}});
    const Response tried = dispatch(exchange_.engine, step.entry.request, nullptr, nullptr, true);
    bytes += tried.bytes().size();
    if (tried.status < 400) continue;
    auto outcome = json::parse(tried.bytes());
    const std::string why(outcome ? outcome->root()["issue"][0].text("diagnostics") : std::string_view());
    return at(step, core::Error{kind_of(tried.status), "cannot be read: " + why, {}});
  }
  return core::Done{};
}

Transaction::Done Transaction::make_deletions() {
  std::set<core::store::Key> named;
  for (Step& step : steps_) {
    if (step.act != Step::Act::remove) continue;
    auto plan = deletion(exchange_, view_, step.key, cascades(exchange_), going_);
    if (!plan) return at(step, plan.error());
    plan->ops.front().if_version = step.if_version;
    step.op = batch_.ops.size();
    for (Op& op : plan->ops)
      if (named.insert(op.key).second) batch_.ops.push_back(std::move(op));
    for (auto& guard : plan->guards) batch_.guards.push_back(std::move(guard));
  }
  return core::Done{};
}

Transaction::Done Transaction::make_ops() {
  if (auto done = make_deletions(); !done) return done;
  std::set<core::store::Key> removed;
  for (const Op& op : batch_.ops) removed.insert(op.key);
  for (Step& step : steps_) {
    if (step.act != Step::Act::put) continue;
    if (removed.contains(step.key))
      return at(step, core::invalid("writes " + step.key.type + '/' + step.key.id +
                                    ", which another entry deletes with all its data."));
    Op op = put(exchange_.engine, *step.document, *step.resource, step.key);
    op.if_version = step.if_version;
    if (has_rules(exchange_.engine, step.key.type)) {
      const std::size_t known = exchange_.issues.size();
      auto obeyed = obey_rules(exchange_, step.before, *step.resource);
      for (std::size_t i = known; i < exchange_.issues.size(); ++i)
        exchange_.issues[i].text.insert(0, step.entry.place() + ": ");
      if (!obeyed) return at(step, obeyed.error());
    }
    step.op = batch_.ops.size();
    batch_.ops.push_back(std::move(op));
  }
  return core::Done{};
}

Response Transaction::answer_step(const Step& step, const core::store::Committed& committed,
                                  core::Instant& updated) const {
  Exchange part(exchange_.engine, step.entry.request);
  part.target = step.target;
  part.wishes = exchange_.wishes;
  part.in_bundle = true;
  if (step.same_as != nullptr && step.same_as->op != Step::npos) {
    const Record record = record_of(written_[step.same_as->op], committed, step.same_as->op);
    updated = record.updated;
    return written_response(part, 200, record);
  }
  if (step.act == Step::Act::put) {
    const Record record = record_of(written_[step.op], committed, step.op);
    updated = record.updated;
    return written_response(part, record.method == core::store::Method::create ? 201 : 200, record);
  }
  if (step.act == Step::Act::keep && step.before) {
    updated = step.before->updated;
    return written_response(part, 200, *step.before);
  }
  if (step.act == Step::Act::read) return entry_response(exchange_, step.entry);
  Response response;
  response.status = 204;
  if (step.act == Step::Act::remove) updated = committed.at;
  return response;
}

Answer Transaction::answer(const core::store::Committed& committed) {
  std::vector<const Step*> order(steps_.size());
  for (const Step& step : steps_) order[step.entry.index] = &step;
  BundleText text("transaction-response", exchange_.engine.now(), 256 + steps_.size() * 320);
  for (const Step* step : order) {
    core::Instant updated;
    const Response response = answer_step(*step, committed, updated);
    if (step->act == Step::Act::read || updated.ms == 0) answer_entry(response, text);
    else answer_entry(response, updated, text);
  }
  Response response;
  response.interaction = "transaction";
  response.body = std::make_shared<const std::string>(text.finish());
  return response;
}

Answer transaction(Exchange& exchange) {
  bool first = true;
  return persist(exchange, [&]() -> Answer {
    if (!first) {  // what lost a race has its references moved already: begin with the bytes again
      auto document = parsed_body(exchange);
      if (!document) return document.error();
      exchange.own = std::move(*document);
      exchange.document = &exchange.own;
      exchange.resource = &exchange.own.root();
    }
    first = false;
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    return Transaction(exchange, *std::move(view)).run();
  });
}

}  // namespace fhir::rest
