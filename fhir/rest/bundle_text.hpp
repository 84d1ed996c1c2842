// A Bundle written front to back: stored bytes are copied into it, nothing is parsed. Members in the order of the
// definition: total and links before entries. Never: checks what it is given. Threads: one at a time. Source: FHIR R4
// Bundle.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::rest {

class BundleText {
 public:
  BundleText(std::string_view type, core::Instant now, std::size_t expected_bytes = 4096);
  void total(std::size_t count);
  void link(std::string_view relation, std::string_view url);
  // An entry: open, some members, close.
  void open();
  void full_url(std::string_view url);
  void resource(std::string_view body);
  void search_mode(std::string_view mode);
  void request(std::string_view method, std::string_view url);
  void close();
  void outcome_entry(const validate::Issues& issues);  // a whole entry with search mode outcome
  void member(std::string_view text);                  // any other member of an entry, as JSON text
  std::string finish();
  std::size_t size() const { return out_.size(); }

 private:
  void comma();
  std::string out_;
  bool in_links_ = false, in_entries_ = false, in_entry_ = false;
};

}  // namespace fhir::rest
