#include "adapters/server/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/server/settings_keys.hpp"

namespace adapters::server {
namespace {

using core::Done;
using core::Result;
using fhir::json::Value;
using keys::Key;

const std::vector<Key>& all_keys() {
  static const std::vector<Key> table = [] {
    std::vector<Key> all = keys::of_the_machine();
    for (auto part : {keys::of_care, keys::of_what_leaves})
      for (Key& key : part()) all.push_back(std::move(key));
    return all;
  }();
  return table;
}

// Walks the object: a key of the table is read, a key that only begins one must be an object, anything else is unknown.
Result<Done> read(const Value& object, const std::string& prefix, const std::string& folder, Settings& settings) {
  if (!object.is_object())
    return core::invalid((prefix.empty() ? "the configuration" : prefix) + " must be an object", prefix);
  for (const fhir::json::Member& member : object.members()) {
    const std::string path = (prefix.empty() ? "" : prefix + ".") + std::string(member.name);
    const auto key = std::find_if(all_keys().begin(), all_keys().end(), [&](const Key& k) { return k.path == path; });
    Result<Done> result = Done{};
    if (key != all_keys().end()) {
      result = key->read({path, member.value, folder}, settings);
    } else if (std::any_of(all_keys().begin(), all_keys().end(),
                           [&](const Key& k) { return k.path.starts_with(path + "."); })) {
      result = read(member.value, path, folder, settings);
    } else {
      result = core::invalid("unknown key " + path, path);
    }
    if (!result) return result;
  }
  return Done{};
}

}  // namespace

Result<Settings> settings_from_text(std::string_view json, const std::string& folder) {
  auto document = fhir::json::parse(json);
  if (!document) {
    const core::Error& e = document.error();
    return core::invalid("not valid JSON: " + e.message + (e.where.empty() ? "" : " at " + e.where), e.where);
  }
  Settings settings;
  if (auto result = read(document->root(), "", folder, settings); !result) return result.error();
  if (settings.certificate.empty() != settings.key.empty())
    return core::invalid("tls needs both certificate and key", "tls");
  if (settings.link_from > 0 && !(settings.review_from > 0 && settings.review_from <= settings.link_from))
    return core::invalid("identity.link_from needs identity.review_from, which must not be above it",
                         "identity.link_from");
  return settings;
}

Result<Settings> settings_from(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return core::invalid("cannot be read: " + file);
  return settings_from_text(text.str(), std::filesystem::path(file).parent_path().string());
}

std::vector<std::string> settings_keys() {
  std::vector<std::string> names;
  for (const Key& key : all_keys()) names.emplace_back(key.path);
  return names;
}

}  // namespace adapters::server
