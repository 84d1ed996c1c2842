// Without a FHIR client, over real processes: a work list as a file out and in, a directory of services in, a mail that
// says nothing but where to look.
#include <boost/test/unit_test.hpp>

#include "tests/story/endpoint.hpp"
#include "tests/story/server.hpp"

using namespace story;
using namespace std::chrono_literals;

namespace {

// A mail relay that takes everything: what was said to it.
class Relay {
 public:
  Relay() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(socket_, 8) == 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Relay() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  std::string heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  bool readable(int socket) const {
    while (!stopping_) {
      pollfd wait{socket, POLLIN, 0};
      if (::poll(&wait, 1, 50) > 0) return true;
    }
    return false;
  }
  static void say(int client, std::string_view text) { (void)!::send(client, text.data(), text.size(), MSG_NOSIGNAL); }
  void run() {
    while (readable(socket_)) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      say(client, "220 relay\r\n");
      std::string bytes;
      bool data = false;
      char buffer[4'096];
      while (readable(client)) {
        const ssize_t count = ::recv(client, buffer, sizeof buffer, 0);
        if (count <= 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
        for (std::size_t end; (end = bytes.find("\r\n")) != std::string::npos; bytes.erase(0, end + 2)) {
          const std::string line = bytes.substr(0, end);
          {
            const std::lock_guard lock(mutex_);
            heard_ += line + '\n';
          }
          if (data && line != ".") continue;
          data = line == "DATA";
          say(client, data ? "354 go on\r\n" : line == "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
        }
      }
      ::close(client);
    }
  }
  int socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string heard_;
  std::thread thread_;
};

void put(Client& client, const std::string& path, const std::string& body) {
  const Reply reply = client.call("PUT", "/fhir/" + path, body);
  BOOST_REQUIRE_MESSAGE(reply.status < 300, reply.body);
}

void task(Client& client, const std::string& id) {
  put(client, "Task/" + id,
      R"({"resourceType":"Task","id":")" + id +
          R"(","status":"requested","intent":"order","description":"CANARY","for":{"reference":"Patient/p"},"owner":{"reference":"Practitioner/1"}})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(light_story)

BOOST_AUTO_TEST_CASE(a_list_goes_out_and_comes_back_as_a_file) {
  Folder folder;
  Server server(folder / "data");
  Client client(server.port());
  put(client, "Patient/p", R"~({"resourceType":"Patient","id":"p","name":[{"family":"=HYPERLINK(1)","given":["Anna"]}]})~");
  task(client, "a");
  const Reply list = client.call("GET", "/fhir/$worklist-csv?owner=Practitioner/1");
  BOOST_REQUIRE(list.status == 200);
  BOOST_TEST(list.body.find("\"'=HYPERLINK(1)\"") != std::string::npos);
  BOOST_TEST(list.body.find("CANARY") == std::string::npos);
  const std::string file = "task_id;version;new_status\na;1;accepted\n";
  BOOST_TEST(client.call("POST", "/fhir/$worklist-csv", file, "Content-Type: text/csv\r\n").status == 200);
  BOOST_TEST(client.call("GET", "/fhir/Task/a").body.find(R"("status":"accepted")") != std::string::npos);
  BOOST_TEST(client.call("POST", "/fhir/$worklist-csv", file, "Content-Type: text/csv\r\n").status == 409);
}

BOOST_AUTO_TEST_CASE(a_directory_comes_in_whole_or_not_at_all) {
  Folder folder;
  folder.write("organizations.csv", "id,name\no1,Food Bank\n");
  folder.write("services.csv", "id,organization_id,name,status\ns1,o1,Parcels,active\n");
  const auto import = [&] {
    return panelbridge({"directory", "import", "--data", folder / "data", folder.path().string()});
  };
  const Finished first = import(), again = import();
  BOOST_TEST(first.exit == 0, first.err);
  BOOST_TEST(first.out.find("2 written") != std::string::npos);
  BOOST_TEST(again.out.find("0 written") != std::string::npos);
  folder.write("services.csv", "id,organization_id,name,status\ns2,nobody,Other,active\n");
  const Finished broken = import();
  BOOST_TEST(broken.exit == 1);
  BOOST_TEST(broken.err.find("services, line 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_owner_gets_one_mail_without_content) {
  Folder folder;
  Relay relay;
  folder.write("config.json", R"({"mail": {"url": ")" + relay.url() +
                                  R"(", "plain": true, "from": "list@here.test", "link": "https://here.test/list", "hour": 0}})");
  const std::vector<std::string> options = {"--config", folder / "config.json"};
  {
    Server server(folder / "data", options);
    Client client(server.port());
    put(client, "Patient/p", R"({"resourceType":"Patient","id":"p","name":[{"family":"CANARY"}]})");
    put(client, "Practitioner/1",
        R"({"resourceType":"Practitioner","id":"1","name":[{"family":"CANARY"}],"telecom":[{"system":"email","value":"doctor@there.test","use":"work"}]})");
    task(client, "a");
    server.stop();
  }
  for (int round = 0; round < 2; ++round) {
    Server server(folder / "data", options);
    for (int i = 0; i < 500 && relay.heard().find("QUIT") == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
    server.stop();
  }
  const std::string heard = relay.heard();
  BOOST_TEST(heard.find("RCPT TO:<doctor@there.test>") != std::string::npos);
  BOOST_TEST(heard.find("RCPT TO") == heard.rfind("RCPT TO"));
  BOOST_TEST(heard.find("https://here.test/list") != std::string::npos);
  BOOST_TEST(heard.find("CANARY") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
