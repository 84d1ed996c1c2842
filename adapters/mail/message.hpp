// One mail and the account it goes through, as the server hands them to the program that sends; and the mail as RFC 5322
// wants it. Never: a name or a word about a person: the text is fixed, the link is the operator's.
// Threads: pure functions. Source: RFC 5322, RFC 5321.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adapters::mail {

struct Account {
  std::string url;  // smtps://host:465, or smtp://host:587 with STARTTLS
  std::string user, password;
  std::string from;
  std::string authorities;     // PEM: trusted beside the machine's own
  bool plain = false;          // without TLS: to a relay on this machine only
  std::uint32_t seconds = 30;  // for the whole exchange
};

struct Message {
  std::string to, subject, text;
  std::string id, date;  // Message-ID without <>, Date
};

std::string mail_text(const Account& account, const Message& message);

// Fields with their lengths, for the pipe to the worker.
std::string packed(const Account& account, const Message& message);
struct Unpacked {
  Account account;
  Message message;
};
std::optional<Unpacked> unpacked(std::string_view bytes);

bool is_address(std::string_view text);  // one plain address, no header could hide in it

}  // namespace adapters::mail
