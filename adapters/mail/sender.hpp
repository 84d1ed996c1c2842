// Sends a mail by a process of its own that ends with it: the process that holds the data opens no connection outwards,
// and what a mail server answers cannot bring it down. Owns: that process, for as long as its time allows.
// Threads: safe from all; send() blocks.
#pragma once
#include <string>

#include "adapters/mail/message.hpp"
#include "core/base/error.hpp"

namespace adapters::mail {

class Sender {
 public:
  Sender(std::string program, Account account) : program_(std::move(program)), account_(std::move(account)) {}
  // Error: Kind::busy, try later; the words say what the relay or the machine said, never an address.
  core::Result<core::Done> send(const Message& message) const;
  const Account& account() const { return account_; }

 private:
  std::string program_;
  Account account_;
};

// panelbridge-mail beside the running program; else PANELBRIDGE_MAIL. Error: it is not there.
core::Result<std::string> mail_program();

}  // namespace adapters::mail
