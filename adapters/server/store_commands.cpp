#include "adapters/server/store_commands.hpp"

#include <filesystem>
#include <iostream>

#include "adapters/server/clock.hpp"
#include "adapters/server/commands.hpp"
#include "adapters/sqlite/sqlite_store.hpp"

namespace adapters::server {
namespace {

int machine_error(std::string_view command, const core::Error& error) {
  std::cerr << "panelbridge " << command << ": " << error.message << '\n';
  return wrong_call;
}

core::Result<std::unique_ptr<core::store::Store>> open_beside(const std::string& data, const core::Clock& clock) {
  if (auto there = existing_folder(data); !there) return there.error();
  sqlite::Options options;
  options.read_only = true;
  return sqlite::open_sqlite_store(data, clock, nullptr, options);
}

}  // namespace

int backup_command(Arguments arguments) {
  constexpr Flag flags[] = {{"--data"}, {"--to"}};
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("backup", call.error().message);
  const std::string data = call->value("--data").value_or(""), to = call->value("--to").value_or("");
  if (data.empty() || to.empty()) return refuse_call("backup", "--data DIR and --to FILE are needed");
  std::error_code code;
  if (std::filesystem::exists(to, code))
    return machine_error("backup", core::invalid(to + " is there already", "--to"));
  const MachineClock clock;
  auto store = open_beside(data, clock);
  if (!store) return machine_error("backup", store.error());
  const core::store::Sequence at_least = (*store)->last();
  if (auto copied = (*store)->backup(to); !copied) return machine_error("backup", copied.error());
  std::cout << to << ": " << std::filesystem::file_size(to, code) << " bytes, everything up to change " << at_least
            << " or later\n";
  return done;
}

int restore_command(Arguments arguments) {
  constexpr Flag flags[] = {{"--from"}, {"--data"}};
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("restore", call.error().message);
  const std::string from = call->value("--from").value_or(""), data = call->value("--data").value_or("");
  if (data.empty() || from.empty()) return refuse_call("restore", "--from FILE and --data DIR are needed");
  if (auto restored = sqlite::restore_sqlite_store(from, data); !restored)
    return machine_error("restore", restored.error());
  const MachineClock clock;
  auto store = open_beside(data, clock);
  if (!store) return machine_error("restore", store.error());
  std::cout << data << ": restored up to change " << (*store)->last() << '\n';
  return done;
}

int check_command(Arguments arguments) {
  constexpr Flag flags[] = {{"--data"}};
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("check", call.error().message);
  const auto data = call->value("--data");
  if (!data || data->empty()) return refuse_call("check", "--data DIR is needed");
  const MachineClock clock;
  auto store = open_beside(*data, clock);
  if (!store) return machine_error("check", store.error());
  auto wrong = (*store)->check();
  if (!wrong) return machine_error("check", wrong.error());
  for (const std::string& line : *wrong) std::cout << line << '\n';
  if (!wrong->empty()) {
    std::cerr << *data << ": " << wrong->size() << " faults\n";
    return wrong_data;
  }
  std::cout << *data << ": sound, up to change " << (*store)->last() << '\n';
  return done;
}

}  // namespace adapters::server
