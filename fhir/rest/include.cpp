#include "fhir/rest/include.hpp"

#include <algorithm>
#include <set>

#include "fhir/rest/reference.hpp"

namespace fhir::rest {
namespace {

using core::store::Key;
using core::store::Record;
using search::Include;

bool forward(const Include& include, std::string_view type) { return include.source == "*" || include.source == type; }

class Collector {
 public:
  Collector(const Engine& engine, core::store::Snapshot& view, const Hits& hits)
      : engine_(engine), view_(view), hits_(hits) {}

  core::Result<Included> collect(const std::vector<Record>& page) {
    for (const Record& record : page) seen_.insert(record.key);
    if (auto done = wave(page, false); !done) return done.error();
    const bool again =
        std::any_of(hits_.search.includes.begin(), hits_.search.includes.end(), [](auto& i) { return i.iterate; }) ||
        std::any_of(hits_.search.reverse_includes.begin(), hits_.search.reverse_includes.end(),
                    [](auto& i) { return i.iterate; });
    std::size_t from = 0;
    while (again && from < out_.records.size() && out_.complete) {
      const std::vector<Record> fresh(out_.records.begin() + static_cast<std::ptrdiff_t>(from), out_.records.end());
      from = out_.records.size();
      if (auto done = wave(fresh, true); !done) return done.error();
    }
    return std::move(out_);
  }

 private:
  core::Result<core::Done> wave(const std::vector<Record>& records, bool iterating) {
    if (auto done = follow(records, iterating); !done) return done;
    for (const Include& include : hits_.search.reverse_includes)
      if (!iterating || include.iterate)
        if (auto done = come_back(records, include); !done) return done;
    return core::Done{};
  }

  core::Result<core::Done> follow(const std::vector<Record>& records, bool iterating) {
    for (const Record& record : records) {
      std::vector<const Include*> wanted;
      for (const Include& include : hits_.search.includes)
        if ((!iterating || include.iterate) && forward(include, record.key.type)) wanted.push_back(&include);
      if (wanted.empty()) continue;
      auto document = json::parse(record.body);
      if (!document) return core::fault("A stored resource cannot be read.");
      for (const core::store::Row& row : engine_.index().rows(document->root()))
        for (const Include* include : wanted)
          if (row.kind == core::store::RowKind::reference &&
              (include->parameter == "*" || include->parameter == row.param))
            if (auto done = lead(row, *include); !done) return done;
    }
    return core::Done{};
  }

  core::Result<core::Done> lead(const core::store::Row& row, const Include& include) {
    const Key key{row.system, row.value};
    if (key.type.empty() || key.id.empty() || (!include.target.empty() && include.target != key.type))
      return core::Done{};
    if (!engine_.definitions().is_resource(key.type) || seen_.contains(key)) return core::Done{};
    auto record = then(key, row.note);
    if (!record) return record.error();
    if (*record) add(std::move(**record));
    return core::Done{};
  }

  // The version that was current in the snapshot of the search, or the one that the reference names.
  core::Result<std::optional<Record>> then(const Key& key, const std::string& version) {
    if (!version.empty() && version.find_first_not_of("0123456789") == std::string::npos && version.size() < 10) {
      auto named = view_.read(key, std::stoll(version));
      if (!named || (*named && !(*named)->deleted() && (*named)->sequence <= hits_.sequence)) return named;
    }
    auto now = view_.read(key);
    if (!now || !*now) return now;
    if ((*now)->sequence > hits_.sequence) {
      core::store::HistoryQuery query;
      query.type = key.type;
      query.id = key.id;
      query.before = hits_.sequence + 1;
      query.limit = 1;
      auto earlier = view_.history(query);
      if (!earlier) return earlier.error();
      if (earlier->empty()) return std::optional<Record>();
      now = std::optional<Record>(std::move(earlier->front()));
    }
    if ((*now)->deleted()) return std::optional<Record>();
    return now;
  }

  core::Result<core::Done> come_back(const std::vector<Record>& records, const Include& include) {
    std::vector<std::string> ids;
    for (const Record& record : records)
      if (include.target.empty() || include.target == record.key.type)
        ids.push_back(record.key.type + '/' + record.key.id);
    if (ids.empty()) return core::Done{};
    core::store::Criterion either;
    either.form = core::store::Criterion::Form::either;
    for (const std::string& code : ways_back(include)) {
      core::store::Criterion criterion;
      criterion.form = core::store::Criterion::Form::reference_in;
      criterion.param = code;
      criterion.kind = core::store::RowKind::reference;
      criterion.ids = ids;
      either.alternatives.push_back({std::move(criterion)});
    }
    if (either.alternatives.empty()) return core::Done{};
    core::store::Query query;
    if (include.source != "*") query.types = {include.source};
    query.all = either.alternatives.size() == 1 ? either.alternatives.front() : std::vector{std::move(either)};
    auto found = find_records(view_, std::move(query), seen_.size() + most_included + 1);
    if (!found) return found.error();
    for (Record& record : *found) {
      if (seen_.contains(record.key)) continue;
      if (record.sequence <= hits_.sequence) {
        add(std::move(record));
        continue;
      }
      auto earlier = then(record.key, {});
      if (!earlier) return earlier.error();
      if (*earlier) add(std::move(**earlier));
    }
    return core::Done{};
  }

  // Codes of the reference parameters by which resources of the include's source may refer to a match.
  std::set<std::string> ways_back(const Include& include) const {
    std::set<std::string> codes;
    const auto collect = [&](const std::string& type) {
      for (const model::SearchParameter* parameter : engine_.index().parameters(type))
        if (parameter->type == "reference" && (include.parameter == "*" || include.parameter == parameter->code))
          codes.insert(parameter->code);
    };
    if (include.source != "*") collect(include.source);
    else
      for (const std::string& type : engine_.definitions().resource_types()) collect(type);
    return codes;
  }

  void add(Record record) {
    if (out_.records.size() == most_included) {
      out_.complete = false;
      return;
    }
    seen_.insert(record.key);
    out_.records.push_back(std::move(record));
  }

  const Engine& engine_;
  core::store::Snapshot& view_;
  const Hits& hits_;
  std::set<Key> seen_;
  Included out_;
};

}  // namespace

core::Result<Included> included(const Engine& engine, core::store::Snapshot& view, const Hits& hits,
                                const std::vector<Record>& page) {
  if (hits.search.includes.empty() && hits.search.reverse_includes.empty()) return Included{};
  return Collector(engine, view, hits).collect(page);
}

}  // namespace fhir::rest
