// The values that keys have in common.
#include "adapters/server/settings_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace adapters::server::keys {

namespace fs = std::filesystem;

Result<std::string> text_of(const Entry& entry) {
  if (!entry.value.is_string()) return entry.error("must be a text");
  return std::string(entry.value.text());
}

Result<long long> number_of(const Entry& entry, long long least, long long most) {
  const std::string_view text = entry.value.text();
  long long number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!entry.value.is_number() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      number < least || number > most) {
    return entry.error("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

Result<std::string> file_of(const Entry& entry, std::string_view name) {
  const fs::path path = fs::path(entry.folder) / fs::path(std::string(name));
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return entry.error("names a file that cannot be read: " + path.string());
  return text.str();
}

Result<std::string> secret_of(const Entry& entry) {
  const auto members = entry.value.members();
  const Value* file = entry.value.find("file");
  const Value* variable = entry.value.find("env");
  if (members.size() != 1 || (file == nullptr && variable == nullptr) || !members[0].value.is_string()) {
    return entry.error("is a secret: write {\"file\": PATH} or {\"env\": NAME}");
  }
  if (file != nullptr) return file_of({entry.path + ".file", *file, entry.folder}, file->text());
  const char* found = std::getenv(std::string(variable->text()).c_str());
  if (found == nullptr)
    return entry.error("names an environment variable that is not set: " + std::string(variable->text()));
  return std::string(found);
}

Read one_of(std::vector<std::string> words, std::function<void(Settings&, std::size_t)> take) {
  return [words = std::move(words), take = std::move(take)](const Entry& entry, Settings& settings) -> Result<Done> {
    const auto found =
        std::find(words.begin(), words.end(), entry.value.is_string() ? entry.value.text() : std::string_view());
    if (found == words.end()) {
      std::string list;
      for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
      return entry.error("must be one of: " + list);
    }
    take(settings, static_cast<std::size_t>(found - words.begin()));
    return Done{};
  };
}

}  // namespace adapters::server::keys
