#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "adapters/server/commands.hpp"

int main(int count, char** values) {
  try {
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    return adapters::server::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "panelbridge: " << error.what() << '\n';
    return adapters::server::wrong_call;
  }
}
