// The walk of one referral: what is there, what lacks, what is written back. Sending is in sending.cpp.
#include "adapters/zgw/agreement.hpp"

#include <algorithm>

#include "adapters/zgw/texts.hpp"
#include "core/store/criteria.hpp"
#include "fhir/care/contact.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/care/task.hpp"

namespace adapters::zgw {
namespace {

using core::Done;
using core::Kind;
using core::Result;
using fhir::json::Document;
using fhir::json::Value;
using What = Verdict::What;

Verdict later(const core::Error& error) {
  return {error.kind == Kind::stale ? What::again : What::later, error.message};
}

Result<Document> read_resource(core::store::Snapshot& snapshot, const std::string& link) {
  const std::size_t slash = link.find('/');
  if (slash == std::string::npos) return Document();
  auto record = snapshot.read({link.substr(0, slash), link.substr(slash + 1)});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Document();
  return fhir::json::parse((*record)->body);
}

core::store::Query aborts_of(const std::string& task) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(core::store::reference_criterion("focus", {"Task/" + task}));
  return query;
}

}  // namespace

Result<Done> Agreement::read() {
  auto snapshot = tools_.world.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto record = (*snapshot)->read({"Task", job_.key});
  if (!record) return record.error();
  task_.reset();
  abort_.reset();
  if (*record && !(*record)->deleted()) {
    auto parsed = fhir::json::parse((*record)->body);
    if (!parsed) return parsed.error();
    task_ = Stored{(*record)->version, std::move(*parsed)};
    auto prohibited = fhir::care::contact_prohibited_by(**snapshot, task_->task.root());
    if (!prohibited) return prohibited.error();
    prohibited_ = std::move(*prohibited);
  }
  auto link = read_link(**snapshot, tools_.names, job_.key);
  if (!link) return link.error();
  link_ = std::move(*link);
  auto found = (*snapshot)->find(aborts_of(job_.key));
  if (!found) return found.error();
  auto records = (*snapshot)->load(found->matches);
  if (!records) return records.error();
  for (const core::store::Record& each : *records) {
    auto parsed = fhir::json::parse(each.body);
    if (parsed && fhir::care::is_abort(parsed->root()) && !fhir::care::is_final(parsed->root().text("status")))
      abort_ = Stored{each.version, std::move(*parsed)};
  }
  return Done{};
}

bool Agreement::wants_to_stop() const {
  if (!task_ || abort_) return true;
  const std::string_view status = task_->task.root().text("status");
  return status == "cancelled" || status == "entered-in-error";
}

Verdict Agreement::run() {
  if (auto done = read(); !done) return later(done.error());
  if (task_ && task_->task.root().text("status") == "draft") return write();
  if (!link_) {
    if (auto stop = open_case()) return *stop;
  }
  if (!link_) return write();
  if (auto stop = read_case()) return *stop;
  if (!case_->closed()) {
    if (auto stop = complete_case()) return *stop;
    if (wants_to_stop())
      if (auto stop = cancel_case()) return *stop;
    if (auto stop = read_case()) return *stop;
  }
  return write();
}

Result<const CaseType*> Agreement::type() {
  if (const CaseType* known = tools_.catalogue.by_url(case_->type)) return known;
  if (!other_) {
    auto described = Catalogue::describe(client_, tools_.settings, case_->type);
    if (!described) return described.error();
    other_ = *std::move(described);
  }
  return &*other_;
}

// Everything that the bodies are made of, through the disclosure table.
Result<Visible> Agreement::visible() const {
  auto snapshot = tools_.world.store->snapshot();
  if (!snapshot) return snapshot.error();
  const auto projected = [&](const std::string& link) -> Result<Document> {
    auto resource = read_resource(**snapshot, link);
    if (!resource) return resource.error();
    return tools_.disclosure.project(resource->root(), fhir::partner::Recipient::municipality);
  };
  const Value& task = task_->task.root();
  Visible seen;
  seen.need = need_;
  seen.contact_prohibited = prohibited_.has_value();
  seen.task = tools_.disclosure.project(task, fhir::partner::Recipient::municipality);
  std::vector<std::string> orders;
  for (const char* name : {"focus", "basedOn"}) fhir::care::add_links(task[name], orders);
  for (const std::string& link : orders)
    if (link.starts_with("ServiceRequest/") && seen.order.root().is_null()) {
      auto order = projected(link);
      if (!order) return order.error();
      seen.order = std::move(*order);
    }
  const std::string requester = fhir::care::link_from(task["requester"]);
  struct Wanted {
    std::string link;
    Document* into;
  };
  std::string practitioner = requester, practice;
  if (requester.starts_with("PractitionerRole/")) {
    auto role = read_resource(**snapshot, requester);
    if (!role) return role.error();
    practitioner = fhir::care::link_from(role->root()["practitioner"]);
    practice = fhir::care::link_from(role->root()["organization"]);
  }
  for (const Wanted& each : {Wanted{fhir::care::link_from(task["for"]), &seen.patient},
                             Wanted{practitioner, &seen.requester}, Wanted{practice, &seen.practice}}) {
    auto resource = projected(each.link);
    if (!resource) return resource.error();
    *each.into = std::move(*resource);
  }
  return seen;
}

// A word on the Task about why nothing is sent; the job is over until the Task, the person or the order changes.
Agreement::Step Agreement::remark(std::string_view code, const std::string& why) {
  core::store::Batch batch;
  const auto changed = remarked(task_->task.root(), code, why, tools_.world.clock->now());
  if (changed) {
    core::store::Op op = fhir::care::op_from(changed->root(), *tools_.world.index);
    op.if_version = task_->version;
    batch.ops.push_back(std::move(op));
  }
  batch.values.emplace_back(tools_.names.held(job_.key), std::to_string(task_->version + (changed ? 1 : 0)));
  if (auto done = commit(std::move(batch)); !done) return later(done.error());
  return std::nullopt;
}

