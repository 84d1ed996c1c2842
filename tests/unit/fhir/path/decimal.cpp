#include "fhir/path/decimal.hpp"

#include <boost/test/unit_test.hpp>

using fhir::path::Decimal;

namespace {

Decimal d(std::string_view text) {
  const auto value = Decimal::from(text);
  BOOST_REQUIRE_MESSAGE(value, text);
  return *value;
}

std::string quotient(std::string_view a, std::string_view b) {
  const auto result = d(a) / d(b);
  return result ? result->text() : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decimal)

BOOST_AUTO_TEST_CASE(text_comes_back_digit_by_digit) {
  for (const char* text : {"0", "1.00", "-0.001", "123456789012345678901234567890.12345678", "2147483648", "0.000"})
    BOOST_TEST(d(text).text() == text);
  BOOST_TEST(d("1e3").text() == "1000");
  BOOST_TEST(d("1.5E-3").text() == "0.0015");
  BOOST_TEST(d("-0").text() == "0");
  BOOST_TEST(d("+7").text() == "7");
}

BOOST_AUTO_TEST_CASE(other_forms_and_absurd_exponents_are_refused) {
  for (const char* text :
       {"", "-", ".5", "5.", "1e", "1e+", "0x1", "1 ", " 1", "1.2.3", "NaN", "1e999999999999", "1e-100000", "--1"})
    BOOST_TEST(!Decimal::from(text).has_value(), text);
  BOOST_TEST(Decimal::from("0e999999999").has_value());
}

BOOST_AUTO_TEST_CASE(sums_and_products_are_exact) {
  BOOST_TEST((d("0.1") + d("0.2"))->text() == "0.3");
  BOOST_TEST((d("0.3") - d("0.1"))->text() == "0.2");
  BOOST_TEST((d("9.16") * d("8.22"))->text() == "75.2952");
  BOOST_TEST((d("1.50") * d("2"))->text() == "3.00");
  BOOST_TEST((d("99999999999999999999") * d("99999999999999999"))->text() == "9999999999999999899900000000000000001");
  BOOST_TEST((d("1e30") - d("0.00001"))->text() == "999999999999999999999999999999.99999");
  BOOST_TEST((d("5") - d("5.0"))->is_zero());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_38_digits_is_rounded) {
  BOOST_TEST((d("99999999999999999999999999999999999999") + d("1"))->text() ==
             "100000000000000000000000000000000000000");
  BOOST_TEST((d("12345678901234567890") * d("1.2345678901234567891"))->significant_digits() <= 38);
  BOOST_TEST((d("1e300") + d("1"))->significant_digits() <= 38);
  BOOST_TEST(!(d("1e300") * d("1e300")).has_value());
}

BOOST_AUTO_TEST_CASE(division_has_37_digits_at_least) {
  BOOST_TEST(quotient("1", "8") == "0.125");
  BOOST_TEST(quotient("6", "3") == "2");
  BOOST_TEST(quotient("600", "3") == "200");
  BOOST_TEST(quotient("7.315", "0.7") == "10.45");
  BOOST_TEST(quotient("1", "3") == "0.3333333333333333333333333333333333333");
  BOOST_TEST(quotient("2", "3") == "0.6666666666666666666666666666666666667");
  BOOST_TEST(quotient("-1", "4") == "-0.25");
  BOOST_TEST(quotient("1", "0") == "none");
  BOOST_TEST(quotient("99999999999999999999999999999999999999", "7").substr(0, 10) == "1428571428");
}

BOOST_AUTO_TEST_CASE(division_undoes_multiplication) {
  std::uint64_t seed = 7;
  const auto next = [&] { return seed = seed * 6364136223846793005ULL + 1442695040888963407ULL; };
  for (int i = 0; i < 2000; ++i) {
    const Decimal a = Decimal(static_cast<std::int64_t>(next() >> 8)).shifted(-static_cast<int>(next() >> 60));
    const Decimal b = Decimal(static_cast<std::int64_t>((next() >> 20) + 1)).shifted(-static_cast<int>(next() >> 60));
    const auto product = a * b;
    BOOST_REQUIRE(product);
    BOOST_TEST((*(*product / b) == a), a.text() << " " << b.text());
  }
}

BOOST_AUTO_TEST_CASE(order_ignores_trailing_zeros) {
  BOOST_TEST((d("1.0") == d("1")));
  BOOST_TEST((d("-1") < d("0.5")));
  BOOST_TEST((d("-2") < d("-1.9")));
  BOOST_TEST((d("1e20") > d("99999999999999999999.9")));
  BOOST_TEST((d("0.0") == d("-0")));
  BOOST_TEST((d("1e-300") > d("0")));
  BOOST_TEST((d("1e300") > d("1e-300")));
}

BOOST_AUTO_TEST_CASE(rounding_is_half_away_from_zero) {
  BOOST_TEST(d("2.315").rounded(2).text() == "2.32");
  BOOST_TEST(d("-2.5").rounded(0).text() == "-3");
  BOOST_TEST(d("0.4999").rounded(0).text() == "0");
  BOOST_TEST(d("-0.5").floor().text() == "-1");
  BOOST_TEST(d("-0.5").ceiling().text() == "0");
  BOOST_TEST(d("1.5").ceiling().text() == "2");
  BOOST_TEST(d("1e-50").rounded(0).text() == "0");
}

BOOST_AUTO_TEST_CASE(whole_numbers_at_the_edges) {
  BOOST_TEST(*d("-9223372036854775808").integer() == INT64_MIN);
  BOOST_TEST(*d("9223372036854775807").integer() == INT64_MAX);
  BOOST_TEST(!d("9223372036854775808").integer().has_value());
  BOOST_TEST(!d("1.5").integer().has_value());
  BOOST_TEST(*d("3.00").integer() == 3);
  BOOST_TEST(*d("1e3").integer() == 1000);
  BOOST_TEST(!d("1e300").integer().has_value());
  BOOST_TEST(Decimal(INT64_MIN).text() == "-9223372036854775808");
}

BOOST_AUTO_TEST_SUITE_END()
