#include "adapters/egress/retry.hpp"

#include <boost/test/unit_test.hpp>

using namespace adapters::egress;

BOOST_AUTO_TEST_SUITE(egress_retry)

BOOST_AUTO_TEST_CASE(pauses_grow_and_stay_below_their_bound) {
  const Milliseconds least(100), most(1'000);
  BOOST_TEST(pause_after(0, 0.999, least, most).count() <= 100);
  BOOST_TEST(pause_after(2, 0.999, least, most).count() > 300);
  BOOST_TEST(pause_after(2, 0.999, least, most).count() <= 400);
  BOOST_TEST(pause_after(200, 0.999, least, most).count() <= 1'000);
  BOOST_TEST(pause_after(5, 0.0, least, most).count() >= 1);
}

BOOST_AUTO_TEST_CASE(retry_after_is_seconds_or_a_date) {
  const core::Instant now{784'111'777'000};  // Sun, 06 Nov 1994 08:49:37 GMT
  BOOST_TEST(retry_after("120", now)->count() == 120'000);
  BOOST_TEST(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now)->count() == 60'000);
  BOOST_TEST(retry_after("Sun, 06 Nov 1994 08:40:37 GMT", now)->count() == 0);
  BOOST_TEST(retry_after("99999999", now)->count() == 3'600'000);
  for (const char* bad : {"", "-1", "soon", "1.5", "Sun, 32 Nov 1994 08:50:37 GMT"})
    BOOST_TEST(!retry_after(bad, now).has_value());
}

BOOST_AUTO_TEST_CASE(a_circuit_opens_after_failures_in_a_row_and_lets_one_try) {
  Breaker breaker(3, Milliseconds(1'000), Milliseconds(4'000));
  Breaker::Time now{};
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(breaker.allows(now));
    breaker.failed(now);
  }
  breaker.succeeded();
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(breaker.allows(now));
    breaker.failed(now);
  }
  BOOST_TEST(!breaker.allows(now));
  now += Milliseconds(1'001);
  BOOST_TEST(breaker.allows(now));
  BOOST_TEST(!breaker.allows(now));  // one is on its way
  breaker.failed(now);
  BOOST_TEST(!breaker.allows(now + Milliseconds(1'900)));
  BOOST_TEST(breaker.allows(now + Milliseconds(2'001)));
  breaker.succeeded();
  BOOST_TEST(breaker.allows(now));
}

BOOST_AUTO_TEST_SUITE_END()
