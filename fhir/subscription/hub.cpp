// From events to notifications: who is due, what is sent, what an answer means.
#include "fhir/subscription/hub.hpp"

#include <algorithm>
#include <charconv>

#include "fhir/care/surveillance.hpp"

namespace fhir::subscription {

using core::Result;
using Done = Result<core::Done>;

namespace {

constexpr std::int64_t most_waiting = 100'000;  // events of one subscription; then it goes off

}  // namespace

struct Hub::Turn {
  std::string id;
  std::shared_ptr<Live> live;
  std::shared_ptr<const Subscription> what;
  Status status = Status::requested;
  Kind kind = Kind::event_notification;
  std::int64_t events = 0;
  Delivery delivery;
  std::vector<Event> sent;
};

Hub::Hub(Parts parts) : parts_(std::move(parts)) {}
Hub::~Hub() = default;

// Full jitter is for many callers of one server; here one caller waits, so a fixed spread by its own number does.
std::int64_t Hub::pause_ms(std::int64_t failures) const {
  const std::int64_t doublings = std::min<std::int64_t>(failures - 1, 20);
  const std::int64_t pause = std::min(parts_.first_pause_ms << doublings, parts_.most_pause_ms);
  return pause - (parts_.clock->now().ms % 7) * pause / 20;
}

void Hub::schedule(const std::string& id, Live& live, std::int64_t pause) {
  if (live.in_flight) return;  // who gives it back schedules it
  const core::Instant now = parts_.clock->now();
  std::optional<core::Instant> due;
  const auto sooner = [&](core::Instant at) { due = due ? std::min(*due, at) : at; };
  if (live.status == Status::requested || live.delivery.delivered < live.events) sooner({now.ms + pause});
  if (live.what->topic != nullptr && live.what->heartbeat_s > 0)
    sooner({std::max(live.last_sent.ms + live.what->heartbeat_s * 1'000, now.ms + pause)});
  if (live.status == Status::error) sooner({now.ms + pause});  // is it there again?
  if (live.what->end) sooner(std::max(*live.what->end, now));
  if (due && live.due && pause == 0 && live.delivery.failures > 0 && live.status != Status::requested)
    due = std::max(*due, *live.due);  // a new event does not shorten the pause after a failure
  if (live.due) queue_.erase({*live.due, id});
  live.due = due;
  if (due) queue_.insert({*due, id});
}

std::optional<core::Instant> Hub::next_due() const {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

std::optional<Hub::Turn> Hub::take() {
  const std::lock_guard lock(mutex_);
  const core::Instant now = parts_.clock->now();
  if (queue_.empty() || now < queue_.begin()->first) return std::nullopt;
  Turn turn;
  turn.id = queue_.begin()->second;
  turn.live = lives_.at(turn.id);
  queue_.erase(queue_.begin());
  turn.live->due.reset();
  turn.live->in_flight = true;
  turn.live->changed_in_flight = false;
  turn.what = turn.live->what;
  turn.status = turn.live->status;
  turn.events = turn.live->events;
  turn.delivery = turn.live->delivery;
  return turn;
}

void Hub::give_back(Turn& turn, std::int64_t pause) {
  const std::lock_guard lock(mutex_);
  turn.live->in_flight = false;
  const auto found = lives_.find(turn.id);
  if (found == lives_.end() || found->second != turn.live) return;  // deleted meanwhile
  schedule(turn.id, *turn.live, turn.live->changed_in_flight ? 0 : pause);
}

Result<std::string> Hub::body_of(Turn& turn, core::store::Snapshot& view) const {
  Writer writer(view, *parts_.ground.disclosure, parts_.ground.base_url, parts_.clock->now());
  if (turn.kind == Kind::event_notification) {
    const std::size_t most = turn.what->topic == nullptr ? 1 : turn.what->most_events;
    auto events = ledger::events(view, turn.id, turn.delivery.delivered, most);
    if (!events) return events.error();
    turn.sent = std::move(*events);
    if (turn.sent.empty()) return core::fault("An event of Subscription/" + turn.id + " is not there.");
    turn.events = std::max(turn.events, turn.sent.back().number);  // some may have come since the turn began
  }
  if (turn.what->topic == nullptr)
    return turn.what->content == Content::empty ? Result<std::string>(std::string())
                                                : writer.resource(*turn.what, turn.sent.front());
  const Status told = turn.kind == Kind::handshake ? Status::requested : Status::active;
  return writer.bundle({*turn.what, told, turn.kind, turn.events, {}}, turn.sent, turn.what->content);
}

Result<bool> Hub::deliver(const Send& send) {
  auto turn = take();
  if (!turn) return false;
  const core::Instant now = parts_.clock->now();
  const Subscription& what = *turn->what;
  if (what.end && *what.end <= now) {
    auto told = tell(turn->id, Status::off, "The subscription has ended.");
    give_back(*turn, parts_.first_pause_ms);
    if (!told) return told.error();
    return true;
  }
  const bool pending = turn->delivery.delivered < turn->events;
  if (turn->status == Status::requested || (turn->status == Status::error && !pending)) turn->kind = Kind::handshake;
  else if (pending) turn->kind = Kind::event_notification;
  else if (what.topic != nullptr && what.heartbeat_s > 0 &&
           turn->live->last_sent.ms + what.heartbeat_s * 1'000 <= now.ms)
    turn->kind = Kind::heartbeat;
  else return give_back(*turn, 0), true;
  if (turn->kind == Kind::handshake && what.topic == nullptr) {  // R4's own has no handshake: it was checked
    auto done = arrived(*turn);
    if (!done) return done.error();
    return true;
  }
  Result<std::string> body = std::string();
  {
    auto view = parts_.store->snapshot();
    body = view ? body_of(*turn, **view) : Result<std::string>(view.error());
  }
  if (!body) {
    give_back(*turn, parts_.first_pause_ms);
    return body.error();
  }
  Done done = core::Done{};
  if (body->empty() && what.content == Content::full_resource) {  // nothing of it may leave, or it is gone
    done = arrived(*turn);
  } else {
    const auto answer = send(turn->id, call_of(what, std::move(*body)));
    if (answer && answer->status >= 200 && answer->status < 300) {
      done = arrived(*turn);
    } else {
      std::int64_t wait = 0;
      const std::string_view after = answer ? answer->header("Retry-After") : std::string_view();
      std::from_chars(after.data(), after.data() + after.size(), wait);
      done = failed(*turn, answer ? "the endpoint answered " + std::to_string(answer->status) : answer.error().message,
                    std::clamp<std::int64_t>(wait, 0, 3'600) * 1'000);
    }
  }
  if (!done) return done.error();
  return true;
}

Result<bool> Hub::settle(const Turn& turn, core::store::Batch batch) {
  const std::shared_lock settling(settling_);
  {
    const std::lock_guard lock(mutex_);
    const auto found = lives_.find(turn.id);
    if (found == lives_.end() || found->second != turn.live) return false;
  }
  batch.waits = false;  // sent again when power fails now: at least once
  auto committed = parts_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return true;
}

Done Hub::arrived(Turn& turn) {
  core::store::Batch batch;
  Delivery delivery{turn.sent.empty() ? turn.delivery.delivered : turn.sent.back().number, 0};
  ledger::set_delivery(batch, turn.id, delivery);
  for (const Event& event : turn.sent) ledger::forget_event(batch, turn.id, event.number - ledger::kept_events);
  const auto committed = settle(turn, std::move(batch));
  Done done = core::Done{};
  const bool recovered = turn.status == Status::requested || turn.status == Status::error;
  if (committed && *committed && recovered) done = tell(turn.id, Status::active, {});
  {
    const std::lock_guard lock(mutex_);
    if (committed) {
      turn.live->delivery = delivery;
      figures_.delivered += turn.sent.size();
    }
    turn.live->last_sent = parts_.clock->now();
    if (committed && recovered && done && !turn.live->changed_in_flight) turn.live->status = Status::active;
  }
  give_back(turn, committed && done ? 0 : parts_.first_pause_ms);
  if (!committed) return committed.error();
  return done;
}

Done Hub::failed(Turn& turn, const std::string& why, std::int64_t wait_ms) {
  Delivery delivery = turn.delivery;
  ++delivery.failures;
  core::store::Batch batch;
  ledger::set_delivery(batch, turn.id, delivery);
  const auto committed = settle(turn, std::move(batch));
  if (committed && !*committed) return give_back(turn, 0), core::Done{};
  const bool enough = delivery.failures >= parts_.failures_until_error && turn.status != Status::error;
  Done done = core::Done{};
  if (enough) {
    const core::Error error{core::Kind::busy, why, {}};
    parts_.report("Subscription/" + turn.id + " is in error", &error);
    done = tell(turn.id, Status::error, "Not delivered: " + why + ". It is tried again.");
  }
  if (turn.events - delivery.delivered > most_waiting)
    done = tell(turn.id, Status::off, "Too many events waited for an endpoint that does not answer.");
  {
    const std::lock_guard lock(mutex_);
    turn.live->delivery = delivery;
    ++figures_.failures;
    if (enough && done && !turn.live->changed_in_flight) turn.live->status = Status::error;
  }
  give_back(turn, std::max(pause_ms(delivery.failures), wait_ms));
  if (!committed) return committed.error();
  return done;
}

// The status in the resource itself. A client that wrote it meanwhile wins: its version is followed next.
Done Hub::tell(const std::string& id, Status status, const std::string& error) {
  auto view = parts_.store->snapshot();
  if (!view) return view.error();
  auto record = (*view)->read({"Subscription", id});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return core::Done{};
  auto document = json::parse((*record)->body);
  if (!document) return core::fault("A stored Subscription cannot be read.");
  json::Value& root = document->root();
  if (root.text("status") == word_of(status) || root.text("status") == "off") return core::Done{};
  document->set(root, "status", document->string(word_of(status)));
  if (error.empty()) document->remove(root, "error");
  else document->set(root, "error", document->string(error));
  core::store::Batch batch;
  core::store::Op op = care::op_from(root, *parts_.ground.index);
  op.if_version = (*record)->version;
  batch.ops.push_back(std::move(op));
  view->reset();
  auto committed = parts_.store->commit(std::move(batch));
  if (!committed && committed.error().kind != core::Kind::stale) return committed.error();
  return core::Done{};
}

Figures Hub::figures() const {
  const std::lock_guard lock(mutex_);
  Figures out = figures_;
  out.subscriptions = lives_.size();
  for (const auto& [id, live] : lives_) {
    out.waiting += live->events - live->delivery.delivered;
    out.in_error += live->status == Status::error ? 1 : 0;
  }
  return out;
}

// A client asks for requested or off; the other two are this server's to say, and may be sent back as they are.
void Hub::check(const json::Value* before, const json::Value& after, validate::Issues& issues) const {
  const auto refuse = [&](const std::string& path, const std::string& text) {
    issues.push_back({validate::Severity::error, "business-rule", path, text, {}});
  };
  const std::string_view status = after.text("status");
  if (status == "off") return;
  if (status != "requested" && (before == nullptr || before->text("status") != status))
    refuse("Subscription.status",
           "A Subscription is written with status requested (or off); the server makes it active.");
  if (status != "requested" && before != nullptr && before->text("status") == status)
    for (const char* part : {"criteria", "_criteria", "channel"})
      if (!json::equal((*before)[part], after[part]))
        refuse(std::string("Subscription.") + part,
               "A Subscription that is changed is written with status requested: it is checked anew.");
  const core::Instant now = parts_.clock->now();
  const auto what = subscription_from(after, parts_.ground, now);
  if (!what) return refuse(what.error().where, what.error().message);
  if (what->end && *what->end <= now) refuse("Subscription.end", "The end is in the past.");
}

}  // namespace fhir::subscription
