#include "adapters/server/control.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/story/server.hpp"

using namespace adapters::server;

namespace {

core::Result<std::string> echo(const fhir::json::Value& order) {
  if (order.text("do") == "fail") return core::invalid("not this one");
  return "did " + std::string(order.text("do")) + "\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control)

BOOST_AUTO_TEST_CASE(an_order_reaches_who_serves_the_folder) {
  const story::Folder folder;
  Control control(folder.path(), echo);
  BOOST_REQUIRE(control.start().ok());
  const auto answer = ask_server(folder.path(), R"({"do": "this"})");
  BOOST_REQUIRE(answer.ok());
  BOOST_TEST(**answer == "did this\n");
  const auto refused = ask_server(folder.path(), R"({"do": "fail"})");
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST(refused.error().message == "not this one");
  BOOST_TEST(!ask_server(folder.path(), "no JSON").ok());
}

BOOST_AUTO_TEST_CASE(a_folder_that_nobody_serves_says_so_also_after_a_killed_server) {
  const story::Folder folder;
  BOOST_TEST(!(*ask_server(folder.path(), "{}")).has_value());
  {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder / "panelbridge.control").copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(dead);
  }
  BOOST_TEST(!(*ask_server(folder.path(), "{}")).has_value());
  Control control(folder.path(), echo);
  BOOST_TEST(control.start().ok());
  BOOST_TEST((*ask_server(folder.path(), R"({"do": "x"})")).has_value());
  control.stop();
  BOOST_TEST(!(*ask_server(folder.path(), "{}")).has_value());
  BOOST_TEST(!std::filesystem::exists(folder / "panelbridge.control"));
  BOOST_TEST(!ask_server(folder / "nowhere", "{}").ok());
}

BOOST_AUTO_TEST_CASE(only_the_servers_user_may_open_the_socket_and_another_file_is_left_alone) {
  const story::Folder folder;
  {
    Control control(folder.path(), echo);
    BOOST_REQUIRE(control.start().ok());
    struct stat found {};
    BOOST_REQUIRE(::lstat((folder / "panelbridge.control").c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0600);
  }
  folder.write("panelbridge.control", "somebody's notes");
  Control control(folder.path(), echo);
  BOOST_TEST(!control.start().ok());
  BOOST_TEST(story::text_of(folder / "panelbridge.control") == "somebody's notes");
}

BOOST_AUTO_TEST_CASE(a_long_name_of_the_folder_is_no_obstacle) {
  const story::Folder folder;
  const std::string deep = (folder / std::string(120, 'd')) + "/" + std::string(120, 'e');
  std::filesystem::create_directories(deep);
  Control control(deep, echo);
  BOOST_REQUIRE(control.start().ok());
  BOOST_TEST(**ask_server(deep, R"({"do": "deep"})") == "did deep\n");
}

BOOST_AUTO_TEST_SUITE_END()
