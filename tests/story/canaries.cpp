// Nobody gets more than the table of disclosure says, over any way out: resources with a marker in every element that
// R4 knows are stored, and every byte that leaves for a kind of recipient is searched for them. Which markers may be in
// it is read from the table in the plainest way: a path that it names, with no condition on it or above it.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/story/endpoint.hpp"
#include "tests/story/marked.hpp"
#include "tests/story/notified.hpp"
#include "tests/story/relay.hpp"
#include "tests/story/server.hpp"

using namespace story;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kinds = {"municipality", "practice", "community", "vendor"};
// Whose resources are what all this is about: every one of them must have been stored.
const std::set<std::string> must = {"Patient",
                                    "Task",
                                    "Condition",
                                    "Observation",
                                    "ServiceRequest",
                                    "Practitioner",
                                    "Organization",
                                    "MedicationRequest",
                                    "Encounter",
                                    "RelatedPerson",
                                    "Communication",
                                    "CarePlan",
                                    "Consent",
                                    "AllergyIntolerance",
                                    "DocumentReference",
                                    "Procedure",
                                    "QuestionnaireResponse",
                                    "Coverage",
                                    "Account"};
// What must never leave, whatever the table says.
const std::map<std::string, std::vector<std::string>> never = {
    {"municipality",
     {"Condition.", "Observation.", "MedicationRequest.", "Task.note", "Task.input", "Task.output",
      "Task.reasonReference", "Patient.text", "Patient.contact", "Task.text"}},
    {"practice",
     {"Condition.", "RelatedPerson.", "Account.", "Coverage.", "Task.description", "Task.note", "Task.input",
      "Task.reasonCode", "Task.statusReason", "Patient.address", "Patient.contact", "Patient.text",
      "DocumentReference."}},
    {"community",
     {"Condition.", "ServiceRequest.", "Patient.identifier", "Patient.name.family", "Patient.birthDate",
      "Patient.gender", "Patient.address", "Patient.text", "Task.description", "Task.note"}},
    {"vendor",
     {"Condition.", "RelatedPerson.", "Task.description", "Task.note", "Task.reasonCode", "Patient.address",
      "Patient.telecom", "Patient.text"}}};

class Table {
 public:
  Table() {
    std::ifstream file(PANELBRIDGE_SOURCE "/profiles/house/disclosure.json");
    std::ostringstream text;
    text << file.rdbuf();
    const auto table = fhir::json::parse(text.str());
    BOOST_REQUIRE(table.ok());
    for (const fhir::json::Member& kind : table->root()["recipients"].members())
      for (const fhir::json::Member& type : kind.value.members())
        read(std::string(kind.name), std::string(type.name), type.value);
  }
  bool lets(const std::string& kind, const std::string& path) const {
    const auto rows = named_.find(kind);
    if (rows == named_.end() || !rows->second.contains(path)) return false;
    for (const std::string& condition : conditions_.at(kind))
      if (path == condition || path.starts_with(condition + '.')) return false;
    const auto forbidden = never.find(kind);
    return std::none_of(forbidden->second.begin(), forbidden->second.end(),
                        [&](const std::string& no) { return path.starts_with(no); });
  }

 private:
  void read(const std::string& kind, const std::string& type, const fhir::json::Value& list) {
    conditions_[kind];
    for (const fhir::json::Value& entry : list.elements()) {
      const std::string path = type + '.' + std::string(entry.is_string() ? entry.text() : entry.text("path"));
      named_[kind].insert(path);
      for (const fhir::json::Member& where :
           entry["where"].members())  // a URI that no marker is; codes may be met by chance
        if (where.value[0].text().find(':') != std::string_view::npos) conditions_[kind].insert(path);
    }
  }
  std::map<std::string, std::set<std::string>> named_, conditions_;
};

bool gets_panels(const std::string& kind) { return kind == "practice" || kind == "vendor"; }

