// What an Agreement does in the case system: the case, its initiator, its first status; the result and end of a
// cancelled one.
#include <algorithm>

#include "adapters/zgw/agreement.hpp"
#include "adapters/zgw/texts.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/task.hpp"

namespace adapters::zgw {
namespace {

using core::Kind;
using fhir::json::Document;
using fhir::json::Value;
using What = Verdict::What;

constexpr std::int64_t behind_ms = 5'000;        // an instant of the future is refused: stay a little behind
constexpr std::int64_t far_behind_ms = 600'000;  // and further when their clock is behind ours
constexpr std::uint32_t tries_to_find = 3;

Verdict later(const core::Error& error) {
  return {error.kind == Kind::stale ? What::again : What::later, error.message};
}
Verdict parked(std::string why) { return {What::parked, std::move(why)}; }

core::Instant whole_second(std::int64_t ms) { return {ms / 1'000 * 1'000}; }

bool released(const Value& task) {
  const Value* flag =
      fhir::care::extension(task, std::string(fhir::care::house) + "/StructureDefinition/contact-prohibited");
  return flag && (*flag)["valueBoolean"].is_boolean() && !(*flag)["valueBoolean"].boolean();
}

bool is_initiator(const Value& role, const std::string& role_type) {
  return role.text("omschrijvingGeneriek") == "initiator" ||
         (!role_type.empty() && last_segment(role.text("roltype")) == last_segment(role_type));
}

// The need by the words of whoever wrote the referral: its own code, its order's, its Condition's, its gap's.
std::string need_from(core::store::Snapshot& snapshot, const Value& task, const fhir::partner::Needs& needs) {
  if (std::string own = fhir::care::need_of(task); !own.empty()) return own;
  if (std::string own = needs.of(task["reasonCode"]); !own.empty()) return own;
  std::vector<std::string> links;
  for (const char* name : {"focus", "basedOn", "reasonReference", "partOf"}) fhir::care::add_links(task[name], links);
  for (std::size_t i = 0; i < links.size() && i < 20; ++i) {
    const std::size_t slash = links[i].find('/');
    if (slash == std::string::npos) continue;
    const auto record = snapshot.read({links[i].substr(0, slash), links[i].substr(slash + 1)});
    if (!record || !*record || (*record)->deleted()) continue;
    const auto parsed = fhir::json::parse((*record)->body);
    if (!parsed) continue;
    const Value& resource = parsed->root();
    if (std::string need = fhir::care::need_of_gap(resource); !need.empty()) return need;
    for (const char* name : {"category", "reasonCode", "code"})
      if (std::string need = needs.of(resource[name]); !need.empty()) return need;
    fhir::care::add_links(resource["reasonReference"], links);
  }
  return {};
}

}  // namespace

Agreement::Step Agreement::open_case() {
  if (!task_) return std::nullopt;  // gone before anything was sent
  const Value& task = task_->task.root();
  auto snapshot = tools_.world.store->snapshot();
  if (!snapshot) return later(snapshot.error());
  need_ = need_from(**snapshot, task, tools_.needs);
  snapshot->reset();
  auto seen = visible();
  if (!seen) return later(seen.error());
  if (fhir::care::is_final(task.text("status")) || abort_)
    return find_case(*seen, false, "");  // sent before it ended, perhaps
  if (prohibited_ && !released(task))
    return remark("contact-prohibited",
                  "not sent: contact with the person is prohibited by " + *prohibited_ + " until a person releases it");
  if (!bsn_of(seen->patient.root()))
    return remark("cannot-be-sent", "not sent: the person has no BSN of nine digits here");
  const CaseType* type = tools_.catalogue.for_need(need_);
  if (!type) {
    const std::string of = need_.empty() ? "without a need that is known here" : "of the need '" + need_ + "'";
    if (auto stop = remark("cannot-be-sent", "not sent: no case type is configured for a referral " + of)) return stop;
    return parked("needs: no case type for a referral " + of);
  }
  return create(*seen, *type);
}

Agreement::Step Agreement::create(const Visible& seen, const CaseType& type) {
  if (job_.attempts > 0) {  // an earlier attempt may have got through
    if (auto stop = find_case(seen, false, "")) return stop;
    if (link_) return std::nullopt;
  }
  const Document body = case_body(seen, type, tools_.settings, case_number(job_.key), tools_.world.clock->today());
  auto reply = client_.post(tools_.settings.zaken_url + "/zaken", body.root());
  if (!reply) {  // after any failure it may be there all the same
    const core::Error failure = reply.error();
    if (failure.kind != Kind::forbidden)
      if (auto stop = find_case(seen, false, ""); stop || link_) return stop;
    return later(failure);
  }
  if (reply->has_code("identificatie-niet-uniek")) return find_case(seen, true, reply->problem());
  if (!reply->ok() || reply->body.root().text("url").empty()) {
    const std::string why = "the case system refuses the case: " + reply->problem();
    if (auto stop = remark("cannot-be-sent", "not sent: " + why)) return stop;
    return parked(why);
  }
  link_ = Link{};
  link_->task = job_.key;
  link_->url = std::string(reply->body.root().text("url"));
  return keep_link();
}

// By its number, checked hit by hit: filters may be ignored, and a case of somebody else is never taken.
Agreement::Step Agreement::find_case(const Visible& seen, bool must_be_there, std::string_view problem) {
  const std::string number = case_number(job_.key), &base = tools_.settings.zaken_url;
  auto hits = client_.list(base + "/zaken?identificatie=" + escaped(number) +
                           "&bronorganisatie=" + escaped(tools_.settings.rsin));
  if (!hits) return later(hits.error());
  for (const Value& hit : hits->root().elements()) {
    if (hit.text("identificatie") != number || hit.text("bronorganisatie") != tools_.settings.rsin) continue;
    auto roles = client_.list(base + "/rollen?zaak=" + escaped(hit.text("url")));
    if (!roles) return later(roles.error());
    const auto bsn = bsn_of(seen.patient.root());
    for (const Value& role : roles->root().elements()) {
      if (last_segment(role.text("zaak")) != last_segment(hit.text("url")) ||
          role.text("omschrijvingGeneriek") != "initiator")
        continue;
      const std::string_view theirs = role["betrokkeneIdentificatie"].text("inpBsn");
      if (bsn && !theirs.empty() && theirs != *bsn)
        return parked("the case with this referral's number is about somebody else");
    }
    link_ = Link{};
    link_->task = job_.key;
    link_->url = std::string(hit.text("url"));
    return keep_link();
  }
  if (!must_be_there) return std::nullopt;
  const std::string why = "a case with this number exists and is not visible for this client (its confidentiality?): " +
                          std::string(problem);
  return Verdict{job_.attempts < tries_to_find ? What::later : What::parked, why};
}

Agreement::Step Agreement::complete_case() {
  if (link_->complete || !task_) return std::nullopt;
  auto known = type();
  if (!known) return later(known.error());
  auto seen = visible();
  if (!seen) return later(seen.error());
  if (auto stop = add_initiator(*seen, **known)) return stop;
  if (auto stop = set_first_status(**known)) return stop;
  link_->complete = true;
  return std::nullopt;
}

Agreement::Step Agreement::add_initiator(const Visible& seen, const CaseType& type) {
  const std::string& base = tools_.settings.zaken_url;
  const auto there = [&]() -> core::Result<bool> {
    auto roles = client_.list(base + "/rollen?zaak=" + escaped(link_->url));
    if (!roles) return roles.error();
    const auto all = roles->root().elements();
    return std::any_of(all.begin(), all.end(), [&](const Value& role) {
      return last_segment(role.text("zaak")) == last_segment(link_->url) && is_initiator(role, type.initiator);
    });
  };
  auto found = there();
  if (!found) return later(found.error());
  if (*found) return std::nullopt;
  if (type.initiator.empty()) return parked("the case type has no role of the generic kind initiator");
  auto reply = client_.post(base + "/rollen", role_body(seen, type, link_->url).root());
  if (!reply) return later(reply.error());
  if (reply->ok()) return std::nullopt;
  found = there();  // an earlier attempt may have got through
  if (found && *found) return std::nullopt;
  const std::string why = "the case system refuses the person's role: " + reply->problem();
  if (auto stop = remark("cannot-be-sent", "not complete: " + why)) return stop;
  return parked(why);
}

Agreement::Step Agreement::set_first_status(const CaseType& type) {
  if (!case_->status.empty() || type.first_status.empty()) return std::nullopt;
  if (link_->status_at.ms == 0) {
    link_->status_at = whole_second(tools_.world.clock->now().ms - behind_ms);
    if (auto stop = keep_link()) return stop;
  }
  auto reply = client_.post(tools_.settings.zaken_url + "/statussen",
                            status_body(link_->url, type.first_status, link_->status_at).root());
  if (!reply) return later(reply.error());
  if (reply->ok()) return std::nullopt;
  const std::string problem = reply->problem();
  if (auto stop = read_case()) return stop;
  if (!case_->status.empty()) return std::nullopt;  // an earlier attempt, or they were faster
  if (problem.find("datumStatusGezet") == problem.npos)
    return parked("the case system refuses the first status: " + problem);
  link_->status_at = whole_second(link_->status_at.ms - far_behind_ms);
  if (auto stop = keep_link()) return stop;
  return Verdict{What::later, "the case system refuses the instant of the first status: " + problem};
}

Agreement::Step Agreement::cancel_case() {
  if (tools_.settings.cancel_result.empty()) return std::nullopt;  // settle_abort says so
  auto known = type();
  if (!known) return later(known.error());
  const std::string wanted = (*known)->result_url(tools_.settings.cancel_result);
  if (wanted.empty())
    return parked("cancel_result: the case type has no result '" + tools_.settings.cancel_result + "'");
  if (case_->result.empty()) {
    auto reply = client_.post(tools_.settings.zaken_url + "/resultaten",
                              result_body(link_->url, wanted, "De aanvraag is ingetrokken door de aanvrager.").root());
    if (!reply) return later(reply.error());
    const std::string problem = reply->ok() ? "" : reply->problem();
    if (auto stop = read_case()) return stop;
    if (case_->result.empty()) return parked("the case system refuses the result: " + problem);
  }
  // A result of theirs cannot be changed any more: they are closing it.
  return case_->result_name == tools_.settings.cancel_result && !case_->closed() ? set_end(**known) : std::nullopt;
}

Agreement::Step Agreement::set_end(const CaseType& type) {
  if (link_->end_at.ms == 0) {
    link_->end_at = whole_second(std::max(tools_.world.clock->now().ms - behind_ms, link_->status_at.ms + 1'000));
    if (auto stop = keep_link()) return stop;
  }
  auto reply = client_.post(tools_.settings.zaken_url + "/statussen",
                            status_body(link_->url, type.end_status, link_->end_at).root());
  if (!reply) return later(reply.error());
  if (reply->ok()) return std::nullopt;
  const std::string problem = reply->problem();
  if (auto stop = read_case()) return stop;
  if (case_->closed()) return std::nullopt;
  link_->end_at =
      whole_second(tools_.world.clock->now().ms - behind_ms);  // another instant: the old one is taken or refused
  if (auto stop = keep_link()) return stop;
  return Verdict{job_.attempts < tries_to_find ? What::later : What::parked,
                 "the case system refuses the end status: " + problem};
}

}  // namespace adapters::zgw
