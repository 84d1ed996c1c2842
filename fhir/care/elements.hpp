// Small readings of FHIR datatypes that the mapping shares: codings, references, days. Pure; threads: any.
// Source: FHIR R4 datatypes (CodeableConcept, Reference, Period, Timing).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/population/fact.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

using core::population::Coding;

// Adds the codings of a CodeableConcept, or of each of an array of them, or of a Coding.
void add_codings(const json::Value& concept_or_list, std::vector<Coding>& out);
// Adds "Type/id" of a Reference or of each of an array of them.
void add_links(const json::Value& reference_or_list, std::vector<std::string>& out);
bool has_coding(const json::Value& concept_or_list, std::string_view system, std::string_view code);  // system "": any

// The first day a date or dateTime may mean, and whether it named a day.
struct When {
  core::Day day = core::population::no_day;
  bool exact = true;
};
When when(const json::Value& text);
// The first of NAMEDateTime, NAMEInstant, NAMEDate, NAME, NAMEPeriod, NAMETiming.event that is there; sets start (and end for a Period).
void read_when(const json::Value& resource, std::string_view name, core::population::Fact& fact);
void read_period(const json::Value& period, core::population::Fact& fact);

const json::Value* extension(const json::Value& element, std::string_view url);

// Adds to the object's list of that name, or begins one.
void push_to(json::Document& doc, json::Value& object, std::string_view name, json::Value value);

}  // namespace fhir::care
