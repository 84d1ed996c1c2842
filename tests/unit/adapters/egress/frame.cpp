#include "adapters/egress/frame.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>

using namespace adapters::egress;
using namespace std::chrono_literals;

namespace {

struct Ends {
  Ends() { BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, of) == 0); }
  ~Ends() {
    for (const int each : of)
      if (each >= 0) ::close(each);
  }
  int of[2] = {-1, -1};
};

Deadline soon(std::chrono::milliseconds time = 2'000ms) { return Deadline::clock::now() + time; }

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_frame)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_whatever_its_size) {
  Ends ends;
  const std::string sizes[] = {"", "x", std::string("\0\xff", 2), std::string(3'000'000, 'y')};
  std::thread writer([&] {
    for (const std::string& text : sizes) (void)write_frame(ends.of[0], {FrameKind::answer, text}, soon());
  });
  for (const std::string& text : sizes) {
    const auto frame = read_frame(ends.of[1], 4'000'000, soon());
    BOOST_REQUIRE(frame.ok());
    BOOST_TEST((frame->payload == text));
  }
  writer.join();
}

BOOST_AUTO_TEST_CASE(a_frame_beyond_the_limit_is_refused_before_memory_is_taken) {
  Ends ends;
  const std::string head{'P', 1, 3, '\xff', '\xff', '\xff', '\x7f'};
  BOOST_REQUIRE(::send(ends.of[0], head.data(), head.size(), 0) == 7);
  const auto frame = read_frame(ends.of[1], 1'000, soon());
  BOOST_REQUIRE(!frame.ok());
  BOOST_TEST((frame.error().kind == core::Kind::fault));
}

BOOST_AUTO_TEST_CASE(another_version_another_kind_and_noise_are_refused) {
  for (const std::string& head : {std::string{'P', 2, 3, 0, 0, 0, 0}, std::string{'P', 1, 9, 0, 0, 0, 0},
                                  std::string{'P', 1, 0, 0, 0, 0, 0}, std::string{'X', 1, 3, 0, 0, 0, 0}}) {
    Ends ends;
    BOOST_REQUIRE(::send(ends.of[0], head.data(), head.size(), 0) == 7);
    BOOST_TEST(!read_frame(ends.of[1], 1'000, soon()).ok());
  }
}

BOOST_AUTO_TEST_CASE(both_sides_give_up_at_the_deadline_and_when_the_other_is_gone) {
  Ends ends;
  const auto slow = read_frame(ends.of[1], 1'000, soon(50ms));
  BOOST_REQUIRE(!slow.ok());
  BOOST_TEST((slow.error().kind == core::Kind::busy));
  const auto full = write_frame(ends.of[0], {FrameKind::call, std::string(50'000'000, 'z')}, soon(50ms));
  BOOST_REQUIRE(!full.ok());
  BOOST_TEST((full.error().kind == core::Kind::busy));
  ::close(ends.of[0]);
  ends.of[0] = -1;
  const auto gone = read_frame(ends.of[1], 100'000'000, soon());
  BOOST_REQUIRE(!gone.ok());
  BOOST_TEST((gone.error().kind == core::Kind::fault));
}

BOOST_AUTO_TEST_CASE(a_call_and_an_answer_come_back_as_they_were) {
  fhir::partner::Call call;
  call.method = "PUT";
  call.url = "https://host/a?b=c";
  call.headers = {{"A", "1"}, {"B", ""}};
  call.body = std::string("\0b", 2);
  call.deadline = 1'234ms;
  call.answer_bytes = 77;
  const auto again = call_from(encode(call));
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST(again->method == "PUT");
  BOOST_TEST(again->url == call.url);
  BOOST_TEST(again->headers.size() == 2u);
  BOOST_TEST((again->body == call.body));
  BOOST_TEST((again->deadline == call.deadline));
  BOOST_TEST(again->answer_bytes == 77u);
  const auto error = error_from(encode(core::Error{core::Kind::forbidden, "no", ""}));
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST((error->kind == core::Kind::fault));  // a worker may not say more than the three kinds
}

BOOST_AUTO_TEST_CASE(no_noise_in_a_payload_is_taken_for_more_than_it_is) {
  fhir::partner::Answer answer;
  answer.status = 200;
  answer.headers = {{"A", "1"}};
  answer.body = "body";
  const std::string good = encode(answer);
  for (std::size_t size = 0; size < good.size(); ++size)
    BOOST_TEST(!answer_from(good.substr(0, size)).has_value(), size);
  BOOST_TEST(!answer_from(good + "x").has_value());
  std::mt19937 chance(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) bad[chance() % bad.size()] = static_cast<char>(chance());
    (void)answer_from(bad);  // under the sanitizers: no read beyond, no huge allocation
    (void)call_from(bad);
    (void)policy_from(bad);
    (void)error_from(bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()
