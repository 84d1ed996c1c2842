#include "fhir/light/csv.hpp"

#include <boost/test/unit_test.hpp>

using namespace fhir::light;

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  std::string text;
  const Cells head{"A", "b", "c"}, row{"x \"quoted\", y", "two\r\nlines", ""};
  write_row(head, text);
  write_row(row, text);
  const auto table = read_table(text);
  BOOST_REQUIRE(table.ok());
  BOOST_TEST(table->head == (Cells{"a", "b", "c"}), boost::test_tools::per_element());
  BOOST_REQUIRE(table->rows.size() == 1);
  BOOST_TEST(table->rows[0] == row, boost::test_tools::per_element());
  BOOST_TEST(table->cell(0, "none").empty());
}

BOOST_AUTO_TEST_CASE(no_cell_is_a_formula_and_it_comes_back_as_it_was) {
  for (const std::string cell : {"=1+1", "+31 6 1234", "-2", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0",
                                 "\xEF\xBC\x9D"
                                 "1+1",
                                 "'quoted"}) {
    std::string text;
    write_row({"a"}, text);
    write_row({cell}, text);
    BOOST_TEST(text.find("\"'") != std::string::npos, cell);
    const auto table = read_table(text);
    BOOST_REQUIRE(table.ok());
    BOOST_TEST(table->rows[0][0] == cell);
  }
  std::string plain;
  write_row({"plain", "1-2", "a=b"}, plain);
  BOOST_TEST(plain == "\"plain\",\"1-2\",\"a=b\"\r\n");
}

BOOST_AUTO_TEST_CASE(spreadsheets_of_other_countries_are_read_too) {
  const auto table = read_table("\xEF\xBB\xBFTask_ID; Version\n1;2\n\n3;4\n");
  BOOST_REQUIRE(table.ok());
  BOOST_TEST(table->cell(1, "task_id") == "3");
  BOOST_TEST(table->cell(1, "version") == "4");
  BOOST_TEST(table->lines[1] == 4);
}

BOOST_AUTO_TEST_CASE(what_stands_between_cells_is_found_or_said) {
  for (const std::string text : {"a,b\n1,2;3\n", "a;b\n1;\"2;3\"\n", "a\tb\r\n1\t2;3\r\n", "sep=|\na|b\n1|2;3\n",
                                 "\xEF\xBB\xBFsep=;\r\na;b\r\n1;\"2;3\"\r\n"}) {
    const auto table = read_table(text);
    BOOST_REQUIRE_MESSAGE(table.ok(), text);
    BOOST_TEST(table->cell(0, "a") == "1", text);
    BOOST_TEST(table->cell(0, "b") == "2;3", text);
  }
  std::string out;
  write_row({"a;b", "c"}, out, ';');
  BOOST_TEST(out == "\"a;b\";\"c\"\r\n");
  BOOST_TEST(!read_table("sep=\"\na\n").ok());
}

BOOST_AUTO_TEST_CASE(text_of_another_encoding_says_how_to_save_it) {
  const auto latin = read_table("a,b\n1,x\n2,Zo\xEB\n"), wide = read_table(std::string("\xFF\xFE"
                                                                                       "a\0,\0",
                                                                                       6));
  BOOST_REQUIRE(!latin.ok());
  BOOST_TEST(latin.error().where == "line 3");
  BOOST_TEST(latin.error().message.find("CSV UTF-8") != std::string::npos);
  BOOST_TEST(!wide.ok());
}

BOOST_AUTO_TEST_CASE(a_broken_file_is_refused_with_its_line) {
  for (const auto& [text, line] : {std::pair{"a,b\n1,\"open\n", "line 2"},
                                   {"a,b\n1,2,3\n", "line 2"},
                                   {"a,a\n", "line 1"},
                                   {"", "line 1"},
                                   {"a\nx\n\"y\"z\n", "line 3"}}) {
    const auto table = read_table(text);
    BOOST_REQUIRE(!table.ok());
    BOOST_TEST(table.error().where == line);
  }
  BOOST_TEST(!read_table("a\n1\n2\n3\n", {2, 10, 100}).ok());
  BOOST_TEST(!read_table("a\n" + std::string(101, 'x'), {2, 10, 100}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
