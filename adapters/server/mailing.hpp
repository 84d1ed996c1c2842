// Mail to owners whose work list has changed, once a day at most, at the hour of the configuration: a link and nothing
// else. Owns: the thread. Never: who is told (fhir/light/digest), how a mail is sent (adapters/mail).
// Threads: start() and stop() from main(); nudge() from the store's writer.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/mail/sender.hpp"
#include "fhir/light/digest.hpp"

namespace adapters::server {

struct MailSetting {
  mail::Account account;  // without url: no mail
  std::string link;       // what the mail leads to
  int hour = 7;           // not before it, on the machine's clock
};

class Mailing {
 public:
  using Report = std::function<void(const std::string& text, const core::Error* error)>;
  Mailing(core::store::Store& store, const core::Clock& clock, MailSetting setting, std::string language,
          mail::Sender sender, Report report);
  ~Mailing();
  core::Result<core::Done> open();
  void start();
  void nudge();
  void stop();

 private:
  void run();
  core::Result<core::Done> step();
  core::Result<core::Done> send(const std::string& address) const;

  fhir::light::Digest digest_;
  const core::Clock& clock_;
  MailSetting setting_;
  std::string language_;
  mail::Sender sender_;
  Report report_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
  std::thread thread_;
};

}  // namespace adapters::server
