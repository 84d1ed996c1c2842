#include "fhir/light/digest.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using namespace fhir::light;

namespace {

struct Post : rest::test::Server {
  Post() { open(); }
  void open() {
    digest = std::make_unique<Digest>(*store, clock);
    BOOST_REQUIRE(digest->load().ok());
  }
  void store_ok(const std::string& url, const std::string& body) { BOOST_REQUIRE(put(url, body).status < 300); }
  void task(const std::string& id, const std::string& owner) {
    store_ok("/Task/" + id, R"({"resourceType":"Task","id":")" + id +
                                R"(","status":"requested","intent":"order","owner":{"reference":")" + owner + R"("}})");
  }
  void run() {
    while (*digest->follow() > 0) {
    }
    const auto send = [this](const std::string& address) -> core::Result<core::Done> {
      if (down) return core::Error{core::Kind::busy, "down", {}};
      sent.push_back(address);
      return core::Done{};
    };
    for (;;) {
      const auto told = digest->tell_next(send);
      if (!told || !*told) return;
    }
  }
  std::unique_ptr<Digest> digest;
  std::vector<std::string> sent;
  bool down = false;
};

constexpr const char* doctor =
    R"({"resourceType":"Practitioner","id":"1","telecom":[{"system":"email","value":"me@home.test","use":"home"},)"
    R"({"system":"email","value":"bad\r\nBcc: x@y.test","use":"work"},{"system":"email","value":"doctor@work.test","use":"work"}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(digest)

BOOST_AUTO_TEST_CASE(an_owner_is_told_once_a_day_at_work) {
  Post post;
  post.store_ok(
      "/Practitioner/1",
      R"({"resourceType":"Practitioner","id":"1","telecom":[{"system":"email","value":"me@home.test","use":"home"},{"system":"email","value":"doctor@work.test","use":"work"}]})");
  post.store_ok("/Practitioner/2", R"({"resourceType":"Practitioner","id":"2"})");
  post.run();
  BOOST_TEST(post.sent.empty());
  post.task("a", "Practitioner/1");
  post.task("b", "Practitioner/1");
  post.task("c", "Practitioner/2");
  post.run();
  BOOST_TEST(post.sent == (std::vector<std::string>{"doctor@work.test"}), boost::test_tools::per_element());
  post.task("d", "Practitioner/1");
  post.run();
  BOOST_TEST(post.sent.size() == 1);
  post.clock.skip(86'400'000);
  post.run();  // what came after the mail is told the next day
  BOOST_TEST(post.sent.size() == 2);
  post.clock.skip(86'400'000);
  post.run();
  BOOST_TEST(post.sent.size() == 2);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_sent_is_sent_later_also_after_a_restart) {
  Post post;
  post.store_ok(
      "/Practitioner/1",
      R"({"resourceType":"Practitioner","id":"1","telecom":[{"system":"email","value":"doctor@work.test"}]})");
  post.run();
  post.task("a", "Practitioner/1");
  post.down = true;
  post.run();
  BOOST_TEST(post.sent.empty());
  post.down = false;
  post.open();
  post.run();
  BOOST_TEST(post.sent.size() == 1);
  post.open();
  post.run();
  BOOST_TEST(post.sent.size() == 1);
}

BOOST_AUTO_TEST_CASE(one_who_is_refused_holds_up_nobody_and_waits_longer_each_time) {
  Post post;
  for (const std::string id : {"1", "2"})
    post.store_ok("/Practitioner/" + id, R"({"resourceType":"Practitioner","id":")" + id +
                                             R"(","telecom":[{"system":"email","value":"p)" + id + R"(@work.test"}]})");
  post.run();
  post.task("a", "Practitioner/1");
  post.task("b", "Practitioner/2");
  while (*post.digest->follow() > 0) {
  }
  int tried = 0;
  const auto send = [&](const std::string& address) -> core::Result<core::Done> {
    if (address == "p1@work.test") return ++tried, core::Error{core::Kind::busy, "no such mailbox", {}};
    post.sent.push_back(address);
    return core::Done{};
  };
  BOOST_TEST(!post.digest->tell_next(send).ok());
  BOOST_TEST(*post.digest->tell_next(send));
  BOOST_TEST(post.sent.size() == 1);
  BOOST_TEST(!*post.digest->tell_next(send));
  post.clock.skip(120'000);
  BOOST_TEST(!post.digest->tell_next(send).ok());
  post.clock.skip(120'000);
  BOOST_TEST(!*post.digest->tell_next(send));  // twice as long now
  post.clock.skip(120'000);
  BOOST_TEST(!post.digest->tell_next(send).ok());
  BOOST_TEST(tried == 3);
}

BOOST_AUTO_TEST_CASE(an_address_with_a_header_in_it_is_none) {
  Post post;
  BOOST_REQUIRE(post.store
                    ->commit([] {
                      core::store::Batch batch;
                      batch.ops.push_back({core::store::Op::Action::put, {"Practitioner", "1"}, doctor, 0, {}, {}, {}});
                      return batch;
                    }())
                    .ok());
  post.task("a", "Practitioner/1");
  post.run();
  for (const std::string& address : post.sent) BOOST_TEST(address == "doctor@work.test");
}

BOOST_AUTO_TEST_SUITE_END()
