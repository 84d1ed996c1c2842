#include "adapters/ehr/pull.hpp"

#include <algorithm>

#include "core/outbox/outbox.hpp"
#include "fhir/rest/identity.hpp"

namespace adapters::ehr {
namespace {

using core::Done;
using core::Instant;
using core::Result;

constexpr std::int64_t slice_ms = 1'000;      // of one step
constexpr std::size_t most_pages = 200;       // of one step, whatever the clock says
constexpr std::int64_t longest_settling_ms = 900'000;  // then decisions are made on what there is
constexpr std::int64_t revive_every_ms = 5'000;
constexpr std::int64_t look_again_ms = 3'600'000, look_sooner_ms = 300'000;  // at the capability statement; when it lacks a type

}  // namespace

Pull::Pull(Setting setting, fhir::partner::World world, Sign sign)
    : setting_(std::move(setting)),
      world_(std::move(world)),
      upstream_(setting_, world_, std::move(sign)),
      intake_(setting_, world_),
      pulling_{setting_, world_, upstream_, intake_, {}},
      bulk_(pulling_) {
  for (const Wanted& wanted : setting_.types) lines_.emplace_back(wanted, pulling_);
}

Result<Done> Pull::open() {
  if (open_) return Done{};
  if (auto opened = intake_.open(); !opened) return opened;
  for (Line& line : lines_)
    if (auto opened = line.open(); !opened) return opened;
  if (auto opened = bulk_.open(); !opened) return opened;
  open_ = true;
  return Done{};
}

Result<Done> Pull::fits() const {
  for (const Wanted& wanted : setting_.types)
    if (!world_.definitions->is_resource(wanted.type))
      return core::invalid(setting_.path + ".types names what is no resource type of FHIR R4: " + wanted.type,
                           setting_.path + ".types");
  return Done{};
}

// What the server says it can do. One that says nothing is tried without.
Result<Done> Pull::look() {
  if (looked_ && now().ms - looked_at_.ms < (left_out_.empty() ? look_again_ms : look_sooner_ms)) return Done{};
  auto answer = upstream_.get(setting_.base_url + "/metadata");
  if (!answer && answer.error().where == "partner") return answer.error();
  if (!answer && answer.error().kind == core::Kind::busy) return answer.error();
  Claims claims;
  if (answer) {
    auto document = fhir::json::parse(answer->body);
    if (!document) return core::fault("the capability statement is not JSON");
    auto read = claims_from(document->root());
    if (!read) return read.error();
    claims = *std::move(read);
  }
  pulling_.claims = std::move(claims);
  left_out_.clear();
  for (const Wanted& wanted : setting_.types)
    if (!pulling_.claims.offers(wanted.type)) left_out_.push_back(wanted.type);
  looked_ = true;
  looked_at_ = now();
  bulk_.consider(lines_);
  return Done{};
}

// A line that walks comes first, then the first that is due, in the order of types.
Line* Pull::next_line() {
  Line* chosen = nullptr;
  for (Line& line : lines_) {
    if (!pulling_.claims.offers(line.type()) || line.due() > now()) continue;
    if (bulk_.under_way() && bulk_.brings(line.type())) continue;
    if (line.walking()) return &line;
    if (chosen == nullptr) chosen = &line;
  }
  return chosen;
}

Instant Pull::next_due() const {
  Instant due{now().ms + setting_.interval_s * 1'000};
  if (bulk_.under_way()) due = std::min(due, bulk_.due());
  for (const Line& line : lines_)
    if (pulling_.claims.offers(line.type()) && !(looked_ && bulk_.under_way() && bulk_.brings(line.type())))
      due = std::min(due, line.due());
  return due;
}

void Pull::note(const Taken& taken) {
  const std::lock_guard lock(mutex_);
  status_.received += taken.created + taken.updated + taken.removed;
  status_.last_success = now();
}

void Pull::fail(const core::Error& error) {
  const std::lock_guard lock(mutex_);
  ++status_.failures;
  status_.last_failure = now();
  status_.why = error.message;
}

void Pull::publish(const std::string& progress) {
  const std::lock_guard lock(mutex_);
  status_.progress = progress;
  status_.dead = intake_.dead();
  bool failing = false;
  std::optional<unsigned> least;  // of failures in a row: no type gets through
  status_.remarks.clear();
  for (const Line& line : lines_) {
    failing = failing || !line.why().empty();
    if (pulling_.claims.offers(line.type())) least = std::min(least.value_or(line.failures()), line.failures());
    for (std::string& remark : line.remarks()) status_.remarks.push_back(std::move(remark));
  }
  status_.failing = least.value_or(0);
  for (std::string& remark : bulk_.remarks()) status_.remarks.push_back(std::move(remark));
  for (const std::string& type : left_out_) status_.remarks.push_back(type + ": the server does not have it");
  if (!failing && !upstream_.waits_until() && status_.last_success && status_.last_failure &&
      *status_.last_success > *status_.last_failure)
    status_.why.clear();
}

Result<Done> Pull::work(Line& line) {
  publish(line.walking() ? line.progress() : line.type() + ", page 1");
  const bool was_loaded = line.loaded();
  auto taken = line.step();
  if (!taken) {
    fail(taken.error());
    if (taken.error().where == "partner") return taken.error();
    world_.report("a type could not be pulled", &taken.error());
    return Done{};
  }
  note(*taken);
  if (!was_loaded && line.loaded()) world_.report(line.type() + " is loaded", nullptr);
  return Done{};
}

Result<Done> Pull::work_on_export() {
  publish(bulk_.progress());
  auto taken = bulk_.step(lines_);
  if (taken) {
    note(*taken);
    return Done{};
  }
  fail(taken.error());
  if (taken.error().where == "partner") return taken.error();
  world_.report("the export does not come", &taken.error());
  return Done{};
}

// References that waited, once the type that brings their targets is through.
Result<Done> Pull::heal() {
  auto healed = intake_.heal();
  if (!healed && healed.error().kind == core::Kind::stale) return Done{};  // somebody wrote; the queue is still there
  if (!healed) return healed.error();
  return Done{};
}

// Dead letters that an operator wants tried again: each resource is read by its id.
Result<Done> Pull::revive() {
  if (now().ms - revived_at_.ms < revive_every_ms) return Done{};
  revived_at_ = now();
  auto view = world_.store->snapshot();
  if (!view) return view.error();
  auto jobs = core::outbox::due(**view, setting_.id, now(), 20);
  view->reset();
  if (!jobs) return jobs.error();
  for (const core::outbox::Job& job : *jobs) {
    const std::size_t dot = job.key.find('.');
    const core::store::Key source{job.key.substr(0, dot), job.key.substr(dot + 1)};
    auto taken = fhir::rest::is_id(source.id) ? read_again(source) : Result<Taken>(Taken{0, 0, 0, 0, 0, 0, 1});
    if (!taken) return taken.error();
    note(*taken);
    if (taken->ours == 0) continue;
    core::store::Batch batch;  // nothing that could come in its place
    core::outbox::done(batch, setting_.id, job.key);
    if (auto dropped = world_.store->commit(std::move(batch)); !dropped) return dropped.error();
  }
  return Done{};
}

Result<Taken> Pull::read_again(const core::store::Key& source) {
  auto answer = upstream_.get(setting_.base_url + "/" + source.type + "/" + source.id);
  const bool gone = !answer && (answer.error().kind == core::Kind::not_found || answer.error().kind == core::Kind::gone);
  if (gone) return intake_.take({{nullptr, source, source.type + ", read by id"}}, pulling_.claims.home, {});
  if (!answer) return answer.error();
  auto document = fhir::json::parse(answer->body);
  if (!document || document->root().text("resourceType") != source.type || document->root().text("id") != source.id)
    return core::fault("reading one resource brings another");
  return intake_.take({{&document->root(), source, source.type + ", read by id"}}, pulling_.claims.home, {});
}

Result<Instant> Pull::step() {
  if (const auto until = upstream_.waits_until()) {
    if (now() < *until) return *until;
    upstream_.waited();
  }
  if (auto opened = open(); !opened) return opened.error();
  const Instant began = now();
  Result<Done> done = revive();
  for (std::size_t pages = 0; done && pages < most_pages && now().ms - began.ms < slice_ms; ++pages) {
    const bool between = std::none_of(lines_.begin(), lines_.end(), [](const Line& line) { return line.walking(); });
    if (between && !bulk_.under_way() && intake_.heals()) {
      if (done = heal(); !done) break;
      continue;
    }
    if (next_due() <= now())
      if (done = look(); !done) {
        fail(done.error());
        break;
      }
    if (bulk_.under_way() && bulk_.due() <= now()) {
      if (done = work_on_export(); !done) break;
      continue;
    }
    Line* line = next_line();
    if (line == nullptr) break;
    if (done = work(*line); !done) break;
  }
  if (settles_until_.ms == 0) settles_until_.ms = began.ms + longest_settling_ms;
  settling_ = done && now() < settles_until_ && std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return pulling_.claims.offers(line.type()) && !line.loaded() && line.why().empty();
  });
  if (!done) {
    publish("");
    if (const auto until = upstream_.waits_until()) return *until;
    return done.error();
  }
  Line* next = next_line();
  publish(bulk_.under_way() ? bulk_.progress() : next != nullptr ? next->progress() : "");
  return next != nullptr || (intake_.heals() && !bulk_.under_way()) ? now() : next_due();
}

fhir::partner::Status Pull::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::function<std::unique_ptr<fhir::partner::Partner>(const fhir::partner::World&)> read(const std::string& id,
                                                                                          fhir::partner::Keys& keys, Sign sign) {
  Setting setting = setting_from(id, keys);
  if (setting.auth.way == Auth::Way::smart && sign && !setting.auth.secret.empty()) {  // a wrong key is told at start
    const auto trial = sign({setting.auth.algorithm, setting.auth.key_id, setting.auth.secret, "{}"});
    if (!trial) keys.object("auth").refuse("key", "does not sign: " + trial.error().message);
  }
  return [setting = std::move(setting), sign = std::move(sign)](const fhir::partner::World& world) {
    return std::make_unique<Pull>(setting, world, sign);
  };
}

}  // namespace adapters::ehr
