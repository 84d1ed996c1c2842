#include "adapters/server/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/base/time.hpp"
#include "fhir/care/risk_tables.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {
namespace {

using core::Done;
using core::Result;
using fhir::json::Value;
namespace fs = std::filesystem;

// One key as it is read: its place for errors, its value, and where relative files are.
struct Entry {
  std::string path;
  const Value& value;
  const std::string& folder;
  core::Error error(const std::string& what) const { return core::invalid(path + " " + what, path); }
};

using Read = std::function<Result<Done>(const Entry&, Settings&)>;

struct Key {
  std::string_view path;
  Read read;
};

Result<std::string> text_of(const Entry& entry) {
  if (!entry.value.is_string()) return entry.error("must be a text");
  return std::string(entry.value.text());
}

Result<long long> number_of(const Entry& entry, long long least, long long most) {
  const std::string_view text = entry.value.text();
  long long number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!entry.value.is_number() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      number < least || number > most) {
    return entry.error("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

Result<std::string> file_of(const Entry& entry, std::string_view name) {
  const fs::path path = fs::path(entry.folder) / fs::path(std::string(name));
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return entry.error("names a file that cannot be read: " + path.string());
  return text.str();
}

// {"file": PATH} or {"env": NAME}
Result<std::string> secret_of(const Entry& entry) {
  const auto members = entry.value.members();
  const Value* file = entry.value.find("file");
  const Value* variable = entry.value.find("env");
  if (members.size() != 1 || (file == nullptr && variable == nullptr) || !members[0].value.is_string()) {
    return entry.error("is a secret: write {\"file\": PATH} or {\"env\": NAME}");
  }
  if (file != nullptr) return file_of({entry.path + ".file", *file, entry.folder}, file->text());
  const char* found = std::getenv(std::string(variable->text()).c_str());
  if (found == nullptr)
    return entry.error("names an environment variable that is not set: " + std::string(variable->text()));
  return std::string(found);
}

Read count(std::size_t http::Limits::*member, long long least, long long most) {
  return [=](const Entry& entry, Settings& settings) -> Result<Done> {
    auto number = number_of(entry, least, most);
    if (!number) return number.error();
    settings.limits.*member = static_cast<std::size_t>(*number);
    return Done{};
  };
}

Read seconds(std::chrono::milliseconds http::Limits::*member) {
  return [=](const Entry& entry, Settings& settings) -> Result<Done> {
    auto number = number_of(entry, 1, 3'600);
    if (!number) return number.error();
    settings.limits.*member = std::chrono::seconds(*number);
    return Done{};
  };
}

Read export_number(std::function<void(ExportSetting&, long long)> take, long long least, long long most) {
  return [=](const Entry& entry, Settings& settings) -> Result<Done> {
    auto number = number_of(entry, least, most);
    if (!number) return number.error();
    take(settings.exports, *number);
    return Done{};
  };
}

Result<Done> read_workers(const Entry& entry, Settings& settings) {
  auto number = number_of(entry, 1, 1'000);
  if (!number) return number.error();
  settings.limits.workers = static_cast<unsigned>(*number);
  return Done{};
}

Result<Done> read_threads(const Entry& entry, Settings& settings) {
  auto number = number_of(entry, 1, 64);
  if (!number) return number.error();
  settings.threads = static_cast<unsigned>(*number);
  return Done{};
}

Result<Done> read_certificate(const Entry& entry, Settings& settings) {
  auto name = text_of(entry);
  if (!name) return name.error();
  auto text = file_of(entry, *name);
  if (!text) return text.error();
  settings.certificate = *std::move(text);
  return Done{};
}

Result<Done> read_key(const Entry& entry, Settings& settings) {
  auto text = secret_of(entry);
  if (!text) return text.error();
  settings.key = *std::move(text);
  return Done{};
}

Result<Done> read_zone(const Entry& entry, Settings& settings) {
  if (entry.value.is_number()) {
    auto minutes = number_of(entry, -14 * 60, 14 * 60);
    if (!minutes) return minutes.error();
    settings.zone_minutes = static_cast<int>(*minutes);
    return Done{};
  }
  auto name = text_of(entry);
  if (!name) return entry.error("must be minutes east of UTC, or a name such as Europe/Amsterdam");
  const bool clean = !name->empty() && name->front() != '/' && name->find("..") == std::string::npos;
  std::error_code code;
  if (!clean || !fs::is_regular_file("/usr/share/zoneinfo/" + *name, code))
    return entry.error("is not a time zone this machine knows: " + *name);
  settings.zone_name = *std::move(name);
  return Done{};
}

Read one_of(std::vector<std::string> words, std::function<void(Settings&, std::size_t)> take) {
  return [words = std::move(words), take = std::move(take)](const Entry& entry, Settings& settings) -> Result<Done> {
    const auto found =
        std::find(words.begin(), words.end(), entry.value.is_string() ? entry.value.text() : std::string_view());
    if (found == words.end()) {
      std::string list;
      for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
      return entry.error("must be one of: " + list);
    }
    take(settings, static_cast<std::size_t>(found - words.begin()));
    return Done{};
  };
}

Result<Done> read_owner(const Entry& entry, Settings& settings) {
  auto text = text_of(entry);
  if (!text) return text.error();
  const std::size_t slash = text->find('/');
  const std::string_view type = std::string_view(*text).substr(0, slash);
  const bool owner =
      type == "Practitioner" || type == "PractitionerRole" || type == "Organization" || type == "CareTeam";
  if (!owner || slash == text->npos || slash + 1 == text->size() || text->find('/', slash + 1) != text->npos) {
    return entry.error("must be a reference such as Organization/ID");
  }
  settings.default_owner = *std::move(text);
  return Done{};
}

Result<Done> read_attempts(const Entry& entry, Settings& settings) {
  auto number = number_of(entry, 1, 100);
  if (!number) return number.error();
  settings.contact_attempts = static_cast<int>(*number);
  return Done{};
}

// {"dm-a1c": "Practitioner/1"}: by item or by family of items.
Result<Done> read_standing_orders(const Entry& entry, Settings& settings) {
  if (!entry.value.is_object()) return entry.error("must be an object: item -> the physician in whose name outreach is made at once");
  for (const fhir::json::Member& member : entry.value.members()) {
    const std::string_view by = member.value.is_string() ? member.value.text() : std::string_view();
    const std::size_t slash = by.find('/');
    if ((!by.starts_with("Practitioner/") && !by.starts_with("PractitionerRole/")) || slash + 1 == by.size() || by.find('/', slash + 1) != by.npos)
      return entry.error("." + std::string(member.name) + " must name a physician, as Practitioner/ID");
    settings.standing_orders[std::string(member.name)] = std::string(by);
  }
  return Done{};
}

Result<Done> read_identity_systems(const Entry& entry, Settings& settings) {
  if (!entry.value.is_array()) return entry.error("must be a list of identifier systems");
  settings.identity_systems.clear();
  for (const Value& system : entry.value.elements()) {
    if (!system.is_string() || system.text().find(':') == std::string_view::npos) return entry.error("must be a list of identifier systems (URIs)");
    settings.identity_systems.emplace_back(system.text());
  }
  if (settings.identity_systems.empty()) return entry.error("must name at least one system");
  return Done{};
}

Result<Done> read_surveys(const Entry& entry, Settings& settings) {
  if (!entry.value.is_array()) return entry.error("must be a list: \"system|code\" of Observations, canonicals of Questionnaires");
  for (const Value& each : entry.value.elements()) {
    if (!each.is_string() || each.text().find(':') == std::string_view::npos) return entry.error("must be a list: \"system|code\" of Observations, canonicals of Questionnaires");
    settings.surveys.emplace_back(each.text());
  }
  return Done{};
}

Result<Done> read_covers_from(const Entry& entry, Settings& settings) {
  const auto day = entry.value.is_string() ? core::day_from(entry.value.text()) : std::nullopt;
  if (!day) return entry.error("must be a date (YYYY-MM-DD)");
  settings.covers_from = *day;
  return Done{};
}

Read probability(double Settings::*member, double least) {
  return [=](const Entry& entry, Settings& settings) -> Result<Done> {
    const std::string_view text = entry.value.is_number() ? entry.value.text() : std::string_view();
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !(number >= least && number < 1))
      return entry.error("must be a probability from " + std::string(least > 0.5 ? "0.99" : "0.5") + " to below 1");
    settings.*member = number;
    return Done{};
  };
}

// The name of a file with the list; it is read at start, so a wrong one is found then.
Result<Done> read_efi_codes(const Entry& entry, Settings& settings) {
  auto name = text_of(entry);
  if (!name) return name.error();
  auto text = file_of(entry, *name);
  if (!text) return text.error();
  core::panel::EfiTables any;  // only the form is checked here
  if (const auto read = fhir::care::add_efi_codes(*text, any, false); !read)
    return entry.error("names a file that is no code list: " + read.error().message + " " + read.error().where);
  settings.efi_codes = *std::move(text);
  return Done{};
}

Result<Done> read_log_requests(const Entry& entry, Settings& settings) {
  if (!entry.value.is_boolean()) return entry.error("must be true or false");
  settings.log_requests = entry.value.boolean();
  return Done{};
}

Result<Done> read_notification_workers(const Entry& entry, Settings& settings) {
  auto number = number_of(entry, 1, 64);
  if (!number) return number.error();
  settings.notifications.workers = static_cast<std::size_t>(*number);
  return Done{};
}

Result<Done> read_notification_private(const Entry& entry, Settings& settings) {
  if (!entry.value.is_boolean()) return entry.error("must be true or false");
  settings.notifications.allow_private_address = entry.value.boolean();
  return Done{};
}

// [{"url", "recipient"}]: where notifications may go, and what kind of recipient is there.
Result<Done> read_notification_targets(const Entry& entry, Settings& settings) {
  if (!entry.value.is_array()) return entry.error("must be a list of objects");
  for (const Value& each : entry.value.elements()) {
    auto& targets = settings.notifications.targets;
    fhir::partner::Keys keys(&each, entry.path + "[" + std::to_string(targets.size()) + "]", {});
    fhir::subscription::Target target;
    target.url = keys.url("url");
    if (const std::size_t place = target.url.find("://");
        place != std::string::npos && target.url.find_first_of("@#\\", place) != std::string::npos)
      keys.refuse("url", "must be a plain address");
    const std::string word =
        keys.word("recipient", {"municipality", "practice", "community", "vendor", "operator"}, "vendor");
    target.recipient = fhir::partner::recipient_from(word);
    if (auto finished = keys.finish(); !finished) return finished.error();
    targets.push_back(std::move(target));
  }
  return Done{};
}

Result<Done> read_notification_authorities(const Entry& entry, Settings& settings) {
  auto name = text_of(entry);
  if (!name) return name.error();
  auto text = file_of(entry, *name);
  if (!text) return text.error();
  settings.notifications.authorities = *std::move(text);
  return Done{};
}

Result<Done> read_partners(const Entry& entry, Settings& settings) {
  const fhir::partner::Source source{
      [&](const Value& value, const std::string& path) { return secret_of({path, value, entry.folder}); },
      [&](const std::string& name, const std::string& path) {
        return file_of({path, entry.value, entry.folder}, name);
      }};
  auto partners = partners_from(entry.value, entry.path, source);
  if (!partners) return partners.error();
  settings.partners = *std::move(partners);
  return Done{};
}

// The relay, as one object: it is all there or not at all.
Result<Done> read_mail(const Entry& entry, Settings& settings) {
  const fhir::partner::Source source{
      [&](const Value& value, const std::string& path) { return secret_of({path, value, entry.folder}); },
      [&](const std::string& name, const std::string& path) {
        return file_of({path, entry.value, entry.folder}, name);
      }};
  fhir::partner::Keys keys(&entry.value, entry.path, source);
  MailSetting& mail = settings.mail;
  mail.account.url = keys.text("url");
  mail.account.user = keys.text("user", "");
  mail.account.password = keys.optional_secret("password");
  mail.account.from = keys.text("from");
  mail.account.authorities = keys.file("ca_file");
  mail.account.plain = keys.flag("plain", false);
  mail.link = keys.url("link");
  mail.hour = static_cast<int>(keys.number("hour", 0, 23, 7));
  while (!mail.account.password.empty() && mail.account.password.back() == '\n') mail.account.password.pop_back();
  const std::string& url = mail.account.url;
  const bool secure = url.starts_with("smtps://"), open = url.starts_with("smtp://");
  if (!secure && !open) keys.refuse("url", "must be smtps://HOST or smtp://HOST (with STARTTLS)");
  const std::string_view host = std::string_view(url).substr(std::min(url.size(), url.find("://") + 3));
  if (mail.account.plain && !host.starts_with("127.") && !host.starts_with("localhost") && !host.starts_with("[::1]"))
    keys.refuse("plain", "is for a relay on this machine");
  if (!mail::is_address(mail.account.from)) keys.refuse("from", "must be one address");
  if (auto finished = keys.finish(); !finished) return finished.error();
  return Done{};
}

Result<Done> not_yet(const Entry& entry, Settings&) { return entry.error("is not served yet"); }

const std::vector<Key>& keys() {
  using http::Limits;
  constexpr long long gib = 1LL << 30;
  static const std::vector<Key> table = {
      {"tls.certificate", read_certificate},
      {"tls.key", read_key},
      {"limits.header_bytes", count(&Limits::header_bytes, 1'024, 1 << 20)},
      {"limits.header_count", count(&Limits::header_count, 8, 1'000)},
      {"limits.target_bytes", count(&Limits::target_bytes, 256, 1 << 20)},
      {"limits.body_bytes", count(&Limits::body_bytes, 1'024, gib)},
      {"limits.buffered_bytes", count(&Limits::buffered_bytes, 1'024, 64 * gib)},
      {"limits.connections", count(&Limits::connections, 1, 1'000'000)},
      {"limits.queue", count(&Limits::queue, 1, 1'000'000)},
      {"limits.workers", read_workers},
      {"limits.header_seconds", seconds(&Limits::header_time)},
      {"limits.idle_seconds", seconds(&Limits::idle_time)},
      {"limits.body_seconds", seconds(&Limits::body_time)},
      {"limits.write_seconds", seconds(&Limits::write_time)},
      {"threads", read_threads},
      {"time_zone", read_zone},
      {"language", one_of({"en", "nl"}, [](Settings& s, std::size_t i) { s.language = i == 0 ? "en" : "nl"; })},
      {"default_owner", read_owner},
      {"evaluation.surveys", read_surveys},
      {"covers_from", read_covers_from},
      {"contact_attempts", read_attempts},
      {"standing_orders", read_standing_orders},
      {"identity.systems", read_identity_systems},
      {"identity.review_from", probability(&Settings::review_from, 0.5)},
      {"identity.link_from", probability(&Settings::link_from, 0.99)},
      {"risk.region", one_of({"low", "moderate", "high", "very-high"},
                             [](Settings& s, std::size_t i) {
                               constexpr const char* regions[] = {"low", "moderate", "high", "very-high"};
                               s.risk_region = regions[i];
                             })},
      {"risk.efi_codes", read_efi_codes},
      {"log.level", one_of({"debug", "info", "warning", "error", "off"},
                           [](Settings& s, std::size_t i) { s.log_level = static_cast<Level>(i); })},
      {"log.requests", read_log_requests},
      {"export.total_bytes", export_number([](ExportSetting& e, long long n) { e.total_bytes = static_cast<std::uint64_t>(n); },
                                            1 << 20, 1'024 * gib)},
      {"export.file_bytes", export_number([](ExportSetting& e, long long n) { e.file_bytes = static_cast<std::uint64_t>(n); },
                                           1'024, gib)},
      {"export.keep_hours", export_number([](ExportSetting& e, long long n) { e.keep_hours = n; }, 1, 720)},
      {"mail", read_mail},
      {"clients", not_yet},
      {"issuers", not_yet},
      {"partners", read_partners},
      {"notifications.workers", read_notification_workers},
      {"notifications.allow_private_address", read_notification_private},
      {"notifications.ca_file", read_notification_authorities},
      {"notifications.targets", read_notification_targets},
  };
  return table;
}

// Walks the object: a key of the table is read, a key that only begins one must be an object, anything else is unknown.
Result<Done> read(const Value& object, const std::string& prefix, const std::string& folder, Settings& settings) {
  if (!object.is_object())
    return core::invalid((prefix.empty() ? "the configuration" : prefix) + " must be an object", prefix);
  for (const fhir::json::Member& member : object.members()) {
    const std::string path = (prefix.empty() ? "" : prefix + ".") + std::string(member.name);
    const auto key = std::find_if(keys().begin(), keys().end(), [&](const Key& k) { return k.path == path; });
    Result<Done> result = Done{};
    if (key != keys().end()) {
      result = key->read({path, member.value, folder}, settings);
    } else if (std::any_of(keys().begin(), keys().end(),
                           [&](const Key& k) { return k.path.starts_with(path + "."); })) {
      result = read(member.value, path, folder, settings);
    } else {
      result = core::invalid("unknown key " + path, path);
    }
    if (!result) return result;
  }
  return Done{};
}

}  // namespace

Result<Settings> settings_from_text(std::string_view json, const std::string& folder) {
  auto document = fhir::json::parse(json);
  if (!document) {
    const core::Error& e = document.error();
    return core::invalid("not valid JSON: " + e.message + (e.where.empty() ? "" : " at " + e.where), e.where);
  }
  Settings settings;
  if (auto result = read(document->root(), "", folder, settings); !result) return result.error();
  if (settings.certificate.empty() != settings.key.empty())
    return core::invalid("tls needs both certificate and key", "tls");
  if (settings.link_from > 0 && !(settings.review_from > 0 && settings.review_from <= settings.link_from))
    return core::invalid("identity.link_from needs identity.review_from, which must not be above it", "identity.link_from");
  return settings;
}

Result<Settings> settings_from(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return core::invalid("cannot be read: " + file);
  return settings_from_text(text.str(), fs::path(file).parent_path().string());
}

std::vector<std::string> settings_keys() {
  std::vector<std::string> names;
  for (const Key& key : keys()) names.emplace_back(key.path);
  return names;
}

}  // namespace adapters::server
