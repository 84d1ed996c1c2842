// The place in a resource where a check stands: a chain of steps on the stack, put into words only when there is a
// finding. Never: allocates before text(). Threads: one at a time. Source: FHIRPath, as
// OperationOutcome.issue.expression wants it.
#pragma once
#include <string>
#include <string_view>

namespace fhir::validate {

struct Place {
  static constexpr int no_index = -1;
  const Place* above = nullptr;
  std::string_view name;       // of the type at the start, of the element elsewhere
  std::string_view type = {};  // of a choice: the type it has
  int index = no_index;

  Place at(int i) const { return {above, name, type, i}; }

  std::string text() const {
    std::string out;
    append(out);
    return out;
  }
  std::string text(std::string_view child) const {  // of a child that need not exist
    std::string out = text();
    out += '.';
    out += child;
    return out;
  }

 private:
  void append(std::string& out) const {
    if (above) {
      above->append(out);
      out += '.';
    }
    out += name;
    if (!type.empty()) {
      out += ".ofType(";
      out += type;
      out += ')';
    }
    if (index != no_index) {
      out += '[';
      out += std::to_string(index);
      out += ']';
    }
  }
};

}  // namespace fhir::validate
