// What gives a partner work: the change feed, notifications, and looking at open cases.
#include <algorithm>
#include <charconv>
#include <map>

#include "adapters/zgw/partner.hpp"
#include "adapters/zgw/texts.hpp"
#include "core/store/criteria.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/task.hpp"

namespace adapters::zgw {
namespace {

using core::Done;
using core::Result;
using core::store::Key;
using fhir::json::Value;

constexpr std::size_t changes_at_once = 500, records_at_once = 500, bells_at_once = 500, most_listed = 5'000;
constexpr std::size_t closed_every = 20;  // polls between looks at closed cases, which may be opened again
constexpr std::size_t longest_notification = 65'536;

bool may_concern(std::string_view body) {  // before a parse: most Tasks are no referrals
  return body.find("fulfill") != body.npos || body.find("\"abort\"") != body.npos;
}

fhir::rest::Response plain(int status, std::string text = {}) {
  fhir::rest::Response response;
  response.status = status;
  response.headers = {{"Cache-Control", "no-store"}};
  if (!text.empty()) {
    response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.body = std::make_shared<const std::string>(std::move(text));
  }
  return response;
}

// Owned by reference or by one of its identifiers ("system|value").
core::store::Query tasks_of(const std::string& organization, const std::vector<std::string>& identifiers) {
  core::store::Query query;
  query.types = {"Task"};
  core::store::Criterion owner = core::store::reference_criterion("owner", {organization});
  for (const std::string& identifier : identifiers) {
    core::store::Term term;
    term.compare = core::store::Compare::identifier;
    term.text = identifier.starts_with('|') ? identifier.substr(1) : identifier;
    owner.any.push_back(std::move(term));
  }
  query.all.push_back(std::move(owner));
  return query;
}

}  // namespace

void CasePartner::add_job(core::store::Batch& batch, const std::string& task) const {
  core::outbox::Job job;
  job.key = task;
  job.kind = "agree";
  job.added = job.not_before = now();
  core::outbox::add(batch, queue_, std::move(job));
}

Result<bool> CasePartner::is_ours(core::store::Snapshot& snapshot, const Value& task) {
  if (fhir::care::owned_by(task, settings_.organization, {})) return true;
  if (!task["owner"].text("reference").empty() || !task["owner"].find("identifier")) return false;
  const auto identifiers = fhir::care::identifiers_of(snapshot, settings_.organization);
  if (!identifiers) return identifiers.error();
  return fhir::care::owned_by(task, settings_.organization, *identifiers);
}

// What is there already: from before this partner was configured, or before its organization was known by that
// identifier. What has ended and was never sent stays as it is.
Result<Done> CasePartner::look_around(core::store::Snapshot& snapshot, core::store::Batch& batch) {
  const auto identifiers = fhir::care::identifiers_of(snapshot, settings_.organization);
  if (!identifiers) return identifiers.error();
  auto found = snapshot.find(tasks_of(settings_.organization, *identifiers));
  if (!found) return found.error();
  for (std::size_t at = 0; at < found->matches.size(); at += records_at_once) {
    auto records =
        snapshot.load(std::span(found->matches).subspan(at, std::min(records_at_once, found->matches.size() - at)));
    if (!records) return records.error();
    for (const core::store::Record& record : *records) {
      const auto parsed = fhir::json::parse(record.body);
      if (!parsed || !fhir::care::is_referral(parsed->root()) || fhir::care::is_final(parsed->root().text("status")))
        continue;
      auto link = read_link(snapshot, names_, record.key.id);
      if (!link) return link.error();
      auto job = core::outbox::find(snapshot, queue_, record.key.id);
      if (!job) return job.error();
      if (!*link && !*job && fhir::care::owned_by(parsed->root(), settings_.organization, *identifiers))
        add_job(batch, record.key.id);
    }
  }
  return Done{};
}

Result<Done> CasePartner::begin(bool first) {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  core::store::Batch batch;
  if (auto looked = look_around(**snapshot, batch); !looked) return looked;
  batch.values.emplace_back(names_.organization(), settings_.organization);
  if (first) batch.values.emplace_back(names_.cursor(), std::to_string((*snapshot)->sequence()));
  snapshot->reset();
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return Done{};
}

Result<Done> CasePartner::consider(core::store::Snapshot& snapshot, const core::store::Change& change,
                                   core::store::Batch& batch) {
  const bool organization = change.key.type + "/" + change.key.id == settings_.organization;
  if (organization && change.method != core::store::Method::remove) return look_around(snapshot, batch);
  if (change.key.type != "Task") return Done{};
  if (change.method == core::store::Method::remove) {
    auto link = read_link(snapshot, names_, change.key.id);
    if (!link) return link.error();
    if (*link) add_job(batch, change.key.id);
    return Done{};
  }
  auto record = snapshot.read(change.key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted() || !may_concern((*record)->body)) return Done{};
  const auto parsed = fhir::json::parse((*record)->body);
  if (!parsed) return parsed.error();
  const Value& task = parsed->root();
  if (fhir::care::is_abort(task)) {
    const std::string focus = fhir::care::link_from(task["focus"]);
    if (!focus.starts_with("Task/")) return Done{};
    auto link = read_link(snapshot, names_, focus.substr(5));
    if (!link) return link.error();
    auto held = snapshot.value(names_.held(focus.substr(5)));
    if (!held) return held.error();
    if (*link || *held) add_job(batch, focus.substr(5));
    return Done{};
  }
  if (!fhir::care::is_referral(task)) return Done{};
  auto ours = is_ours(snapshot, task);
  if (!ours) return ours.error();
  if (!*ours) return Done{};
  auto link = read_link(snapshot, names_, change.key.id);
  if (!link) return link.error();
  auto held = snapshot.value(names_.held(change.key.id));
  if (!held) return held.error();
  const bool own =
      (*link && (*link)->task_version >= change.version) || (*held && **held == std::to_string(change.version));
  if (!own) add_job(batch, change.key.id);
  return Done{};
}

Result<bool> CasePartner::follow() {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto cursor = (*snapshot)->value(names_.cursor());
  if (!cursor) return cursor.error();
  auto organization = (*snapshot)->value(names_.organization());
  if (!organization) return organization.error();
  if (!*cursor || !*organization || **organization != settings_.organization) {
    snapshot->reset();
    if (auto begun = begin(!*cursor); !begun) return begun.error();
    return true;
  }
  core::store::Sequence after = 0;
  std::from_chars((*cursor)->data(), (*cursor)->data() + (*cursor)->size(), after);
  auto changes = (*snapshot)->changes(after, changes_at_once);
  if (!changes) return changes.error();
  if (changes->empty()) return false;
  core::store::Batch batch;
  bool people = false;
  for (const core::store::Change& change : *changes) {
    people |= change.key.type == "Patient" || change.key.type == "ServiceRequest";
    if (auto done = consider(**snapshot, change, batch); !done) return done.error();
  }
  if (people) {  // what is held back for a person's or an order's sake is looked at again
    auto held = (*snapshot)->values(names_.held(), "", changes_at_once);
    if (!held) return held.error();
    for (const auto& [name, version] : *held) add_job(batch, name.substr(names_.held().size()));
  }
  batch.values.emplace_back(names_.cursor(), std::to_string(changes->back().sequence));
  batch.waits = batch.values.size() > 1;  // a cursor alone rides on the next commit
  const bool more = changes->size() == changes_at_once;
  snapshot->reset();
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return more;
}

Result<Done> CasePartner::answer_bells() {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto bells = (*snapshot)->values(names_.bells(), "", bells_at_once);
  if (!bells) return bells.error();
  if (bells->empty()) return Done{};
  core::store::Batch batch;
  for (const auto& [name, nothing] : *bells) {
    auto task = (*snapshot)->value(names_.task_of(name.substr(names_.bells().size())));
    if (!task) return task.error();
    if (*task) add_job(batch, **task);  // a case that is none of ours: nothing to do
    batch.forgotten.push_back(name);
  }
  snapshot->reset();
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return Done{};
}

// One list of our open cases tells which have moved. One that was open and is not on it has been closed, or the filter
// is not understood: it is looked at. One that was closed and is on it has been opened again; the other closed ones,
// ever more of them, cost nothing. Without a list they are looked at now and then.
Result<Done> CasePartner::look_at_list(const std::vector<Link>& links, core::store::Batch& batch) {
  std::map<std::string, std::string, std::less<>> shown;
  bool listed = false;
  if (links.size() > 1) {
    auto open = client_.list(
        settings_.zaken_url + "/zaken?kenmerk__bron=" + std::string(source_name) + "&einddatum__isnull=true",
        most_listed);
    if (!open && open.error().kind == core::Kind::busy) return open.error();
    listed = open.ok();
    if (open)
      for (const Value& each : open->root().elements()) {
        const Case found = case_from(each);
        shown[std::string(last_segment(found.url))] = found.seen();
      }
  }
  const bool closed_too = !listed && polls_ % closed_every == closed_every - 1;
  for (const Link& link : links) {
    const auto now_shown = shown.find(last_segment(link.url));
    const bool on_list = now_shown != shown.end();
    const bool look = on_list ? now_shown->second != link.seen : !link.closed || closed_too;
    if (look) add_job(batch, link.task);
  }
  return Done{};
}

Result<Done> CasePartner::poll() {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto links = read_links(**snapshot, names_);
  if (!links) return links.error();
  std::vector<Link> wanted;
  for (Link& link : *links) {
    auto job = core::outbox::find(**snapshot, queue_, link.task);
    if (!job) return job.error();
    if (!*job) wanted.push_back(std::move(link));  // one that waits or is parked keeps its place
  }
  snapshot->reset();
  core::store::Batch batch;
  if (auto looked = look_at_list(wanted, batch); !looked) return looked;
  ++polls_;
  poll_at_ = {now().ms + settings_.interval_s * 1'000};
  if (batch.values.empty()) return Done{};
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return Done{};
}

std::optional<fhir::rest::Response> CasePartner::receive(const fhir::rest::Request& request) {
  if (request.path != "/notifications" || settings_.webhook_token.empty()) return std::nullopt;
  if (request.method != "POST") {
    auto refused = plain(405, "only POST is served here\n");
    refused.headers.push_back({"Allow", "POST"});
    return refused;
  }
  const std::string_view sender = request.header("Authorization");
  if (!crypto_.same_secret(sender, "Bearer " + settings_.webhook_token))
    return plain(sender.empty() ? 401 : 403, "this sender is not known\n");
  if (request.body.size() > longest_notification) return plain(413, "a notification is smaller\n");
  const auto parsed = fhir::json::parse(request.body);
  if (!parsed || !parsed->root().is_object()) return plain(400, "a notification is a JSON object\n");
  const Value& message = parsed->root();
  const std::string uuid(last_segment(message.text("hoofdObject")));
  if (message.text("kanaal") == "zaken" && is_uuid(uuid)) {
    core::store::Batch batch;
    batch.values.emplace_back(names_.bell(uuid), "1");
    auto committed = world_.store->commit(std::move(batch));
    if (!committed) return plain(503, "try again\n");
  } else if (message.text("kanaal").empty()) {
    return plain(400, "a notification names its kanaal\n");
  }
  const std::lock_guard lock(mutex_);
  ++status_.received;
  return plain(204);
}

}  // namespace adapters::zgw
