#include "fhir/partner/keys.hpp"

#include <algorithm>
#include <charconv>

namespace fhir::partner {
namespace {

std::string checked_url(std::string url) {  // empty: not usable
  while (url.ends_with('/')) url.pop_back();
  const std::size_t start = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : url.npos;
  if (start == url.npos || start >= url.size()) return {};
  const std::string_view authority = std::string_view(url).substr(start, url.find('/', start) - start);
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!clean || authority.empty() || authority.find('@') != authority.npos) return {};
  return url.find_first_of("?#\"<>\\") == url.npos ? url : std::string();
}

}  // namespace

Keys::Keys(const json::Value* object, std::string path, Source source)
    : Keys(object, std::move(path), std::move(source), std::make_shared<std::optional<core::Error>>()) {}

Keys::Keys(const json::Value* object, std::string path, Source source,
           std::shared_ptr<std::optional<core::Error>> mistake)
    : object_(object), path_(std::move(path)), source_(std::move(source)), mistake_(std::move(mistake)) {
  if (object_ != nullptr && !object_->is_object()) note(core::invalid(path_ + " must be an object", path_));
}

std::string Keys::path(std::string_view name) const { return path_ + "." + std::string(name); }

void Keys::note(core::Error error) const {
  if (!*mistake_) *mistake_ = std::move(error);
}

void Keys::refuse(std::string_view name, std::string_view what) {
  note(core::invalid(path(name) + " " + std::string(what), path(name)));
}

bool Keys::has(std::string_view name) const { return object_ != nullptr && object_->find(name) != nullptr; }

const json::Value* Keys::take(std::string_view name) {
  asked_.emplace(name);
  return object_ == nullptr ? nullptr : object_->find(name);
}

const json::Value* Keys::need(std::string_view name) {
  const json::Value* value = take(name);
  if (value == nullptr) refuse(name, "is needed");
  return value;
}

const json::Value* Keys::value(std::string_view name) { return take(name); }

std::string Keys::text(std::string_view name) {
  const json::Value* value = need(name);
  if (value == nullptr) return {};
  if (!value->is_string() || value->text().empty()) return refuse(name, "must be a text"), std::string();
  return std::string(value->text());
}

std::string Keys::text(std::string_view name, std::string_view otherwise) {
  const json::Value* value = take(name);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) return refuse(name, "must be a text"), std::string();
  return std::string(value->text());
}

std::vector<std::string> Keys::texts(std::string_view name) {
  std::vector<std::string> list;
  const json::Value* value = take(name);
  if (value == nullptr) return list;
  if (!value->is_array()) refuse(name, "must be a list of texts");
  for (const json::Value& each : value->elements()) {
    if (!each.is_string() || each.text().empty()) refuse(name, "must be a list of texts");
    list.emplace_back(each.text());
  }
  return list;
}

std::string Keys::word(std::string_view name, std::initializer_list<std::string_view> words,
                       std::string_view otherwise) {
  const std::string found = text(name, otherwise);
  if (found == otherwise || std::find(words.begin(), words.end(), found) != words.end()) return found;
  std::string list;
  for (const std::string_view each : words) list.append(list.empty() ? "" : ", ").append(each);
  refuse(name, "must be one of: " + list);
  return found;
}

std::int64_t Keys::number(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const json::Value* value = take(name);
  if (value == nullptr) return otherwise;
  const std::string_view text = value->text();
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (value->is_number() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && number >= least &&
      number <= most)
    return number;
  refuse(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

bool Keys::flag(std::string_view name, bool otherwise) {
  const json::Value* value = take(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(name, "must be true or false");
  return value->boolean();
}

std::string Keys::url(std::string_view name) {
  if (need(name) == nullptr) return {};
  return optional_url(name);
}

std::string Keys::optional_url(std::string_view name) {
  const json::Value* value = take(name);
  if (value == nullptr) return {};
  const std::string url = value->is_string() ? checked_url(std::string(value->text())) : std::string();
  if (url.empty()) refuse(name, "must be an http or https address without user, query or fragment");
  return url;
}

std::string Keys::secret(std::string_view name) {
  if (need(name) == nullptr) return {};
  return optional_secret(name);
}

std::string Keys::optional_secret(std::string_view name) {
  const json::Value* value = take(name);
  if (value == nullptr) return {};
  auto secret = source_.secret(*value, path(name));
  if (!secret) return note(secret.error()), std::string();
  while (secret->ends_with('\n') || secret->ends_with('\r')) secret->pop_back();  // as editors leave it
  if (secret->empty()) refuse(name, "is empty");
  return *std::move(secret);
}

std::string Keys::file(std::string_view name) {
  if (take(name) == nullptr) return {};
  const std::string named = text(name);
  if (named.empty()) return {};
  auto content = source_.file(named, path(name));
  if (!content) return note(content.error()), std::string();
  return *std::move(content);
}

Keys Keys::object(std::string_view name) { return {take(name), path(name), source_, mistake_}; }

std::vector<Keys> Keys::objects(std::string_view name) {
  std::vector<Keys> list;
  const json::Value* value = take(name);
  if (value == nullptr) return list;
  if (!value->is_array()) refuse(name, "must be a list of objects");
  for (const json::Value& each : value->elements())
    list.push_back({&each, path(name) + "[" + std::to_string(list.size()) + "]", source_, mistake_});
  return list;
}

std::vector<std::string> Keys::names() const {
  std::vector<std::string> names;
  if (object_ != nullptr)
    for (const json::Member& member : object_->members()) names.emplace_back(member.name);
  return names;
}

core::Result<core::Done> Keys::finish() const {
  for (const std::string& name : names())
    if (!asked_.contains(name)) note(core::invalid("unknown key " + path(name), path(name)));
  if (*mistake_) return **mistake_;
  return core::Done{};
}

}  // namespace fhir::partner
