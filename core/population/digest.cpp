// The byte form of a Digest. Byte 0 is the version; then the parts in the order of the structs. Numbers are base-128 varints
// (signed ones zigzag), doubles 8 bytes little-endian. A string is (length << 1) and its bytes, or (index << 1 | 1) of a string
// seen before in this digest; the usual code systems count as seen. Changing anything here means a new version byte.
#include <array>
#include <bit>
#include <map>

#include "core/population/fact.hpp"

namespace core::population {
namespace {

constexpr char version = 1;
constexpr std::size_t max_count = 1u << 20;  // of anything in one resource: more is garbage

constexpr std::array<std::string_view, 24> usual_strings{
    "", "http://snomed.info/sct", "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/cvx", "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icpc-1", "http://hl7.org/fhir/sid/icpc-1-nl", "http://www.whocc.no/atc",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://terminology.hl7.org/CodeSystem/condition-category",
    "http://terminology.hl7.org/CodeSystem/observation-category", "http://unitsofmeasure.org",
    "http://fhir.nl/fhir/NamingSystem/bsn", "http://hl7.org/fhir/sid/us-ssn", "mm[Hg]", "mg/dL", "%", "mmol/L",
    "mL/min/{1.73_m2}", "kg", "kg/m2", "{score}"};

class Writer {
 public:
  Writer() {
    for (std::size_t i = 0; i < usual_strings.size(); ++i) seen_.emplace(std::string(usual_strings[i]), i);
    bytes_.push_back(version);
  }
  void byte(unsigned value) { bytes_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<unsigned>(value & 0x7f) | 0x80u);
    byte(static_cast<unsigned>(value));
  }
  void day(Day value) {
    const auto wide = static_cast<std::uint32_t>(value);
    number((wide << 1) ^ (value < 0 ? 0xffffffffu : 0u));
  }
  void real(double value) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i, bits >>= 8) byte(static_cast<unsigned>(bits & 0xff));
  }
  void string(const std::string& value) {
    const auto [found, fresh] = seen_.emplace(value, seen_.size());
    if (!fresh) return number(found->second << 1 | 1);
    number(std::uint64_t{value.size()} << 1);
    bytes_ += value;
  }
  void strings(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& value : values) string(value);
  }
  void codings(const std::vector<Coding>& values) {
    number(values.size());
    for (const auto& value : values) string(value.system), string(value.code);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::map<std::string, std::uint64_t> seen_;
};

// Reads what Writer wrote; after the first fault `ok` stays false and every value is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes), seen_(usual_strings.begin(), usual_strings.end()) {
    if (byte() != static_cast<unsigned>(version)) ok = false;
  }
  bool ok = true;
  bool at_end() const { return at_ == bytes_.size(); }
  unsigned byte() {
    if (at_ >= bytes_.size()) return fail();
    return static_cast<unsigned char>(bytes_[at_++]);
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto part = byte();
      if (!ok) return 0;
      value |= std::uint64_t{part & 0x7f} << shift;
      if (!(part & 0x80)) return value;
    }
    return fail();
  }
  Day day() {
    const auto wide = number();
    if (wide > 0xffffffffu) return static_cast<Day>(fail());
    const auto narrow = static_cast<std::uint32_t>(wide);
    return static_cast<Day>((narrow >> 1) ^ (narrow & 1 ? 0xffffffffu : 0u));
  }
  double real() {
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits |= std::uint64_t{byte()} << (8 * i);
    return std::bit_cast<double>(bits);
  }
  std::string string() {
    const auto head = number();
    if (!ok) return {};
    if (head & 1) {
      if (head >> 1 < seen_.size()) return std::string(seen_[head >> 1]);
      fail();
      return {};
    }
    const auto length = head >> 1;
    if (length > bytes_.size() - at_) {
      fail();
      return {};
    }
    const auto text = bytes_.substr(at_, length);
    at_ += length;
    seen_.push_back(text);
    return std::string(text);
  }
  std::size_t count() {
    const auto n = number();
    if (n > max_count || n > bytes_.size() - at_) return fail();
    return n;
  }
  std::vector<std::string> strings() {
    std::vector<std::string> values;
    for (auto n = count(); n > 0 && ok; --n) values.push_back(string());
    return values;
  }
  std::vector<Coding> codings() {
    std::vector<Coding> values;
    for (auto n = count(); n > 0 && ok; --n) {
      auto system = string();
      values.push_back({std::move(system), string()});
    }
    return values;
  }

 private:
  unsigned fail() {
    ok = false;
    return 0;
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<std::string_view> seen_;
};

