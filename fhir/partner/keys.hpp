// The keys of one object of the configuration, as whoever understands them takes them: each is asked for once by name,
// and what nobody asked for is unknown. Reading goes on after a mistake, so that a reader needs no early returns:
// finish() tells the first one, with the path of its key.
// Never: a secret as a literal; opens a file itself (Source does). Threads: plain values, used by one thread.
#pragma once
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace fhir::partner {

// Where secrets and files come from; the path is the key's, for errors.
struct Source {
  std::function<core::Result<std::string>(const json::Value& value, const std::string& path)>
      secret;                                                                                       // {file} or {env}
  std::function<core::Result<std::string>(const std::string& name, const std::string& path)> file;  // its content
};

class Keys {
 public:
  // `object` must outlive it; anything but an object is a mistake, nullptr an empty object.
  Keys(const json::Value* object, std::string path, Source source);

  bool has(std::string_view name) const;
  std::string text(std::string_view name);  // required, not empty
  std::string text(std::string_view name, std::string_view otherwise);
  std::vector<std::string> texts(std::string_view name);  // a list of texts; empty when absent
  std::string word(std::string_view name, std::initializer_list<std::string_view> words, std::string_view otherwise);
  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise);
  bool flag(std::string_view name, bool otherwise);
  std::string url(std::string_view name);           // required: http or https, without query; no slash at its end
  std::string optional_url(std::string_view name);  // empty when absent
  std::string secret(std::string_view name);        // required
  std::string optional_secret(std::string_view name);
  std::string file(std::string_view name);           // the content of a file that the text names; empty when absent
  Keys object(std::string_view name);                // absent: an empty one; finish it too
  std::vector<Keys> objects(std::string_view name);  // a list of objects; finish each
  const json::Value* value(std::string_view name);   // as it stands; nullptr when absent
  std::vector<std::string> names() const;  // all members: for objects whose names are the operator's own ("*", codes)

  void refuse(std::string_view name, std::string_view what);  // "needs.x" "names a case type that is not there"
  const std::string& path() const { return path_; }
  std::string path(std::string_view name) const;
  std::vector<std::string> asked() const { return {asked_.begin(), asked_.end()}; }  // every key understood so far
  core::Result<core::Done> finish() const;  // the first mistake of this and of all that came from it; unknown keys

 private:
  Keys(const json::Value* object, std::string path, Source source, std::shared_ptr<std::optional<core::Error>> mistake);
  const json::Value* take(std::string_view name);
  const json::Value* need(std::string_view name);
  void note(core::Error error) const;

  const json::Value* object_;
  std::string path_;
  Source source_;
  std::shared_ptr<std::optional<core::Error>> mistake_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace fhir::partner
