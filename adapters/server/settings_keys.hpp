// How a key of the configuration file is read, and the table of all keys in three parts: the machine, care, what
// leaves. Never: walks the file (settings.cpp). Threads: pure but for files and environment variables that a value
// names.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/server/settings.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server::keys {

using core::Done;
using core::Result;
using fhir::json::Value;

// One key as it is read: its place for errors, its value, and where relative files are.
struct Entry {
  std::string path;
  const Value& value;
  const std::string& folder;
  core::Error error(const std::string& what) const { return core::invalid(path + " " + what, path); }
};

using Read = std::function<Result<Done>(const Entry&, Settings&)>;

struct Key {
  std::string_view path;
  Read read;
};

std::vector<Key> of_the_machine();  // TLS, limits, time zone, log, exports
std::vector<Key> of_care();         // whose gaps, who is who, what is asked
std::vector<Key> of_what_leaves();  // partners, notifications, mail

Result<std::string> text_of(const Entry& entry);
Result<long long> number_of(const Entry& entry, long long least, long long most);
Result<std::string> file_of(const Entry& entry, std::string_view name);  // what stands in it
Result<std::string> secret_of(const Entry& entry);                       // {"file": PATH} or {"env": NAME}
Read one_of(std::vector<std::string> words, std::function<void(Settings&, std::size_t)> take);

}  // namespace adapters::server::keys
