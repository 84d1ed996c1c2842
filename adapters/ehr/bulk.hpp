// The first load by Bulk Data, where a server offers it: asked for once, waited for as long as it says, its files read
// in ranges and taken like pages, each slice committed with its place in the file. Whatever goes wrong for good ends
// it, in words, and the types are read page by page. Owns: the named values partner/ID/export and export-files. Never:
// calls another origin than the server's, holds more than one range in memory. Threads: one. Source: FHIR Bulk Data
// Access 2.0, FHIR asynchronous request pattern.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapters/ehr/line.hpp"
#include "adapters/ehr/manifest.hpp"

namespace adapters::ehr {

class Bulk {
 public:
  explicit Bulk(Pulling& pulling) : pulling_(pulling) {}
  core::Result<core::Done> open();
  // With a fresh capability statement: begins when it is offered and nothing has been loaded in another way.
  void consider(const std::vector<Line>& lines);
  bool under_way() const {
    return load_.phase == Phase::ask || load_.phase == Phase::wait || load_.phase == Phase::read;
  }
  bool brings(const std::string& type) const;  // pages of it need not be asked for meanwhile
  core::Instant due() const { return due_; }
  // One call, or one slice of a file. Errors as Line::step(); a failure for good is none: under_way() ends.
  core::Result<Taken> step(std::vector<Line>& lines);
  std::string progress() const;
  std::vector<std::string> remarks() const;

 private:
  enum class Phase : unsigned char { none, ask, wait, read, done, left };
  struct Load {
    Phase phase = Phase::none;
    std::string asks;  // base and types that this belongs to
    std::string status_url;
    std::string why;                  // it was left, in words
    core::Instant began;              // our clock
    std::optional<core::Instant> at;  // the source's clock: what the files hold
    std::size_t file = 0, restarts = 0, errors = 0;
    std::uint64_t offset = 0;  // in that file, after the last line taken
  };
  struct Slice {
    std::vector<fhir::json::Document> documents;
    std::vector<Incoming> items;
    std::size_t bytes = 0;
  };

  core::Result<Taken> ask();
  core::Result<Taken> wait();
  core::Result<Taken> take_manifest(const fhir::partner::Answer& answer);
  core::Result<Taken> read();
  core::Result<std::optional<core::Error>> fetch();
  Slice slice();
  fhir::partner::Call range(std::size_t file, std::uint64_t from, std::size_t window) const;
  void begin_next();
  void drop_buffer();
  void take_line(std::string_view line, std::uint64_t place, Slice& slice);
  core::Result<Taken> finish(std::vector<Line>& lines);
  core::Result<Taken> refused(core::Error error);
  core::Result<Taken> leave(std::string why);
  core::Result<Taken> again(std::string why);
  core::Result<Taken> keep(Load load, const std::vector<Incoming>& items = {}, Values more = {});
  void tidy();  // tells the server that its files are not needed any more
  std::string types() const;
  std::string asks() const;
  std::string name() const { return pulling_.intake.name("export"); }
  std::string files_name() const { return pulling_.intake.name("export-files"); }
  core::Instant now() const { return pulling_.world.clock->now(); }
  void after(std::int64_t ms) { due_ = {now().ms + ms}; }
  static std::string text_of(const Load& load);
  static Load load_from(std::string_view text);

  Pulling& pulling_;
  Load load_;
  std::vector<ExportFile> files_;
  core::Instant due_;
  unsigned failures_ = 0, polls_ = 0;
  std::size_t unreadable_ = 0;
  std::string buffer_;  // of the file; from at_ on it is what stands there from load_.offset on
  std::size_t at_ = 0;
  bool buffer_is_last_ = false;  // and to its end
  std::size_t window_ = 0;       // bytes asked for at once
};

}  // namespace adapters::ehr