Result<Done> Agreement::commit(core::store::Batch batch) {
  auto committed = tools_.world.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return Done{};
}

Agreement::Step Agreement::keep_link() {
  core::store::Batch batch;
  batch.values.emplace_back(tools_.names.link(job_.key), text_of(*link_));
  batch.values.emplace_back(tools_.names.task_of(last_segment(link_->url)), job_.key);
  batch.forgotten.push_back(tools_.names.held(job_.key));
  if (auto done = commit(std::move(batch)); !done) return later(done.error());
  return std::nullopt;
}

// --- what the case says ----------------------------------------------------------------------------------------------

Result<std::string> Agreement::name_of(const std::map<std::string, std::string>* known, const std::string& url,
                                       std::string_view collection) {
  if (known)
    for (const auto& [each, name] : *known)
      if (last_segment(each) == last_segment(url)) return name;
  auto type = client_.one(client_.below(tools_.settings.catalogi_url, collection, url));
  if (!type) return type.error();
  return std::string(type->root().text("omschrijving"));
}

Agreement::Step Agreement::read_case() {
  const std::string& base = tools_.settings.zaken_url;
  auto zaak = client_.one(client_.below(base, "zaken", link_->url));
  if (!zaak)
    return zaak.error().kind == Kind::not_found ? Verdict{job_.attempts < 5 ? What::later : What::parked,
                                                          "the case is not there any more, or not for this client"}
                                                : later(zaak.error());
  case_ = case_from(zaak->root());
  const CaseType* known = tools_.catalogue.by_url(case_->type);
  if (!case_->status.empty()) {
    auto status = client_.one(client_.below(base, "statussen", case_->status));
    if (!status) return later(status.error());
    auto name =
        name_of(known ? &known->status : nullptr, std::string(status->root().text("statustype")), "statustypen");
    if (!name) return later(name.error());
    case_->status_name = *name;
  }
  if (!case_->result.empty()) {
    auto result = client_.one(client_.below(base, "resultaten", case_->result));
    if (!result) return later(result.error());
    auto name =
        name_of(known ? &known->result : nullptr, std::string(result->root().text("resultaattype")), "resultaattypen");
    if (!name) return later(name.error());
    case_->result_name = *name;
    case_->words = cut(result->root().text("toelichting"), 1'000);
  }
  return std::nullopt;
}

// Asked to stop before anything was sent: it is not sent any more.
void Agreement::withdraw(core::store::Batch& batch) {
  if (!task_ || fhir::care::is_final(task_->task.root().text("status"))) return;
  Document& doc = task_->task;
  Value why = doc.object();
  doc.set(why, "text", doc.string("withdrawn before it was sent"));
  doc.set(doc.root(), "status", doc.string("cancelled"));
  doc.set(doc.root(), "statusReason", why);
  doc.set(doc.root(), "lastModified", doc.string(core::text(tools_.world.clock->now())));
  core::store::Op op = fhir::care::op_from(doc.root(), *tools_.world.index);
  op.if_version = task_->version;
  batch.ops.push_back(std::move(op));
  batch.forgotten.push_back(tools_.names.held(job_.key));
}

void Agreement::settle_abort(core::store::Batch& batch) {
  if (!abort_) return;
  const bool closed = case_ && case_->closed(), stopped = closed && case_->result_name == tools_.settings.cancel_result;
  const bool impossible = link_ && !closed && tools_.settings.cancel_result.empty();
  if (link_ && !closed && !impossible) return;  // their own result is under way
  Document& doc = abort_->task;
  doc.set(doc.root(), "status", doc.string(stopped || !link_ ? "completed" : "rejected"));
  if (!stopped && link_) {
    Value why = doc.object();
    doc.set(
        why, "text",
        doc.string(impossible ? "the owner's case system has no result for cancelling (cancel_result is not configured)"
                              : "the case was closed otherwise"));
    doc.set(doc.root(), "statusReason", why);
  }
  doc.set(doc.root(), "lastModified", doc.string(core::text(tools_.world.clock->now())));
  core::store::Op op = fhir::care::op_from(doc.root(), *tools_.world.index);
  op.if_version = abort_->version;
  batch.ops.push_back(std::move(op));
}

Verdict Agreement::write() {
  core::store::Batch batch;
  Verdict verdict;
  if (task_ && case_) {
    const auto change =
        moved(task_->task.root(), progress_of(*case_, tools_.settings), *case_, need_, tools_.world.clock->now());
    if (change) {
      core::store::Op op = fhir::care::op_from(change->task.root(), *tools_.world.index);
      op.if_version = task_->version;
      batch.ops.push_back(std::move(op));
    }
    link_->task_version = task_->version + (change ? 1 : 0);
  }
  if (link_ && case_) {
    link_->seen = case_->seen();
    link_->closed = case_->closed();
    batch.values.emplace_back(tools_.names.link(job_.key), text_of(*link_));
    batch.forgotten.push_back(tools_.names.held(job_.key));
  }
  if (abort_ && !link_) withdraw(batch);
  settle_abort(batch);
  core::outbox::done(batch, tools_.queue, job_.key);
  if (auto done = commit(std::move(batch)); !done) return later(done.error());
  return verdict;
}

}  // namespace adapters::zgw
