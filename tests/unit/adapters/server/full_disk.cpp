// A disk without room: writes are refused whole, in words that say so, and all the rest goes on; with room again,
// writing too.
#include <unistd.h>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "adapters/sqlite/sqlite_store.hpp"
#include "tests/unit/fhir/rest/server.hpp"

namespace fs = std::filesystem;
using namespace fhir::rest;

namespace {

struct Narrow {
  Narrow() {
    fs::create_directories(folder);
    adapters::sqlite::Options options;
    options.page_limit = 300;
    auto opened = adapters::sqlite::open_sqlite_store(folder, clock, stamp, options);
    BOOST_REQUIRE_MESSAGE(opened.ok(), (opened ? "" : opened.error().message));
    store = *std::move(opened);
    Services services;
    services.definitions = test::definitions();
    services.index = &test::index();
    services.store = store.get();
    services.clock = &clock;
    services.base_url = "http://test/fhir";
    services.version = "0.0.0";
    api = std::make_unique<Api>(std::move(services));
  }
  ~Narrow() {
    api.reset();
    store.reset();
    fs::remove_all(folder);
  }
  Response call(std::string method, std::string path, std::string body = {}) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    return api->handle(request);
  }
  std::string folder = fs::temp_directory_path() / ("panelbridge-full-" + std::to_string(::getpid()));
  test::TickingClock clock;
  std::unique_ptr<core::store::Store> store;
  std::unique_ptr<Api> api;
};

const std::string large =
    R"({"resourceType":"Binary","contentType":"text/plain","data":")" + std::string(80'000, 'A') + "\"}";

}  // namespace

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_FIXTURE_TEST_CASE(a_full_disk_is_answered_507_no_store_and_reading_goes_on, Narrow) {
  BOOST_TEST(call("PUT", "/Patient/a", R"({"resourceType":"Patient","id":"a"})").status == 201);
  Response refused = call("POST", "/Binary", large);
  for (int i = 0; i < 100 && refused.status == 201; ++i) refused = call("POST", "/Binary", large);
  BOOST_TEST(refused.status == 507);
  BOOST_TEST(test::body(refused).find("\"no-store\"") != std::string::npos);
  BOOST_TEST(!refused.fault.empty());
  const std::string entry =
      R"("entry":[{"resource":)" + large +
      R"(,"request":{"method":"POST","url":"Binary"}},{"request":{"method":"GET","url":"Patient/a"}}]})";
  BOOST_TEST(call("POST", "", R"({"resourceType":"Bundle","type":"transaction",)" + entry).status == 507);
  const std::string batch = test::body(call("POST", "", R"({"resourceType":"Bundle","type":"batch",)" + entry));
  BOOST_TEST(batch.find("507 Insufficient Storage") != std::string::npos);
  BOOST_TEST(batch.find("200 OK") != std::string::npos);
  BOOST_TEST(call("GET", "/Patient/a").status == 200);
  BOOST_TEST(call("GET", "/Patient").status == 200);
  BOOST_TEST(call("PUT", "/Patient/a", R"({"resourceType":"Patient","id":"a","active":true})").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
