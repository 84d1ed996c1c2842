// What the machine and the edge are told: TLS, limits, threads, time zone, log, exports.
#include "adapters/server/settings_keys.hpp"

#include <filesystem>

namespace adapters::server::keys {
namespace {

namespace fs = std::filesystem;

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

Result<Done> read_log_requests(const Entry& entry, Settings& settings) {
  if (!entry.value.is_boolean()) return entry.error("must be true or false");
  settings.log_requests = entry.value.boolean();
  return Done{};
}

Result<Done> not_yet(const Entry& entry, Settings&) { return entry.error("is not served yet"); }

}  // namespace

std::vector<Key> of_the_machine() {
  using http::Limits;
  constexpr long long gib = 1LL << 30;
  return {
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
      {"log.level", one_of({"debug", "info", "warning", "error", "off"},
                           [](Settings& s, std::size_t i) { s.log_level = static_cast<Level>(i); })},
      {"log.requests", read_log_requests},
      {"export.total_bytes",
       export_number([](ExportSetting& e, long long n) { e.total_bytes = static_cast<std::uint64_t>(n); }, 1 << 20,
                     1'024 * gib)},
      {"export.file_bytes",
       export_number([](ExportSetting& e, long long n) { e.file_bytes = static_cast<std::uint64_t>(n); }, 1'024, gib)},
      {"export.keep_hours", export_number([](ExportSetting& e, long long n) { e.keep_hours = n; }, 1, 720)},
      {"clients", not_yet},
      {"issuers", not_yet},
  };
}

}  // namespace adapters::server::keys
