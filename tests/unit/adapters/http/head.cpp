#include "adapters/http/head.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace adapters::http;

namespace {

struct Outcome {
  int status = 0;  // 0: accepted
  bool complete = false;
  fhir::rest::Request request;
  Framing framing;
};

// Feeds `text` in pieces of `step` bytes, then parses the header that was found.
Outcome outcome_of(std::string_view text, std::size_t step = 1'000'000, const Limits& limits = {}) {
  Outcome outcome;
  HeadScan scan;
  for (std::size_t end = std::min(step, text.size());; end = std::min(end + step, text.size())) {
    if (auto refusal = scan.feed(text.substr(0, end), limits)) {
      outcome.status = refusal->status;
      return outcome;
    }
    if (scan.complete() || end == text.size()) break;
  }
  outcome.complete = scan.complete();
  if (!scan.complete()) return outcome;
  if (auto refusal = parse_head(text.substr(0, scan.size()), limits, outcome.request, outcome.framing))
    outcome.status = refusal->status;
  return outcome;
}

std::string get(std::string_view headers) {
  return "GET /fhir HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}
std::string post(std::string_view headers) {
  return "POST /fhir HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

struct Case {
  std::string name, text;
  int status;
};

const std::vector<Case>& refused() {
  using namespace std::string_literals;
  static const std::vector<Case> cases = {
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"bare LF after a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"bare CR in a header", get("X: a\rb\r\n"), 400},
      {"folded header", get("X: a\r\n b\r\n"), 400},
      {"folded header by a tab", get("X: a\r\n\tb\r\n"), 400},
      {"first header begins with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"NUL in a header", get("X: a\0b\r\n"s), 400},
      {"DEL in a header", get("X: a\x7f\r\n"), 400},
      {"tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 505},
      {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
      {"space before the colon", get("Content-Length : 3\r\n"), 400},
      {"no colon", get("nonsense\r\n"), 400},
      {"empty name", get(": a\r\n"), 400},
      {"no Host in 1.1", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get("Host: b\r\n"), 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"Content-Length twice, the same", post("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {"Content-Length twice, different", post("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {"Content-Length as a list", post("Content-Length: 3, 3\r\n"), 400},
      {"Content-Length with a sign", post("Content-Length: +3\r\n"), 400},
      {"Content-Length negative", post("Content-Length: -1\r\n"), 400},
      {"Content-Length in hex", post("Content-Length: 0x3\r\n"), 400},
      {"Content-Length empty", post("Content-Length:\r\n"), 400},
      {"Content-Length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n"), 400},
      {"Content-Length and chunked", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked and Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked not alone", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked not last", post("Transfer-Encoding: chunked, identity\r\n"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n"), 501},
      {"something like chunked", post("Transfer-Encoding: xchunked\r\n"), 501},
      {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"chunked after a vertical tab",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       400},
      {"identity beside a length", post("Transfer-Encoding: identity\r\nContent-Length: 3\r\n"), 501},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"target without slash", "GET fhir HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"raw UTF-8 in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"unknown expectation", post("Expect: 200-ok\r\n"), 417},
      {"unknown Content-Encoding", post("Content-Encoding: br\r\n"), 415},
      {"two empty lines first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"too long a URL", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"too large a header", get("X: " + std::string(17'000, 'a') + "\r\n"), 431},
      {"a body too large", post("Content-Length: 67108865\r\n"), 413},
  };
  return cases;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(head)

BOOST_AUTO_TEST_CASE(what_two_parsers_could_read_differently_is_refused) {
  for (const Case& c : refused())
    BOOST_TEST(outcome_of(c.text).status == c.status, c.name << " is answered " << outcome_of(c.text).status);
}

BOOST_AUTO_TEST_CASE(the_answer_does_not_depend_on_how_the_bytes_arrive) {
  for (const Case& c : refused()) {
    for (std::size_t step : {1, 2, 3, 7})
      BOOST_TEST(outcome_of(c.text, step).status == c.status, c.name << " in pieces of " << step);
  }
}

BOOST_AUTO_TEST_CASE(an_unfinished_header_waits_for_more) {
  const std::string whole = post("Content-Length: 3\r\nX: y\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Outcome outcome = outcome_of(std::string_view(whole).substr(0, size));
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(!outcome.complete);
  }
  BOOST_TEST(outcome_of(whole).complete);
}

BOOST_AUTO_TEST_CASE(too_many_headers_are_refused) {
  std::string headers;
  for (int i = 0; i < 64; ++i) headers += "X: y\r\n";
  BOOST_TEST(outcome_of(get(headers)).status == 431);
}

BOOST_AUTO_TEST_CASE(a_request_is_taken_apart) {
  const Outcome o = outcome_of(
      "POST /fhir/Patient?name=a%20b&x=c|d HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 12\r\nX-Odd:  v w \t\r\n"
      "Accept-Encoding: br, gzip;q=0.5\r\nExpect: 100-Continue\r\nContent-Encoding: GZIP\r\n\r\n{}");
  BOOST_TEST(o.status == 0);
  BOOST_TEST(o.request.method == "POST");
  BOOST_TEST(o.request.path == "/fhir/Patient");
  BOOST_TEST(o.request.query == "name=a%20b&x=c|d");
  BOOST_TEST(o.request.headers.size() == 6);
  BOOST_TEST(o.request.header("x-odd") == "v w");
  BOOST_TEST(o.framing.length.value() == 12);
  BOOST_TEST(o.framing.keep_alive);
  BOOST_TEST(o.framing.expects_continue);
  BOOST_TEST(o.framing.gzip_body);
  BOOST_TEST(o.framing.accepts_gzip);
}

BOOST_AUTO_TEST_CASE(an_absolute_url_is_served_by_its_path) {
  const Outcome o = outcome_of("GET HTTP://other:1/a?b HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(o.status == 0);
  BOOST_TEST(o.request.path == "/a");
  BOOST_TEST(o.request.query == "b");
  BOOST_TEST(outcome_of("GET http://other HTTP/1.1\r\nHost: a\r\n\r\n").request.path == "/");
}

BOOST_AUTO_TEST_CASE(keep_alive_follows_version_and_header) {
  BOOST_TEST(outcome_of(get("")).framing.keep_alive);
  BOOST_TEST(!outcome_of(get("Connection: close\r\n")).framing.keep_alive);
  BOOST_TEST(!outcome_of("GET / HTTP/1.0\r\n\r\n").framing.keep_alive);
  BOOST_TEST(outcome_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").framing.keep_alive);
}

BOOST_AUTO_TEST_CASE(a_smaller_request_leaves_nothing_of_the_one_before) {
  fhir::rest::Request request;
  Framing framing;
  const std::string first = "POST /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\nContent-Length: 5\r\nZ: w\r\n\r\n";
  const std::string second = "GET /c HTTP/1.1\r\nHost: d\r\n\r\n";
  BOOST_TEST(!parse_head(first, {}, request, framing));
  BOOST_TEST(!parse_head(second, {}, request, framing));
  BOOST_TEST(request.headers.size() == 1);
  BOOST_TEST(request.header("host") == "d");
  BOOST_TEST(request.query.empty());
  BOOST_TEST(!framing.length);
}

BOOST_AUTO_TEST_CASE(accepting_gzip_minds_weights) {
  BOOST_TEST(accepts_gzip("gzip"));
  BOOST_TEST(accepts_gzip("deflate, GZIP"));
  BOOST_TEST(accepts_gzip("*"));
  BOOST_TEST(accepts_gzip("gzip; q=0.001"));
  BOOST_TEST(!accepts_gzip("gzip;q=0"));
  BOOST_TEST(!accepts_gzip("gzip;q=0.000, *"));
  BOOST_TEST(!accepts_gzip("*;q=0"));
  BOOST_TEST(!accepts_gzip("br"));
  BOOST_TEST(!accepts_gzip(""));
}

BOOST_AUTO_TEST_SUITE_END()
