// The pull of one resource type: its walks over pages, each page committed with what was learned. A full walk compares
// everything and finds what is missing; between full walks only changes are asked for, by _history or _lastUpdated.
// Owns: the type's Course. Never: follows a link to another origin, removes what the source does not confirm as gone.
// Threads: one. Source: FHIR R4 search paging, _lastUpdated, history with _since.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "adapters/ehr/claims.hpp"
#include "adapters/ehr/course.hpp"
#include "adapters/ehr/intake.hpp"
#include "adapters/ehr/page.hpp"
#include "adapters/ehr/setting.hpp"
#include "adapters/ehr/upstream.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::ehr {

// What all lines of a partner share.
struct Pulling {
  const Setting& setting;
  const fhir::partner::World& world;
  Upstream& upstream;
  Intake& intake;
  Claims claims;
};

class Line {
 public:
  Line(const Wanted& wanted, Pulling& pulling) : wanted_(wanted), pulling_(pulling) {}
  core::Result<core::Done> open();  // reads the course

  // When there is something to do; our clock.
  core::Instant due() const;
  // One page or one slice of it. Kind::busy and unauthenticated with where = "partner": no other line need try now.
  core::Result<Taken> step();

  const std::string& type() const { return wanted_.type; }
  unsigned failures() const { return failures_; }  // in a row
  const std::string& why() const { return why_; }  // of the failure that it stands at, or empty
  bool loaded() const { return course_.loaded; }
  bool begun() const { return course_.loaded || !course_.next.empty() || walking(); }
  // What its course is, as a named value, once an export has brought everything up to `since` (the source's clock);
  // not `complete`: everything is compared next. For the transaction that ends the export; then open() again.
  std::pair<std::string, std::string> as_loaded(std::optional<core::Instant> since, bool complete) const;
  bool walking() const { return walk_.kind != Kind::none; }
  std::string progress() const;
  std::vector<std::string> remarks() const;  // what the operator should know about this server

 private:
  enum class Kind : unsigned char { none, full, updated, history, deletions, missing };
  struct Walk {
    Kind kind = Kind::none;
    std::string url;
    std::size_t query = 0, page = 0, barren = 0;
    bool whole = true;  // from the first page on in this process: `seen` is complete
    std::optional<core::Instant> start, newest, asked;  // the source's clock
    std::unordered_set<std::uint64_t> seen, pages;      // ids here, addresses
    std::vector<core::store::Match> stored;             // missing: what to look through
    std::size_t at = 0;
    std::vector<core::store::Key> suspects;             // not seen; at the source
    std::size_t checked = 0;
  };

  void begin();
  void turn_to(Kind kind);
  std::string address(Kind kind, std::size_t query) const;
  core::Result<Taken> page();
  core::Result<Taken> take(Page& page);
  std::vector<Incoming> items_of(const Page& page, Walk& walk, bool& older) const;
  core::Result<std::string> next_of(const Page& page, Walk& walk) const;
  bool advance(Walk& walk, std::string next) const;  // false: that was the last page
  void finish(const Walk& walk, Course& course);
  core::Result<Taken> refused(core::Error error);
  core::Result<Taken> failed(core::Error error);

  core::Result<core::Done> begin_missing();
  core::Result<Taken> missing();
  core::Result<core::Done> look_through();
  core::Result<Taken> check_suspects();
  core::Result<bool> is_gone(const core::store::Key& source, std::vector<fhir::json::Document>& found);
  std::string course_name() const { return pulling_.intake.name("type/" + wanted_.type); }
  core::Instant now() const { return pulling_.world.clock->now(); }

  const Wanted& wanted_;
  Pulling& pulling_;
  Course course_;
  Walk walk_;
  unsigned failures_ = 0, restarts_ = 0;
  std::int64_t page_size_ = 0;
  core::Instant not_before_;
  std::string why_;
  bool clock_went_back_ = false;
  std::size_t remarks_on_pages_ = 0, unreadable_ = 0;
  std::string page_remark_;
};

}  // namespace adapters::ehr
