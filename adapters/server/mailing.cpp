#include "adapters/server/mailing.hpp"

#include <chrono>
#include <ctime>

#include "fhir/rest/identity.hpp"

namespace adapters::server {

using core::Done;
using core::Result;
using namespace std::chrono_literals;

namespace {

constexpr int most_failures = 3;
constexpr std::chrono::seconds idle = 5min, after_fault = 2min, between_mails = 1s, gather = 10s;

int hour_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  return localtime_r(&now, &local) != nullptr ? local.tm_hour : 12;
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[64] = "";
  if (gmtime_r(&now, &utc) != nullptr) std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc);
  return text;
}

struct Words {
  const char *subject, *before, *after;
};
constexpr Words english{"Your work list has changed", "There is news in your work list:\n\n",
                        "\n\nThis message holds nothing about people. You get it at most once a day.\n"};
constexpr Words dutch{"Uw werklijst is veranderd", "Er is nieuws in uw werklijst:\n\n",
                      "\n\nDit bericht bevat niets over personen. U krijgt het hoogstens eenmaal per dag.\n"};

}  // namespace

Mailing::Mailing(core::store::Store& store, const core::Clock& clock, MailSetting setting, std::string language,
                 mail::Sender sender, Report report)
    : digest_(store, clock),
      clock_(clock),
      setting_(std::move(setting)),
      language_(std::move(language)),
      sender_(std::move(sender)),
      report_(std::move(report)) {}

Mailing::~Mailing() { stop(); }

Result<Done> Mailing::open() { return digest_.load(); }

void Mailing::start() {
  thread_ = std::thread([this] { run(); });
}

void Mailing::nudge() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  bell_.notify_one();
}

void Mailing::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bell_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Mailing::run() {
  while (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      rung_ = false;
    }
    const auto done = step();
    if (!done) report_("mail could not be sent and will be tried again", &done.error());
    std::unique_lock lock(mutex_);
    if (!done) bell_.wait_for(lock, after_fault, [&] { return stopping_.load(); });
    else if (bell_.wait_for(lock, idle, [&] { return stopping_ || rung_; }))
      bell_.wait_for(lock, gather, [&] { return stopping_.load(); });  // what comes together is followed together
  }
}

Result<Done> Mailing::step() {
  for (;;) {
    if (stopping_) return Done{};
    auto looked = digest_.follow();
    if (!looked) return looked.error();
    if (*looked == 0) break;
  }
  int failures = 0;  // one after the other: then it is the relay, not an address
  while (!stopping_ && hour_now() >= setting_.hour) {
    auto told = digest_.tell_next([this](const std::string& address) { return send(address); });
    if (told && !*told) break;
    failures = told ? 0 : failures + 1;
    if (failures == most_failures) return told.error();
    if (!told) report_("a mail could not be sent and will be tried again", &told.error());
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, between_mails, [&] { return stopping_.load(); });
  }
  return Done{};
}

Result<Done> Mailing::send(const std::string& address) const {
  const Words& words = language_ == "nl" ? dutch : english;
  const std::string& from = sender_.account().from;
  mail::Message message;
  message.to = address;
  message.subject = words.subject;
  message.text = words.before + setting_.link + words.after;
  message.date = date_now();
  message.id = fhir::rest::new_id(clock_.now()) + from.substr(from.find('@'));
  return sender_.send(message);
}

}  // namespace adapters::server
