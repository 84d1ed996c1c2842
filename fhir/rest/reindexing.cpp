// Rows, and the facts kept beside resources, made anew piece by piece.
#include <algorithm>

#include "fhir/rest/added_parameters.hpp"
#include "fhir/rest/engine.hpp"

namespace fhir::rest {

using core::store::Op;
using core::store::Query;
using core::store::Record;

namespace {

constexpr std::size_t piece = 250;  // resources in one commit
constexpr std::size_t most = 100'000'000;

}  // namespace

std::optional<Op> index_op(const Engine& engine, core::store::Snapshot& view, const Record& record, bool& differs) {
  auto document = json::parse(record.body);
  auto before = view.digest(record.key);
  if (!document || !before) return std::nullopt;
  Op op;
  op.action = Op::Action::index;
  op.key = record.key;
  op.rows = engine.index().rows(document->root());
  op.digest = engine.services.digest ? engine.services.digest(document->root()) : before->value_or(std::string());
  op.if_version = record.version;
  differs = op.digest != before->value_or(std::string());
  return op;
}

// Takes the view, to let it go before the commit waits: a waiting reader keeps the store's log from starting over.
bool Reindexing::index(Engine& engine, std::unique_ptr<core::store::Snapshot> view, const std::vector<Record>& records) {
  core::store::Batch batch;
  for (const Record& record : records) {
    bool differs = false;
    auto op = index_op(engine, *view, record, differs);
    if (!op) continue;
    other_digests_ += differs ? 1U : 0U;
    batch.ops.push_back(std::move(*op));
  }
  view.reset();
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
  const bool done = index(engine, *std::move(view), records);
  if (!done) {
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
  if (!records || !index(engine, *std::move(view), *records)) {
    percent_ = given_up;
    return false;
  }
  at_ += size;
  const double inside = matches_.empty() ? 1.0 : static_cast<double>(at_) / static_cast<double>(matches_.size());
  percent_ = static_cast<int>((static_cast<double>(type_) + inside) * 99.0 / static_cast<double>(types_.size()));
  return true;
}

}  // namespace fhir::rest
