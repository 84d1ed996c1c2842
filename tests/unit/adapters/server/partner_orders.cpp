#include "adapters/server/partner_orders.hpp"

#include <boost/test/unit_test.hpp>

#include "adapters/memory/memory_store.hpp"
#include "adapters/server/clock.hpp"
#include "core/outbox/outbox.hpp"

using namespace adapters::server;
namespace outbox = core::outbox;
using Action = Order::Action;

namespace {

struct Desk {
  MachineClock clock;
  std::unique_ptr<core::store::Store> store = adapters::memory::open_memory_store(clock, nullptr);
  std::vector<PartnerState> known = {{"town", "zgw", "", {}}, {"clinic", "fhir", "", {}}};

  Desk() {
    core::store::Batch batch;
    for (const char* key : {"a", "b"}) outbox::park(batch, "town", job(key), "refused: 400");
    outbox::add(batch, "town", job("c"));
    outbox::add(batch, "zgw-town", job("e"));
    outbox::park(batch, "zgw-town", job("f"), "refused: 403");
    outbox::park(batch, "zgw-old-town", job("g"), "not town's");
    outbox::park(batch, "former", job("d"), "gone");
    BOOST_REQUIRE(store->commit(batch).ok());
  }
  static outbox::Job job(std::string key) {
    outbox::Job job;
    job.key = std::move(key);
    job.kind = "referral";
    return job;
  }
  std::string carry(Order order) {
    const auto json = fhir::json::parse(to_json(order));
    BOOST_REQUIRE(json.ok());
    const auto again = order_from(json->root());
    BOOST_REQUIRE(again.ok());
    const auto text = carry_out(*again, *store, nullptr, known, clock.now());
    return text ? *text : "error: " + text.error().message;
  }
  outbox::Counts counts(const std::string& queue) {
    auto snapshot = store->snapshot();
    return *outbox::count(**snapshot, queue);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(partner_orders)

BOOST_AUTO_TEST_CASE(a_list_shows_each_partner_with_what_waits) {
  Desk desk;
  BOOST_TEST(desk.carry({Action::list, "", ""}) ==
             "town  zgw  not served  waiting 2  dead 3\nclinic  fhir  not served  waiting 0  dead 0\n");
  BOOST_TEST(desk.carry({Action::list, "clinic", ""}) == "clinic  fhir  not served  waiting 0  dead 0\n");
}

BOOST_AUTO_TEST_CASE(a_pause_is_remembered_and_ends) {
  Desk desk;
  BOOST_TEST(desk.carry({Action::pause, "town", ""}).starts_with("town is paused"));
  BOOST_TEST(desk.carry({Action::list, "town", ""}).starts_with("town  zgw  paused"));
  BOOST_TEST(desk.carry({Action::resume, "town", ""}).starts_with("town goes on"));
  BOOST_TEST(desk.carry({Action::list, "town", ""}).starts_with("town  zgw  not served"));
  BOOST_TEST(desk.carry({Action::pause, "nobody", ""}) == "error: there is no partner nobody");
}

BOOST_AUTO_TEST_CASE(dead_letters_of_all_queues_are_listed_also_of_partners_that_are_gone) {
  Desk desk;
  const std::string all = desk.carry({Action::letters, "", ""});
  BOOST_TEST(all.find("former  d  referral") == 0u);
  BOOST_TEST(all.find("\ntown  a  referral") != all.npos);
  BOOST_TEST(all.find("attempts 1  refused: 400") != all.npos);
  BOOST_TEST(all.find("town  c") == all.npos);
  BOOST_TEST(all.find("\nzgw-town  f  referral") != all.npos);
  BOOST_TEST(desk.carry({Action::letters, "clinic", ""}) == "no dead letters\n");
  BOOST_TEST(desk.carry({Action::letters, "zgw-old-town", ""}).starts_with("zgw-old-town  g"));
  BOOST_TEST(desk.carry({Action::letters, "old-town", ""}) == "no dead letters\n");
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_tried_again_or_dropped_and_a_waiting_one_is_left_alone) {
  Desk desk;
  BOOST_TEST(desk.carry({Action::retry, "town", "a"}) == "1 will be tried again\n");
  BOOST_TEST(desk.counts("town").waiting == 2u);
  BOOST_TEST(desk.carry({Action::drop, "town", "b"}) == "1 dropped\n");
  BOOST_TEST(desk.counts("town").dead == 0u);
  BOOST_TEST(desk.carry({Action::drop, "town", "g"}) == "error: there is no dead letter g of town");
  BOOST_TEST(desk.carry({Action::retry, "town", ""}) == "1 will be tried again\n");
  BOOST_TEST(desk.counts("zgw-town").waiting == 2u);
  BOOST_TEST(desk.carry({Action::drop, "town", "c"}) == "error: there is no dead letter c of town");
  BOOST_TEST(desk.counts("town").waiting == 2u);
  BOOST_TEST(desk.carry({Action::retry, "former", ""}) == "1 will be tried again\n");
}

BOOST_AUTO_TEST_SUITE_END()
