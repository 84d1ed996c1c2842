// The walk of an $export. A version belongs to it when it is the newest of its resource up to the sequence at which the
// export began; the change feed names every version once, in order.
#include "fhir/operation/export.hpp"

#include <algorithm>

#include "fhir/rest/outcome.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::operation {

using core::Result;
using core::store::Change;
using core::store::Record;
using core::store::Sequence;
using core::store::Snapshot;
using Done = Result<core::Done>;

namespace {

constexpr std::size_t deletions_in_one_bundle = 500;

// Members of today who are Patients.
std::unordered_set<std::string> members_of(const json::Value& group, core::Day today) {
  constexpr std::string_view patient = "Patient/";
  std::unordered_set<std::string> out;
  for (const json::Value& member : group["member"].elements()) {
    const std::string_view reference = member["entity"].text("reference");
    if (!reference.starts_with(patient) || member["inactive"].boolean()) continue;
    const auto end = core::moment_from(member["period"].text("end"));
    if (end && end->day() <= today) continue;  // who left today is out
    out.emplace(reference.substr(patient.size()));
  }
  return out;
}

// The first sequence whose version came at `since` or later; instants never fall along the feed.
Result<Sequence> first_since(Snapshot& view, core::Instant since, Sequence last) {
  Sequence low = 1, high = last + 1;
  while (low < high) {
    const Sequence middle = low + (high - low) / 2;
    auto change = view.changes(middle - 1, 1);
    if (!change) return change.error();
    if (!change->empty() && change->front().updated < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace

struct Export::Walk {
  Walk(ExportPlan given, ExportSink& to) : plan(std::move(given)), sink(to) {}

  ExportPlan plan;
  ExportSink& sink;
  bool begun = false;
  Sequence first = 0, at = 0, last = 0;
  core::Instant time;
  std::size_t written = 0;
  std::map<std::string, std::vector<Sequence>> hits;  // of filters, ascending
  std::unordered_set<std::string> members;
  std::vector<std::string> deletions;  // "Type/id"

  Done begin(Snapshot& view);
  Done filter(Snapshot& view);
  Done look(Snapshot& view, const Change& change);
  Result<std::optional<Record>> as_of_last(Snapshot& view, const Change& change);
  Done removed(Snapshot& view, const Change& change);
  Done write(const Record& record);
  Done write_seen(const Record& record);
  Result<json::Document> seen_of(const Record& record);
  Done put(const std::string& type, std::string_view text);
  Done flush_deletions();
  Done finish();
  bool within(const Record& record) const;  // reach: somebody's compartment
  bool is_one_of_us(std::string_view patient) const;
};

Done Export::Walk::begin(Snapshot& view) {
  last = view.sequence();
  time = plan.engine->now();
  if (last > 0) {
    auto newest = view.changes(last - 1, 1);
    if (!newest) return newest.error();
    if (!newest->empty()) time = newest->front().updated;
  }
  first = 1;
  if (plan.since) {
    auto from = first_since(view, *plan.since, last);
    if (!from) return from.error();
    first = *from;
  }
  at = first - 1;
  if (!plan.group.empty()) {
    auto group = view.read({"Group", plan.group});
    if (!group) return group.error();
    if (!*group || (*group)->deleted()) return core::not_found("Group/" + plan.group + " is not there any more.", "id");
    auto document = json::parse((*group)->body);
    if (!document) return core::fault("A stored resource cannot be read.");
    const json::Document seen = plan.sight ? plan.sight->project(document->root()) : std::move(*document);
    members = members_of(seen.root(), plan.engine->services.clock->today());
  }
  begun = true;
  return filter(view);
}

Done Export::Walk::filter(Snapshot& view) {
  if (plan.sight) return core::Done{};  // asked of what is seen (write_seen)
  for (const auto& [type, queries] : plan.filters) {
    std::vector<Sequence>& all = hits[type];
    for (const core::store::Query& query : queries) {
      auto found = view.find(query);
      if (!found) return found.error();
      for (const core::store::Match& match : found->matches) all.push_back(match.sequence);
    }
    std::sort(all.begin(), all.end());
  }
  return core::Done{};
}

bool Export::Walk::is_one_of_us(std::string_view patient) const {
  const std::string id(patient);
  if (!plan.group.empty() && !members.contains(id)) return false;
  return plan.chosen.empty() || plan.chosen.contains(id);
}

bool Export::Walk::within(const Record& record) const {
  if (!plan.people) return true;
  if (record.key.type == "Patient") return is_one_of_us(record.key.id);
  const auto& resources = plan.engine->definitions().compartment("Patient")->resources;
  const auto codes = resources.find(record.key.type);
  if (codes == resources.end()) return false;
  auto document = json::parse(record.body);
  if (!document) return false;
  for (const core::store::Row& row : plan.engine->index().rows(document->root())) {
    if (row.kind != core::store::RowKind::reference || row.system != "Patient") continue;
    const auto& list = codes->second;
    if (std::find(list.begin(), list.end(), row.param) != list.end() && is_one_of_us(row.value)) return true;
  }
  return false;
}

// The version of this change when it is the newest up to `last`; nothing when a later change of the walk is.
Result<std::optional<Record>> Export::Walk::as_of_last(Snapshot& view, const Change& change) {
  auto current = view.read(change.key);
  if (!current || !*current || (*current)->sequence == change.sequence) return current;
  if ((*current)->sequence <= last) return std::optional<Record>();
  auto next = view.read(change.key, change.version + 1);
  if (!next) return next;
  if (*next && (*next)->sequence <= last) return std::optional<Record>();
  return view.read(change.key, change.version);
}

Done Export::Walk::look(Snapshot& view, const Change& change) {
  if (!plan.types.contains(change.key.type)) return core::Done{};
  if (change.method == core::store::Method::remove) return plan.since ? removed(view, change) : core::Done{};
  if (const auto wanted = hits.find(change.key.type);
      wanted != hits.end() && !std::binary_search(wanted->second.begin(), wanted->second.end(), change.sequence))
    return core::Done{};
  auto record = as_of_last(view, change);
  if (!record) return record.error();
  if (!*record || (*record)->deleted() || !within(**record)) return core::Done{};
  return write(**record);
}

// What was erased cannot be read any more, so everybody who may have it is told.
Done Export::Walk::removed(Snapshot& view, const Change& change) {
  auto newest = view.read(change.key);
  if (!newest) return newest.error();
  if (*newest) {
    auto record = as_of_last(view, change);
    if (!record) return record.error();
    if (!*record) return core::Done{};
    auto before = view.read(change.key, change.version - 1);
    if (!before) return before.error();
    if (*before && !(*before)->deleted() && !within(**before)) return core::Done{};
    if (plan.sight && *before && !(*before)->deleted()) {  // whom it was never shown to is not told its name
      auto seen = seen_of(**before);
      if (!seen) return seen.error();
      if (!seen->root().is_object()) return core::Done{};
    }
  }
  deletions.push_back(change.key.type + '/' + change.key.id);
  return deletions.size() < deletions_in_one_bundle ? Done(core::Done{}) : flush_deletions();
}

Done Export::Walk::flush_deletions() {
  if (deletions.empty()) return core::Done{};
  std::string text = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
  for (const std::string& url : deletions) {
    if (&url != &deletions.front()) text += ',';
    text += R"({"request":{"method":"DELETE","url":")" + url + R"("}})";
  }
  text += "]}";
  deletions.clear();
  return sink.line(ExportPart::deleted, "Bundle", text);
}

// References of another resource that a filter follows: not for who sees a part only (export_plan refuses them).
struct NoWayOn final : core::store::Resolver {
  bool chain(const core::store::Criterion&, const core::store::Row&) override { return false; }
  bool has(const core::store::Criterion&, const core::store::Subject&) override { return false; }
};

Done Export::Walk::write(const Record& record) {
  return plan.sight ? write_seen(record) : put(record.key.type, record.body);
}

// What of it the recipient gets; null root: nothing. Filters choose by what it sees, and by whose work it is: else they
// would tell it the rest.
Result<json::Document> Export::Walk::seen_of(const Record& record) {
  const auto whole = json::parse(record.body);
  if (!whole) return core::fault("A stored resource cannot be read.");
  json::Document seen = plan.sight->project(whole->root());
  if (!seen.root().is_object()) return seen;
  if (const auto wanted = plan.filters.find(record.key.type); wanted != plan.filters.end()) {
    core::store::Rows rows = plan.engine->index().rows(whole->root());
    std::erase_if(rows, [](const core::store::Row& row) { return row.param != "owner"; });
    for (core::store::Row& row : plan.engine->index().rows(seen.root()))
      if (row.param != "owner") rows.push_back(std::move(row));
    NoWayOn resolver;
    const core::store::Subject subject{record.key.type, record.key.id, record.updated.ms, rows};
    if (std::none_of(wanted->second.begin(), wanted->second.end(), [&](const core::store::Query& query) {
          return core::store::matches(query.all, subject, resolver);
        }))
      return json::Document();
  }
  rest::mark_part(seen, whole->root());
  return seen;
}

Done Export::Walk::write_seen(const Record& record) {
  auto seen = seen_of(record);
  if (!seen) return seen.error();
  return seen->root().is_object() ? put(record.key.type, json::write(seen->root())) : Done(core::Done{});
}

Done Export::Walk::put(const std::string& type, std::string_view text) {
  ++written;
  if (plan.elements.empty()) return sink.line(ExportPart::output, type, text);
  // "Type.element" narrows one type, "element" every type
  std::vector<std::string> wanted;
  for (const std::string& element : plan.elements) {
    const std::size_t dot = element.find('.');
    if (dot == std::string::npos) wanted.push_back(element);
    else if (element.compare(0, dot, type) == 0) wanted.push_back(element.substr(dot + 1));
  }
  if (wanted.empty()) return sink.line(ExportPart::output, type, text);
  return sink.line(ExportPart::output, type,
                   rest::subset(plan.engine->definitions(), std::string(text), search::Summary::no, wanted));
}

Done Export::Walk::finish() {
  if (auto done = flush_deletions(); !done) return done;
  for (const std::string& what : plan.ignored) {
    const std::string text = rest::outcome_text(validate::Severity::warning, "not-supported", what);
    if (auto done = sink.line(ExportPart::error, "OperationOutcome", text); !done) return done;
  }
  return core::Done{};
}

Export::Export(ExportPlan plan, ExportSink& sink) : walk_(std::make_unique<Walk>(std::move(plan), sink)) {}

Export::~Export() = default;

Result<bool> Export::step(std::size_t count) {
  Walk& walk = *walk_;
  auto view = walk.plan.engine->view(walk.plan.caller);
  if (!view) return view.error();
  if (!walk.begun)
    if (auto done = walk.begin(**view); !done) return done.error();
  auto changes = (*view)->changes(walk.at, count);
  if (!changes) return changes.error();
  for (const Change& change : *changes) {
    if (change.sequence > walk.last) break;
    if (auto done = walk.look(**view, change); !done) return done.error();
    walk.at = change.sequence;
  }
  if (walk.at < walk.last && !changes->empty()) return false;
  if (auto done = walk.finish(); !done) return done.error();
  return true;
}

core::Instant Export::transaction_time() const { return walk_->time; }
const ExportPlan& Export::plan() const { return walk_->plan; }

std::string Export::progress() const {
  const Walk& walk = *walk_;
  if (!walk.begun) return "waiting for its turn";
  const Sequence all = std::max<Sequence>(walk.last - walk.first + 1, 1), done = walk.at - walk.first + 1;
  return std::to_string(done * 100 / all) + " %, " + std::to_string(walk.written) + " resources";
}

std::string export_manifest(const Export& done, const std::vector<ExportFile>& files) {
  json::Document document;
  json::Value& root = document.root() = document.object();
  document.set(root, "transactionTime", document.string(core::text(done.transaction_time())));
  document.set(root, "request", document.string(done.plan().request_url));
  document.set(root, "requiresAccessToken", document.boolean(done.plan().caller.id != core::access::Caller().id));
  struct Part {
    ExportPart part;
    std::string_view name;
  };
  for (const Part& part :
       {Part{ExportPart::output, "output"}, Part{ExportPart::deleted, "deleted"}, Part{ExportPart::error, "error"}}) {
    json::Value list = document.array();
    for (const ExportFile& file : files) {
      if (file.part != part.part) continue;
      json::Value item = document.object();
      document.set(item, "type", document.string(file.type));
      document.set(item, "url", document.string(file.url));
      document.set(item, "count", document.number(static_cast<std::int64_t>(file.count)));
      document.push(list, item);
    }
    document.set(root, part.name, list);
  }
  return json::write(root);
}

}  // namespace fhir::operation
