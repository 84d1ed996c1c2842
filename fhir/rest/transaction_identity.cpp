// Which resource each step of a transaction is about: ids given, conditions looked up, overlaps refused.
// Source: FHIR R4 RESTful API 3.1.0.11.2.
#include "fhir/rest/identity.hpp"
#include "fhir/rest/patch.hpp"
#include "fhir/rest/transaction.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {

using core::store::Key;
using core::store::Record;

namespace {

std::string name(const Key& key) { return key.type + '/' + key.id; }

core::Error several(const std::string& what) {
  return {core::Kind::stale, what + " matches several resources; nothing was changed.", {}};
}

}  // namespace

Transaction::Done Transaction::identify() {
  for (Step& step : steps_)
    if (auto done = identify(step); !done) return at(step, done.error());
  return core::Done{};
}

Transaction::Done Transaction::identify(Step& step) {
  const std::string& method = step.entry.request.method;
  if (method == "DELETE") return identify_delete(step);
  if (method == "POST") return identify_post(step);
  if (method == "PUT") return identify_put(step);
  if (method == "PATCH") return identify_patch(step);
  return core::Done{};
}

// What the condition finds, less what the same transaction deletes; the guard keeps it so until the commit.
core::Result<std::vector<Record>> Transaction::condition(Step& step, std::string_view criteria) {
  const Engine& engine = exchange_.engine;
  auto query = search::criteria(engine.index(), step.target.type, criteria,
                                engine.search_context(search::Handling::strict, exchange_.caller()));
  if (!query) return query.error();
  auto found = find_records(view_, *query, 3);
  if (!found) return found;
  core::store::Guard guard{std::move(*query), {}, step.entry.place()};
  for (const Record& record : *found) guard.ids.push_back(record.key.id);
  std::erase_if(*found, [&](const Record& record) { return going_.contains(record.key); });
  if (found->size() <= 1) batch_.guards.push_back(std::move(guard));
  return found;
}

Transaction::Done Transaction::identify_post(Step& step) {
  step.act = Step::Act::put;
  step.key = {step.target.type, new_id(exchange_.engine.now())};
  bool conditional = false;
  for (const Header& header : step.entry.request.headers) conditional = conditional || header.name == "If-None-Exist";
  if (!conditional) return core::Done{};
  std::string_view criteria = step.entry.request.header("If-None-Exist");
  if (const std::size_t mark = criteria.find('?'); mark != std::string_view::npos) criteria.remove_prefix(mark + 1);
  const auto [same, fresh] = conditions_.try_emplace("POST " + step.target.type + '?' + std::string(criteria), &step);
  if (!fresh) {
    step.same_as = same->second;
    step.act = Step::Act::keep;
    step.key = step.same_as->key;
    step.before = step.same_as->before;
    return core::Done{};
  }
  auto found = condition(step, criteria);
  if (!found) return found.error();
  if (found->size() > 1) return several("ifNoneExist");
  if (found->empty()) return core::Done{};
  step.act = Step::Act::keep;
  step.before = std::move(found->front());
  step.key = step.before->key;
  return core::Done{};
}

