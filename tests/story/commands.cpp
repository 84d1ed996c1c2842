// The program as an operator calls it: what each wrong call answers, and what the commands do with a data folder.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "adapters/http/gzip.hpp"
#include "tests/story/server.hpp"

using story::Finished;
using story::Folder;
using story::panelbridge;
using story::Server;

namespace {

std::string count_of(Server& server, const std::string& path) {
  const story::Reply reply =
      server.client().call("GET", path + (path.find('?') == path.npos ? "?" : "&") + "_summary=count");
  const std::size_t at = reply.body.find("\"total\":");
  if (at == std::string::npos) return reply.body;
  return reply.body.substr(at + 8, reply.body.find_first_of(",}", at) - at - 8);
}

std::string bundle(const std::string& entries) {
  return R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}";
}
std::string entry(const std::string& resource, const std::string& type, const std::string& condition = "") {
  return R"({"resource":)" + resource + R"(,"request":{"method":"POST","url":")" + type + "\"" +
         (condition.empty() ? "" : R"(,"ifNoneExist":")" + condition + "\"") + "}}";
}

const std::string hospital =
    R"({"resourceType":"Organization","identifier":[{"system":"urn:h","value":"1"}],"name":"H"})";
const std::string encounter =
    R"({"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization?identifier=urn:h|1"}})";

}  // namespace

BOOST_AUTO_TEST_SUITE(commands_story)

