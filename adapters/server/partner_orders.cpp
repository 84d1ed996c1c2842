#include "adapters/server/partner_orders.hpp"

#include <algorithm>
#include <array>

#include "core/outbox/outbox.hpp"

namespace adapters::server {
namespace {

namespace outbox = core::outbox;
using core::Result;
using core::store::Snapshot;

constexpr std::array<std::string_view, 6> words = {"list", "pause", "resume", "dead-letters", "retry", "drop"};

std::string said(const PartnerState& partner) {
  const fhir::partner::Status& status = partner.status;
  std::string line = partner.id + "  " + partner.kind + "  " + partner.state;
  line += "  waiting " + std::to_string(status.waiting) + "  dead " + std::to_string(status.dead);
  if (status.last_success) line += "  last success " + core::text(*status.last_success);
  if (status.last_failure) line += "  last failure " + core::text(*status.last_failure);
  if (!status.why.empty()) line += ": " + status.why;
  if (!status.progress.empty()) line += "  (" + status.progress + ")";
  line += "\n";
  for (const std::string& remark : status.remarks) line += "    " + remark + "\n";
  return line;
}

// Where jobs of a partner wait: under its id, or under its kind and id. Another name is taken as that of a queue, so
// that what a former partner left can be settled.
std::vector<std::string> queues_of(const std::string& id, const std::vector<PartnerState>& known) {
  const auto partner =
      std::find_if(known.begin(), known.end(), [&](const PartnerState& each) { return each.id == id; });
  if (partner == known.end()) return {id};
  return {id, partner->kind + "-" + id};
}

// Every queue that holds jobs, whoever's it is.
Result<std::vector<std::string>> all_queues(Snapshot& snapshot) {
  constexpr std::string_view prefix = "outbox/";
  std::vector<std::string> names;
  for (std::string after;;) {
    auto next = snapshot.values(std::string(prefix), after, 1);
    if (!next) return next.error();
    if (next->empty()) return names;
    const std::string& name = next->front().first;
    const std::size_t end = name.find('/', prefix.size());
    names.push_back(name.substr(prefix.size(), end - prefix.size()));
    after = std::string(prefix) + names.back() + "0";  // the character after '/': past all jobs of this queue
  }
}

// Without a serving process the store tells what there is to know.
Result<PartnerState> looked_up(PartnerState partner, Snapshot& snapshot) {
  auto paused = snapshot.value(Partners::pause_flag(partner.id));
  if (!paused) return paused.error();
  partner.state = paused->has_value() ? "paused" : "not served";
  for (const std::string& queue : queues_of(partner.id, {partner})) {
    auto counts = outbox::count(snapshot, queue);
    if (!counts) return counts.error();
    partner.status.waiting += counts->waiting;
    partner.status.dead += counts->dead;
  }
  return partner;
}

Result<std::string> list(const Order& order, Snapshot& snapshot, bool served, const std::vector<PartnerState>& known) {
  std::string text;
  for (const PartnerState& each : known) {
    if (!order.id.empty() && order.id != each.id) continue;
    auto partner = served ? Result<PartnerState>(each) : looked_up(each, snapshot);
    if (!partner) return partner.error();
    text += said(*partner);
  }
  if (text.empty() && !order.id.empty()) return core::not_found("there is no partner " + order.id, "ID");
  return text.empty() ? "no partners are configured\n" : text;
}

Result<std::string> letters(const Order& order, Snapshot& snapshot, const std::vector<PartnerState>& known) {
  auto names = order.id.empty() ? all_queues(snapshot) : Result<std::vector<std::string>>(queues_of(order.id, known));
  if (!names) return names.error();
  std::string text;
  for (const std::string& queue : *names) {
    auto jobs = outbox::parked(snapshot, queue);
    if (!jobs) return jobs.error();
    for (const outbox::Job& job : *jobs)
      text += queue + "  " + job.key + "  " + job.kind + "  added " + core::text(job.added) + "  attempts " +
              std::to_string(job.attempts) + "  " + job.why + "\n";
  }
  return text.empty() ? "no dead letters\n" : text;
}

Result<std::string> settle(const Order& order, std::unique_ptr<Snapshot> snapshot, core::store::Store& store,
                           const std::vector<PartnerState>& known, core::Instant now) {
  core::store::Batch batch;
  std::size_t count = 0;
  for (const std::string& queue : queues_of(order.id, known)) {
    auto jobs = outbox::parked(*snapshot, queue);
    if (!jobs) return jobs.error();
    for (outbox::Job& job : *jobs) {
      if (!order.key.empty() && order.key != job.key) continue;
      ++count;
      if (order.action == Order::Action::drop) outbox::done(batch, queue, job.key);
      else outbox::revive(batch, queue, std::move(job), now);
    }
  }
  if (count == 0 && !order.key.empty())
    return core::not_found("there is no dead letter " + order.key + " of " + order.id, "KEY");
  snapshot.reset();  // the commit must not wait behind this reader
  if (auto committed = store.commit(std::move(batch)); !committed) return committed.error();
  return std::to_string(count) + (order.action == Order::Action::drop ? " dropped\n" : " will be tried again\n");
}

Result<std::string> pause(const Order& order, core::store::Store& store, Partners* partners,
                          const std::vector<PartnerState>& known) {
  const bool paused = order.action == Order::Action::pause;
  const auto is_it = [&](const PartnerState& each) { return each.id == order.id; };
  if (partners == nullptr && std::none_of(known.begin(), known.end(), is_it))
    return core::not_found("there is no partner " + order.id, "ID");
  const auto done =
      partners != nullptr ? partners->pause(order.id, paused) : Partners::set_pause_flag(store, order.id, paused);
  if (!done) return done.error();
  return order.id + (paused ? " is paused; a step under way ends first\n" : " goes on\n");
}

}  // namespace

std::string to_json(const Order& order) {
  std::string json = R"({"partners":)";
  fhir::json::write_string(words[static_cast<std::size_t>(order.action)], json);
  fhir::json::write_string(order.id, json.append(R"(,"id":)"));
  fhir::json::write_string(order.key, json.append(R"(,"key":)"));
  return json + "}";
}

Result<Order> order_from(const fhir::json::Value& json) {
  const auto word = std::find(words.begin(), words.end(), json.text("partners"));
  if (word == words.end()) return core::invalid("the order is not understood: another version serves this folder");
  return Order{static_cast<Order::Action>(word - words.begin()), std::string(json.text("id")),
               std::string(json.text("key"))};
}

Result<std::string> carry_out(const Order& order, core::store::Store& store, Partners* partners,
                              const std::vector<PartnerState>& configured, core::Instant now) {
  const std::vector<PartnerState> known = partners != nullptr ? partners->states() : configured;
  auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error();
  switch (order.action) {
    case Order::Action::list: return list(order, **snapshot, partners != nullptr, known);
    case Order::Action::letters: return letters(order, **snapshot, known);
    case Order::Action::pause:
    case Order::Action::resume: snapshot->reset(); return pause(order, store, partners, known);
    case Order::Action::retry:
    case Order::Action::drop: break;
  }
  auto text = settle(order, *std::move(snapshot), store, known, now);
  if (text && partners != nullptr) partners->nudge();
  return text;
}

}  // namespace adapters::server
