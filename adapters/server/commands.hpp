// The commands of the program as one table, and the dispatch over it.
// A command is one function in a file of its own (NAME_command.cpp). Exit codes: 0 done, 1 the data is wrong, 2 the
// call or the machine is wrong. Threads: called from main().
#pragma once
#include <span>
#include <string_view>

#include "adapters/server/call.hpp"

namespace adapters::server {

enum Exit : int { done = 0, wrong_data = 1, wrong_call = 2 };

struct Command {
  std::string_view name, usage, does;
  int (*run)(Arguments);  // nullptr: not built yet
};

std::span<const Command> commands();
int run(Arguments arguments);  // the whole command line after the program's name

// For commands: says what is wrong with the call on stderr, and how it should be. Returns wrong_call.
int refuse_call(std::string_view command, std::string_view message);
int help(std::string_view command);  // on stdout; returns done

}  // namespace adapters::server
