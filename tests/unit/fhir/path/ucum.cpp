#include "fhir/path/ucum.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/path/ucum_table.hpp"

using namespace fhir::path;

namespace {

std::string unit(std::string_view code) {
  const auto found = canonical(code);
  return found ? found->unit : "unknown";
}

std::string in(std::string_view value, std::string_view from, std::string_view to) {
  const auto result = converted(*Decimal::from(value), from, to);
  return result ? result->text() : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ucum)

BOOST_AUTO_TEST_CASE(units_of_the_laboratory_convert_exactly) {
  BOOST_TEST(in("1", "g", "mg") == "1000");
  BOOST_TEST(in("5.5", "mmol/L", "umol/L") == "5500");
  BOOST_TEST(in("7.0", "g/L", "mg/dL") == "700");
  BOOST_TEST(in("1", "10*9/L", "10*3/uL") == "1");
  BOOST_TEST(in("60", "/min", "/s") == "1");
  BOOST_TEST(in("120", "mm[Hg]", "kPa") == "15.99864");
  BOOST_TEST(in("70", "kg", "[lb_av]").substr(0, 9) == "154.32358");
  BOOST_TEST(in("1", "mL/min/{1.73_m2}", "L/h") == "0.06");
  BOOST_TEST(in("48", "mmol/mol", "%") == "4.8");
  BOOST_TEST(in("1", "U/L", "umol/min/L") == "1");
  BOOST_TEST(in("1", "kcal", "kJ") == "4.184");
  BOOST_TEST(in("1", "m[IU]/L", "[iU]/L") == "0.001");
}

BOOST_AUTO_TEST_CASE(temperatures_have_an_offset) {
  BOOST_TEST(in("37", "Cel", "K") == "310.15");
  BOOST_TEST(in("98.6", "[degF]", "Cel") == "37.00");
  BOOST_TEST(in("0", "K", "Cel") == "-273.15");
  BOOST_TEST(canonical("Cel")->special);
}

BOOST_AUTO_TEST_CASE(the_canonical_unit_is_in_base_units) {
  BOOST_TEST(unit("kg/m2") == "g.m-2");
  BOOST_TEST(unit("mm[Hg]") == unit("N/m2"));
  BOOST_TEST(unit("mmol/L") == "m-3.mol");
  BOOST_TEST(unit("L") == "m3");
  BOOST_TEST(unit("%") == "1");
  BOOST_TEST(unit("{score}") == "1");
  BOOST_TEST(unit("10*3") == "1");
  BOOST_TEST(unit("kg.kg-1") == "1");
  BOOST_TEST(unit("g/(24.h)") == "g.s-1");
  BOOST_TEST(unit("dag") == "g");
  BOOST_TEST(unit("%{HbA1c}") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_unit_is_unknown) {
  for (const char* code : {"", "mmHg", "xyz", "kg/", "/", "(", "m(", "g)", "m..s", "{", "{a}{b", "0", "m 2", "dL mg",
                           "10*x", "kmin", "k%", "m1000", "{a{b}}"})
    BOOST_TEST(unit(code) == "unknown", code);
  BOOST_TEST(unit(std::string(300, 'g')) == "unknown");
  BOOST_TEST(unit(std::string(200, '(')) == "unknown");
}

BOOST_AUTO_TEST_CASE(substance_arbitrary_units_and_numbers_do_not_mix) {
  BOOST_TEST(in("1", "mol", "1") == "none");
  BOOST_TEST(in("1", "[iU]", "1") == "none");
  BOOST_TEST(in("1", "g", "mol") == "none");
  BOOST_TEST(in("1", "g", "m") == "none");
  BOOST_TEST(in("1", "B", "[pH]") == "none");
}

BOOST_AUTO_TEST_CASE(every_row_of_the_table_comes_down_to_base_units) {
  for (const Unit& row : units) BOOST_TEST(canonical(row.code).has_value(), row.code);
}

BOOST_AUTO_TEST_SUITE_END()
