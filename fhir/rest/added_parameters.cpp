#include "fhir/rest/added_parameters.hpp"

#include <algorithm>

#include "fhir/rest/engine.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

using core::store::Criterion;
using core::store::Op;
using core::store::Query;
using core::store::Record;

constexpr std::size_t piece = 250;            // resources in one commit
constexpr std::size_t most = 100'000'000;
constexpr int given_up = -1;  // in place of a percentage: the store did not take it
const std::string kept_as = "rest.parameter/";  // named value: that parameter's print once everything is indexed

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& item : list.elements()) out.emplace_back(item.text());
  return out;
}

std::string print_of(const model::SearchParameter& parameter) {
  std::string out = parameter.code + '\n' + parameter.type + '\n' + parameter.expression;
  for (const std::string& base : parameter.bases) out += '\n' + base;
  for (const auto& component : parameter.components) out += '\n' + component.definition + '\n' + component.expression;
  return out;
}

std::vector<std::string> types_of(const model::Definitions& definitions, const model::SearchParameter& parameter) {
  for (const std::string& base : parameter.bases)
    if (!definitions.is_resource(base)) return definitions.resource_types();
  return parameter.bases;
}

std::string in_progress(int percent) { return "it is being indexed (" + std::to_string(percent) + " %)"; }

core::Result<std::vector<Record>> active_parameters(const Engine& engine) {
  auto view = engine.view({});
  if (!view) return view.error();
  Criterion active;
  active.param = "status";
  core::store::Term& term = active.any.emplace_back();
  term.value = "active";
  Query query;
  query.types = {"SearchParameter"};
  query.all.push_back(std::move(active));
  auto found = (*view)->find(query);
  if (!found) return found.error();
  return (*view)->load(found->matches);
}

bool is_of_r4(const search::Index& index, const model::SearchParameter& parameter) {
  return index.definitions().search_parameter_by_url(parameter.url) != nullptr;
}

}  // namespace

model::SearchParameter parameter_from(const json::Value& resource) {
  model::SearchParameter out;
  out.code = resource.text("code");
  out.url = resource.text("url");
  out.type = resource.text("type");
  out.expression = resource.text("expression");
  out.bases = texts(resource["base"]);
  out.targets = texts(resource["target"]);
  for (const json::Value& component : resource["component"].elements())
    out.components.push_back({std::string(component.text("definition")), std::string(component.text("expression"))});
  return out;
}

std::optional<std::string> refused_parameter(const search::Index& index, const json::Value& resource) {
  if (resource.text("status") != "active") return std::nullopt;
  const model::SearchParameter parameter = parameter_from(resource);
  if (is_of_r4(index, parameter)) return std::nullopt;
  return index.refuses(parameter);
}

bool Reindexing::index(Engine& engine, const std::vector<Record>& records) {
  core::store::Batch batch;
  for (const Record& record : records) {
    auto document = json::parse(record.body);
    if (!document) continue;
    Op op;
    op.action = Op::Action::index;
    op.key = record.key;
    op.rows = engine.index().rows(document->root());
    op.if_version = record.version;
    batch.ops.push_back(std::move(op));
  }
  batch.waits = false;
  return batch.ops.empty() || engine.commit(std::move(batch), {}).ok();
}

bool Reindexing::begin_type(Engine& engine) {
  auto view = engine.view({});
  if (!view) return false;
  Query query;
  query.types = {types_[type_]};
  query.limit = most;
  auto found = (*view)->find(query);
  if (!found) return false;
  matches_ = std::move(found->matches);
  at_ = 0;
  open_ = true;
  return true;
}

// What was written by requests that had begun before: once, up to where the feed is when everything else is done.
bool Reindexing::follow_changes(Engine& engine) {
  auto view = engine.view({});
  auto changes = view ? (*view)->changes(changed_, piece)
                      : core::Result<std::vector<core::store::Change>>(view.error());
  if (!changes) {
    percent_ = given_up;
    return false;
  }
  if (!until_) until_ = (*view)->sequence();
  std::vector<Record> records;
  std::set<core::store::Key> keys;
  for (const core::store::Change& change : *changes) {
    changed_ = change.sequence;
    if (std::find(types_.begin(), types_.end(), change.key.type) == types_.end()) continue;
    if (!keys.insert(change.key).second) continue;
    auto record = (*view)->read(change.key);
    if (record && *record && !(*record)->deleted()) records.push_back(std::move(**record));
  }
  view->reset();
  if (!index(engine, records)) {
    percent_ = given_up;
    return false;
  }
  if (changes->empty()) changed_ = *until_;
  return changed_ < *until_;
}

bool Reindexing::step(Engine& engine) {
  while (type_ < types_.size()) {
    if (!open_ && !begin_type(engine)) {
      percent_ = given_up;
      return false;
    }
    if (at_ < matches_.size()) break;
    ++type_;
    open_ = false;
  }
  if (type_ == types_.size()) return follow_changes(engine);
  const std::size_t size = std::min(piece, matches_.size() - at_);
  auto view = engine.view({});
  auto records = view ? (*view)->load(std::span(matches_).subspan(at_, size))
                      : core::Result<std::vector<Record>>(view.error());
  if (view) view->reset();
  if (!records || !index(engine, *records)) {
    percent_ = given_up;
    return false;
  }
  at_ += size;
  const double inside = matches_.empty() ? 1.0 : static_cast<double>(at_) / static_cast<double>(matches_.size());
  percent_ = static_cast<int>((static_cast<double>(type_) + inside) * 99.0 / static_cast<double>(types_.size()));
  return true;
}

