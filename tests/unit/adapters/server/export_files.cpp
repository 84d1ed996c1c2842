#include "adapters/server/export_files.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>

#include "tests/story/server.hpp"

using namespace adapters::server;
using fhir::operation::ExportPart;
using Kind = ByteRange::Kind;

BOOST_AUTO_TEST_SUITE(export_files)

BOOST_AUTO_TEST_CASE(a_range_is_read_as_http_says) {
  struct Case {
    std::string_view header;
    Kind kind;
    std::uint64_t from, length;
  };
  for (const Case& c : {Case{"", Kind::whole, 0, 1000}, {"bytes=0-499", Kind::part, 0, 500},
                        {"bytes=500-", Kind::part, 500, 500}, {"bytes=-300", Kind::part, 700, 300},
                        {"bytes=-3000", Kind::part, 0, 1000}, {"bytes=990-2000", Kind::part, 990, 10},
                        {"bytes=1000-", Kind::outside, 0, 0}, {"bytes=-0", Kind::outside, 0, 0},
                        {"bytes=5-4", Kind::whole, 0, 1000}, {"bytes=0-1,5-6", Kind::whole, 0, 1000},
                        {"bytes=x-1", Kind::whole, 0, 1000}, {"items=0-1", Kind::whole, 0, 1000},
                        {"bytes=0-18446744073709551615", Kind::part, 0, 1000}, {"bytes=-", Kind::whole, 0, 1000},
                        {"bytes=99999999999999999999-", Kind::whole, 0, 1000}}) {
    const ByteRange range = byte_range(c.header, 1000);
    BOOST_TEST((range.kind == c.kind), c.header);
    BOOST_TEST(range.from == c.from, c.header);
    BOOST_TEST(range.length == c.length, c.header);
  }
  BOOST_TEST((byte_range("bytes=0-", 0).kind == Kind::outside));
}

BOOST_AUTO_TEST_CASE(files_are_split_at_lines_and_counted) {
  story::Folder folder;
  std::uint64_t granted = 0;
  ExportFiles files(folder.path().string(), "http://x/_export/1", 250'000, [&](std::uint64_t bytes) {
    granted += bytes;
    return core::Result<core::Done>(core::Done{});
  });
  const std::string text(99'999, 'x');
  for (int i = 0; i < 5; ++i) BOOST_REQUIRE(files.line(ExportPart::output, "Patient", text).ok());
  BOOST_REQUIRE(files.line(ExportPart::deleted, "Bundle", "{}").ok());
  BOOST_REQUIRE(files.finish().ok());
  BOOST_REQUIRE(files.files().size() == 4);
  BOOST_TEST(granted == 500'003);
  BOOST_TEST(files.files()[0].count == 2);
  BOOST_TEST(files.files()[2].count == 1);
  BOOST_TEST(files.files()[1].url == "http://x/_export/1/Patient.2.ndjson");
  BOOST_TEST(files.files()[3].url == "http://x/_export/1/deleted.Bundle.1.ndjson");
  const auto bytes = mapped_file(folder / "Patient.2.ndjson");
  BOOST_REQUIRE(bytes != nullptr);
  BOOST_TEST(bytes->size() == 200'000);
  BOOST_TEST(mapped_file(folder / "none") == nullptr);
  BOOST_TEST(mapped_file(folder.path().string()) == nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_not_granted_is_not_written) {
  story::Folder folder;
  ExportFiles files(folder.path().string(), "http://x/_export/1", 250'000, [&](std::uint64_t) {
    return core::Result<core::Done>(core::Error{core::Kind::too_large, "no more", {}});
  });
  BOOST_TEST(files.line(ExportPart::output, "Patient", "{}").ok());
  BOOST_TEST(!files.finish().ok());
  BOOST_TEST(!std::filesystem::exists(folder / "Patient.1.ndjson"));
}

BOOST_AUTO_TEST_SUITE_END()
