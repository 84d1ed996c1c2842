#include "adapters/server/partners.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "adapters/memory/memory_store.hpp"
#include "adapters/server/clock.hpp"

using namespace adapters::server;
using namespace std::chrono_literals;

namespace {

// What the fake partner of a test does and saw.
struct Play {
  std::atomic<int> steps{0}, failing{0}, throwing{0};
  std::atomic<std::int64_t> next_ms{3'600'000};
  std::atomic<bool> calls{false};
};

class FakeWayOut final : public WayOut {
 public:
  core::Result<fhir::partner::Answer> send(const fhir::partner::Call&) override {
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, 30s, [this] { return cancelled_; });
    return core::Error{core::Kind::busy, "cancelled", ""};
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    bell_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable bell_;
  bool cancelled_ = false;
};

class FakePartner final : public fhir::partner::Partner {
 public:
  FakePartner(std::string id, const fhir::partner::World& world, Play& play)
      : id_(std::move(id)), world_(world), play_(play) {}
  const std::string& id() const override { return id_; }
  core::Result<core::Instant> step() override {
    ++play_.steps;
    if (play_.throwing > 0 && play_.throwing--) throw std::runtime_error("broken");
    if (play_.failing > 0 && play_.failing--) return core::fault("not today");
    if (play_.calls) (void)world_.outgoing->send({});
    return core::Instant{world_.clock->now().ms + play_.next_ms};
  }
  fhir::partner::Status status() const override {
    fhir::partner::Status status;
    status.waiting = 3;
    status.received = 5'000'000'000;
    return status;
  }
  std::vector<fhir::partner::Finding> test() override { return {{true, "fine"}}; }
  std::optional<fhir::rest::Response> receive(const fhir::rest::Request& request) override {
    if (request.path != "/notifications") return std::nullopt;
    fhir::rest::Response response;
    response.status = 204;
    return response;
  }

 private:
  std::string id_;
  fhir::partner::World world_;
  Play& play_;
};

struct World {
  MachineClock clock;
  std::unique_ptr<core::store::Store> store = adapters::memory::open_memory_store(clock, nullptr);
  std::atomic<int> reports{0};
  Play play;

  std::unique_ptr<Partners> open(const std::vector<std::string>& ids = {"a"}) {
    fhir::partner::World world;
    world.store = store.get();
    world.clock = &clock;
    std::vector<PartnerSetting> settings;
    for (const std::string& id : ids) {
      PartnerSetting setting;
      setting.id = id;
      setting.kind = "fake";
      setting.make = [this, id](const fhir::partner::World& w) { return std::make_unique<FakePartner>(id, w, play); };
      settings.push_back(setting);
    }
    auto partners = Partners::open(
        settings, world, [](const PartnerSetting&) { return std::make_unique<FakeWayOut>(); },
        [this](const std::string&, const std::string&, const core::Error*) { ++reports; });
    BOOST_REQUIRE(partners.ok());
    return *std::move(partners);
  }
};

bool becomes(const std::function<bool()>& condition, std::chrono::milliseconds patience = 5s) {
  for (const auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return condition();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(partners)

BOOST_AUTO_TEST_CASE(a_partner_steps_at_start_and_after_each_bell) {
  World world;
  auto partners = world.open();
  partners->start();
  BOOST_TEST(becomes([&] { return world.play.steps == 1; }));
  std::this_thread::sleep_for(20ms);
  BOOST_TEST(world.play.steps == 1);
  partners->nudge();
  BOOST_TEST(becomes([&] { return world.play.steps == 2; }));
}

BOOST_AUTO_TEST_CASE(a_partner_steps_when_it_said) {
  World world;
  world.play.next_ms = 5;
  auto partners = world.open();
  partners->start();
  BOOST_TEST(becomes([&] { return world.play.steps > 5; }));
}

BOOST_AUTO_TEST_CASE(an_error_and_an_exception_are_reported_and_the_step_repeated_after_a_pause) {
  World world;
  world.play.failing = 1;
  auto partners = world.open();
  partners->start();
  BOOST_TEST(becomes([&] { return world.reports == 1; }));
  BOOST_TEST(partners->states().front().state == "failing");
  BOOST_TEST(becomes([&] { return world.play.steps >= 2; }));
  BOOST_TEST(becomes([&] { return partners->states().front().state == "working"; }));
  world.play.throwing = 1;
  partners->nudge();
  BOOST_TEST(becomes([&] { return world.reports == 2; }));
}

BOOST_AUTO_TEST_CASE(bells_do_not_shorten_the_pause_after_errors) {
  World world;
  world.play.failing = 1'000;
  auto partners = world.open();
  partners->start();
  for (int i = 0; i < 200; ++i) {
    partners->nudge();
    std::this_thread::sleep_for(1ms);
  }
  BOOST_TEST(world.play.steps < 20);  // full jitter: a pause may be short, two hundred are not
}

BOOST_AUTO_TEST_CASE(a_paused_partner_rests_also_after_a_restart_and_resumes) {
  World world;
  {
    auto partners = world.open({"a", "b"});
    BOOST_TEST(partners->pause("b", true).ok());
    BOOST_TEST(!partners->pause("c", true).ok());
  }
  auto partners = world.open({"b"});
  BOOST_TEST(partners->states().front().state == "paused");
  partners->start();
  partners->nudge();
  std::this_thread::sleep_for(30ms);
  BOOST_TEST(world.play.steps == 0);
  BOOST_TEST(partners->pause("b", false).ok());
  BOOST_TEST(becomes([&] { return world.play.steps > 0; }));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_call_under_way) {
  World world;
  world.play.calls = true;
  auto partners = world.open({"a", "b", "c"});
  partners->start();
  BOOST_TEST(becomes([&] { return world.play.steps == 3; }));
  const auto before = std::chrono::steady_clock::now();
  partners->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - before < 1s));
}

BOOST_AUTO_TEST_CASE(what_a_partner_sends_reaches_it_and_nobody_else) {
  World world;
  auto partners = world.open();
  fhir::rest::Request request;
  request.method = "POST";
  for (const auto& [path, status] : {std::pair{"/partners/a/notifications", 204},
                                     {"/partners/a/other", 404},
                                     {"/partners/a", 404},
                                     {"/partners/", 404},
                                     {"/partners/b/notifications", 404}}) {
    request.path = path;
    BOOST_TEST(partners->receive(request).status == status, path);
  }
}

BOOST_AUTO_TEST_CASE(status_and_metrics_name_each_partner) {
  World world;
  auto partners = world.open({"a", "b"});
  const auto response = partners->status_operation().call({}, "", "");
  const auto document = fhir::json::parse(*response.body);
  BOOST_REQUIRE(document.ok());
  BOOST_TEST(document->root()["parameter"].size() == 2);
  BOOST_TEST(response.body->find(R"({"name":"received","valueDecimal":5000000000})") != std::string::npos);
  std::string text;
  partners->write_metrics(text);
  BOOST_TEST(text.find("panelbridge_partner_waiting{partner=\"b\"} 3\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