Transaction::Done Transaction::identify_put(Step& step) {
  step.act = Step::Act::put;
  const std::string own_id(step.resource->text("id"));
  if (!step.target.id.empty()) {
    if (own_id != step.target.id)
      return core::invalid("the resource has the id '" + own_id.substr(0, 80) + "', the url '" + step.target.id + "'.");
    step.key = {step.target.type, step.target.id};
  } else {
    const std::string& criteria = step.entry.request.query;
    if (!conditions_.try_emplace("PUT " + step.target.type + '?' + criteria, &step).second)
      return core::invalid("another entry updates under the same condition.");
    auto found = condition(step, criteria);
    if (!found) return found.error();
    if (found->size() > 1) return several("The condition");
    if (found->size() == 1 && !own_id.empty() && own_id != found->front().key.id)
      return core::invalid("the condition matches " + name(found->front().key) + ", but the resource has the id '" +
                           own_id.substr(0, 80) + "'.");
    step.key = {step.target.type, found->size() == 1 ? found->front().key.id
                                  : own_id.empty()   ? new_id(exchange_.engine.now())
                                                     : own_id};
    if (found->empty()) {
      auto existing = current(view_, step.key);
      if (!existing) return existing.error();
      if (*existing)
        return core::Error{
            core::Kind::conflict, "the condition matches nothing, but " + name(step.key) + " exists.", {}};
      step.if_version = 0;
    }
  }
  const Request& request = step.entry.request;
  if (request.header("If-Match").empty() && request.header("If-None-Match").empty() &&
      !has_rules(exchange_.engine, step.key.type))
    return core::Done{};
  auto now = current(view_, step.key);
  if (!now) return now.error();
  Exchange part(exchange_.engine, request);
  if (auto holds = preconditions(part, *now); !holds) return holds;
  step.if_version = *now ? (*now)->version : 0;
  step.before = std::move(*now);
  return core::Done{};
}

Transaction::Done Transaction::identify_patch(Step& step) {
  step.act = Step::Act::put;
  if (step.target.id.empty()) {
    auto found = condition(step, step.entry.request.query);
    if (!found) return found.error();
    if (found->size() > 1) return several("The condition");
    if (found->empty()) return core::not_found("the condition matches nothing that could be patched.");
    step.before = std::move(found->front());
  } else {
    auto now = current(view_, {step.target.type, step.target.id});
    if (!now) return now.error();
    if (!*now) return core::not_found(step.target.type + '/' + step.target.id + " is not there to be patched.");
    step.before = std::move(*now);
  }
  step.key = step.before->key;
  step.if_version = step.before->version;
  Exchange part(exchange_.engine, step.entry.request);
  part.target = step.target;
  part.in_bundle = true;
  part.document = step.document;
  part.resource = step.resource;
  if (auto holds = preconditions(part, step.before); !holds) return holds;
  auto result = patched(part, *step.before);
  if (!result) return result.error();
  step.own = std::move(*result);
  step.document = &step.own;
  step.resource = &step.own.root();
  return check(exchange_, *step.resource, step.entry.place() + ".resource");
}

Transaction::Done Transaction::identify_delete(Step& step) {
  std::vector<Record> found;
  if (step.target.id.empty()) {
    auto matching = condition(step, step.entry.request.query);
    if (!matching) return matching.error();
    if (matching->size() > 1) return several("The condition");
    found = std::move(*matching);
  } else {
    auto now = current(view_, {step.target.type, step.target.id});
    if (!now) return now.error();
    Exchange part(exchange_.engine, step.entry.request);
    if (auto holds = preconditions(part, *now); !holds) return holds;
    if (*now) found.push_back(std::move(**now));
  }
  step.act = found.empty() ? Step::Act::keep : Step::Act::remove;
  if (found.empty() && !step.target.id.empty()) step.key = {step.target.type, step.target.id};  // no other may write it
  if (found.empty()) return core::Done{};
  step.key = found.front().key;
  if (!going_.insert(step.key).second) return core::invalid("deletes " + name(step.key) + ", as another entry does.");
  step.if_version = found.front().version;
  return core::Done{};
}

Transaction::Done Transaction::refuse_overlap() const {
  std::map<Key, const Step*> written;
  for (const Step& step : steps_) {
    if (step.key.id.empty() || step.act == Step::Act::read) continue;
    if (step.act == Step::Act::keep && step.same_as != nullptr) continue;
    const auto [other, fresh] = written.try_emplace(step.key, &step);
    if (fresh) continue;
    if (step.act == Step::Act::keep && other->second->act == Step::Act::keep)
      continue;  // two conditions found the same: no write
    return at(step, core::invalid("is about " + name(step.key) + ", as is " + other->second->entry.place() +
                                  "; one resource can be changed once in a transaction."));
  }
  return core::Done{};
}

}  // namespace fhir::rest
