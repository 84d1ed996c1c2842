// Are two records of people about one person? Scored matching by Fellegi and Sunter: for each field the logarithm of how much more
// often it agrees (or not) among records of one person than among records of two. Two people may be strangers or share a household:
// who lives together agrees in name and address, and twins in birth date too, so each has shares of its own. A trusted identifier
// says it without scoring. Never: decides to link, reads records. Threads: pure.
// Source: Fellegi and Sunter 1969 (JASA 64:1183); name comparison by Jaro and Winkler (1990). The shares m and u are the house's, in
// the order of published linkages of health registers (Sayers et al. 2016, IJE 45:954); each stands in the table of matching.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/population/fact.hpp"

namespace core::population {

struct Likeness {               // what is compared; empty: not known, which weighs nothing
  std::string family, given;    // letters only count, in any case
  Day birth = no_day;
  bool birth_exact = true;
  char sex = 'u';
  std::string postal_code, house_number;
  std::vector<Coding> identifiers;  // of trusted systems
  std::vector<std::string> other_families{};  // the name before a marriage, another spelling: as good as the first
};

struct MatchScore {
  bool same_identifier = false, other_identifier = false;  // one trusted system with the same, with another value
  double weight = 0;                                       // sum of log2(m / u): against a stranger
  double household = 0;                                    // sum of log2(m / h): against somebody of the same household
  std::vector<std::string> fields;                         // "birth date agrees", in the order of the table
};
MatchScore compare(const Likeness& a, const Likeness& b);

// How likely it is that they are one person when one record among `records` is expected to be, and two to be of the same household.
double probability(const MatchScore& score, std::size_t records);

inline constexpr double possible_from = 0.1;  // below: certainly not
enum class MatchGrade : unsigned char { certain, probable, possible, certainly_not };
MatchGrade grade(const MatchScore& score, std::size_t records);
std::string_view code_of(MatchGrade grade);  // "certainly-not"

double name_likeness(std::string_view a, std::string_view b);  // Jaro-Winkler, 0 to 1, letter case and signs aside

}  // namespace core::population
