#include "adapters/mail/message.hpp"

#include <boost/test/unit_test.hpp>

using namespace adapters::mail;

BOOST_AUTO_TEST_SUITE(mail_message)

BOOST_AUTO_TEST_CASE(what_is_packed_is_unpacked) {
  const Account account{"smtps://relay.test", "user", "p:a\nss", "from@here.test", "PEM", true, 7};
  const Message message{"to@there.test", "Subject", "Text\n", "id@here.test", "today"};
  const std::string bytes = packed(account, message);
  const auto out = unpacked(bytes);
  BOOST_REQUIRE(out.has_value());
  BOOST_TEST(out->account.password == "p:a\nss");
  BOOST_TEST(out->account.plain);
  BOOST_TEST(out->account.seconds == 7);
  BOOST_TEST(out->message.date == "today");
  for (std::size_t i = 0; i < bytes.size(); ++i) BOOST_TEST(!unpacked(bytes.substr(0, i)).has_value(), i);
  BOOST_TEST(!unpacked("99999999999999999999:x").has_value());
}

BOOST_AUTO_TEST_CASE(nothing_can_become_a_header) {
  const std::string text = mail_text({"", "", "", "from@here.test", "", false, 30},
                                     {"to@there.test\r\nBcc: x@y.test", "A\r\nX: y", "line\nnext\r\n", "id", "date"});
  BOOST_TEST(text.find("\r\nBcc:") == std::string::npos);
  BOOST_TEST(text.find("\r\nX:") == std::string::npos);
  BOOST_TEST(text.ends_with("line\r\nnext\r\n"));
  for (const char* bad : {"", "x", "@", "a@", "@b", "a@b@c", "a b@c", "a@b>", "a@b\r\nRCPT"}) BOOST_TEST(!is_address(bad), bad);
  BOOST_TEST(is_address("a.b+c@d-e.test"));
}

BOOST_AUTO_TEST_SUITE_END()