void write(Writer& out, const Fact& fact) {
  out.byte(static_cast<unsigned>(fact.kind));
  out.byte(static_cast<unsigned>(fact.state));
  out.byte((fact.day_exact ? 1u : 0u) | (fact.value ? 2u : 0u) | (fact.end != open_end ? 4u : 0u) |
           (fact.start != no_day ? 8u : 0u));
  out.codings(fact.codes);
  out.codings(fact.answers);
  out.codings(fact.about);
  out.strings(fact.links);
  if (fact.start != no_day) out.day(fact.start);
  if (fact.end != open_end) out.day(fact.end);
  if (fact.value) out.real(*fact.value);
  out.string(fact.unit);
  out.string(fact.owner);
}

Fact fact_from(Reader& in) {
  Fact fact;
  const auto kind = in.byte(), state = in.byte(), bits = in.byte();
  if (kind > static_cast<unsigned>(FactKind::other) || state > static_cast<unsigned>(State::unconfirmed) || bits > 15) in.ok = false;
  fact.kind = static_cast<FactKind>(kind);
  fact.state = static_cast<State>(state);
  fact.day_exact = bits & 1;
  fact.codes = in.codings();
  fact.answers = in.codings();
  fact.about = in.codings();
  fact.links = in.strings();
  if (bits & 8) fact.start = in.day();
  if (bits & 4) fact.end = in.day();
  if (bits & 2) fact.value = in.real();
  fact.unit = in.string();
  fact.owner = in.string();
  return fact;
}

void write(Writer& out, const Person& person) {
  out.string(person.id);
  out.byte((person.birth_exact ? 1u : 0u) | (person.dead ? 2u : 0u) | (person.active ? 4u : 0u) |
           (person.contact_prohibited ? 8u : 0u));
  out.byte(static_cast<unsigned char>(person.sex));
  out.day(person.birth);
  out.day(person.deceased);
  out.strings(person.practitioners);
  out.string(person.organization);
  out.codings(person.identifiers);
  out.strings(person.links);
  out.string(person.replaced_by);
  out.string(person.country);
  out.string(person.postal_code);
}

Person person_from(Reader& in) {
  Person person;
  person.id = in.string();
  const auto bits = in.byte();
  if (bits > 15) in.ok = false;
  person.birth_exact = bits & 1;
  person.dead = bits & 2;
  person.active = bits & 4;
  person.contact_prohibited = bits & 8;
  person.sex = static_cast<char>(in.byte());
  if (std::string_view("mfou").find(person.sex) == std::string_view::npos) in.ok = false;
  person.birth = in.day();
  person.deceased = in.day();
  person.practitioners = in.strings();
  person.organization = in.string();
  person.identifiers = in.codings();
  person.links = in.strings();
  person.replaced_by = in.string();
  person.country = in.string();
  person.postal_code = in.string();
  return person;
}

}  // namespace

std::string encode(const Digest& digest) {
  Writer out;
  out.byte(digest.person ? 1 : 0);
  if (digest.person) write(out, *digest.person);
  out.string(digest.subject);
  out.number(digest.facts.size());
  for (const auto& fact : digest.facts) write(out, fact);
  out.string(digest.provider);
  out.string(digest.service_provider);
  return out.take();
}

std::optional<Digest> decode(std::string_view bytes) {
  Reader in(bytes);
  Digest digest;
  const auto has_person = in.byte();
  if (has_person > 1) in.ok = false;
  if (in.ok && has_person == 1) digest.person = person_from(in);
  digest.subject = in.string();
  for (auto n = in.count(); n > 0 && in.ok; --n) digest.facts.push_back(fact_from(in));
  digest.provider = in.string();
  digest.service_provider = in.string();
  if (!in.ok || !in.at_end()) return std::nullopt;
  return digest;
}

}  // namespace core::population
