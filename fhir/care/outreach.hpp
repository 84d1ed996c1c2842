// Children of gap Tasks: outreach and the request for evidence, in the name of the physician who decided (or gave a standing order).
// One call to a person serves all that person's gaps: an open outreach takes further gaps on.
// Never: stores, decides. Threads: pure over what it is given. Source: FHIR R4 Task.partOf, Communication; the house's table of decisions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/care/language.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

// Who carries it out: the practice of the person, else the gap's owner; empty: nobody is known.
core::Result<std::string> outreach_owner(core::store::Snapshot& snapshot, const json::Value& gap);

struct OutreachOrder {
  std::string id, requester, owner;
  std::string_view kind = "outreach";  // of CodeSystem/task-kind
};
json::Document outreach_from(const json::Value& gap, const OutreachOrder& order, core::Instant now);
// Gives the child to an owner; what somebody else made of the owner later is left alone by moves_along().
void assign(json::Document& child, const std::string& owner);
// Outreach that has not begun, is still with whom it was given to, and belongs to somebody else since the person moved.
bool moves_along(const json::Value& child, const std::string& owner);
// The child serves this gap too, and says so; false: it did already.
bool serve_too(json::Document& child, const json::Value& gap, core::Instant now);

// The open outreach of this person, owner and requester; nothing: there is none.
core::Result<std::optional<core::store::Record>> open_outreach(core::store::Snapshot& snapshot, const std::string& patient, const std::string& owner,
                                                               const std::string& requester);

// The children of a gap Task, the newest first.
core::Result<std::vector<core::store::Record>> children_of(core::store::Snapshot& snapshot, std::string_view gap_task);

// What the contacts recorded for an outreach Task came to.
struct Contacts {
  std::size_t failed = 0;
  bool reached = false;
  std::string last_medium, last_day;  // of the newest failed one; empty: not known
};
core::Result<Contacts> contacts_of(core::store::Snapshot& snapshot, std::string_view outreach_task);

// True when the Task is an outreach that ended because nobody was reached.
bool is_unreachable(const json::Value& task);
void set_unreachable(json::Document& task, const Contacts& contacts, core::Instant now, Language language);  // an outreach Task: it failed
void bring_back(json::Document& gap, const Contacts& contacts, core::Instant now, Language language);  // a gap Task: to the physician's list

}  // namespace fhir::care
