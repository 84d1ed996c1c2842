#include "adapters/mail/message.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace adapters::mail {
namespace {

constexpr std::size_t most_field = 1UL << 20;

std::string one_line(std::string_view text) {
  std::string out(text.substr(0, 200));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  return out;
}

void put(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

std::optional<std::string> take(std::string_view& bytes) {
  const std::size_t colon = bytes.find(':');
  std::size_t size = 0;
  if (colon == bytes.npos) return std::nullopt;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + colon, size);
  if (error != std::errc() || end != bytes.data() + colon || size > most_field || size > bytes.size() - colon - 1)
    return std::nullopt;
  std::string out(bytes.substr(colon + 1, size));
  bytes.remove_prefix(colon + 1 + size);
  return out;
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= 254 && at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != ',' && c != '"'; });
}

std::string mail_text(const Account& account, const Message& message) {
  std::string out = "Date: " + one_line(message.date) + "\r\nFrom: <" + one_line(account.from) + ">\r\nTo: <" +
                    one_line(message.to) + ">\r\nMessage-ID: <" + one_line(message.id) + ">\r\nSubject: " +
                    one_line(message.subject) +
                    "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  for (const char c : message.text) {
    if (c == '\r' || c == '\0') continue;
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string packed(const Account& account, const Message& message) {
  std::string out;
  for (const std::string_view field :
       {std::string_view(account.url), std::string_view(account.user), std::string_view(account.password),
        std::string_view(account.from), std::string_view(account.authorities),
        std::string_view(account.plain ? "1" : "0"), std::string_view(message.to), std::string_view(message.subject),
        std::string_view(message.text), std::string_view(message.id), std::string_view(message.date)})
    put(out, field);
  put(out, std::to_string(account.seconds));
  return out;
}

std::optional<Unpacked> unpacked(std::string_view bytes) {
  std::vector<std::string> fields;
  while (!bytes.empty()) {
    auto field = take(bytes);
    if (!field) return std::nullopt;
    fields.push_back(std::move(*field));
  }
  if (fields.size() != 12) return std::nullopt;
  Unpacked out;
  std::string* const places[] = {&out.account.url,  &out.account.user,       &out.account.password, &out.account.from,
                                 &out.account.authorities, nullptr,          &out.message.to,       &out.message.subject,
                                 &out.message.text, &out.message.id,         &out.message.date};
  for (std::size_t i = 0; i < 11; ++i)
    if (places[i] != nullptr) *places[i] = std::move(fields[i]);
  out.account.plain = fields[5] == "1";
  std::from_chars(fields[11].data(), fields[11].data() + fields[11].size(), out.account.seconds);
  return out;
}

}  // namespace adapters::mail