void AddedParameters::follow(Engine& engine) {
  if (engine.services.adjustable == nullptr) return;
  const core::store::Sequence last = engine.services.store->last("SearchParameter");
  if (last == seen_.load(std::memory_order_acquire)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (last == seen_.load(std::memory_order_acquire)) return;
  refresh(engine);
  seen_.store(last, std::memory_order_release);
}

void AddedParameters::refresh(Engine& engine) {
  auto records = active_parameters(engine);
  if (!records) return;
  const search::Index& index = engine.index();
  std::vector<search::Added> before = std::move(added_);
  added_.clear();
  prints_.clear();
  std::vector<std::pair<std::string, std::string>> whole;
  if (auto view = engine.view({}))
    if (auto values = (*view)->values(kept_as, {}, most)) whole = std::move(*values);
  Job job;
  std::set<std::string> types, named;
  for (const Record& record : *records) {
    auto document = json::parse(record.body);
    if (!document) continue;
    model::SearchParameter parameter = parameter_from(document->root());
    if (is_of_r4(index, parameter) || index.refuses(parameter)) continue;
    if (!named.insert(parameter.url).second) continue;
    std::string print = print_of(parameter);
    const bool complete = std::find(whole.begin(), whole.end(), std::pair(kept_as + parameter.url, print)) != whole.end();
    if (!complete) {
      job.urls.push_back(parameter.url);
      for (std::string& type : types_of(index.definitions(), parameter)) types.insert(std::move(type));
    }
    added_.push_back({std::move(parameter), complete ? std::string() : in_progress(0)});
    prints_.push_back(std::move(print));
  }
  core::store::Batch forget;
  for (const auto& [name, print] : whole)
    if (!named.contains(name.substr(kept_as.size()))) forget.forgotten.push_back(name);
  if (!forget.forgotten.empty()) static_cast<void>(engine.commit(std::move(forget), {}));
  if (added_.empty() && before.empty()) return;
  offer(engine);
  if (job.urls.empty()) return;
  job.work = std::make_shared<Reindexing>(std::vector<std::string>(types.begin(), types.end()),
                                          engine.services.store->last());
  start(engine, std::move(job));
}

void AddedParameters::offer(Engine& engine) {
  engine.services.adjustable->offer(added_);
  engine.answers.clear();
}

void AddedParameters::start(Engine& engine, Job given) {
  auto job = std::make_shared<Job>(std::move(given));
  jobs_.push_back(job);
  if (!engine.services.later) {
    while (job->work->step(engine)) continue;
    return finish(engine, *job);
  }
  engine.services.later([this, &engine, job] { run(engine, job); });
}

// A few pieces, then whoever else waits for the thread.
void AddedParameters::run(Engine& engine, const std::shared_ptr<Job>& job) {
  const int before = job->work->percent();
  bool more = true;
  for (int i = 0; i < 8 && more; ++i) more = job->work->step(engine);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::find(jobs_.begin(), jobs_.end(), job) == jobs_.end()) return;
  if (!more) return finish(engine, *job);
  if (job->work->percent() != before && !job->urls.empty()) {
    for (search::Added& one : added_)
      if (!one.waits.empty() && std::find(job->urls.begin(), job->urls.end(), one.parameter.url) != job->urls.end())
        one.waits = in_progress(job->work->percent());
    offer(engine);
  }
  engine.services.later([this, &engine, job] { run(engine, job); });
}

// A parameter that changed meanwhile has a job of its own by now.
void AddedParameters::finish(Engine& engine, const Job& job) {
  core::store::Batch batch;
  for (std::size_t i = 0; i < added_.size(); ++i) {
    search::Added& one = added_[i];
    if (std::find(job.urls.begin(), job.urls.end(), one.parameter.url) == job.urls.end()) continue;
    const bool latest = std::none_of(jobs_.begin(), jobs_.end(), [&](const auto& other) {
      return other.get() != &job && std::find(other->urls.begin(), other->urls.end(), one.parameter.url) != other->urls.end();
    });
    if (!latest) continue;
    if (job.work->percent() == given_up) {
      one.waits = "the store did not take its index; a restart tries again";
      continue;
    }
    one.waits.clear();
    batch.values.emplace_back(kept_as + one.parameter.url, prints_[i]);
  }
  std::erase_if(jobs_, [&](const auto& other) { return other.get() == &job; });
  static_cast<void>(engine.commit(std::move(batch), {}));  // what is not kept is indexed again after a restart
  if (engine.services.adjustable != nullptr) offer(engine);
}

bool AddedParameters::reindex(Engine& engine, std::vector<std::string> types) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (jobs_.size() >= 8) return false;
  Job job;
  job.name = "$reindex";
  if (types.size() == 1) job.name += ' ' + types.front();
  if (types.empty()) types = engine.definitions().resource_types();
  job.work = std::make_shared<Reindexing>(std::move(types), engine.services.store->last());
  start(engine, std::move(job));
  return true;
}

std::vector<AddedParameters::Standing> AddedParameters::standing(const Engine&) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Standing> out;
  for (const search::Added& one : added_)
    out.push_back({one.parameter.url, one.waits.empty() ? std::string("complete") : one.waits});
  for (const auto& job : jobs_)
    if (job->urls.empty()) out.push_back({job->name, in_progress(job->work->percent())});
  return out;
}

}  // namespace fhir::rest
