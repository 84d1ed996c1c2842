// One call of the program: its options and the rest, checked against what the command takes.
// Never: prints or exits; an error's text is for the operator. Threads: a plain value.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace adapters::server {

using Arguments = std::span<const std::string>;  // what follows the command's name

struct Flag {
  std::string_view name;  // "--data"
  bool value = true;      // takes one: "--data DIR" or "--data=DIR"
  bool repeats = false;
};

class Call {
 public:
  // `rest`: the least and the most number of arguments that are not options. "--" ends the options.
  static core::Result<Call> parse(Arguments arguments, std::span<const Flag> flags, std::size_t least = 0,
                                  std::size_t most = SIZE_MAX);
  bool has(std::string_view flag) const { return options_.contains(flag); }
  std::optional<std::string> value(std::string_view flag) const;  // the only one
  std::vector<std::string> values(std::string_view flag) const;   // of a repeated one
  core::Result<std::optional<long long>> number(std::string_view flag, long long least, long long most) const;
  const std::vector<std::string>& rest() const { return rest_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::vector<std::string> rest_;
};

// The folder, if it is there: a command that needs data does not make one for a name that was mistyped.
core::Result<std::string> existing_folder(std::string folder);

}  // namespace adapters::server
