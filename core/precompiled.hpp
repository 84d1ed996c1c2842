// What nearly every file of core/ and fhir/ includes of the standard library, compiled once. A file still includes what it uses:
// the clang preset builds without this.
#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>
