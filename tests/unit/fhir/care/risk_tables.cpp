#include "fhir/care/risk_tables.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "core/panel/risk_codes.hpp"

namespace {

const std::filesystem::path shipped = PANELBRIDGE_SOURCE "/profiles/house/risk";

// A copy of the shipped tables in which one file has other text.
struct Copy {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "panelbridge-risk-tables";
  Copy(const std::string& name, const std::string& text) {
    std::filesystem::remove_all(folder);
    std::filesystem::copy(shipped, folder);
    std::ofstream(folder / name) << text;
  }
  ~Copy() { std::filesystem::remove_all(folder); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(risk_tables)

BOOST_AUTO_TEST_CASE(the_shipped_tables_load_whole) {
  const auto tables = fhir::care::load_risk_tables(shipped);
  BOOST_REQUIRE(tables.ok());
  BOOST_TEST(tables->charlson.groups.size() == 17u);
  BOOST_TEST(tables->efi.deficits.size() == 36u);
  BOOST_TEST(tables->efi.codes.empty());
  BOOST_TEST(tables->score2.models.size() == 2u);
  BOOST_TEST(tables->score2.region_of_country.at("NL") == "low");
  BOOST_TEST(tables->needs.rows.size() == 29u);
  BOOST_TEST(tables->inputs.at("sbp_mmHg").look_back_days == 365);
}

BOOST_AUTO_TEST_CASE(snomed_codes_reach_a_comorbidity_group_or_are_known_not_to_count) {
  const auto tables = fhir::care::load_risk_tables(shipped);
  BOOST_REQUIRE(tables.ok());
  std::size_t counted = 0;
  for (const auto& [snomed, icd10] : tables->charlson.snomed) {
    if (core::panel::longest_prefix(tables->charlson.icd10, core::panel::plain_code(icd10))) ++counted;
  }
  BOOST_TEST(tables->charlson.snomed.size() == 43u);
  BOOST_TEST(counted == 31u);
  BOOST_TEST(!tables->charlson.icd10.contains("C44"));
}

BOOST_AUTO_TEST_CASE(a_broken_table_is_refused_by_file_and_member) {
  const Copy copy("social-needs.json", R"({"look_back_days": "long", "needs_to_lift": 2, "declined_answers": [], "rows": []})");
  const auto tables = fhir::care::load_risk_tables(copy.folder);
  BOOST_REQUIRE(!tables.ok());
  BOOST_TEST(tables.error().where.find("social-needs.json: look_back_days") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_member_is_refused) {
  const Copy copy("tiers.json", "{}");
  const auto tables = fhir::care::load_risk_tables(copy.folder);
  BOOST_REQUIRE(!tables.ok());
  BOOST_TEST(tables.error().where.find("bands") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_without_tables_is_refused) { BOOST_TEST(!fhir::care::load_risk_tables("/nowhere").ok()); }

BOOST_AUTO_TEST_CASE(a_code_list_keeps_commas_in_quotes_and_leaves_out_what_is_marked) {
  core::panel::EfiTables tables;
  tables.deficits = {{"falls", "Falls", {}, {}}};
  const auto added = fhir::care::add_efi_codes(
      "deficit,system,code,display,use,remark\r\nfalls,snomed,1,\"Fall, at home\",yes,\r\nfalls,snomed,2,x,no,\r\nfalls,ctv3,3,x,yes,\r\n", tables);
  BOOST_REQUIRE(added.ok());
  BOOST_TEST(*added == 1u);
  BOOST_TEST(tables.codes.contains("http://snomed.info/sct|1"));
}

BOOST_AUTO_TEST_CASE(a_code_list_of_another_form_is_refused) {
  core::panel::EfiTables tables;
  tables.deficits = {{"falls", "Falls", {}, {}}};
  BOOST_TEST(!fhir::care::add_efi_codes("", tables).ok());
  BOOST_TEST(!fhir::care::add_efi_codes("a,b,c\n", tables).ok());
  const auto unknown = fhir::care::add_efi_codes("deficit,system,code\nvanity,snomed,1\n", tables);
  BOOST_REQUIRE(!unknown.ok());
  BOOST_TEST(unknown.error().where == "row 2");
}

BOOST_AUTO_TEST_SUITE_END()