struct Watched {
  Watched() {
    std::string targets;
    for (const std::string& kind : kinds)
      targets += R"(,{"url":")" + endpoint.url() + '/' + kind + R"(","recipient":")" + kind + R"("})";
    folder.write("config.json",
                 R"({"log": {"requests": false}, "mail": {"url": ")" + relay.url() +
                     R"(", "plain": true, "from": "list@here.test", "link": "https://here.test/list", "hour": 0},
      "notifications": {"allow_private_address": true, "targets": [)" +
                     targets.substr(1) + "]}}");
    start();
  }
  void start() {
    if (server) server->stop();
    server = std::make_unique<Server>(folder / "data", std::vector<std::string>{"--config", folder / "config.json"});
  }

  // Everything that each kind of recipient could have got: its bytes.
  std::map<std::string, std::string> heard;
  Folder folder;
  Endpoint endpoint;
  Relay relay;
  std::unique_ptr<Server> server;

  void subscribe(Client& client) {
    for (const std::string& kind : kinds) {
      for (const std::string content : {"full-resource", "id-only"}) {
        const std::string id = kind + (content == "id-only" ? "-ids" : "-all");
        const Reply reply =
            client.call("PUT", "/fhir/Subscription/" + id,
                        subscription_to_tasks({.id = id, .endpoint = endpoint.url() + '/' + kind, .content = content}));
        BOOST_REQUIRE_MESSAGE(reply.status < 300, reply.body);
        all.push_back(id);
      }
      for (const std::string type : {"Task", "Patient", "Practitioner", "Organization", "ServiceRequest"}) {
        const std::string id = kind + "-" + type;
        const std::string body = R"({"resourceType":"Subscription","id":")" + id +
                                 R"(","status":"requested","reason":"r","criteria":")" + type +
                                 R"(","channel":{"type":"rest-hook","endpoint":")" + endpoint.url() + '/' + kind +
                                 R"(","payload":"application/fhir+json"}})";
        const int status = client.call("PUT", "/fhir/Subscription/" + id, body).status;
        BOOST_TEST((status < 300 || status == 422));  // 422: this kind gets nothing of the type
      }
      const std::string id = kind + "-panels";
      const int status =
          client.call("PUT", "/fhir/Subscription/" + id,
                      subscription_to_tasks({.id = id, .endpoint = endpoint.url() + '/' + kind,
                                             .content = "full-resource",
                                             .filter = "Group?managing-entity=Organization/marked",
                                             .topic = "panel-membership"}))
              .status;
      BOOST_TEST((status < 300) == gets_panels(kind), kind << ": " << status);
    }
  }
  void exports(Client& client) {
    for (const std::string& kind : kinds)
      for (const std::string path :
           {"/fhir/$export?recipient=", "/fhir/Patient/$export?recipient=",
            "/fhir/$export?_type=Group&_typeFilter=Group%3Fmanaging-entity=Organization/marked&recipient="}) {
        const Reply begun = client.call("GET", path + kind, {}, "Prefer: respond-async\r\n");
        if (path.find("Group") != path.npos && !gets_panels(kind)) {
          BOOST_TEST(begun.status == 400, kind << ": " << begun.body);
          continue;
        }
        BOOST_REQUIRE_MESSAGE(begun.status == 202, begun.body);
        const std::string& url = begun.headers.at("content-location");
        const std::string status = url.substr(url.find("/fhir"));
        Reply reply = client.call("GET", status);
        for (int i = 0; i < 500 && reply.status == 202; ++i, reply = client.call("GET", status))
          std::this_thread::sleep_for(10ms);
        BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
        heard[kind] += reply.body;
        const auto manifest = fhir::json::parse(reply.body);
        BOOST_TEST(manifest->root()["output"].size() > 0);
        for (const fhir::json::Value& file : manifest->root()["output"].elements())
          heard[kind] += client.call("GET", std::string(file.text("url")).substr(file.text("url").find("/fhir"))).body;
        client.call("DELETE", status);
      }
  }
  void asked(Client& client) {
    for (const std::string& kind : kinds) {
      heard[kind] += client.call("GET", "/fhir/$worklist-csv?owner=Practitioner/1&recipient=" + kind).body;
      for (const std::string what : {"-all/$events?content=full-resource", "-all/$status", "-ids/$events"})
        heard[kind] += client.call("GET", "/fhir/Subscription/" + kind + what).body;
    }
  }
  void notified() {
    for (const auto& request : endpoint.requests()) heard[request.path().substr(1)] += request.head + request.body;
  }
  std::vector<std::string> all;
};

