#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "fhir/rest/patch.hpp"

namespace fhir::rest {
namespace {

using Done = core::Result<core::Done>;
using json::Document;
using json::Value;

core::Result<std::vector<std::string>> tokens(std::string_view pointer) {
  std::vector<std::string> out;
  if (pointer.empty()) return out;
  if (pointer.front() != '/')
    return core::invalid("'" + std::string(pointer.substr(0, 200)) +
                         "' is not a JSON Pointer: it does not begin with '/'.");
  std::string token;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      out.push_back(std::move(token));
      token.clear();
    } else if (pointer[i] != '~') {
      token += pointer[i];
    } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      token += pointer[++i] == '0' ? '~' : '/';
    } else {
      return core::invalid("'" + std::string(pointer.substr(0, 200)) + "' has a '~' that is neither ~0 nor ~1.");
    }
  }
  return out;
}

std::optional<std::size_t> index_of(const std::string& token, std::size_t below) {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index >= below) return std::nullopt;
  return index;
}

// One operation at a time on one document.
class Patcher {
 public:
  explicit Patcher(Document& document) : document_(document) {}

  Done apply(const Value& operation) {
    if (!operation.is_object()) return core::invalid("an operation is an object.");
    struct Row {
      std::string_view name;
      Done (Patcher::*call)(const Value&, const std::vector<std::string>&);
    };
    static constexpr std::array<Row, 6> table = {{{"add", &Patcher::add},
                                                  {"remove", &Patcher::remove},
                                                  {"replace", &Patcher::replace},
                                                  {"move", &Patcher::move},
                                                  {"copy", &Patcher::copy},
                                                  {"test", &Patcher::test}}};
    const Value* path = operation.find("path");
    if (path == nullptr || !path->is_string()) return core::invalid("the operation has no path.");
    auto steps = tokens(path->text());
    if (!steps) return steps.error();
    for (const Row& row : table)
      if (row.name == operation.text("op")) return (this->*row.call)(operation, *steps);
    return core::invalid("op is one of add, remove, replace, move, copy, test; not '" +
                         std::string(operation.text("op").substr(0, 40)) + "'.");
  }

 private:
  Value* locate(const std::vector<std::string>& steps, std::size_t count) {
    Value* at = &document_.root();
    for (std::size_t i = 0; i < count && at != nullptr; ++i) {
      if (at->is_object()) {
        at = document_.find(*at, steps[i]);
      } else if (at->is_array()) {
        const auto index = index_of(steps[i], at->size());
        at = index ? &document_.elements(*at)[*index] : nullptr;
      } else {
        at = nullptr;
      }
    }
    return at;
  }

  static core::Error nowhere(const std::vector<std::string>& steps) {
    std::string text;
    for (const std::string& step : steps) text += '/' + step;
    return core::unprocessable("there is nothing at " + text.substr(0, 200) + '.');
  }

  // One more value comes to `steps`.
  Done admit(const std::vector<std::string>& steps, const Value& value) {
    const std::size_t depth = json::Limits{}.depth;
    if (steps.size() > depth || !fits(value, depth - steps.size(), left_)) return outgrown();
    return core::Done{};
  }

  Done put(const std::vector<std::string>& steps, Value value) {
    if (steps.empty()) {
      document_.root() = value;
      return core::Done{};
    }
    Value* parent = locate(steps, steps.size() - 1);
    if (parent == nullptr) return nowhere(steps);
    if (parent->is_object()) {
      document_.set(*parent, steps.back(), value);
      return core::Done{};
    }
    if (!parent->is_array()) return nowhere(steps);
    if (steps.back() == "-") {
      document_.push(*parent, value);
      return core::Done{};
    }
    const auto index = index_of(steps.back(), parent->size() + 1);
    if (!index) return nowhere(steps);
    document_.insert(*parent, *index, value);
    return core::Done{};
  }

  Done take(const std::vector<std::string>& steps) {
    if (steps.empty()) return core::unprocessable("the resource as a whole cannot be removed.");
    Value* parent = locate(steps, steps.size() - 1);
    if (parent == nullptr || locate(steps, steps.size()) == nullptr) return nowhere(steps);
    if (parent->is_object()) document_.remove(*parent, steps.back());
    else document_.erase(*parent, *index_of(steps.back(), parent->size()));
    return core::Done{};
  }

  static const Value* value_of(const Value& operation) { return operation.find("value"); }
  static core::Error no_value() { return core::invalid("the operation has no value."); }

  Done add(const Value& operation, const std::vector<std::string>& steps) {
    const Value* value = value_of(operation);
    if (value == nullptr) return no_value();
    if (auto admitted = admit(steps, *value); !admitted) return admitted;
    return put(steps, document_.copy(*value));
  }

  Done remove(const Value&, const std::vector<std::string>& steps) { return take(steps); }

  Done replace(const Value& operation, const std::vector<std::string>& steps) {
    const Value* value = value_of(operation);
    if (value == nullptr) return no_value();
    Value* at = locate(steps, steps.size());
    if (at == nullptr) return nowhere(steps);
    if (auto admitted = admit(steps, *value); !admitted) return admitted;
    *at = document_.copy(*value);
    return core::Done{};
  }

  core::Result<std::vector<std::string>> from(const Value& operation) {
    const Value* text = operation.find("from");
    if (text == nullptr || !text->is_string()) return core::invalid("the operation has no from.");
    return tokens(text->text());
  }

  Done move(const Value& operation, const std::vector<std::string>& steps) {
    auto source = from(operation);
    if (!source) return source.error();
    if (source->size() < steps.size() && std::equal(source->begin(), source->end(), steps.begin()))
      return core::unprocessable("a value cannot be moved into itself.");
    const Value* at = locate(*source, source->size());
    if (at == nullptr) return nowhere(*source);
    if (*source == steps) return core::Done{};
    const Value value = *at;
    if (auto admitted = admit(steps, value); !admitted) return admitted;
    if (auto taken = take(*source); !taken) return taken;
    return put(steps, value);
  }

  Done copy(const Value& operation, const std::vector<std::string>& steps) {
    auto source = from(operation);
    if (!source) return source.error();
    const Value* at = locate(*source, source->size());
    if (at == nullptr) return nowhere(*source);
    if (auto admitted = admit(steps, *at); !admitted) return admitted;
    return put(steps, document_.copy(*at));
  }

  Done test(const Value& operation, const std::vector<std::string>& steps) {
    const Value* value = value_of(operation);
    if (value == nullptr) return no_value();
    const Value* at = locate(steps, steps.size());
    if (at == nullptr) return nowhere(steps);
    if (!json::equal(*at, *value)) return core::unprocessable("the test failed: the value there is another.");
    return core::Done{};
  }

  Document& document_;
  std::size_t left_ = most_patched_bytes;  // that all operations together may still bring
};

}  // namespace

core::Result<core::Done> apply_json_patch(json::Document& document, const json::Value& patch) {
  if (!patch.is_array()) return core::invalid("A JSON Patch is an array of operations.", "body");
  if (patch.size() > most_operations)
    return core::Error{core::Kind::too_large,
                       "A JSON Patch has at most " + std::to_string(most_operations) + " operations.", "body"};
  Patcher patcher(document);
  std::size_t number = 0;
  for (const Value& operation : patch.elements()) {
    if (auto done = patcher.apply(operation); !done) {
      done.error().message = "Operation " + std::to_string(number) + " of the patch: " + done.error().message;
      return done;
    }
    ++number;
  }
  return core::Done{};
}

}  // namespace fhir::rest
