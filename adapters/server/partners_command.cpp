#include "adapters/server/partners_command.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "adapters/server/clock.hpp"
#include "adapters/server/commands.hpp"
#include "adapters/server/control.hpp"
#include "adapters/server/partner_orders.hpp"
#include "adapters/server/settings.hpp"
#include "adapters/server/system.hpp"
#include "adapters/sqlite/sqlite_store.hpp"

namespace adapters::server {
namespace {

using Action = Order::Action;

struct Word {
  std::string_view name;
  Action action;
  std::size_t least, most;  // arguments after it
};

constexpr Word plain_words[] = {
    {"list", Action::list, 0, 1}, {"pause", Action::pause, 1, 1}, {"resume", Action::resume, 1, 1}};
constexpr Word letter_words[] = {
    {"list", Action::letters, 0, 1}, {"retry", Action::retry, 1, 2}, {"drop", Action::drop, 2, 2}};

int machine_error(const core::Error& error) {
  std::cerr << "panelbridge partners: " << error.message << '\n';
  return wrong_call;
}

// "pause ID", "dead-letters ID", "dead-letters retry ID KEY" ... nothing: no such words.
std::optional<Order> order_of(std::span<const std::string> words) {
  const bool letters = !words.empty() && words.front() == "dead-letters";
  if (letters) words = words.subspan(1);
  if (letters && words.empty()) return Order{Action::letters, "", ""};
  if (words.empty()) return std::nullopt;
  const std::span<const Word> table =
      letters ? std::span<const Word>(letter_words) : std::span<const Word>(plain_words);
  const auto word =
      std::find_if(table.begin(), table.end(), [&](const Word& each) { return each.name == words.front(); });
  if (letters && word == table.end() && words.size() == 1) return Order{Action::letters, words.front(), ""};
  words = words.subspan(1);
  if (word == table.end() || words.size() < word->least || words.size() > word->most) return std::nullopt;
  return Order{word->action, words.empty() ? "" : words[0], words.size() < 2 ? "" : words[1]};
}

std::vector<PartnerState> configured(const Settings& settings) {
  std::vector<PartnerState> partners;
  for (const PartnerSetting& setting : settings.partners) partners.push_back({setting.id, setting.kind, "", {}});
  return partners;
}

// By the process that serves the folder, or in its place when nobody does.
int carry_out(const Order& order, const std::string& data, const Settings& settings) {
  auto served = ask_server(data, to_json(order));
  if (!served) return machine_error(served.error());
  if (*served) {
    std::cout << **served;
    return done;
  }
  const MachineClock clock;
  sqlite::Options options;
  options.read_only = order.action == Action::list || order.action == Action::letters;
  auto store = sqlite::open_sqlite_store(data, clock, nullptr, options);
  if (!store) return machine_error(store.error());
  const auto text = carry_out(order, **store, nullptr, configured(settings), clock.now());
  if (!text) return machine_error(text.error());
  std::cout << *text;
  return done;
}

// Read-only calls, from workers of its own: a serving process goes on meanwhile.
int test(const std::string& id, const std::string& data, Settings settings) {
  Log log(Level::error);
  Setup setup;
  setup.data = data;
  setup.settings = std::move(settings);
  setup.read_only = setup.partners = true;
  std::error_code code;
  setup.in_memory = !std::filesystem::exists(std::filesystem::path(data) / "panelbridge.db", code);
  const std::vector<PartnerState> partners = configured(setup.settings);
  auto system = System::open(std::move(setup), log);
  if (!system) return machine_error(system.error());
  bool good = true, found = false;
  for (const PartnerState& partner : partners) {
    if (!id.empty() && id != partner.id) continue;
    found = true;
    auto findings = (*system)->partners()->test(partner.id);
    if (!findings) return machine_error(findings.error());
    for (const fhir::partner::Finding& finding : *findings) {
      std::cout << partner.id << "  " << (finding.good ? "ok  " : "NOT ") << ' ' << finding.text << std::endl;
      good = good && finding.good;
    }
  }
  if (!found)
    return machine_error(core::not_found(id.empty() ? "no partners are configured" : "there is no partner " + id));
  return good ? done : wrong_data;
}

}  // namespace

int partners_command(Arguments arguments) {
  constexpr Flag flags[] = {{"--config"}, {"--data"}};
  auto call = Call::parse(arguments, flags, 1, 4);
  if (!call) return refuse_call("partners", call.error().message);
  const std::string file = call->value("--config").value_or(""), data = call->value("--data").value_or("");
  if (file.empty() || data.empty()) return refuse_call("partners", "--config FILE and --data DIR are needed");
  auto settings = settings_from(file);
  if (!settings) return machine_error(core::invalid("--config " + file + ": " + settings.error().message));
  const std::vector<std::string>& words = call->rest();
  if (words.front() == "test" && words.size() <= 2)
    return test(words.size() == 2 ? words[1] : "", data, *std::move(settings));
  const auto order = order_of(words);
  if (!order) return refuse_call("partners", "which of list, test, pause, resume, dead-letters? (pause ID, resume ID, dead-letters retry ID [KEY], dead-letters drop ID KEY)");
  return carry_out(*order, data, *settings);
}

}  // namespace adapters::server
