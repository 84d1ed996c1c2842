// Where things may go: partners, notifications, mail.
#include "adapters/server/settings_keys.hpp"

#include <algorithm>

namespace adapters::server::keys {
namespace {

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
  const fhir::partner::Source source{[&](const Value& value, const std::string& path) {
                                       return secret_of({path, value, entry.folder});
                                     },
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
  const fhir::partner::Source source{[&](const Value& value, const std::string& path) {
                                       return secret_of({path, value, entry.folder});
                                     },
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

}  // namespace

std::vector<Key> of_what_leaves() {
  return {
      {"mail", read_mail},
      {"partners", read_partners},
      {"notifications.workers", read_notification_workers},
      {"notifications.allow_private_address", read_notification_private},
      {"notifications.ca_file", read_notification_authorities},
      {"notifications.targets", read_notification_targets},
  };
}

}  // namespace adapters::server::keys
