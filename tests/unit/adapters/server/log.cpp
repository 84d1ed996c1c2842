#include "adapters/server/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "fhir/json/json.hpp"

using namespace adapters::server;

namespace {

struct Pipe {
  Pipe() { BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string read() {
    std::string text(100'000, '\0');
    const auto count = ::read(ends[0], text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  int ends[2]{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_line_is_one_json_object) {
  Pipe pipe;
  Log log(Level::info, pipe.ends[1]);
  log.line(Level::info, "request", {{"text", "a \"b\"\n"}, {"whole", std::int64_t{-5}}, {"real", 1.25}, {"truth", true}});
  log.flush();
  const std::string text = pipe.read();
  BOOST_TEST(text.ends_with("}\n"));
  const auto line = fhir::json::parse(text);
  BOOST_REQUIRE(line.ok());
  BOOST_TEST(line->root().text("level") == "info");
  BOOST_TEST(line->root().text("event") == "request");
  BOOST_TEST(line->root().text("text") == "a \"b\"\n");
  BOOST_TEST(line->root().text("whole") == "-5");
  BOOST_TEST(line->root().text("real") == "1.250");
  BOOST_TEST(line->root()["truth"].boolean());
  BOOST_TEST(line->root().text("time").size() == 24);
}

BOOST_AUTO_TEST_CASE(lines_below_the_level_are_not_written) {
  Pipe pipe;
  {
    Log log(Level::warning, pipe.ends[1]);
    log.line(Level::info, "no", {});
    log.line(Level::error, "yes", {});
  }
  const std::string text = pipe.read();
  BOOST_TEST(text.find("\"no\"") == std::string::npos);
  BOOST_TEST(text.find("\"yes\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_stay_whole) {
  Pipe pipe;
  constexpr int threads = 8, each = 50;
  {
    Log log(Level::info, pipe.ends[1]);
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&] {
        for (int i = 0; i < each; ++i) log.line(Level::info, "line", {{"number", std::int64_t{i}}});
      });
    }
    for (auto& writer : writers) writer.join();
  }
  std::string text = pipe.read();
  int lines = 0;
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1), ++lines) {
    BOOST_TEST(fhir::json::parse(text.substr(0, end)).ok());
  }
  BOOST_TEST(lines == threads * each);
}

BOOST_AUTO_TEST_SUITE_END()
