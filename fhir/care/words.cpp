// The sentences of gap Tasks, by language. Words only: what is said is decided elsewhere.
#include <array>

#include "fhir/care/task.hpp"

namespace fhir::care {
namespace {

using core::population::no_day;

struct Words {
  std::string_view due_since, overdue_since, due_on, last_was, none_known, done_on, done, not_before, excluded, not_applicable, not_evaluable, looked_for, asked_by, declined;
};

constexpr std::array<Words, 2> words{{
    {"due since ", "overdue, due since ", "due on ", "The last was on ", "None is known.", "Done on ", "Done.", "Not due before ", "Left out: ", "No longer applies", "Could not be evaluated",
     "Looked for: ", "Asked by: ", "Declined or not indicated on "},
    {"nodig sinds ", "te laat, nodig sinds ", "nodig op ", "De laatste was op ", "Er is er geen bekend.", "Gedaan op ", "Gedaan.", "Niet nodig voor ", "Uitgesloten: ", "Niet meer van toepassing",
     "Kon niet worden beoordeeld", "Gezocht naar: ", "Gevraagd door: ", "Geweigerd of niet aangewezen op "},
}};

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string with_reason(std::string_view sentence, const std::string& reason) {
  return std::string(sentence) + (reason.empty() ? "." : ": " + reason + (reason.back() == '.' ? "" : "."));
}

std::string due_sentence(const Gap& gap, const Words& w) {
  if (gap.due == no_day) return {};
  const std::string_view lead = gap.status == GapStatus::overdue ? w.overdue_since : gap.status == GapStatus::due_soon ? w.due_on : w.due_since;
  return std::string(lead) + core::text(gap.due) + ".";
}

}  // namespace

std::string describe(const Gap& gap, Language language) {
  const Words& w = words[static_cast<std::size_t>(language)];
  const std::string title = gap.title + ": ";
  switch (gap.status) {
    case GapStatus::satisfied:
      if (gap.evidence.empty() && gap.due != no_day) return title + std::string(w.not_before) + core::text(gap.due) + ".";
      return title + (gap.evidence_day == no_day ? std::string(w.done) : std::string(w.done_on) + core::text(gap.evidence_day) + ".");
    case GapStatus::excluded: return title + std::string(w.excluded) + gap.reason + (gap.reason.ends_with('.') ? "" : ".");
    case GapStatus::not_applicable: return title + with_reason(w.not_applicable, gap.reason);
    default: break;
  }
  std::string text = title;
  if (gap.status == GapStatus::not_evaluable)
    text += with_reason(w.not_evaluable, gap.reason.empty() ? joined(gap.missing) : gap.reason);
  else
    text += due_sentence(gap, w);
  if (gap.status != GapStatus::not_evaluable)
    text += " " + (gap.last == no_day ? std::string(w.none_known) : std::string(w.last_was) + core::text(gap.last) + ".");
  if (gap.declined != no_day) text += " " + std::string(w.declined) + core::text(gap.declined) + ".";
  if (gap.status != GapStatus::not_evaluable && !gap.reason.empty()) text += " " + gap.reason + (gap.reason.ends_with('.') ? "" : ".");
  if (!gap.closes.empty()) text += " " + gap.closes + (gap.closes.ends_with('.') ? "" : ".");
  if (!gap.programme_titles.empty()) text += " " + std::string(w.asked_by) + joined(gap.programme_titles) + ".";
  return text;
}

}  // namespace fhir::care
