// Step 2 of the loop: which interventions a person gets, by tier, medical and social needs and what is under way already. One
// coherent set for each person: the same thing asked twice is one intervention with two reasons, contradictions are reported.
// Never: orders anything; a physician decides. Threads: pure.
// Source: KP's intervention levels (light touch by staff, physician review, self-management support, care management).
#pragma once
#include <string>
#include <vector>

#include "core/gap/decide.hpp"

namespace core::panel {

using population::PersonId;
using population::Population;

enum class Intervention : std::uint8_t { monitoring, physician_review, self_management, social_referral, care_management };
std::string_view code_of(Intervention kind);  // "physician-review"

// What allocation looks at.
struct Situation {
  int tier = -1;                        // composite, -1: none
  bool overruled = false;               // the tier is a physician's
  struct SocialNeed {
    std::string name;                   // "housing"
    bool known = true;                  // false: asked, and it could not be told
    bool supported = false;
  };
  std::vector<SocialNeed> needs;
  struct OpenGap {
    std::string item, family;
    gap::ItemKind kind = gap::ItemKind::do_;
    gap::Status status = gap::Status::open;
    std::string waits_for;              // a stop item, or empty
  };
  std::vector<OpenGap> gaps;            // open, overdue, not evaluable
  std::vector<Intervention> under_way;
  bool contact_prohibited = false;
};

struct AllocationSetting {
  int care_management_tier = 3;         // from this tier on
  int care_management_needs = 2;        // or from review_tier on with so many unsupported social needs
  int review_tier = 2;                  // physician review of anyone from this tier on with an open gap
  int self_management_tier = 1;         // support for anyone from this tier on with a target not met
};

struct Allocated {
  Intervention kind = Intervention::monitoring;
  std::string about;                    // need of a referral; empty else
  std::vector<std::string> reasons;     // in plain words
  std::vector<std::string> items;       // items it serves
  bool continues = false;               // under way already
};

struct Allocation {
  std::vector<Allocated> interventions;     // by kind, each kind and subject once
  std::vector<std::string> contradictions;  // in plain words
};

// Asks what allocation looks at: its rules compiled once. Care management and support for self-management are under way when a
// CarePlan, request or referral says so (sets CARE-MANAGEMENT, DIABETES-PLAN, HT-PLAN ... of the programmes, as far as loaded).
// Threads: immutable.
class Allocator {
 public:
  explicit Allocator(const gap::Plan& plan);
  // `needs`: of the same person and day. `next`: gets the first later day on which an answer of its own may differ; null: not asked.
  Situation situation(const Population& population, gap::Decider& decider, PersonId person, Day as_of, const gap::Needs& needs,
                      Day* next = nullptr) const;

 private:
  const gap::Plan* plan_;
  struct Asked {
    std::string need;                     // a social need; empty: the kind's running
    Intervention kind = Intervention::social_referral;
    bool support = false;                 // is the need supported?
  };
  std::vector<Asked> asked_;              // for each rule
  std::vector<std::vector<gap::Step>> rules_;
};

Situation situation_of(const gap::Plan& plan, const Population& population, gap::Decider& decider, PersonId person, Day as_of);
Allocation allocate(const Situation& situation, const AllocationSetting& setting = {});

}  // namespace core::panel
