#include "tests/unit/fhir/validate/shelf.hpp"

using shelf::Shelf;

namespace {

// The findings of an answer to a Questionnaire with these items.
std::string answered(const std::string& items, const std::string& given, const std::string& status = "completed") {
  const Shelf shelf{R"({"resourceType":"Questionnaire","url":"urn:q","status":"active","item":[)" + items + "]}"};
  return shelf.errors(R"({"resourceType":"QuestionnaireResponse","questionnaire":"urn:q","status":")" + status +
                      R"(","item":[)" + given + "]}");
}

std::string item(const std::string& type, const std::string& more = "") {
  return R"({"linkId":"q","type":")" + type + "\"" + (more.empty() ? "" : "," + more) + "}";
}

std::string answer(const std::string& value) { return R"({"linkId":"q","answer":[)" + value + "]}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(questionnaire)

BOOST_AUTO_TEST_CASE(answers_have_the_type_of_their_question) {
  BOOST_TEST(answered(item("integer"), answer(R"({"valueInteger":1})")) == "");
  BOOST_TEST(answered(item("integer"), answer(R"({"valueString":"1"})")) ==
             "invariant QuestionnaireResponse.item[0].answer[0].value.ofType(string)");
  BOOST_TEST(answered(item("open-choice"), answer(R"({"valueString":"free"})")) == "");
  BOOST_TEST(answered(item("group"), answer(R"({"valueString":"x"})")) == "structure QuestionnaireResponse.item[0]");
}

BOOST_AUTO_TEST_CASE(items_stand_where_the_questionnaire_has_them) {
  const std::string group =
      R"({"linkId":"g","type":"group","item":[{"linkId":"a","type":"string"},{"linkId":"b","type":"string"}]})";
  BOOST_TEST(answered(group, R"({"linkId":"g","item":[{"linkId":"a","answer":[{"valueString":"x"}]}]})") == "");
  BOOST_TEST(answered(group, R"({"linkId":"a","answer":[{"valueString":"x"}]})") ==
             "structure QuestionnaireResponse.item[0]");
  BOOST_TEST(answered(group, R"({"linkId":"z","answer":[{"valueString":"x"}]})") ==
             "not-found QuestionnaireResponse.item[0]");
  BOOST_TEST(
      answered(
          group,
          R"({"linkId":"g","item":[{"linkId":"b","answer":[{"valueString":"x"}]},{"linkId":"a","answer":[{"valueString":"x"}]}]})") ==
      "structure QuestionnaireResponse.item[0].item[1]");
}

BOOST_AUTO_TEST_CASE(required_answers_are_missed_when_complete_and_enabled) {
  const std::string required =
      R"({"linkId":"a","type":"integer"},{"linkId":"q","type":"integer","required":true,"enableWhen":[{"question":"a","operator":">","answerInteger":1}]})";
  BOOST_TEST(answered(required, R"({"linkId":"a","answer":[{"valueInteger":2}]})") == "required QuestionnaireResponse");
  BOOST_TEST(answered(required, R"({"linkId":"a","answer":[{"valueInteger":2}]})", "in-progress") == "");
  BOOST_TEST(answered(required, R"({"linkId":"a","answer":[{"valueInteger":1}]})") == "");
}

BOOST_AUTO_TEST_CASE(the_number_of_answers_is_counted) {
  const std::string two = answer(R"({"valueInteger":1},{"valueInteger":2})");
  BOOST_TEST(answered(item("integer"), two) == "invalid QuestionnaireResponse.item[0]");
  BOOST_TEST(answered(item("integer", R"("repeats":true)"), two) == "");
  const std::string three =
      R"("repeats":true,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs","valueInteger":3}])";
  BOOST_TEST(answered(item("integer", three), two) == "invalid QuestionnaireResponse.item[0]");
}

BOOST_AUTO_TEST_CASE(limits_forms_and_lengths_hold) {
  const auto limit = [](const std::string& name, const std::string& value) {
    return R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/)" + name + "\"," + value + "}]";
  };
  const std::string place = "invariant QuestionnaireResponse.item[0].answer[0].value.ofType(";
  BOOST_TEST(
      answered(item("decimal", limit("maxValue", R"("valueDecimal":2.50)")), answer(R"({"valueDecimal":2.5})")) == "");
  BOOST_TEST(answered(item("decimal", limit("maxValue", R"("valueDecimal":2.50)")),
                      answer(R"({"valueDecimal":2.51})")) == place + "decimal)");
  BOOST_TEST(answered(item("date", limit("minValue", R"("valueDate":"2024-02")")),
                      answer(R"({"valueDate":"2024-02-01"})")) == "");
  BOOST_TEST(answered(item("date", limit("minValue", R"("valueDate":"2024-02")")),
                      answer(R"({"valueDate":"2024-01-31"})")) == place + "date)");
  BOOST_TEST(answered(item("string", limit("regex", R"("valueString":"[0-9]{4}")")),
                      answer(R"({"valueString":"1234"})")) == "");
  BOOST_TEST(answered(item("string", limit("regex", R"("valueString":"[0-9]{4}")")),
                      answer(R"({"valueString":"12345"})")) == place + "string)");
  BOOST_TEST(answered(item("string", R"("maxLength":3)"), answer(R"({"valueString":"ééé"})")) == "");
  BOOST_TEST(answered(item("string", R"("maxLength":3)"), answer(R"({"valueString":"abcd"})")) == place + "string)");
}

BOOST_AUTO_TEST_CASE(choices_are_among_the_options) {
  const std::string options =
      R"("repeats":true,"answerOption":[{"valueCoding":{"system":"s","code":"a"}},)"
      R"({"valueCoding":{"system":"s","code":"none"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive","valueBoolean":true}]}])";
  BOOST_TEST(answered(item("choice", options), answer(R"({"valueCoding":{"system":"s","code":"a","display":"A"}})")) ==
             "");
  BOOST_TEST(answered(item("choice", options), answer(R"({"valueCoding":{"system":"s","code":"b"}})")) ==
             "invariant QuestionnaireResponse.item[0].answer[0]");
  BOOST_TEST(
      answered(item("choice", options),
               answer(R"({"valueCoding":{"system":"s","code":"a"}},{"valueCoding":{"system":"s","code":"none"}})")) ==
      "invariant QuestionnaireResponse.item[0].answer[1]");
  BOOST_TEST(answered(item("choice", R"("answerValueSet":"http://hl7.org/fhir/ValueSet/administrative-gender")"),
                      answer(R"({"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"x"}})")) ==
             "code-invalid QuestionnaireResponse.item[0].answer[0].value.ofType(Coding)");
}

BOOST_AUTO_TEST_CASE(an_unknown_questionnaire_is_a_warning) {
  const Shelf shelf{};
  BOOST_TEST(
      shelf.warnings(R"({"resourceType":"QuestionnaireResponse","questionnaire":"urn:q","status":"completed"})") ==
      "not-found QuestionnaireResponse.questionnaire");
}

BOOST_AUTO_TEST_SUITE_END()