std::string quoted(const std::string& text) { return '"' + text + '"'; }

void fix(Marked& marked) {
  marked.fixed["Group.type"] = quoted("person");
  marked.fixed["Group.actual"] = "true";
  marked.fixed["Group.managingEntity"] = R"({"reference":"Organization/marked"})";
  marked.fixed["Group.code"] =
      R"({"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/panel","code":"diabetes"}]})";
  marked.fixed["Task.owner"] = R"({"reference":"Practitioner/1"})";
  marked.fixed["Task.for"] = R"({"reference":"Patient/marked"})";
  marked.fixed["Task.status"] = quoted("requested");
  marked.fixed["Task.intent"] = quoted("order");
  marked.fixed["Observation.subject"] = R"({"reference":"Patient/marked"})";
  marked.fixed["Condition.subject"] = R"({"reference":"Patient/marked"})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(canaries)

BOOST_AUTO_TEST_CASE(no_marker_leaves_that_the_table_does_not_let_out) {
  const auto definitions = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  BOOST_REQUIRE(definitions.ok());
  const Table table;
  Watched watched;
  Client client(watched.server->port());
  client.call(
      "PUT", "/fhir/Practitioner/1",
      R"({"resourceType":"Practitioner","id":"1","telecom":[{"system":"email","value":"doctor@there.test","use":"work"}]})");
  watched.subscribe(client);
  const int rounds = long_run() ? 9 : 2;
  const unsigned seed = std::random_device{}();
  Marked marked(**definitions, seed);  // one for all rounds: what is late or left from before is known too
  fix(marked);
  std::map<std::string, std::set<std::string>> let_out;
  for (int round = 0; round < rounds; ++round) {
    std::set<std::string> stored;
    std::string why;
    for (const std::string& type : (*definitions)->resource_types()) {
      if (type == "Subscription" || type == "SearchParameter") continue;  // they would do something
      const Reply reply = client.call("PUT", "/fhir/" + type + "/marked", marked.resource(type, "marked"));
      if (reply.status < 300) stored.insert(type);
      else if (must.contains(type)) why += type + ": " + reply.body;
    }
    BOOST_REQUIRE_MESSAGE(std::includes(stored.begin(), stored.end(), must.begin(), must.end()),
                          "seed " << seed << ": " << why);
    BOOST_TEST(stored.size() > 120);
    for (auto& [kind, bytes] : watched.heard) bytes.clear();
    watched.exports(client);
    watched.asked(client);
    for (int i = 0; i < 500; ++i) {
      if (client.call("GET", "/metrics").body.find("\npanelbridge_notifications_waiting 0\n") != std::string::npos)
        break;
      std::this_thread::sleep_for(10ms);
    }
    watched.notified();
    watched.endpoint.forget();
    for (const std::string& kind : kinds) {
      const std::set<std::string> left = marked.found_in(watched.heard[kind]);
      for (const std::string& path : left) {
        BOOST_TEST(table.lets(kind, path), kind << " got " << path << " (seed " << seed << ")");
        let_out[kind].insert(path);
      }
    }
    if (round + 1 < rounds) continue;
    watched.start();  // after a restart what is pending is mailed at once
    BOOST_TEST(watched.relay.wait_for("https://here.test/list"));
    BOOST_TEST(marked.found_in(watched.relay.heard()).empty());
  }
  // The search finds what may leave, so it would find what may not.
  for (const std::string& kind : kinds) BOOST_TEST(!let_out[kind].empty(), kind << " got nothing");
  BOOST_TEST(let_out["practice"].contains("Patient.birthDate"));
  BOOST_TEST(let_out["practice"].contains("Group.quantity"));
  BOOST_TEST(let_out["municipality"].contains("Task.description"));
}

BOOST_AUTO_TEST_SUITE_END()
