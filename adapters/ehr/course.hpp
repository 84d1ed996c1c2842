// Where the pull of one resource type stands: what must not be forgotten, as the text of one named value that is
// committed together with the data of each page. Never: our own clock as a bound of what is asked for. Threads: plain.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace adapters::ehr {

struct Course {
  std::string asks;                     // base and queries that all this belongs to; others begin anew
  bool loaded = false;                  // the first walk over everything is complete
  std::optional<core::Instant> since;   // all changes up to here are known; the source's clock
  bool ignores_updated = false;         // it answers _lastUpdated with older ones, or not at all
  bool refuses_history = false;
  bool doubted = false;                 // the last full walk missed so much that nothing was removed yet
  std::optional<core::Instant> full_at, done_at;  // our clock, only for what is due: last full and last walk of any kind
  // The first walk, so that it goes on where it was cut off.
  std::string next;
  std::size_t query = 0, page = 0;
  std::optional<core::Instant> start, newest;  // the source's clock
};

std::string text_of(const Course& course);
Course course_from(std::string_view text);  // what cannot be read is a new one

}  // namespace adapters::ehr
