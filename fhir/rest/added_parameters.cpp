#include "fhir/rest/added_parameters.hpp"

#include <algorithm>
#include <cstdlib>

#include "fhir/rest/engine.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

using core::store::Criterion;
using core::store::Query;
using core::store::Record;

constexpr std::size_t most = 100'000'000;
const std::string renewals_kept_as = "rest.renewals";
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
  reprint(engine);
  engine.answers.clear();
}

void AddedParameters::begin(Engine& engine) {
  if (auto view = engine.view({}))
    if (auto kept = (*view)->value(renewals_kept_as); kept && *kept) renewals_ = std::strtoull((*kept)->c_str(), nullptr, 10);
  reprint(engine);
  follow(engine);
}

std::pair<std::string, std::string> AddedParameters::renewal() {
  return {renewals_kept_as, std::to_string(++renewals_)};
}

void AddedParameters::renewed(Engine& engine) {
  reprint(engine);
  engine.answers.clear();
}

// Of all that makes rows beside the resource: the product, its settings, added parameters, and how often they were made.
void AddedParameters::reprint(const Engine& engine) {
  const search::Options& options = engine.index().options();
  std::string all = engine.services.version + '\n' + options.base_url + '\n' + std::to_string(options.zone_minutes) + '\n' +
                    std::to_string(renewals_.load());
  for (const search::Added& one : engine.index().added())
    if (one.waits.empty()) all += '\n' + print_of(one.parameter);
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  for (const char c : all) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  print_.store(hash, std::memory_order_release);
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
    if (job.work->percent() == Reindexing::given_up) {
      one.waits = "the store did not take its index; a restart tries again";
      continue;
    }
    one.waits.clear();
    batch.values.emplace_back(kept_as + one.parameter.url, prints_[i]);
  }
  std::erase_if(jobs_, [&](const auto& other) { return other.get() == &job; });
  batch.values.push_back(renewal());
  static_cast<void>(engine.commit(std::move(batch), {}));  // what is not kept is indexed again after a restart
  renewed(engine);
  if (engine.services.adjustable != nullptr) offer(engine);
  if (job.work->other_digests() > 0 && engine.services.digests_renewed) engine.services.digests_renewed();
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
