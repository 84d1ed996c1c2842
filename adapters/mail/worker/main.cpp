// panelbridge-mail: sends the one mail that comes in on its standard input, and ends. Exit 0: the relay took it; else a
// few words on standard output, without an address.
#include <curl/curl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "adapters/mail/message.hpp"

namespace {

using namespace adapters::mail;

constexpr std::size_t most_input = 8UL << 20;

struct Upload {
  std::string_view left;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* state) {
  auto& upload = *static_cast<Upload*>(state);
  const std::size_t bytes = std::min(size * count, upload.left.size());
  std::memcpy(buffer, upload.left.data(), bytes);
  upload.left.remove_prefix(bytes);
  return bytes;
}

std::string input() {
  std::string all;
  char buffer[4'096];
  for (;;) {
    const ssize_t count = ::read(0, buffer, sizeof buffer);
    if (count <= 0 || all.size() > most_input) return all;
    all.append(buffer, static_cast<std::size_t>(count));
  }
}

int fail(const char* why) {
  (void)!::write(1, why, std::strlen(why));
  return 1;
}

void limit(unsigned seconds) {
  const rlimit none{0, 0}, memory{512UL << 20, 512UL << 20}, time{seconds + 5, seconds + 5};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CPU, &time);
}

CURLcode send(CURL* curl, const Unpacked& job) {
  const Account& account = job.account;
  const std::string text = mail_text(account, job.message);
  Upload upload{text};
  const std::string from = '<' + account.from + '>', to = '<' + job.message.to + '>';
  curl_slist* recipients = curl_slist_append(nullptr, to.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, account.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_USE_SSL, account.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_blob authorities{const_cast<char*>(account.authorities.data()), account.authorities.size(), CURL_BLOB_NOCOPY};
  if (!account.authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &authorities);
  if (!account.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, account.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, account.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(account.seconds));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(recipients);
  return code;
}

}  // namespace

int main() {
  const auto job = unpacked(input());
  if (!job) return fail("panelbridge-mail is started by panelbridge, not by hand");
  if (!is_address(job->message.to) || !is_address(job->account.from)) return fail("an address is not one");
  limit(job->account.seconds);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* curl = curl_easy_init();
  if (curl == nullptr) return fail("no memory");
  const CURLcode code = send(curl, *job);
  curl_easy_cleanup(curl);
  return code == CURLE_OK ? 0 : fail(curl_easy_strerror(code));
}
