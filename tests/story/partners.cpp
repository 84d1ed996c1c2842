// Partners at work, over real processes: an upstream, this server beside it with a worker for each partner, an
// operator.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/story/server.hpp"

using namespace std::chrono_literals;

namespace {

bool becomes(const std::function<bool()>& condition, std::chrono::milliseconds patience = 20s) {
  for (const auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
    if (condition()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return condition();
}

// The processes of workers that this process started and that are alive.
std::vector<pid_t> workers_of(pid_t server) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const std::string stat = story::text_of(entry.path() / "stat");
    const std::size_t end = stat.rfind(')');
    if (end == stat.npos || stat.find("(panelbridge-egr") == stat.npos || stat.substr(end + 2, 1) == "Z") continue;
    if (std::atoi(stat.c_str() + end + 4) == server) found.push_back(std::atoi(name.c_str()));
  }
  return found;
}

bool alive(pid_t process) {
  const std::string stat = story::text_of("/proc/" + std::to_string(process) + "/stat");
  return stat.find("(panelbridge-egr") != stat.npos && stat.find(") Z ") == stat.npos;
}

// Sends these bytes to whoever connects and has asked; counts them in a file. It writes its port first.
constexpr const char* stranger = R"(
import socket, sys
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
answer = bytes(sys.argv[1], 'latin-1').decode('unicode_escape').encode('latin-1')
while True:
    peer, _ = listener.accept()
    try:
        if peer.recv(65536): print('asked', flush=True)
        peer.sendall(answer)
    except OSError: pass
    peer.close()
)";

class Stranger {
 public:
  explicit Stranger(const std::string& answer)
      : process_("python3", {"-c", stranger, answer}, logs_ / "out", logs_ / "err") {
    BOOST_REQUIRE(becomes([&] { return story::text_of(logs_ / "out").ends_with('\n'); }));
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(std::atoi(story::text_of(logs_ / "out").c_str())) + "/fhir";
  }
  std::size_t asked() const {
    const std::string out = story::text_of(logs_ / "out");
    return static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) - 1;
  }

 private:
  story::Folder logs_;
  story::Process process_;
};

std::string partner(const std::string& id, const std::string& url) {
  return R"({"id": ")" + id + R"(", "kind": "fhir", "base_url": ")" + url +
         R"(", "types": ["Patient"], "interval_s": 1, "allow_private_address": true})";
}

// This server with partners; its operator.
struct Desk {
  explicit Desk(const std::string& partners) { folder.write("config.json", R"({"partners": [)" + partners + "]}"); }
  std::vector<std::string> options() const { return {"--config", folder / "config.json"}; }
  story::Finished operate(std::vector<std::string> words) const {
    words.insert(words.begin(), "partners");
    for (const std::string& more :
         {std::string("--config"), folder / "config.json", std::string("--data"), folder / "data"})
      words.push_back(more);
    return story::panelbridge(words);
  }
  story::Folder folder;
};

std::string metrics(const story::Server& server) { return server.client().call("GET", "/metrics").body; }

}  // namespace

BOOST_AUTO_TEST_SUITE(partners)

