#include <boost/test/unit_test.hpp>

#include "core/store/query.hpp"

namespace {

using namespace core::store;

Row text(std::string value) {
  Row row;
  row.param = "name", row.kind = RowKind::string, row.value = std::move(value);
  return row;
}

Row date(std::int64_t from, std::int64_t to) {
  Row row;
  row.param = "date", row.kind = RowKind::date, row.from = from, row.to = to;
  return row;
}

int order(const Sort& sort, const Rows& a, const Rows& b) {
  const std::string type = "Patient", first = "a", second = "b";
  return compare(sort, Subject{type, first, 1, a}, Subject{type, second, 2, b});
}

BOOST_AUTO_TEST_SUITE(store_order)

BOOST_AUTO_TEST_CASE(the_smallest_value_counts_upwards_and_the_largest_downwards) {
  const Rows wide{text("a"), text("z")}, middle{text("m")};
  BOOST_TEST(order({"name", RowKind::string, false}, wide, middle) < 0);
  BOOST_TEST(order({"name", RowKind::string, true}, wide, middle) < 0);
}

BOOST_AUTO_TEST_CASE(dates_go_by_start_upwards_and_by_end_downwards) {
  const Rows longer{date(1, 100)}, later{date(2, 3)};
  BOOST_TEST(order({"date", RowKind::date, false}, longer, later) < 0);
  BOOST_TEST(order({"date", RowKind::date, true}, longer, later) < 0);
}

BOOST_AUTO_TEST_CASE(without_a_value_last_in_both_directions) {
  BOOST_TEST(order({"name", RowKind::string, false}, {}, {text("a")}) > 0);
  BOOST_TEST(order({"name", RowKind::string, true}, {}, {text("a")}) > 0);
  BOOST_TEST(order({"name", RowKind::string, true}, {}, {}) == 0);
}

BOOST_AUTO_TEST_CASE(id_and_instant_sort_without_rows) {
  BOOST_TEST(order({"_id", RowKind::token, false}, {}, {}) < 0);
  BOOST_TEST(order({"_id", RowKind::token, true}, {}, {}) > 0);
  BOOST_TEST(order({"_lastUpdated", RowKind::date, true}, {}, {}) > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
