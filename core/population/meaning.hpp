// What a fact means to a set that its code is of, by kind, state, value and unit. Never: looks codes up. Threads: pure.
#pragma once
#include "core/population/vocabulary.hpp"

namespace core::population {

bool counts(const Fact& fact);  // it says something of the person, now or once
// Also sets how a number of the fact becomes one of the set.
std::uint32_t meaning_by_code(const Fact& fact, const CodeSet& set, Member& member);

}  // namespace core::population
