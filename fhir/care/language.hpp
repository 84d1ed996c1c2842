// The languages that people read: which there are, texts of a programme in one of them, and the core's own sentences in it.
// Words only: what is said is decided elsewhere. Threads: pure. Source: FHIR R4 extension translation (lang, content).
#pragma once
#include <string>
#include <string_view>

#include "fhir/json/json.hpp"

namespace fhir::care {

enum class Language : unsigned char { english, dutch };

// The text of an element in this language: its translation extension, else as it stands.
std::string text_in(const json::Value& element, std::string_view name, Language language);

// A sentence of the core (reasons, what allocation says), which are English, in this language.
std::string said(std::string_view english, Language language);

}  // namespace fhir::care
