// TLS on the real program, with a certificate made for the test and openssl as the other side.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

#include "tests/story/server.hpp"

using story::Client;
using story::Finished;
using story::Folder;
using story::Server;

namespace {

void make_certificate(const Folder& folder) {
  const Finished made = story::run(
      "openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                  "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                  folder / "key.pem", "-out", folder / "cert.pem"});
  BOOST_REQUIRE_MESSAGE(made.exit == 0, made.err);
  folder.write("config.json", R"({"tls": {"certificate": "cert.pem", "key": {"file": "key.pem"}}})");
}

// Sends `request` through `openssl s_client` and returns what came back.
Finished speak(const Folder& folder, const Server& server, const std::string& request,
               std::vector<std::string> more = {}) {
  folder.write("request", request);
  std::string command = "openssl s_client -quiet -no_ign_eof -verify_return_error -servername localhost -CAfile '" +
                        (folder / "cert.pem") + "' -connect 127.0.0.1:" + std::to_string(server.port());
  for (const std::string& word : more) command += " " + word;
  return story::run("sh", {"-c", "{ cat '" + (folder / "request") + "'; sleep 1; } | " + command});
}

constexpr const char* create =
    "POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nContent-Length: "
    "26\r\n\r\n{\"resourceType\":\"Patient\"}\n"
    "GET /fhir/Patient?_summary=count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_story)

BOOST_AUTO_TEST_CASE(fhir_is_served_over_tls) {
  const Folder folder;
  make_certificate(folder);
  Server server(folder / "data", {"--config", folder / "config.json"});
  BOOST_TEST(server.url().starts_with("https://"));
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    std::string request = create;
    request.replace(request.find("26"), 2, "27");  // the line's end belongs to the body
    const Finished spoken = speak(folder, server, request, {version});
    BOOST_TEST(spoken.out.find("HTTP/1.1 201 Created") != std::string::npos,
               version << ": " << spoken.out << spoken.err);
    BOOST_TEST(spoken.out.find("\"type\":\"searchset\"") != std::string::npos, version);
    BOOST_TEST(
        spoken.out.find("https://127.0.0.1:" + std::to_string(server.port()) + "/fhir/Patient/") != std::string::npos,
        version);
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(old_protocols_and_plain_http_are_not_answered) {
  const Folder folder;
  make_certificate(folder);
  Server server(folder / "data", {"--config", folder / "config.json"});
  const Finished old = speak(folder, server, create, {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  BOOST_TEST(old.out.find("HTTP/1.1") == std::string::npos);
  Client plain = server.client();
  plain.send("GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(plain.reply().status == 0);
  const Finished after = speak(folder, server, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  BOOST_TEST(after.out.find("HTTP/1.1 200 OK") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_request_refused_over_tls_is_told_why) {
  const Folder folder;
  make_certificate(folder);
  Server server(folder / "data", {"--config", folder / "config.json"});
  const Finished spoken =
      speak(folder, server, "GET /fhir HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n");
  BOOST_TEST(spoken.out.find("HTTP/1.1 431 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_belong_to_the_certificate_is_an_error) {
  const Folder folder, other;
  make_certificate(folder);
  make_certificate(other);
  folder.write("key.pem", story::text_of(other / "key.pem"));
  const Finished refused =
      story::panelbridge({"serve", "--data", folder / "data", "--port", "0", "--config", folder / "config.json"});
  BOOST_TEST(refused.exit == 2);
  BOOST_TEST(refused.err.find("TLS key") != std::string::npos, refused.err);
}

BOOST_AUTO_TEST_SUITE_END()
