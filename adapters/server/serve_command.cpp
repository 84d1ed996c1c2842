#include "adapters/server/serve_command.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "adapters/http/edge.hpp"
#include "adapters/server/commands.hpp"
#include "adapters/server/control.hpp"
#include "adapters/server/front.hpp"
#include "adapters/server/partner_orders.hpp"
#include "adapters/server/system.hpp"

namespace adapters::server {
namespace {

constexpr std::chrono::seconds grace{10};
constexpr std::size_t spare_files = 256;  // beside connections: the store's, the log's, the listener's

constexpr Flag flags[] = {{"--data"},   {"--port"},        {"--bind"}, {"--base-url"},
                          {"--config"}, {"--open", false}, {"--today"}};

struct Plan {
  Setup setup;
  http::Options edge;
};

core::Result<Settings> settings_of(const Call& call) {
  const auto file = call.value("--config");
  if (!file) return Settings{};
  auto settings = settings_from(*file);
  if (!settings) return core::invalid("--config " + *file + ": " + settings.error().message, settings.error().where);
  return settings;
}

bool is_loopback(const std::string& address) { return address == "::1" || address.starts_with("127."); }

core::Result<std::string> base_url_from(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const bool scheme = url.starts_with("http://") || url.starts_with("https://");
  if (!scheme || url.find_first_of(" ?#\"<>\\") != url.npos || url.find("://") + 3 >= url.size()) {
    return core::invalid("--base-url must be the http or https address of the FHIR base as clients see it",
                         "--base-url");
  }
  return url;
}

core::Result<Plan> plan_from(const Call& call) {
  Plan plan;
  const auto data = call.value("--data");
  if (!data || data->empty()) return core::invalid("--data DIR is needed", "--data");
  if (data->starts_with("postgres://") || data->starts_with("postgresql://"))
    return core::unsupported("--data postgres://...: not yet", "--data");
  auto settings = settings_of(call);
  if (!settings) return settings.error();
  auto port = call.number("--port", 0, 65'535);
  if (!port) return port.error();
  plan.edge.port = static_cast<std::uint16_t>((*port).value_or(8080));
  plan.edge.bind = call.value("--bind").value_or("127.0.0.1");
  if (plan.edge.bind == "localhost") plan.edge.bind = "127.0.0.1";
  if (!is_loopback(plan.edge.bind) && !call.has("--open")) {
    return core::invalid(
        "--bind " + plan.edge.bind +
            " lets everybody on the network read and write: no callers are configured. --open if that is meant",
        "--bind");
  }
  if (const auto url = call.value("--base-url")) {
    auto checked = base_url_from(*url);
    if (!checked) return checked.error();
    plan.setup.base_url = *checked;
  } else {
    plan.setup.base_url.clear();
  }
  if (const auto today = call.value("--today")) {
    plan.setup.today = core::day_from(*today);
    if (!plan.setup.today) return core::invalid("--today must be a date such as 2024-01-31", "--today");
  }
  plan.setup.data = *data;
  plan.setup.surveil = true;
  plan.setup.partners = true;
  plan.setup.exports = true;
  plan.edge.certificate = settings->certificate;
  plan.edge.key = settings->key;
  plan.edge.limits = settings->limits;
  plan.edge.threads = settings->threads;
  plan.setup.settings = *std::move(settings);
  return plan;
}

// As many files as the machine lets this process have; fewer connections when that is little.
void fit_files(http::Limits& limits, Log& log) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const rlim_t wanted = limits.connections + spare_files;
  if (files.rlim_cur < wanted) {
    files.rlim_cur = files.rlim_max == RLIM_INFINITY ? wanted : std::min<rlim_t>(wanted, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= wanted) return;
  limits.connections = files.rlim_cur > 2 * spare_files ? files.rlim_cur - spare_files : files.rlim_cur / 2;
  log.line(Level::warning, "fewer connections than configured: the machine allows few open files",
           {{"connections", static_cast<std::int64_t>(limits.connections)}});
}

int machine_error(const core::Error& error) {
  std::cerr << "panelbridge serve: " << error.message << '\n';
  return wrong_call;
}

std::string url_of(const http::Edge& edge, const http::Options& options) {
  const std::string host = options.bind.find(':') == options.bind.npos ? options.bind : "[" + options.bind + "]";
  return (edge.secure() ? "https://" : "http://") + host + ":" + std::to_string(edge.port()) + "/fhir";
}

sigset_t hold_signals() {  // before any thread starts, so that none of them takes one
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int serve(Plan plan) {
  const sigset_t signals = hold_signals();
  Log log(plan.setup.settings.log_level);
  fit_files(plan.edge.limits, log);
  http::Edge edge(plan.edge);
  if (auto bound = edge.bind(); !bound) return machine_error(bound.error());
  const std::string url = url_of(edge, plan.edge);
  if (plan.setup.base_url.empty()) plan.setup.base_url = url;
  const bool log_requests = plan.setup.settings.log_requests;
  const std::string data = plan.setup.data;
  auto system = System::open(std::move(plan.setup), log);
  if (!system) return machine_error(system.error());
  Ticker* ticker = (*system)->ticker();
  Partners* partners = (*system)->partners();
  Exports* exports = (*system)->exports();
  Notifications* notifications = (*system)->notifications();
  Front front({&(*system)->api(), &(*system)->store(), ticker, partners, exports, notifications, &log,
               [&edge] { return edge.figures(); }, log_requests});
  Control control(data, [&](const fhir::json::Value& json) -> core::Result<std::string> {
    const auto order = order_from(json);
    if (!order) return order.error();
    return carry_out(*order, (*system)->store(), partners, {}, (*system)->clock().now());
  });
  if (auto started = control.start(); !started)
    log.line(Level::warning, "operators' commands do not reach this process", {{"why", started.error().message}});
  edge.start(front);
  if (ticker != nullptr) ticker->start();
  if (partners != nullptr) partners->start();
  if (exports != nullptr) exports->start();
  if (Mailing* mailing = (*system)->mailing()) mailing->start();
  if (notifications != nullptr) notifications->start();
  std::cout << "ready " << url << std::endl;
  log.line(Level::info, "ready", {{"url", url}, {"sequence", (*system)->store().last()}});

  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // a second one ends the process at once
  front.stopping();
  log.line(Level::info, "stopping", {{"connections", static_cast<std::int64_t>(edge.figures().connections)}});
  const bool clean = edge.stop(grace);
  control.stop();
  if (ticker != nullptr) ticker->stop();
  if (notifications != nullptr) (*system)->pool()->cancel(), notifications->stop();
  if (partners != nullptr) partners->stop();
  if (exports != nullptr) exports->stop();
  if (Mailing* mailing = (*system)->mailing()) mailing->stop();
  log.line(clean ? Level::info : Level::warning, "stopped",
           {{"clean", clean}, {"sequence", (*system)->store().last()}});
  return done;
}

}  // namespace

int serve_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("serve", call.error().message);
  auto plan = plan_from(*call);
  if (!plan) return refuse_call("serve", plan.error().message);
  return serve(*std::move(plan));
}

}  // namespace adapters::server
