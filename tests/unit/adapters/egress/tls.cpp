// TLS towards partners: the certificate must be in date, of a known authority, and of the host that the URL names.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "adapters/egress/worker.hpp"
#include "tests/story/server.hpp"

using namespace adapters::egress;
using namespace std::chrono_literals;

namespace {

// An authority and its certificates, made by openssl; a server in python for each.
class Authority {
 public:
  Authority() {
    call({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
          folder_ / "ca.key", "-out", folder_ / "ca.pem", "-subj", "/CN=Test authority", "-days", "30"});
  }
  std::string pem() const { return story::text_of(folder_ / "ca.pem"); }
  // Names as in subjectAltName: "DNS:localhost,IP:127.0.0.1"
  void issue(const std::string& name, const std::string& names, int days) const {
    folder_.write(name + ".ext", "subjectAltName=" + names + "\n");
    call({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
          folder_ / (name + ".key"), "-out", folder_ / (name + ".csr"), "-subj", "/CN=" + name});
    call({"x509", "-req", "-in", folder_ / (name + ".csr"), "-CA", folder_ / "ca.pem", "-CAkey", folder_ / "ca.key",
          "-CAcreateserial", "-out", folder_ / (name + ".pem"), "-days", std::to_string(days), "-extfile",
          folder_ / (name + ".ext")});
  }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  void call(std::vector<std::string> arguments) const {
    const auto finished = story::run("openssl", std::move(arguments));
    BOOST_REQUIRE_MESSAGE(finished.exit == 0, finished.err);
  }
  story::Folder folder_;
};

constexpr const char* script = R"(
import http.server, ssl, sys
class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')
    def log_message(self, *a): pass
server = http.server.HTTPServer(('127.0.0.1', 0), Fine)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
if len(sys.argv) > 3: context.maximum_version = ssl.TLSVersion.TLSv1_1; context.set_ciphers('ALL:@SECLEVEL=0')
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
)";

class Site {
 public:
  Site(const Authority& authority, const std::string& name, bool old = false) {
    std::vector<std::string> arguments = {"-c", script, authority / (name + ".pem"), authority / (name + ".key")};
    if (old) arguments.push_back("old");
    process_ = std::make_unique<story::Process>("python3", arguments, logs_ / "out", logs_ / "err");
    for (const auto until = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < until;) {
      port_ = story::text_of(logs_ / "out");
      if (port_.ends_with('\n')) break;
      std::this_thread::sleep_for(5ms);
    }
    BOOST_REQUIRE_MESSAGE(port_.ends_with('\n'), story::text_of(logs_ / "err"));
    port_.pop_back();
  }
  std::string url(const std::string& host) const { return "https://" + host + ":" + port_ + "/"; }

 private:
  story::Folder logs_;
  std::unique_ptr<story::Process> process_;
  std::string port_;
};

core::Result<fhir::partner::Answer> get(const std::string& url, const std::string& authorities) {
  Policy policy;
  policy.allow_private_address = true;
  policy.authorities = authorities;
  Worker worker(*worker_program(), policy);
  fhir::partner::Call call;
  call.url = url;
  call.deadline = 5s;
  return worker.send(call);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_tls)

BOOST_AUTO_TEST_CASE(a_certificate_must_be_in_date_known_and_of_the_host) {
  const Authority authority;
  authority.issue("good", "DNS:localhost,IP:127.0.0.1", 30);
  authority.issue("other", "DNS:elsewhere.example", 30);
  authority.issue("expired", "DNS:localhost", -1);
  const Site good(authority, "good"), other(authority, "other"), expired(authority, "expired"),
      old(authority, "good", true);
  const std::string known = authority.pem();

  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto answer = get(good.url(host), known);
    BOOST_REQUIRE_MESSAGE(answer.ok(), host << ": " << (answer.ok() ? "" : answer.error().message));
    BOOST_TEST(answer->body == "ok");
  }
  struct Case {
    std::string url, authorities, what, why;
  };
  for (const Case& c : {Case{good.url("localhost"), "", "an unknown authority", "unable to get local issuer"},
                        Case{other.url("localhost"), known, "another host's", "another host"},
                        Case{other.url("127.0.0.1"), known, "another host's, by address", "another host"},
                        Case{expired.url("localhost"), known, "expired", "expired"},
                        Case{old.url("localhost"), known, "TLS 1.1", "SSL handshake"}}) {
    const auto answer = get(c.url, c.authorities);
    BOOST_REQUIRE_MESSAGE(!answer.ok(), c.what);
    BOOST_TEST(static_cast<int>(answer.error().kind) == static_cast<int>(core::Kind::busy), c.what);
    BOOST_TEST(answer.error().message.find(c.why) != std::string::npos, c.what << ": " << answer.error().message);
  }
}

BOOST_AUTO_TEST_SUITE_END()