BOOST_AUTO_TEST_CASE(a_wrong_call_is_told_so_with_exit_2) {
  const Folder folder;
  const std::string data = folder / "data";
  folder.write("bad.json", R"({"limits": {"body_bites": 1}})");
  const std::vector<std::vector<std::string>> calls = {
      {},
      {"nonsense"},
      {"serve"},
      {"serve", "--data"},
      {"serve", "--data", data, "--prt", "1"},
      {"serve", "--data", data, "--port", "70000"},
      {"serve", "--data", data, "--bind", "0.0.0.0"},
      {"serve", "--data", data, "--bind", "not-an-address", "--open"},
      {"serve", "--data", data, "--today", "2024-02-30"},
      {"serve", "--data", data, "--base-url", "ftp://x"},
      {"serve", "--data", data, "--config", folder / "not-there.json"},
      {"serve", "--data", data, "--config", folder / "bad.json"},
      {"serve", "--data", "postgres://db/panelbridge"},
      {"serve", "--data", data, "more"},
      {"import", "--data", data},
      {"import", "--data", data, folder / "not-there"},
      {"import", "--data", data, folder / "bad.txt"},
      {"check", "--data", folder / "not-there"},
      {"backup", "--data", data},
      {"restore", "--from", folder / "not-there", "--data", data},
  };
  for (const auto& call : calls) {
    std::string words;
    for (const std::string& word : call) words += word + " ";
    const Finished finished = panelbridge(call);
    BOOST_TEST(finished.exit == 2, words << "ends with " << finished.exit);
    BOOST_TEST(!finished.err.empty(), words << "says nothing");
    BOOST_TEST(finished.out.empty(), words << "prints on stdout");
  }
  BOOST_TEST(panelbridge({"serve", "--data", data, "--config", folder / "bad.json"}).err.find("limits.body_bites") !=
             std::string::npos);
  BOOST_TEST(panelbridge({"serve", "--data", "postgres://db/x"}).err.find("not yet") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_and_version_are_no_errors) {
  BOOST_TEST(panelbridge({"--help"}).exit == 0);
  BOOST_TEST(panelbridge({"--version"}).out.starts_with("panelbridge "));
  for (const char* command : {"serve", "import", "check", "backup", "restore", "risk"}) {
    const Finished finished = panelbridge({command, "--help"});
    BOOST_TEST(finished.exit == 0, command);
    BOOST_TEST(finished.out.starts_with("usage:"), command);
  }
}

BOOST_AUTO_TEST_CASE(import_takes_every_form_and_waits_for_what_comes_later) {
  const Folder folder;
  std::filesystem::create_directories(folder.path() / "in" / "more");
  folder.write("in/1-encounter.json", bundle(entry(encounter, "Encounter")));
  folder.write("in/2-hospital.json.gz",
               adapters::http::zipped(bundle(entry(hospital, "Organization", "identifier=urn:h|1"))));
  folder.write("in/more/3.ndjson", R"({"resourceType":"Patient","id":"a"})"
                                   "\n"
                                   R"({"resourceType":"Patient","id":"b"})"
                                   "\n");
  folder.write("in/more/4.ndjson.gz", adapters::http::zipped(R"({"resourceType":"Patient","id":"c"})"));
  folder.write("in/README.md", "not data");
  const Finished first = panelbridge({"import", "--data", folder / "data", folder / "in"});
  BOOST_TEST(first.exit == 0, first.out << first.err);
  BOOST_TEST(first.out.find("4 files, 5 resources: 5 created, 0 known, 0 refused") != std::string::npos, first.out);
  const Finished again =
      panelbridge({"import", "--data", folder / "data", folder / "in/2-hospital.json.gz", folder / "in/more"});
  BOOST_TEST(again.exit == 0);
  BOOST_TEST(again.out.find("3 files, 4 resources: 0 created, 4 known, 0 refused") != std::string::npos, again.out);
  Server server(folder / "data");
  BOOST_TEST(count_of(server, "/fhir/Organization") == "1");
  BOOST_TEST(count_of(server, "/fhir/Encounter?service-provider.name=H") == "1");
  BOOST_TEST(count_of(server, "/fhir/Patient") == "3");
}

BOOST_AUTO_TEST_CASE(import_stores_no_half_bundle_and_says_what_was_wrong) {
  const Folder folder;
  folder.write("faulty.json", bundle(entry(R"({"resourceType":"Patient"})", "Patient") + "," +
                                     entry(R"({"resourceType":"Patient","gender":"banana"})", "Patient")));
  folder.write("waits.json", bundle(entry(encounter, "Encounter")));
  folder.write("cut.json", R"({"resourceType":"Bundle",)");
  folder.write("lines.ndjson", R"({"resourceType":"Patient","id":"good"})"
                               "\nnonsense\n"
                               R"({"resourceType":"Patient","id":"bad","gender":"banana"})"
                               "\n");
  folder.write("good.json", R"({"resourceType":"Patient","id":"single"})");
  const Finished finished =
      panelbridge({"import", "--data", folder / "data", folder / "faulty.json", folder / "waits.json",
                   folder / "cut.json", folder / "lines.ndjson", folder / "good.json"});
  BOOST_TEST(finished.exit == 1);
  BOOST_TEST(finished.err.find("banana") != std::string::npos);
  BOOST_TEST(finished.err.find("Organization?identifier=urn:h|1") != std::string::npos);
  BOOST_TEST(finished.err.find("line 2") != std::string::npos);
  BOOST_TEST(finished.err.find("line 3") != std::string::npos);
  Server server(folder / "data");
  BOOST_TEST(count_of(server, "/fhir/Patient") == "2");
  BOOST_TEST(count_of(server, "/fhir/Encounter") == "0");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_served_is_held) {
  const Folder folder;
  folder.write("one.json", R"({"resourceType":"Patient","id":"one"})");
  Server server(folder / "data");
  const std::string holder = std::to_string(server.process().id());
  for (const auto& call :
       std::vector<std::vector<std::string>>{{"import", "--data", folder / "data", folder / "one.json"},
                                             {"serve", "--data", folder / "data", "--port", "0"}}) {
    const Finished refused = panelbridge(call);
    BOOST_TEST(refused.exit == 2);
    BOOST_TEST(refused.err.find(holder) != std::string::npos, refused.err);
  }
  BOOST_TEST(server.client().call("PUT", "/fhir/Patient/two", R"({"resourceType":"Patient","id":"two"})").status ==
             201);
  BOOST_TEST(panelbridge({"check", "--data", folder / "data"}).exit == 0);
  BOOST_TEST(panelbridge({"backup", "--data", folder / "data", "--to", folder / "copy"}).exit == 0);
  BOOST_TEST(panelbridge({"backup", "--data", folder / "data", "--to", folder / "copy"}).exit == 2);
  BOOST_TEST(panelbridge({"restore", "--from", folder / "copy", "--data", folder / "data"}).exit == 2);
  BOOST_TEST(panelbridge({"restore", "--from", folder / "copy", "--data", folder / "other"}).exit == 0);
  Server other(folder / "other");
  BOOST_TEST(other.client().call("GET", "/fhir/Patient/two").status == 200);
}

BOOST_AUTO_TEST_CASE(files_in_the_folder_that_are_not_its_own_are_left_alone) {
  const Folder folder;
  std::filesystem::create_directories(folder.path() / "data");
  folder.write("data/notes.txt", "mine");
  {
    Server server(folder / "data");
    BOOST_TEST(server.client().call("PUT", "/fhir/Patient/two", R"({"resourceType":"Patient","id":"two"})").status ==
               201);
    BOOST_TEST(server.stop() == 0);
  }
  BOOST_TEST(story::text_of(folder / "data/notes.txt") == "mine");
}

BOOST_AUTO_TEST_SUITE_END()
