#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/store/query.hpp"

namespace {

using namespace core::store;

Row token(std::string system, std::string value, std::string text = {}, std::string note = {}) {
  Row row;
  row.param = "code", row.kind = RowKind::token;
  row.system = std::move(system), row.value = std::move(value), row.text = std::move(text), row.note = std::move(note);
  return row;
}

Row string(std::string folded, std::string text) {
  Row row;
  row.param = "name", row.kind = RowKind::string, row.value = std::move(folded), row.text = std::move(text);
  return row;
}

Row uri(std::string value) {
  Row row;
  row.param = "url", row.kind = RowKind::uri, row.value = std::move(value);
  return row;
}

Row reference(std::string type, std::string id, std::string version = {}) {
  Row row;
  row.param = "subject", row.kind = RowKind::reference;
  row.system = std::move(type), row.value = std::move(id), row.note = std::move(version);
  return row;
}

Row date(std::int64_t from, std::int64_t to) {
  Row row;
  row.param = "date", row.kind = RowKind::date, row.from = from, row.to = to;
  return row;
}

Row number(double value) {
  Row row;
  row.param = "rank", row.kind = RowKind::number, row.low = row.high = value;
  return row;
}

Row quantity(double value, std::string code, double canonical, std::string note) {
  Row row = number(value);
  row.param = "value", row.kind = RowKind::quantity;
  row.system = "ucum", row.value = std::move(code), row.text = "unit of " + row.value;
  row.canonical = canonical, row.note = std::move(note);
  return row;
}

Term code(std::string value) {
  Term term;
  term.value = std::move(value);
  return term;
}

Term code(std::string system, std::string value) {
  Term term = code(std::move(value));
  term.system = std::move(system), term.any_system = false;
  return term;
}

Term with(Compare compare, Term term) {
  term.compare = compare;
  return term;
}

Term span(Compare compare, std::int64_t from, std::int64_t to) {
  Term term;
  term.compare = compare, term.from = from, term.to = to;
  return term;
}

Term range(Compare compare, double low, double high) {
  Term term;
  term.compare = compare, term.low = low, term.high = high;
  return term;
}

// No other resources.
struct Alone final : Resolver {
  bool chain(const Criterion&, const Row&) override { return false; }
  bool has(const Criterion&, const Subject&) override { return false; }
};

bool one(const Criterion& criterion, const Rows& rows) {
  const std::string type = "Patient", id = "p1";
  Alone alone;
  return matches(criterion, Subject{type, id, 1000, rows}, alone);
}

BOOST_AUTO_TEST_SUITE(store_matches)

BOOST_AUTO_TEST_CASE(a_code_alone_matches_in_every_system) {
  BOOST_TEST(matches(code("final"), token("", "final")));
  BOOST_TEST(matches(code("final"), token("http://x", "final")));
  BOOST_TEST(!matches(code("final"), token("http://x", "Final")));
  BOOST_TEST(!matches(code("fin"), token("http://x", "final")));
}

BOOST_AUTO_TEST_CASE(a_code_with_a_system_needs_both) {
  BOOST_TEST(matches(code("http://x", "a"), token("http://x", "a")));
  BOOST_TEST(!matches(code("http://y", "a"), token("http://x", "a")));
  BOOST_TEST(matches(code("", "a"), token("", "a")));
  BOOST_TEST(!matches(code("", "a"), token("http://x", "a")));
}

BOOST_AUTO_TEST_CASE(a_system_alone_matches_every_code_of_it) {
  Term term = code("http://x", "");
  term.any_value = true;
  BOOST_TEST(matches(term, token("http://x", "anything")));
  BOOST_TEST(!matches(term, token("http://y", "anything")));
}

BOOST_AUTO_TEST_CASE(text_of_a_token_is_looked_for_anywhere) {
  Term term;
  term.compare = Compare::text, term.text = "sugar";
  BOOST_TEST(matches(term, token("", "x", "blood sugar level")));
  BOOST_TEST(!matches(term, token("", "sugar", "glucose")));
}

BOOST_AUTO_TEST_CASE(of_type_needs_type_and_value) {
  Term term = with(Compare::of_type, code("123"));
  term.note = "http://t|MR";
  BOOST_TEST(matches(term, token("http://x", "123", "", "http://t|MR")));
  BOOST_TEST(!matches(term, token("http://x", "123", "", "http://t|SS")));
  BOOST_TEST(!matches(term, token("http://x", "12", "", "http://t|MR")));
}

BOOST_AUTO_TEST_CASE(strings_begin_contain_or_are_exact) {
  const Row row = string("jansen de vries", "Jansen de Vries");
  BOOST_TEST(matches(with(Compare::begins, code("jan")), row));
  BOOST_TEST(!matches(with(Compare::begins, code("vries")), row));
  BOOST_TEST(matches(with(Compare::contains, code("de v")), row));
  Term exact = with(Compare::exactly, code("jansen de vries"));
  exact.text = "Jansen de Vries";
  BOOST_TEST(matches(exact, row));
  exact.text = "jansen de vries";
  BOOST_TEST(!matches(exact, row));
}

BOOST_AUTO_TEST_CASE(a_reference_is_found_with_and_without_type) {
  BOOST_TEST(matches(code("1"), reference("Patient", "1")));
  BOOST_TEST(matches(code("Patient", "1"), reference("Patient", "1")));
  BOOST_TEST(!matches(code("Group", "1"), reference("Patient", "1")));
  BOOST_TEST(!matches(code("1"), reference("Patient", "11")));
}

BOOST_AUTO_TEST_CASE(a_reference_with_a_version_needs_that_version) {
  Term term = code("Patient", "1");
  term.note = "2";
  BOOST_TEST(matches(term, reference("Patient", "1", "2")));
  BOOST_TEST(!matches(term, reference("Patient", "1")));
}

BOOST_AUTO_TEST_CASE(a_logical_reference_is_found_by_its_identifier) {
  Row row = reference("", "");
  row.text = "http://bsn|999";
  const auto by = [](std::string text) {
    Term term;
    term.compare = Compare::identifier, term.text = std::move(text);
    return term;
  };
  BOOST_TEST(matches(by("http://bsn|999"), row));
  BOOST_TEST(matches(by("999"), row));
  BOOST_TEST(matches(by("http://bsn|"), row));
  BOOST_TEST(!matches(by("|999"), row));
  BOOST_TEST(!matches(by("99"), row));
  BOOST_TEST(!matches(by("http://other|999"), row));
  BOOST_TEST(!matches(code(""), row));
}

BOOST_AUTO_TEST_CASE(addresses_below_and_above) {
  BOOST_TEST(matches(with(Compare::begins, code("http://a/fhir/")), uri("http://a/fhir/ValueSet/1")));
  BOOST_TEST(!matches(with(Compare::begins, code("http://b/")), uri("http://a/fhir/ValueSet/1")));
  BOOST_TEST(matches(with(Compare::above, code("http://a/ValueSet/1/2")), uri("http://a/ValueSet/1")));
  BOOST_TEST(matches(with(Compare::above, code("http://a/ValueSet/1")), uri("http://a/ValueSet/1")));
  BOOST_TEST(!matches(with(Compare::above, code("http://a/ValueSet/12")), uri("http://a/ValueSet/1")));
}

struct Case {
  std::int64_t from, to;
  bool eq, ne, gt, lt, ge, le, sa, eb, ap;
};

// The searched span is [100, 200).
const Case cases[] = {
    {100, 200, 1, 0, 0, 0, 1, 1, 0, 0, 1},                                       // the same
    {120, 130, 1, 0, 0, 0, 1, 1, 0, 0, 1},                                       // within
    {50, 250, 0, 1, 1, 1, 1, 1, 0, 0, 1},                                        // around
    {50, 150, 0, 1, 0, 1, 0, 1, 0, 0, 1},                                        // over the start
    {150, 250, 0, 1, 1, 0, 1, 0, 0, 0, 1},                                       // over the end
    {200, 250, 0, 1, 1, 0, 1, 0, 1, 0, 0},                                       // right after
    {50, 100, 0, 1, 0, 1, 0, 1, 0, 1, 0},                                        // right before
    {std::numeric_limits<std::int64_t>::min(), 150, 0, 1, 0, 1, 0, 1, 0, 0, 1},  // open start
    {150, std::numeric_limits<std::int64_t>::max(), 0, 1, 1, 0, 1, 0, 0, 0, 1},  // open end
};

BOOST_AUTO_TEST_CASE(dates_compare_as_the_table_of_the_specification_says) {
  for (const Case& c : cases) {
    const Row row = date(c.from, c.to);
    BOOST_TEST_CONTEXT("[" << c.from << ", " << c.to << ")") {
      BOOST_TEST(matches(span(Compare::equal, 100, 200), row) == c.eq);
      BOOST_TEST(matches(span(Compare::not_equal, 100, 200), row) == c.ne);
      BOOST_TEST(matches(span(Compare::greater, 100, 200), row) == c.gt);
      BOOST_TEST(matches(span(Compare::less, 100, 200), row) == c.lt);
      BOOST_TEST(matches(span(Compare::greater_or_equal, 100, 200), row) == c.ge);
      BOOST_TEST(matches(span(Compare::less_or_equal, 100, 200), row) == c.le);
      BOOST_TEST(matches(span(Compare::starts_after, 100, 200), row) == c.sa);
      BOOST_TEST(matches(span(Compare::ends_before, 100, 200), row) == c.eb);
      BOOST_TEST(matches(span(Compare::approximately, 100, 200), row) == c.ap);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_number_is_equal_within_the_implicit_precision) {
  BOOST_TEST(matches(range(Compare::equal, 99.5, 100.5), number(99.5)));
  BOOST_TEST(matches(range(Compare::equal, 99.5, 100.5), number(100.4)));
  BOOST_TEST(!matches(range(Compare::equal, 99.5, 100.5), number(100.5)));
  BOOST_TEST(matches(range(Compare::not_equal, 99.5, 100.5), number(100.5)));
  BOOST_TEST(matches(range(Compare::equal, 100, 100), number(100)));
}

BOOST_AUTO_TEST_CASE(ordering_prefixes_of_numbers_are_exact) {
  BOOST_TEST(!matches(range(Compare::greater, 100, 100), number(100)));
  BOOST_TEST(matches(range(Compare::greater, 100, 100), number(100.001)));
  BOOST_TEST(matches(range(Compare::greater_or_equal, 100, 100), number(100)));
  BOOST_TEST(!matches(range(Compare::greater_or_equal, 100, 100), number(99.999)));
  BOOST_TEST(matches(range(Compare::less, 100, 100), number(99.999)));
  BOOST_TEST(!matches(range(Compare::less, 100, 100), number(100)));
  BOOST_TEST(matches(range(Compare::less_or_equal, 100, 100), number(100)));
  BOOST_TEST(!matches(range(Compare::less_or_equal, 100, 100), number(100.001)));
  BOOST_TEST(matches(range(Compare::approximately, 90, 110), number(109)));
  BOOST_TEST(!matches(range(Compare::approximately, 90, 110), number(111)));
}

BOOST_AUTO_TEST_CASE(a_quantity_compares_in_its_unit_or_canonically) {
  const Row row = quantity(5.4, "mg", 0.0054, "g");
  Term term = range(Compare::equal, 5.35, 5.45);
  BOOST_TEST(matches(term, row));
  term.value = "mg";
  BOOST_TEST(matches(term, row));
  term.value = "unit of mg";
  BOOST_TEST(matches(term, row));
  term.value = "kg";
  BOOST_TEST(!matches(term, row));
  term.system = "ucum", term.any_system = false, term.value = "mg";
  BOOST_TEST(matches(term, row));
  term.system = "other";
  BOOST_TEST(!matches(term, row));
  Term canonical;
  canonical.canonical = true, canonical.note = "g", canonical.canonical_low = 0.00535,
  canonical.canonical_high = 0.00545;
  BOOST_TEST(matches(canonical, row));
  canonical.note = "m";
  BOOST_TEST(!matches(canonical, row));
}

BOOST_AUTO_TEST_CASE(a_composite_needs_every_component_in_one_value) {
  Row row;
  row.param = "code-value", row.kind = RowKind::composite;
  row.parts = {token("loinc", "a"), number(5)};
  Term term;
  term.parts = {code("loinc", "a"), range(Compare::greater, 4, 4)};
  BOOST_TEST(matches(term, row));
  term.parts[1].low = term.parts[1].high = 5;
  BOOST_TEST(!matches(term, row));
  term.parts.pop_back();
  BOOST_TEST(!matches(term, row));
}

BOOST_AUTO_TEST_CASE(negation_includes_resources_without_the_value) {
  Criterion criterion;
  criterion.param = "code", criterion.negate = true, criterion.any = {code("a")};
  BOOST_TEST(one(criterion, {}));
  BOOST_TEST(one(criterion, {token("", "b")}));
  BOOST_TEST(!one(criterion, {token("", "b"), token("", "a")}));
}

BOOST_AUTO_TEST_CASE(missing_asks_for_no_row_at_all) {
  Criterion criterion;
  criterion.form = Criterion::Form::missing, criterion.param = "code", criterion.missing = true;
  BOOST_TEST(one(criterion, {string("x", "x")}));
  BOOST_TEST(!one(criterion, {token("", "a")}));
  criterion.missing = false;
  BOOST_TEST(one(criterion, {token("", "a")}));
}

BOOST_AUTO_TEST_CASE(a_row_of_another_kind_or_parameter_does_not_count) {
  Criterion criterion;
  criterion.param = "name", criterion.any = {code("a")};
  BOOST_TEST(!one(criterion, {string("a", "a"), token("", "a")}));
}

BOOST_AUTO_TEST_CASE(ids_and_instants_of_the_resource_itself) {
  Criterion criterion;
  criterion.form = Criterion::Form::id, criterion.ids = {"p2", "p1"};
  BOOST_TEST(one(criterion, {}));
  criterion.ids = {"p"};
  BOOST_TEST(!one(criterion, {}));
  criterion.form = Criterion::Form::updated, criterion.any = {span(Compare::greater, 999, 1000)};
  BOOST_TEST(one(criterion, {}));
  criterion.any = {span(Compare::greater, 1000, 1001)};
  BOOST_TEST(!one(criterion, {}));
  criterion.any = {span(Compare::greater_or_equal, 1000, 1001)};
  BOOST_TEST(one(criterion, {}));
}

BOOST_AUTO_TEST_CASE(either_needs_one_alternative_whole) {
  Criterion a, b, either;
  a.param = b.param = "code", a.any = {code("a")}, b.any = {code("b")};
  either.form = Criterion::Form::either;
  BOOST_TEST(!one(either, {token("", "a")}));
  either.alternatives = {{a, b}};
  BOOST_TEST(!one(either, {token("", "a")}));
  either.alternatives = {{a, b}, {a}};
  BOOST_TEST(one(either, {token("", "a")}));
}

BOOST_AUTO_TEST_CASE(a_resolved_chain_lists_its_references) {
  Criterion criterion;
  criterion.form = Criterion::Form::reference_in, criterion.param = "subject", criterion.ids = {"Patient/1", "Group/2"};
  BOOST_TEST(one(criterion, {reference("Group", "2")}));
  BOOST_TEST(!one(criterion, {reference("Group", "1")}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
