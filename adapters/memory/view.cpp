#include <algorithm>

#include "adapters/memory/state.hpp"

namespace adapters::memory {

using namespace core::store;

namespace {

// Answers chain and has by looking at every resource there is.
class Scan final : public Resolver {
 public:
  explicit Scan(const View& view) : view_(view) {}

  bool chain(const Criterion& criterion, const Row& reference) override {
    const Version* target = view_.current(Key{reference.system, reference.value});
    return target && holds(*criterion.inner, *target);
  }

  bool has(const Criterion& criterion, const Subject& subject) override {
    for (std::int64_t row = 1; row <= view_.rows(); ++row) {
      const Version* source = view_.current(row);
      if (source && refers(*source, criterion.param, subject) && holds(*criterion.inner, *source)) return true;
    }
    return false;
  }

  bool words(const Criterion& criterion, const Subject& subject) override {
    const Version* version = view_.version(subject.sequence);
    const TextReader& read = view_.state().texts;
    return version && read &&
           matches(criterion.any, criterion.param == "_text", read(subject.type, version->record.body));
  }

  bool holds(const Query& query, const Version& version) {
    const auto& types = query.types;
    if (!types.empty() && std::find(types.begin(), types.end(), version.record.key.type) == types.end()) return false;
    return matches(query.all, subject_of(version), *this);
  }

 private:
  static bool refers(const Version& source, const std::string& param, const Subject& subject) {
    return std::any_of(source.rows.begin(), source.rows.end(), [&](const Row& row) {
      return row.kind == RowKind::reference && row.param == param && row.system == subject.type &&
             row.value == subject.id;
    });
  }

  const View& view_;
};

bool comes_first(const std::vector<Sort>& sort, const Version& a, const Version& b) {
  for (const Sort& key : sort)
    if (const int order = compare(key, subject_of(a), subject_of(b))) return order < 0;
  return a.row < b.row;
}

}  // namespace

Subject subject_of(const Version& version) {
  const Record& record = version.record;
  return {record.key.type, record.key.id, record.updated.ms, version.rows, record.sequence};
}

Sequence View::sequence() const {
  const auto& versions = state_.versions;
  const auto end =
      std::partition_point(versions.begin(), versions.end(), [&](const Version& v) { return v.at <= tick_; });
  return end - versions.begin();
}

const Version* View::version(Sequence sequence) const {
  if (sequence < 1 || sequence > static_cast<Sequence>(state_.versions.size())) return nullptr;
  const Version& found = state_.versions[static_cast<std::size_t>(sequence - 1)];
  return found.at <= tick_ && found.erased > erased_ ? &found : nullptr;
}

const Version* View::newest(std::int64_t row) const {
  const auto& sequences = state_.by_row[static_cast<std::size_t>(row - 1)];
  for (auto it = sequences.rbegin(); it != sequences.rend(); ++it)
    if (state_.versions[static_cast<std::size_t>(*it - 1)].at <= tick_) return version(*it);
  return nullptr;
}

const Version* View::current(std::int64_t row) const {
  const Version* found = newest(row);
  return found && !found->record.deleted() ? found : nullptr;
}

const Version* View::newest(const Key& key) const {
  const auto row = state_.rows.find(key);
  return row == state_.rows.end() ? nullptr : newest(row->second);
}

const Version* View::current(const Key& key) const {
  const Version* found = newest(key);
  return found && !found->record.deleted() ? found : nullptr;
}

std::optional<std::string> View::value(const std::string& name) const {
  const auto found = state_.values.find(name);
  if (found == state_.values.end()) return std::nullopt;
  for (auto it = found->second.rbegin(); it != found->second.rend(); ++it)
    if (it->at <= tick_) return it->bytes;
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> View::values(const std::string& prefix, const std::string& after,
                                                              std::size_t limit) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (auto it = state_.values.lower_bound(prefix); it != state_.values.end() && it->first.starts_with(prefix); ++it) {
    if (found.size() == limit) break;
    if (it->first <= after) continue;
    if (auto bytes = value(it->first)) found.emplace_back(it->first, *std::move(bytes));
  }
  return found;
}

Found View::find(const Query& query) const {
  if (query.as_of > 0 && query.as_of < sequence()) {
    Query then = query;
    then.as_of = 0;
    return View(state_, state_.versions[static_cast<std::size_t>(query.as_of - 1)].at, erased_).find(then);
  }
  Scan scan(*this);
  std::vector<const Version*> hits;
  for (std::int64_t row = 1; row <= rows(); ++row)
    if (const Version* version = current(row);
        version && version->record.sequence > query.since && scan.holds(query, *version))
      hits.push_back(version);
  std::stable_sort(hits.begin(), hits.end(),
                   [&](const Version* a, const Version* b) { return comes_first(query.sort, *a, *b); });
  if (const Version* last = query.after ? version(query.after->sequence) : nullptr)
    std::erase_if(hits, [&](const Version* hit) { return !comes_first(query.sort, *last, *hit); });
  Found found;
  found.total = hits.size();
  if (query.only_total) hits.clear();
  found.complete = hits.size() <= query.limit;
  if (!found.complete) hits.resize(query.limit);
  for (const Version* hit : hits) found.matches.push_back({hit->row, hit->record.sequence});
  found.plan = "scan of " + std::to_string(rows()) + " resources";
  return found;
}

std::vector<Record> View::history(const HistoryQuery& query) const {
  std::vector<Record> records;
  std::map<std::int64_t, core::Instant> superseded;  // by row: when the version above the one looked at came
  for (Sequence at = sequence(); at >= 1 && records.size() < query.limit; --at) {
    const Version* found = version(at);
    if (!found) continue;
    const Record& record = found->record;
    const auto next = superseded.find(found->row);
    const bool current_in_time = !query.at || next == superseded.end() || next->second > *query.at;
    superseded[found->row] = record.updated;
    if (query.type && *query.type != record.key.type) continue;
    if (query.id && *query.id != record.key.id) continue;
    if (query.since && record.updated < *query.since) continue;
    if (!current_in_time || (query.before != 0 && at >= query.before)) continue;
    records.push_back(record);
  }
  return records;
}

}  // namespace adapters::memory
