// Without a FHIR client, over real processes: a work list as a file out and in, a directory of services in, a mail that
// says nothing but where to look.
#include <boost/test/unit_test.hpp>

#include "tests/story/relay.hpp"
#include "tests/story/server.hpp"

using namespace story;
using namespace std::chrono_literals;

namespace {

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
  put(client, "Patient/p",
      R"~({"resourceType":"Patient","id":"p","name":[{"family":"=HYPERLINK(1)","given":["Anna"]}]})~");
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
  folder.write("services.csv", "id,organization_id,name,status\ns9,o1,Others,active\n");
  BOOST_TEST(import().out.find("1 of an earlier import no longer active") != std::string::npos);
  BOOST_TEST(import().out.find("0 written") != std::string::npos);
  folder.write("services.csv", "id,organization_id,name,status\ns2,nobody,Other,active\n");
  const Finished broken = import();
  BOOST_TEST(broken.exit == 1);
  BOOST_TEST(broken.err.find("services, line 2") != std::string::npos);
}

// A relay with TLS, in Python: says what it heard in a file. `how`: starttls, none (it does not offer it), reject.
struct SecureRelay {
  SecureRelay(const Folder& folder, const std::string& how) : heard(folder / ("heard-" + how)) {
    process = std::make_unique<Process>("python3",
                                        std::vector<std::string>{PANELBRIDGE_SOURCE "/tests/story/relay.py",
                                                                 folder / "cert.pem", folder / "key.pem", heard, how},
                                        folder / ("port-" + how), "/dev/null");
    for (int i = 0; i < 1'000 && port.empty(); ++i, std::this_thread::sleep_for(10ms)) {
      port = text_of(folder / ("port-" + how));
      if (!port.ends_with('\n')) port.clear();
    }
    BOOST_REQUIRE(!port.empty());
    port.pop_back();
  }
  bool wait_for(std::string_view text) const {
    for (int i = 0; i < 1'500; ++i, std::this_thread::sleep_for(10ms))
      if (text_of(heard).find(text) != std::string::npos) return true;
    return false;
  }
  std::string heard, port;
  std::unique_ptr<Process> process;
};

BOOST_AUTO_TEST_CASE(a_password_goes_over_tls_to_a_relay_that_is_trusted_or_not_at_all) {
  Folder folder;
  BOOST_REQUIRE(run("openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                                "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost",
                                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"})
                    .exit == 0);
  folder.write("secret", "CANARY-password");
  for (const std::string how : {"starttls", "none", "reject", "stranger"}) {
    const SecureRelay relay(folder, how);
    folder.write(
        "config.json",
        R"({"mail": {"url": "smtp://localhost:)" + relay.port +
            R"(", "user": "me", "password": {"file": "secret"}, "from": "list@here.test", "link": "https://here.test/list", "hour": 0)" +
            (how == "stranger" ? "" : R"(, "ca_file": "cert.pem")") + "}}");
    Server server(folder / ("data-" + how), {"--config", folder / "config.json"});
    Client client(server.port());
    put(client, "Practitioner/1",
        R"({"resourceType":"Practitioner","id":"1","telecom":[{"system":"email","value":"doctor@there.test","use":"work"}]})");
    task(client, "a");
    server.stop();
    Server again(folder / ("data-" + how), {"--config", folder / "config.json"});
    BOOST_TEST(relay.wait_for(how == "starttls" ? "https://here.test/list" : how == "reject" ? "AUTH" : "EHLO"), how);
    if (how != "starttls")
      for (int i = 0; i < 500 && again.log().find("tried again") == std::string::npos; ++i)
        std::this_thread::sleep_for(10ms);
    const std::string heard = text_of(relay.heard), log = again.log();
    BOOST_TEST(log.find("CANARY") == std::string::npos);
    BOOST_TEST(log.find("doctor@there.test") == std::string::npos);
    BOOST_TEST((log.find("tried again") != std::string::npos) == (how != "starttls"), how << log);
    if (how == "starttls") {
      BOOST_TEST(heard.find("password ok") != std::string::npos);
      BOOST_TEST(heard.find("CANARY\n") == std::string::npos);
    }
    if (how == "none" || how == "stranger") BOOST_TEST(heard.find("AUTH") == std::string::npos, how << heard);
  }
}

BOOST_AUTO_TEST_CASE(an_owner_gets_one_mail_without_content) {
  Folder folder;
  Relay relay;
  folder.write("config.json",
               R"({"mail": {"url": ")" + relay.url() +
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
