// One answer of a QuestionnaireResponse against its question: type, range, length, form, units, attachment, options.
// Never: looks at other answers. Threads: as its Run. Source: FHIR R4 Questionnaire and its extensions, Structured Data
// Capture.
#pragma once
#include "fhir/validate/run.hpp"

namespace fhir::validate {

constexpr std::string_view core_extension = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view sdc_extension = "http://hl7.org/fhir/uv/sdc/StructureDefinition/";

// `definition`: the item of the Questionnaire, `place`: of the answer.
void check_answer(Run& run, const json::Value& questionnaire, const json::Value& definition, const json::Value& answer,
                  const Place& place);

// The value of an extension by its url, base and name; null: absent.
const json::Value* extension_value(const json::Value& item, std::string_view base, std::string_view name);
const json::Member* answer_value(const json::Value& answer);           // value[x], or null
bool is_option(const json::Value& option, const json::Member& value);  // an answerOption

}  // namespace fhir::validate
