// Texts and numbers as a case system wants them: cut visibly to a field's length, a case number made from a Task's id,
// Dutch words. Never: a text of a record; it gets what the disclosure table let through. Threads: pure. Source: ZGW
// Zaken API (maxLength).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace adapters::zgw {

std::string cut(std::string_view text,
                std::size_t characters);  // longer: ends in "…"; counts characters, never splits one
std::string_view first_character(std::string_view text);
std::string case_number(std::string_view task_id);      // identificatie: at most 40 of A-Z a-z 0-9 -
std::string_view need_in_dutch(std::string_view need);  // the house's code as words; the code itself when unknown
std::string_view last_segment(std::string_view url);    // the uuid of a resource's URL
bool is_uuid(std::string_view text);
std::string escaped(std::string_view value);  // for a query
std::optional<std::string> bsn_from(
    std::string_view text);  // nine digits; whether they pass the eleven test is for the case system to say
std::string second_text(core::Instant instant);  // "2024-01-31T12:00:00Z": no fraction

}  // namespace adapters::zgw
