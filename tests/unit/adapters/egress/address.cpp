#include "adapters/egress/address.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>

using namespace adapters::egress;

namespace {

bool public4(const char* text) {
  std::array<std::uint8_t, 4> bytes{};
  BOOST_REQUIRE(inet_pton(AF_INET, text, bytes.data()) == 1);
  return is_public(bytes);
}

bool public6(const char* text) {
  std::array<std::uint8_t, 16> bytes{};
  BOOST_REQUIRE(inet_pton(AF_INET6, text, bytes.data()) == 1);
  return is_public(bytes);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_address)

BOOST_AUTO_TEST_CASE(only_what_is_globally_reachable_is_public) {
  for (const char* each : {"8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.169.0.1", "223.255.255.255"})
    BOOST_TEST(public4(each), each);
  for (const char* each : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
                           "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "203.0.113.9"})
    BOOST_TEST(!public4(each), each);
  for (const char* each : {"2a00:1450:4009::1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"})
    BOOST_TEST(public6(each), each);
  for (const char* each :
       {"::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:db8::1", "2001::1", "::127.0.0.1"})
    BOOST_TEST(!public6(each), each);
}

BOOST_AUTO_TEST_SUITE_END()
