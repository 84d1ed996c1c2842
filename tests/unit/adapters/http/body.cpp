#include "adapters/http/body.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace adapters::http;

namespace {

struct Taken {
  std::string body, rest;
  bool complete = false;
  int status = 0;
};

// Feeds the bytes as a connection does: `step` new ones each time, unused ones again.
Taken take(std::string_view bytes, std::optional<std::uint64_t> length, std::size_t step, std::size_t limit = 1'000) {
  Framing framing;
  framing.length = length;
  framing.chunked = !length;
  BodyReader reader;
  reader.start(framing, limit);
  Taken taken;
  std::string waiting;
  for (std::size_t at = 0; at < bytes.size() && !reader.complete() && !reader.refusal(); at += step) {
    waiting += bytes.substr(at, step);
    waiting.erase(0, reader.feed(waiting, taken.body));
    taken.rest = waiting + std::string(bytes.substr(std::min(bytes.size(), at + step)));
  }
  taken.complete = reader.complete();
  if (reader.refusal()) taken.status = reader.refusal()->status;
  return taken;
}

const std::string chunks =
    "5\r\nhello\r\n1;name=value; other=\"x\"\r\n,\r\n006\r\n world\r\n0\r\nX-Trailer: y\r\n\r\nGET /";

}  // namespace

BOOST_AUTO_TEST_SUITE(body)

BOOST_AUTO_TEST_CASE(a_length_takes_exactly_its_bytes) {
  for (std::size_t step : {1, 2, 3, 100}) {
    const Taken taken = take("helloGET /", 5, step);
    BOOST_TEST(taken.complete);
    BOOST_TEST(taken.body == "hello");
    BOOST_TEST(taken.rest == "GET /");
  }
  BOOST_TEST(!take("hell", 5, 1).complete);
}

BOOST_AUTO_TEST_CASE(chunks_are_joined_however_they_arrive) {
  for (std::size_t step = 1; step <= chunks.size(); ++step) {
    const Taken taken = take(chunks, std::nullopt, step);
    BOOST_TEST(taken.status == 0);
    BOOST_TEST(taken.complete);
    BOOST_TEST(taken.body == "hello, world");
    BOOST_TEST(taken.rest == "GET /");
  }
}

BOOST_AUTO_TEST_CASE(no_chunk_but_the_last_is_an_empty_body) {
  for (std::size_t step : {1, 2, 5}) {
    BOOST_TEST(take("0\r\n\r\n", std::nullopt, step).complete);
    BOOST_TEST(take("0\r\n\r\n", std::nullopt, step).body.empty());
  }
}

BOOST_AUTO_TEST_CASE(malformed_chunks_are_refused) {
  struct Case {
    std::string name, bytes;
    int status;
  };
  const Case cases[] = {
      {"negative size", "-2\r\nab\r\n0\r\n\r\n", 400},
      {"no size", "\r\nab\r\n0\r\n\r\n", 400},
      {"size with a prefix", "0x2\r\nab\r\n0\r\n\r\n", 400},
      {"space before the size", " 2\r\nab\r\n0\r\n\r\n", 400},
      {"space after the size", "2 \r\nab\r\n0\r\n\r\n", 400},
      {"bare LF after the size", "2\nab\r\n0\r\n\r\n", 400},
      {"bare CR in the extension", "2;a\rb\r\nab\r\n0\r\n\r\n", 400},
      {"bare LF after the data", "2\r\nab\n0\r\n\r\n", 400},
      {"data longer than said", "2\r\nabc\r\n0\r\n\r\n", 400},
      {"data shorter than said", "3\r\nab\r\n0\r\n\r\n", 400},
      {"size beyond 64 bits", "10000000000000000\r\n", 400},
      {"size of very many zeros", std::string(5'000, '0'), 400},
      {"bare LF in the trailer", "0\r\nX: y\n\r\n", 400},
      {"control character in the trailer", std::string("0\r\nX: \0\r\n\r\n", 10), 400},
      {"endless extension", "1;" + std::string(5'000, 'a'), 400},
      {"endless trailers",
       "0\r\n" +
           [] {
             std::string t;
             for (int i = 0; i < 3'000; ++i) t += "X: y\r\n";
             return t;
           }(),
       431},
      {"more than the limit at once", "3e9\r\n", 413},
      {"more than the limit in all", "1f4\r\n" + std::string(500, 'a') + "\r\n1f5\r\n", 413},
  };
  for (const Case& c : cases) {
    for (std::size_t step : {1, 3, 100'000}) {
      const Taken taken = take(c.bytes, std::nullopt, step);
      BOOST_TEST(taken.status == c.status, c.name << " in pieces of " << step << " is answered " << taken.status);
      BOOST_TEST(!taken.complete);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
