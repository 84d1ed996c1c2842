#include "fhir/rest/engine.hpp"

#include "fhir/rest/stored_terminology.hpp"

namespace fhir::rest {

core::Result<std::unique_ptr<core::store::Snapshot>> Engine::view(const core::access::Caller&) const {
  return services.store->snapshot();
}

core::Result<core::Done> Engine::permitted(const core::store::Batch& batch) const {
  using core::store::Op;
  if (!services.refuses || batch.ops.empty()) return core::Done{};
  auto view = services.store->snapshot();
  if (!view) return view.error();
  for (const Op& op : batch.ops) {
    if (op.action == Op::Action::erase) continue;  // an operator's
    auto stored = (*view)->read(op.key);
    if (!stored) return stored.error();
    if (*stored && !(*stored)->deleted())
      if (auto refusal = services.refuses(op.key, (*stored)->body, true)) return *refusal;
    if (op.action == Op::Action::put)
      if (auto refusal = services.refuses(op.key, op.body, false)) return *refusal;
  }
  return core::Done{};
}

core::Result<core::store::Committed> Engine::commit(core::store::Batch batch, const core::access::Caller&) const {
  if (auto may = permitted(batch); !may) return may.error();
  auto committed = services.store->commit(std::move(batch));
  if (!committed && committed.error().kind == core::Kind::stale) committed.error().where = lost_race;
  return committed;
}

core::Result<core::Done> Engine::settle(const core::access::Caller& caller) const {
  core::store::Batch batch;
  batch.values.emplace_back("rest.settled", std::to_string(services.store->last()));
  auto committed = commit(std::move(batch), caller);
  if (!committed) return committed.error();
  return core::Done{};
}

search::Context Engine::search_context(search::Handling handling, const core::access::Caller& caller) const {
  search::Context context;
  context.base_url = services.base_url;
  context.now = now();
  context.zone_minutes = services.zone_minutes;
  context.handling = handling;
  context.expand = [this, caller](std::string_view value_set) {
    return StoredTerminology(*this, caller).expand(value_set);
  };
  context.hierarchy = [this, caller](std::string_view system, std::string_view code, bool above) {
    return StoredTerminology(*this, caller).hierarchy(system, code, above);
  };
  return context;
}

std::string Engine::url(std::string_view type, std::string_view id) const {
  std::string out;
  out.reserve(services.base_url.size() + type.size() + id.size() + 2);
  out += services.base_url;
  out += '/';
  out += type;
  out += '/';
  out += id;
  return out;
}

const Operation* Engine::operation(std::string_view name, std::string_view type, bool instance) const {
  for (const Operation& row : operations) {
    if (row.name != name || (!row.type.empty() && row.type != type)) continue;
    if (instance ? row.instance : type.empty() ? row.system : row.type_level) return &row;
  }
  return nullptr;
}

}  // namespace fhir::rest
