#include "core/population/packing.hpp"

#include <array>

namespace core::population::packing {
namespace {

constexpr std::array<std::string_view, 24> usual_types{
    "Patient", "Observation", "Condition", "Procedure", "Encounter", "MedicationRequest", "Immunization", "CarePlan",
    "ServiceRequest", "Task", "Communication", "QuestionnaireResponse", "MedicationStatement", "MedicationDispense",
    "MedicationAdministration", "DiagnosticReport", "AllergyIntolerance", "RiskAssessment", "RelatedPerson", "Medication",
    "Practitioner", "Organization", "Goal", "Flag"};
constexpr unsigned other_type = 31;
constexpr std::string_view digits = "0123456789abcdef";

bool is_number(std::string_view id) {
  return !id.empty() && id.size() <= 18 && (id.size() == 1 || id.front() != '0') &&
         id.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_hex(std::string_view id) { return id.find_first_not_of(digits) == std::string_view::npos; }

bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

bool is_uuid(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i)
    if (is_dash(i) ? id[i] != '-' : digits.find(id[i]) == std::string_view::npos) return false;
  return true;
}

Key::Form form_of(std::string_view id) {
  if (is_number(id)) return Key::Form::number;
  if (is_uuid(id)) return Key::Form::uuid;
  return id.size() == 32 && is_hex(id) ? Key::Form::hex : Key::Form::text;
}

std::uint64_t zigzag(std::uint64_t difference) { return (difference << 1) ^ (difference >> 63 ? ~std::uint64_t{0} : 0); }
std::uint64_t unzigzag(std::uint64_t value) { return (value >> 1) ^ (value & 1 ? ~std::uint64_t{0} : 0); }

void write_hex(std::string& bytes, std::string_view id) {
  unsigned high = 16;
  for (const char c : id) {
    if (c == '-') continue;
    const auto nibble = static_cast<unsigned>(digits.find(c));
    if (high == 16) high = nibble;
    else bytes.push_back(static_cast<char>(high << 4 | nibble)), high = 16;
  }
}

std::string hex_text(std::string_view bytes, bool dashes) {
  std::string text;
  for (const char c : bytes) {
    const unsigned value = static_cast<unsigned char>(c);
    for (const unsigned nibble : {value >> 4u, value & 15u}) {
      if (dashes && is_dash(text.size())) text += '-';
      text += digits[nibble];
    }
  }
  return text;
}

}  // namespace

void Writer::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned>(value & 0x7f) | 0x80u);
  byte(static_cast<unsigned>(value));
}

void Writer::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void Writer::key(const Key& key, bool mark) {
  byte(key.type | static_cast<unsigned>(key.form) << 5 | (mark ? 0x80u : 0u));
  if (key.type == other_type) text(key.type_text);
  if (key.form == Key::Form::text) return text(key.bytes);
  if (key.form != Key::Form::number) {
    bytes_ += key.bytes;
    return;
  }
  number(zigzag(key.number - previous_));
  previous_ = key.number;
}

std::uint64_t Reader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto part = byte();
    value |= std::uint64_t{part & 0x7f} << shift;
    if (!(part & 0x80)) return value;
  }
}

std::string_view Reader::text() {
  const auto length = static_cast<std::size_t>(number());
  const auto result = bytes_.substr(at_, length);
  at_ += length;
  return result;
}

Key Reader::key() {
  Key key;
  const auto head = byte();
  key.type = head & 31u;
  key.form = static_cast<Key::Form>(head >> 5 & 3u);
  key.mark = head & 0x80u;
  if (key.type == other_type) key.type_text = text();
  if (key.form == Key::Form::number) {
    key.number = previous_ += unzigzag(number());
  } else if (key.form == Key::Form::text) {
    key.bytes = text();
  } else {
    key.bytes = bytes_.substr(at_, 16);
    at_ += 16;
  }
  return key;
}

std::string text_of(const Key& key) {
  std::string text(key.type == other_type ? key.type_text : usual_types[key.type]);
  if (!text.empty()) text += '/';
  switch (key.form) {
    case Key::Form::number: return text + std::to_string(key.number);
    case Key::Form::uuid: return text + hex_text(key.bytes, true);
    case Key::Form::hex: return text + hex_text(key.bytes, false);
    case Key::Form::text: break;
  }
  return text + std::string(key.bytes);
}

unsigned number_of_type(std::string_view type) {
  unsigned number = 0;
  while (number < usual_types.size() && usual_types[number] != type) ++number;
  return number == usual_types.size() ? other_type : number;
}

std::string packed(std::string_view text) {
  const auto slash = text.find('/');
  const auto type = slash == std::string_view::npos ? std::string_view{} : text.substr(0, slash);
  const auto id = slash == std::string_view::npos ? text : text.substr(slash + 1);
  Key key;
  key.type = number_of_type(type);
  key.type_text = type;
  key.form = form_of(id);
  key.bytes = id;
  std::string bytes;
  if (key.form == Key::Form::number)
    for (const char c : id) key.number = key.number * 10 + static_cast<unsigned>(c - '0');
  else if (key.form != Key::Form::text)
    write_hex(bytes, id);
  const auto binary = bytes;
  if (key.form == Key::Form::uuid || key.form == Key::Form::hex) key.bytes = binary;
  bytes.clear();
  Writer(bytes).key(key);
  return bytes;
}

std::string packed(const Key& key) {
  std::string bytes;
  Writer(bytes).key(key);
  return bytes;
}

namespace {

std::uint64_t mixed(std::uint64_t h) {  // finaliser of splitmix64
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

std::uint64_t joined(std::uint64_t h, std::string_view text) {
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mixed(h ^ text.size());
}

}  // namespace

std::uint64_t hash(const Key& key) {
  const auto start = (std::uint64_t{key.type} << 2 | static_cast<std::uint64_t>(key.form)) + 0x9e3779b97f4a7c15u;
  if (key.form == Key::Form::number && key.type != other_type) return mixed(mixed(start) ^ key.number);
  return joined(joined(mixed(start ^ key.number), key.type_text), key.bytes);
}

std::uint64_t neighbourhood(const Key& key) {
  constexpr int near = 7;  // 128 ids
  if (key.form != Key::Form::number || key.type == other_type) return hash(key);
  return mixed(mixed(key.number >> near) ^ 0x6a09e667f3bcc909u);
}

std::uint64_t hash(std::string_view domain, std::string_view text) { return joined(joined(0x2545f4914f6cdd1du, domain), text); }

}  // namespace core::population::packing
