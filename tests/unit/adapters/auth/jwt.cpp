#include "adapters/auth/jwt.hpp"

#include <boost/test/unit_test.hpp>

using namespace adapters::auth;

BOOST_AUTO_TEST_SUITE(jwt)

BOOST_AUTO_TEST_CASE(base64url_has_no_padding_and_no_plus_or_slash) {
  BOOST_TEST(base64url("") == "");
  BOOST_TEST(base64url("f") == "Zg");
  BOOST_TEST(base64url("fo") == "Zm8");
  BOOST_TEST(base64url("foo") == "Zm9v");
  BOOST_TEST(base64url("foobar") == "Zm9vYmFy");
  BOOST_TEST(base64url("\xfb\xff\xfe") == "-__-");
}

BOOST_AUTO_TEST_CASE(a_signature_is_that_of_the_published_vector) {  // RFC 4231, test case 2
  const auto bytes = hmac_sha256("Jefe", "what do ya want for nothing?");
  BOOST_REQUIRE(bytes.ok());
  BOOST_TEST(base64url(*bytes) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

BOOST_AUTO_TEST_CASE(a_token_has_three_parts_and_changes_with_the_secret) {
  const auto claims = fhir::json::parse(R"({"iss":"panelbridge","iat":1700000000})");
  const auto token = jwt_hs256(claims->root(), "secret"), other = jwt_hs256(claims->root(), "other");
  BOOST_REQUIRE(token.ok());
  BOOST_TEST(token->starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
  BOOST_TEST(std::count(token->begin(), token->end(), '.') == 2);
  BOOST_TEST(*token != *other);
}

BOOST_AUTO_TEST_CASE(secrets_are_the_same_or_not_whatever_their_length) {
  BOOST_TEST(same_secret("abc", "abc"));
  BOOST_TEST(!same_secret("abc", "abd"));
  BOOST_TEST(!same_secret("abc", "ab"));
  BOOST_TEST(!same_secret("abc", ""));
}

BOOST_AUTO_TEST_SUITE_END()
