#include "adapters/http/gzip.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace adapters::http;

BOOST_AUTO_TEST_SUITE(gzip)

BOOST_AUTO_TEST_CASE(what_is_zipped_comes_back) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 1'000) + (i % 3 ? "," : "\n");
  for (const std::string& part : {std::string(), std::string("a"), text}) {
    for (int level : {1, 6, 1}) {
      const std::string small = zipped(part, level);
      BOOST_TEST(is_gzip(small));
      const auto back = unzipped(small, 1'000'000);
      BOOST_REQUIRE(back.ok());
      BOOST_TEST((*back == part));
    }
  }
  BOOST_TEST(zipped(text).size() < text.size() / 2);
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_at_the_limit) {
  const std::string bomb = zipped(std::string(50'000'000, ' '), 9);
  BOOST_TEST(bomb.size() < 60'000);
  const auto result = unzipped(bomb, 1'000'000);
  BOOST_REQUIRE(!result.ok());
  BOOST_TEST((result.error().kind == core::Kind::too_large));
}

BOOST_AUTO_TEST_CASE(the_limit_itself_is_allowed) {
  const std::string text(1'000, 'x');
  BOOST_TEST(unzipped(zipped(text), 1'000).ok());
  BOOST_TEST(!unzipped(zipped(text), 999).ok());
  BOOST_TEST(unzipped(zipped(""), 0).ok());
}

BOOST_AUTO_TEST_CASE(members_are_joined) {
  const auto result = unzipped(zipped("hello, ") + zipped("world"), 100);
  BOOST_REQUIRE(result.ok());
  BOOST_TEST(*result == "hello, world");
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_wherever_it_is) {
  const std::string whole = zipped("some text that is a little longer than nothing, and repeats: nothing, nothing");
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(!unzipped(whole.substr(0, size), 1'000).ok(), "cut at " << size);
  for (std::size_t at = 10; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    BOOST_TEST(!unzipped(damaged, 1'000).ok(), "damaged at " << at);
  }
  BOOST_TEST(!unzipped(whole + "x", 1'000).ok());
  BOOST_TEST(!unzipped("plain text", 1'000).ok());
}

BOOST_AUTO_TEST_SUITE_END()
