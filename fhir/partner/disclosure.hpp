// What may leave, by kind of recipient: the table of profiles/house/disclosure.json and its one pure function. Every
// way out (case systems, notifications, exports, files, mail) sends what project() gives and nothing else. Never: lets
// through what the table does not name: types, elements, extensions, narrative, contained resources. Threads: load
// once, then const. Source: profiles/house/disclosure.json says how its rows are read.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace fhir::partner {

enum class Recipient : unsigned char { municipality, practice, community, vendor };
std::optional<Recipient> recipient_from(std::string_view word);  // "municipality" ...
std::string_view word_of(Recipient recipient);

class Disclosure {
 public:
  static core::Result<Disclosure> load(const std::filesystem::path& profiles);  // the folder that holds house/
  static core::Result<Disclosure> from(const json::Value& table);               // errors name the place
  // The resource as this recipient may see it: resourceType and the elements that its row names. Of a type without a
  // row the root is null, and of a resource that lacks what its row needs.
  json::Document project(const json::Value& resource, Recipient recipient) const;
  bool knows(std::string_view type, Recipient recipient) const;
  // The search parameter that says whose it is, without which nothing of the type leaves; empty: none is asked for.
  std::string_view asked_by(std::string_view type, Recipient recipient) const;
  bool names(std::string_view type, std::string_view element, Recipient recipient) const;  // "Task", "code": some of it
  // The table itself as read, for whoever shows it.
  struct Condition {
    std::string member;
    std::vector<std::string> values;
  };
  struct Node {
    std::map<std::string, Node, std::less<>> children;
    std::vector<Condition> where, unless;  // members of the element
    bool unless_sensitive = false, first = false, needed = false;
    std::string asked_by;
  };

 private:
  using Rows = std::map<std::string, Node, std::less<>>;  // by resource type
  bool is_sensitive(const json::Value& value) const;
  std::map<Recipient, Rows> recipients_;
  std::vector<std::pair<std::string, std::string>> sensitive_;  // system, code
};

}  // namespace fhir::partner
