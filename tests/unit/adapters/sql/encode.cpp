#include "adapters/sql/encode.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using namespace adapters::sql;

template <class T, class Put>
void keeps_order(const std::vector<T>& ascending, Put put) {
  for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
    std::string low, high;
    put(low, ascending[i]);
    put(high, ascending[i + 1]);
    BOOST_TEST((low < high), "value " << i << " does not come before the next one");
  }
}

BOOST_AUTO_TEST_SUITE(sql_encode)

BOOST_AUTO_TEST_CASE(integers_order_as_they_compare_and_come_back) {
  using L = std::numeric_limits<std::int64_t>;
  const std::vector<std::int64_t> values{L::min(), L::min() + 1, -256, -255,         -1,      0,
                                         1,        255,          256,  L::max() - 1, L::max()};
  keeps_order(values, put_integer);
  for (const std::int64_t value : values) {
    std::string out;
    put_integer(out, value);
    BOOST_TEST(integer_at(out, 0) == value);
  }
}

BOOST_AUTO_TEST_CASE(doubles_order_as_they_compare_and_come_back) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> values{-infinity, -1e300, -1.5, -1, -5e-324, 0, 5e-324, 0.1, 1, 1.5, 1e300, infinity};
  keeps_order(values, put_double);
  for (const double value : values) {
    std::string out;
    put_double(out, value);
    BOOST_TEST(double_at(out, 0) == value);
  }
  std::string zero, minus_zero;
  put_double(zero, 0.0);
  put_double(minus_zero, -0.0);
  BOOST_TEST(zero == minus_zero);
}

BOOST_AUTO_TEST_CASE(texts_order_as_they_compare_whatever_bytes_they_have) {
  const std::vector<std::string> values{"",
                                        std::string("\0", 1),
                                        std::string("\0\0", 2),
                                        std::string("\0\1", 2),
                                        "\1",
                                        "a",
                                        std::string("a\0", 2),
                                        std::string("a\0b", 3),
                                        "a\1",
                                        "aa",
                                        "b",
                                        "\xff"};
  keeps_order(values, [](std::string& out, const std::string& value) { put_text(out, value, 100); });
  for (const std::string& value : values) {
    std::string out;
    put_text(out, value, 100);
    out += "tail";
    std::size_t at = 0;
    BOOST_TEST((text_at(out, at) == value));
    BOOST_TEST(out.substr(at) == "tail");
  }
}

BOOST_AUTO_TEST_CASE(a_prefix_leads_to_exactly_what_begins_with_it) {
  std::string low;
  put_prefix(low, "ab", 100);
  const std::string high = after(low);
  const auto inside = [&](std::string value) {
    std::string key;
    put_text(key, value, 100);
    return key >= low && key < high;
  };
  BOOST_TEST(inside("ab"));
  BOOST_TEST(inside("abc"));
  BOOST_TEST(inside("ab\xff\xff"));
  BOOST_TEST(!inside("a"));
  BOOST_TEST(!inside("ac"));
  BOOST_TEST(!inside(std::string("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(what_comes_after_a_prefix_carries_over) {
  BOOST_TEST(after("a") == "b");
  BOOST_TEST((after("a\xff") == "b"));
  BOOST_TEST(after("\xff\xff").empty());
}

BOOST_AUTO_TEST_CASE(signs_fold_into_small_numbers_and_back) {
  using L = std::numeric_limits<std::int64_t>;
  for (const std::int64_t value :
       {L::min(), std::int64_t{-2}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, L::max()})
    BOOST_TEST(unzigzag(zigzag(value)) == value);
  BOOST_TEST(zigzag(-1) == 1u);
  BOOST_TEST(zigzag(1) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
