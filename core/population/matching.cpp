#include "core/population/matching.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace core::population {
namespace {

// m: share of pairs of one person that are like this; u: of pairs of strangers; h: of pairs that live or lived together.
struct Shares {
  double m, u, h;
};
struct Field {
  std::string_view name;
  Shares agrees, close, differs;
};
constexpr Field birth_field{"birth date", {0.96, 0.00004, 0.02}, {0.03, 0.004, 0.05}, {0.01, 0.996, 0.93}};  // agrees in a household: twins
constexpr Field family_field{"family name", {0.92, 0.002, 0.75}, {0.05, 0.006, 0.05}, {0.03, 0.992, 0.20}};
constexpr Field given_field{"given name", {0.88, 0.008, 0.01}, {0.08, 0.03, 0.04}, {0.04, 0.962, 0.95}};
constexpr Field sex_field{"sex", {0.995, 0.5, 0.45}, {0, 0, 0}, {0.005, 0.5, 0.55}};
constexpr Field postal_field{"postal code", {0.80, 0.0005, 0.95}, {0.08, 0.01, 0.02}, {0.12, 0.9895, 0.03}};
constexpr Field number_field{"house number", {0.80, 0.02, 0.95}, {0, 0, 0}, {0.20, 0.98, 0.05}};
constexpr double household_members = 2;

constexpr double certain_from = 0.995, probable_from = 0.9;
constexpr double close_name = 0.9;

enum class Degree : unsigned char { agrees, close, differs };

std::string letters(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + 32);
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) plain += c;
  }
  return plain;
}

double jaro(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a == b ? 1 : 0;
  const std::size_t reach = std::max(a.size(), b.size()) / 2 > 0 ? std::max(a.size(), b.size()) / 2 - 1 : 0;
  std::vector<bool> taken_a(a.size()), taken_b(b.size());
  double common = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = i > reach ? i - reach : 0; j < std::min(b.size(), i + reach + 1); ++j)
      if (!taken_b[j] && a[i] == b[j]) {
        taken_a[i] = taken_b[j] = true;
        ++common;
        break;
      }
  if (common == 0) return 0;
  double swapped = 0;
  for (std::size_t i = 0, j = 0; i < a.size(); ++i) {
    if (!taken_a[i]) continue;
    while (!taken_b[j]) ++j;
    swapped += a[i] != b[j++];
  }
  const auto size = [](std::string_view text) { return static_cast<double>(text.size()); };
  return (common / size(a) + common / size(b) + (common - swapped / 2) / common) / 3;
}

Degree names(std::string_view a, std::string_view b) {
  const std::string x = letters(a), y = letters(b);
  if (x == y) return Degree::agrees;
  const bool initial = (x.size() == 1 || y.size() == 1) && x[0] == y[0];
  return initial || name_likeness(a, b) >= close_name ? Degree::close : Degree::differs;
}

// The best of all names that either is or was known by; a part of a double name is close to it.
Degree families(const Likeness& a, const Likeness& b) {
  const auto all = [](const Likeness& like) {
    std::vector<std::string_view> names{like.family};
    names.insert(names.end(), like.other_families.begin(), like.other_families.end());
    return names;
  };
  const auto is_part = [](std::string_view part, std::string_view whole) {
    for (std::size_t dash = whole.find('-'), from = 0; from <= whole.size(); from = dash + 1, dash = whole.find('-', from)) {
      const bool last = dash == std::string_view::npos;
      const std::string piece = letters(whole.substr(from, last ? whole.npos : dash - from));
      if (!piece.empty() && piece == letters(part)) return true;
      if (last) break;
    }
    return false;
  };
  Degree best = Degree::differs;
  for (const std::string_view x : all(a))
    for (const std::string_view y : all(b)) best = std::min({best, names(x, y), is_part(x, y) || is_part(y, x) ? Degree::close : Degree::differs});
  return best;
}

// Close: two of year, month and day are the same, or day and month are swapped, or one of the two is not known to the day.
Degree births(const Likeness& a, const Likeness& b) {
  const Civil x = civil_from(a.birth), y = civil_from(b.birth);
  if (!a.birth_exact || !b.birth_exact) return x.year == y.year ? Degree::close : Degree::differs;
  if (a.birth == b.birth) return Degree::agrees;
  const int same = (x.year == y.year) + (x.month == y.month) + (x.day == y.day);
  const bool swapped = x.year == y.year && x.month == y.day && x.day == y.month;
  return same == 2 || swapped ? Degree::close : Degree::differs;
}

Degree postal(std::string_view a, std::string_view b) {
  const std::string x = letters(a), y = letters(b);
  if (x == y) return Degree::agrees;
  return x.size() >= 4 && x.substr(0, 4) == y.substr(0, 4) ? Degree::close : Degree::differs;
}

void add(MatchScore& score, const Field& field, Degree degree) {
  const Shares shares = degree == Degree::agrees ? field.agrees : degree == Degree::close ? field.close : field.differs;
  score.weight += std::log2(shares.m / shares.u);
  score.household += std::log2(shares.m / shares.h);
  score.fields.push_back(std::string(field.name) + (degree == Degree::agrees ? " agrees" : degree == Degree::close ? " is close" : " differs"));
}

}  // namespace

double name_likeness(std::string_view a, std::string_view b) {
  const std::string x = letters(a), y = letters(b);
  std::size_t prefix = 0;
  while (prefix < 4 && prefix < x.size() && prefix < y.size() && x[prefix] == y[prefix]) ++prefix;
  const double base = jaro(x, y);
  return base + static_cast<double>(prefix) * 0.1 * (1 - base);
}

MatchScore compare(const Likeness& a, const Likeness& b) {
  MatchScore score;
  for (const Coding& mine : a.identifiers)
    for (const Coding& other : b.identifiers)
      if (mine.system == other.system) (mine.code == other.code ? score.same_identifier : score.other_identifier) = true;
  if (a.birth != no_day && b.birth != no_day) add(score, birth_field, births(a, b));
  if (!a.family.empty() && !b.family.empty()) add(score, family_field, families(a, b));
  if (!a.given.empty() && !b.given.empty()) add(score, given_field, names(a.given, b.given));
  if (a.sex != 'u' && b.sex != 'u') add(score, sex_field, a.sex == b.sex ? Degree::agrees : Degree::differs);
  if (!a.postal_code.empty() && !b.postal_code.empty()) add(score, postal_field, postal(a.postal_code, b.postal_code));
  if (!a.house_number.empty() && !b.house_number.empty())
    add(score, number_field, letters(a.house_number) == letters(b.house_number) ? Degree::agrees : Degree::differs);
  return score;
}

double probability(const MatchScore& score, std::size_t records) {
  if (score.same_identifier) return 1;
  if (score.other_identifier) return 0;
  const double strangers = std::log2(static_cast<double>(std::max<std::size_t>(records, 2))) - score.weight;
  const double household = std::log2(household_members) - score.household;
  return 1 / (1 + std::exp2(strangers) + std::exp2(household));
}

MatchGrade grade(const MatchScore& score, std::size_t records) {
  const double p = probability(score, records);
  return p >= certain_from ? MatchGrade::certain : p >= probable_from ? MatchGrade::probable : p >= possible_from ? MatchGrade::possible : MatchGrade::certainly_not;
}

std::string_view code_of(MatchGrade grade) {
  constexpr std::array<std::string_view, 4> codes{"certain", "probable", "possible", "certainly-not"};
  return codes[static_cast<std::size_t>(grade)];
}

}  // namespace core::population
