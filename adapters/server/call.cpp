#include "adapters/server/call.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace adapters::server {
namespace {

std::string counted(std::size_t least, std::size_t most) {
  if (least == most) return "exactly " + std::to_string(least);
  if (most == SIZE_MAX) return "at least " + std::to_string(least);
  return std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

core::Result<Call> Call::parse(Arguments arguments, std::span<const Flag> flags, std::size_t least, std::size_t most) {
  Call call;
  bool options = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (options && argument == "--") {
      options = false;
      continue;
    }
    if (!options || !argument.starts_with("--")) {
      call.rest_.push_back(argument);
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
    if (flag == flags.end()) return core::invalid("unknown option " + name, name);
    if (!flag->value && equals != argument.npos) return core::invalid(name + " takes no value", name);
    if (call.has(name) && !flag->repeats) return core::invalid(name + " is given twice", name);
    auto& values = call.options_[name];
    if (!flag->value) continue;
    if (equals == argument.npos && i + 1 == arguments.size()) return core::invalid(name + " needs a value", name);
    values.push_back(equals == argument.npos ? arguments[++i] : argument.substr(equals + 1));
  }
  if (call.rest_.size() < least || call.rest_.size() > most) {
    const std::string unexpected =
        most == 0 && !call.rest_.empty() ? ": unexpected " + call.rest_.front() : std::string();
    return core::invalid("takes " + counted(least, most) + " argument(s) beside its options" + unexpected);
  }
  return call;
}

std::optional<std::string> Call::value(std::string_view flag) const {
  const auto found = options_.find(flag);
  if (found == options_.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string> Call::values(std::string_view flag) const {
  const auto found = options_.find(flag);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

core::Result<std::optional<long long>> Call::number(std::string_view flag, long long least, long long most) const {
  const auto text = value(flag);
  if (!text) return std::optional<long long>();
  long long number = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) {
    return core::invalid(
        std::string(flag) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
        std::string(flag));
  }
  return std::optional<long long>(number);
}

core::Result<std::string> existing_folder(std::string folder) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) return core::invalid("there is no data folder " + folder, "--data");
  return folder;
}

}  // namespace adapters::server
