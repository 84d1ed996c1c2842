// FHIR -> the core: what of a Patient is compared with others, and the stored Patients worth comparing: those that share a key with it
// (identifier, birth date, name, postal code with name), never all. Never: decides that two are one. Threads: a snapshot's.
// Source: FHIR R4 Patient; blocking after Christen 2012 (Data Matching, chapter 4); scores: core/population/matching.
#pragma once
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/population/matching.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/search/search.hpp"

namespace fhir::care {

// `trusted`: systems of identifiers that count; empty: every system.
core::population::Likeness likeness_of(const json::Value& patient, const std::vector<std::string>& trusted);

struct Alike {
  std::string id, body;  // of the stored Patient
  core::population::MatchScore score;
  double probability = 0;
};

// Stored Patients that may be this one and reach `least`, the likeliest first; without the one of the id `except`.
core::Result<std::vector<Alike>> alike(core::store::Snapshot& snapshot, const search::Index& index, const json::Value& patient,
                                       const std::vector<std::string>& trusted, std::size_t records, double least,
                                       std::string_view except = {});

}  // namespace fhir::care
