#include "adapters/server/call.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

using namespace adapters::server;

namespace {

constexpr Flag flags[] = {{"--data"}, {"--people"}, {"--json", false}, {"--with", true, true}};

core::Result<Call> call_of(const std::vector<std::string>& arguments, std::size_t least = 0, std::size_t most = 3) {
  return Call::parse(arguments, flags, least, most);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(call)

BOOST_AUTO_TEST_CASE(options_and_the_rest_are_told_apart) {
  const auto call = call_of({"a", "--data", "dir", "--json", "--with=x", "b", "--with", "y", "--", "--data"});
  BOOST_REQUIRE(call.ok());
  BOOST_TEST(call->value("--data").value() == "dir");
  BOOST_TEST(call->has("--json"));
  BOOST_TEST(!call->value("--json").has_value());
  BOOST_TEST((call->values("--with") == std::vector<std::string>{"x", "y"}));
  BOOST_TEST((call->rest() == std::vector<std::string>{"a", "b", "--data"}));
  BOOST_TEST(!call->has("--people"));
}

BOOST_AUTO_TEST_CASE(what_the_command_does_not_take_is_named) {
  BOOST_TEST(call_of({"--dat", "x"}).error().where == "--dat");
  BOOST_TEST(call_of({"--data"}).error().where == "--data");
  BOOST_TEST(call_of({"--data", "a", "--data", "b"}).error().where == "--data");
  BOOST_TEST(call_of({"--json=yes"}).error().where == "--json");
  BOOST_TEST(!call_of({"a", "b", "c", "d"}).ok());
  BOOST_TEST(!call_of({}, 1).ok());
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_within_bounds) {
  const auto number = [](const std::string& text) { return call_of({"--people", text})->number("--people", 1, 100); };
  BOOST_TEST((*number("7")).value() == 7);
  for (const char* text : {"0", "101", "-1", "7x", "", "1e2", " 7", "99999999999999999999"}) BOOST_TEST(!number(text).ok(), text);
  BOOST_TEST(!(*call_of({})->number("--people", 1, 100)).has_value());
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_named_and_not_made) {
  const std::string name = "/tmp/panelbridge-no-such-folder";
  const auto folder = existing_folder(name);
  BOOST_REQUIRE(!folder.ok());
  BOOST_TEST(folder.error().message.find(name) != std::string::npos);
  BOOST_TEST(!std::filesystem::exists(name));
  BOOST_TEST(*existing_folder("/tmp") == "/tmp");
}

BOOST_AUTO_TEST_SUITE_END()