BOOST_AUTO_TEST_CASE(an_operator_lists_tests_pauses_and_resumes_a_partner_beside_the_server_and_without_it) {
  const story::Folder upstream_data;
  story::Server upstream(upstream_data / "data");
  BOOST_REQUIRE(
      upstream.client().call("PUT", "/fhir/Patient/one", R"({"resourceType": "Patient", "id": "one"})").status == 201);
  const Desk desk(partner("clinic", upstream.url()));
  const story::Finished before = desk.operate({"test"});
  BOOST_TEST(before.exit == 0, before.out << before.err);
  BOOST_TEST(before.out.find("clinic  ok") == 0u);
  {
    story::Server server(desk.folder / "data", desk.options());
    const auto patients = [&] { return server.client().call("GET", "/fhir/Patient?_summary=count").body; };
    BOOST_TEST(becomes([&] { return patients().find("\"total\":1") != std::string::npos; }));
    BOOST_TEST(desk.operate({"list"}).out.starts_with("clinic  fhir  working"));
    BOOST_TEST(desk.operate({"pause", "clinic"}).exit == 0);
    BOOST_TEST(desk.operate({"list"}).out.starts_with("clinic  fhir  paused"));
    BOOST_TEST(metrics(server).find("panelbridge_partner_paused{partner=\"clinic\"} 1") != std::string::npos);
    BOOST_TEST(desk.operate({"pause", "nobody"}).exit == 2);
    BOOST_TEST(becomes([&] {
      const auto endpoint =
          server.client().call("GET", "/fhir/Endpoint?status=suspended&connection-type=hl7-fhir-rest").body;
      return endpoint.find(upstream.url()) != std::string::npos;
    }));
    BOOST_REQUIRE(
        upstream.client().call("PUT", "/fhir/Patient/two", R"({"resourceType": "Patient", "id": "two"})").status ==
        201);
    std::this_thread::sleep_for(2s);
    BOOST_TEST(patients().find("\"total\":1") != std::string::npos);
    const auto status = server.client().call("GET", "/fhir/$partner-status").body;
    BOOST_TEST(status.find(R"({"name":"state","valueCode":"paused"})") != std::string::npos);
    BOOST_TEST(server.stop() == 0);
  }
  BOOST_TEST(desk.operate({"list", "clinic"}).out.starts_with("clinic  fhir  paused"));
  BOOST_TEST(desk.operate({"resume", "clinic"}).exit == 0);
  story::Server server(desk.folder / "data", desk.options());
  BOOST_TEST(becomes([&] {
    return server.client().call("GET", "/fhir/Patient?_summary=count").body.find("\"total\":2") != std::string::npos;
  }));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"dead-letters"}, {"dead-letters", "clinic"}, {"dead-letters", "list", "clinic"}})
    BOOST_TEST(desk.operate(words).out == "no dead letters\n");
  BOOST_TEST(desk.operate({"dead-letters", "retry"}).exit == 2);
  std::string mistyped = partner("clinic", upstream.url());
  mistyped.replace(mistyped.find("Patient"), 7, "Pateint");
  const story::Finished refused = Desk(mistyped).operate({"test"});
  BOOST_TEST(refused.exit == 2);
  BOOST_TEST(refused.err.find("partners[0].types names what is no resource type of FHIR R4: Pateint") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_that_ends_the_worker_is_a_delay_for_the_server_and_no_more) {
  const Stranger deadly("HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n-2\\r\\nxx\\r\\n0\\r\\n\\r\\n");
  const Desk desk(partner("deadly", deadly.url()));
  story::Server server(desk.folder / "data", desk.options());
  BOOST_TEST(becomes([&] { return deadly.asked() >= 3; }));
  BOOST_TEST(server.client().call("GET", "/readyz").status == 200);
  BOOST_TEST(metrics(server).find("panelbridge_partner_failing{partner=\"deadly\"} 1") != std::string::npos);
  const std::string list = desk.operate({"list"}).out;
  BOOST_TEST(list.find("failing") != list.npos);
  BOOST_TEST(list.find("the worker for outgoing calls ended during the call") != list.npos, list);
  BOOST_TEST(desk.operate({"test"}).exit == 1);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_never_outlives_its_server) {
  const Stranger silent("");
  const Desk desk(partner("one", silent.url()) + ", " + partner("two", silent.url()));
  for (const bool killed : {true, false}) {
    story::Server server(desk.folder / "data", desk.options());
    std::vector<pid_t> workers;
    BOOST_TEST(becomes([&] { return (workers = workers_of(server.process().id())).size() == 2; }));
    if (killed) server.kill();
    else BOOST_TEST(server.stop() == 0);
    for (const pid_t worker : workers) BOOST_TEST(becomes([&] { return !alive(worker); }, 5s));
  }
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_wrong_is_refused_with_the_place) {
  const Desk desk(
      R"({"id": "a", "kind": "fhir", "base_url": "http://x/fhir", "types": ["Patient"], "intervall_s": 5})");
  const auto finished =
      story::panelbridge({"serve", "--data", desk.folder / "data", "--config", desk.folder / "config.json"});
  BOOST_TEST(finished.exit == 2);
  BOOST_TEST(finished.err.find("partners[0].intervall_s") != std::string::npos, finished.err);
}

BOOST_AUTO_TEST_SUITE_END()
