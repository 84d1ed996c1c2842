#include "adapters/sql/pack.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "adapters/sql/key.hpp"

namespace {

using namespace adapters::sql;
using core::store::Row;
using core::store::RowKind;
using core::store::Rows;

Row full(RowKind kind) {
  Row row;
  row.param = "p", row.kind = kind;
  row.system = "s", row.value = std::string("v\0w", 3), row.text = "t", row.note = "n";
  row.low = 1.5, row.high = 2.5, row.canonical = -0.1;
  row.from = std::numeric_limits<std::int64_t>::min(), row.to = std::numeric_limits<std::int64_t>::max();
  return row;
}

bool same(const Row& a, const Row& b) {
  if (a.parts.size() != b.parts.size()) return false;
  for (std::size_t i = 0; i < a.parts.size(); ++i)
    if (!same(a.parts[i], b.parts[i])) return false;
  return a.kind == b.kind && a.system == b.system && a.value == b.value && a.text == b.text && a.note == b.note &&
         a.low == b.low && a.high == b.high && a.canonical == b.canonical && a.from == b.from && a.to == b.to;
}

BOOST_AUTO_TEST_SUITE(sql_pack)

BOOST_AUTO_TEST_CASE(rows_come_back_as_they_went_in) {
  Names names;
  Rows rows{full(RowKind::token), full(RowKind::composite), Row()};
  rows[1].parts = {full(RowKind::date), full(RowKind::quantity)};
  rows[2].param = std::string(300, 'q');
  const auto back = unpack(pack(rows, names), names);
  BOOST_REQUIRE(back);
  BOOST_REQUIRE(back->size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BOOST_TEST(same((*back)[i], rows[i]));
    BOOST_TEST((*back)[i].param == rows[i].param);
  }
}

BOOST_AUTO_TEST_CASE(only_the_wanted_parameters_are_decoded) {
  Names names;
  Rows rows{full(RowKind::token), full(RowKind::uri)};
  rows[1].param = "other";
  const auto back = unpack(pack(rows, names), names, {"other", "none"});
  BOOST_REQUIRE(back);
  BOOST_REQUIRE(back->size() == 1);
  BOOST_TEST((back->front().kind == RowKind::uri));
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_refused_wherever_they_end_or_change) {
  Names names;
  Rows rows{full(RowKind::token), full(RowKind::composite)};
  rows[1].parts = {full(RowKind::date)};
  const std::string bytes = pack(rows, names);
  for (std::size_t size = 0; size < bytes.size(); ++size) BOOST_TEST(!unpack(bytes.substr(0, size), names));
  BOOST_TEST(!unpack(bytes + "x", names));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const char change : {'\0', '\x7f', '\xff'}) {
      std::string other = bytes;
      other[i] = change;
      (void)unpack(other, names);  // whatever it says, it ends
    }
}

BOOST_AUTO_TEST_CASE(a_dictionary_gives_every_name_one_number) {
  Names names;
  const auto first = names.intern("http://loinc.org"), again = names.intern("http://loinc.org");
  BOOST_REQUIRE(first);
  BOOST_TEST((first == again));
  BOOST_TEST(names.text(*first) == "http://loinc.org");
  BOOST_TEST(names.key_of("http://loinc.org") == *first);
  BOOST_TEST((names.key_of("unknown") & Names::hashed) != 0u);
  BOOST_TEST(!names.intern(std::string(300, 'x')));
  BOOST_TEST((names.key_of(std::string(300, 'x')) & Names::hashed) != 0u);
}

BOOST_AUTO_TEST_CASE(a_full_dictionary_still_packs_and_unpacks) {
  Names names;
  for (int i = 0; !names.full(); ++i) names.intern("name " + std::to_string(i));
  Rows rows{full(RowKind::token)};
  rows[0].system = "one that finds no room";
  const auto back = unpack(pack(rows, names), names);
  BOOST_REQUIRE(back);
  BOOST_TEST(back->front().system == rows[0].system);
}

BOOST_AUTO_TEST_CASE(every_row_has_a_key_and_no_key_comes_twice) {
  Names names;
  Rows rows;
  for (unsigned kind = 0; kind <= static_cast<unsigned>(RowKind::composite); ++kind) {
    Row row = full(static_cast<RowKind>(kind));
    row.param = "p" + std::to_string(kind);
    rows.push_back(row);
    rows.push_back(row);
    BOOST_REQUIRE(names.slot("Patient", row.param).ok());
    const auto keys = keys_of("Patient", Rows{row, row}, names);
    BOOST_TEST(!keys.empty());
    BOOST_TEST((std::set<std::string>(keys.begin(), keys.end()).size() == keys.size()));
  }
}

BOOST_AUTO_TEST_CASE(spans_fall_into_classes_by_their_length) {
  BOOST_TEST(span_class(0, 1'000) == 0u);
  BOOST_TEST(span_class(0, 1'001) == 1u);
  BOOST_TEST(span_class(0, day_ms) == 1u);
  BOOST_TEST(span_class(0, 366 * day_ms) == 3u);
  BOOST_TEST(span_class(0, std::numeric_limits<std::int64_t>::max()) == 4u);
  BOOST_TEST(span_class(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
