#include "adapters/ehr/bulk.hpp"

#include <algorithm>
#include <array>

#include "adapters/ehr/link.hpp"

namespace adapters::ehr {
namespace {

using core::Done;
using core::Instant;
using core::Kind;
using core::Result;
using fhir::json::Value;

constexpr std::int64_t first_wait_ms = 250, longest_wait_ms = 60'000, longest_load_ms = 24 * 3'600'000;
constexpr std::int64_t first_pause_ms = 2'000, most_pause_ms = 120'000;
constexpr unsigned most_failures = 10;
constexpr std::size_t most_restarts = 2, manifest_bytes = 16UL << 20;

// Types outside every Patient's compartment: an export of patients does not bring them.
constexpr std::array<std::string_view, 12> not_of_patients = {
    "Organization", "Location",      "Practitioner", "PractitionerRole", "HealthcareService", "CareTeam",
    "Medication",   "Questionnaire", "Endpoint",     "Substance",        "PlanDefinition",    "ActivityDefinition"};

constexpr std::array<std::string_view, 6> phases = {"", "ask", "wait", "read", "done", "left"};

}  // namespace

Result<Done> Bulk::open() {
  auto view = pulling_.world.store->snapshot();
  if (!view) return view.error();
  auto text = (*view)->value(name());
  if (!text) return text.error();
  load_ = *text ? load_from(**text) : Load{};
  if (load_.asks != asks()) load_ = {};
  files_.clear();
  drop_buffer();
  due_ = {};
  if (load_.phase != Phase::read) return Done{};
  auto list = (*view)->value(files_name());
  if (!list) return list.error();
  const auto parsed = fhir::json::parse(*list ? **list : std::string());
  if (parsed)
    for (const Value& file : parsed->root().elements())
      files_.push_back({std::string(file.text("type")), std::string(file.text("url"))});
  if (load_.file > files_.size()) load_ = {};
  return Done{};
}

bool Bulk::brings(const std::string& type) const {
  if (!pulling_.claims.offers(type)) return false;
  const bool patients_only = !pulling_.claims.system_export;
  return !patients_only || std::find(not_of_patients.begin(), not_of_patients.end(), type) == not_of_patients.end();
}

std::string Bulk::types() const {
  std::string list;
  for (const Wanted& wanted : pulling_.setting.types)
    if (brings(wanted.type)) list += (list.empty() ? "" : ",") + wanted.type;
  return list;
}

std::string Bulk::asks() const {
  std::string text = pulling_.setting.base_url;
  for (const Wanted& wanted : pulling_.setting.types) text += "|" + wanted.type;
  return text;
}

void Bulk::consider(const std::vector<Line>& lines) {
  const auto& [setting, world, upstream, intake, claims] = pulling_;
  const bool offered = claims.known && (claims.system_export || claims.patient_export);
  const bool all = std::all_of(setting.types.begin(), setting.types.end(),
                               [](const Wanted& wanted) { return wanted.queries.empty(); });
  const bool fresh = std::none_of(lines.begin(), lines.end(), [](const Line& line) { return line.begun(); });
  if (load_.phase != Phase::none || !setting.bulk || !offered || !all || !fresh || types().empty()) return;
  load_.phase = Phase::ask;
  load_.asks = asks();
  load_.began = now();
}

Result<Taken> Bulk::step(std::vector<Line>& lines) {
  auto taken = load_.phase == Phase::ask                                  ? ask()
               : load_.phase == Phase::wait                               ? wait()
               : load_.phase == Phase::read && load_.file < files_.size() ? read()
                                                                          : finish(lines);
  if (!taken && taken.error().kind == Kind::stale) return Taken{};
  return taken;
}

std::string Bulk::progress() const {
  if (load_.phase == Phase::read)
    return "export, file " + std::to_string(std::min(load_.file + 1, files_.size())) + " of " +
           std::to_string(files_.size());
  return under_way() ? "export, waiting for its files" : "";
}

std::vector<std::string> Bulk::remarks() const {
  std::vector<std::string> remarks;
  if (!load_.why.empty()) remarks.push_back("the first load was not by export: " + load_.why);
  if (load_.errors > 0)
    remarks.push_back("the export has " + std::to_string(load_.errors) +
                      " lists of errors; everything was compared page by page");
  if (unreadable_ > 0) remarks.push_back(std::to_string(unreadable_) + " lines of the export are no resources");
  return remarks;
}

// Into the store what the files brought together with how far they are read.
Result<Taken> Bulk::keep(Load load, const std::vector<Incoming>& items, Values more) {
  more.emplace_back(name(), text_of(load));
  auto taken = pulling_.intake.take(items, pulling_.claims.home, std::move(more));
  if (taken) load_ = std::move(load);
  return taken;
}

Result<Taken> Bulk::ask() {
  fhir::partner::Call call;
  call.url = pulling_.setting.base_url + (pulling_.claims.system_export ? "/$export" : "/Patient/$export") +
             "?_type=" + types();
  call.headers = {{"Accept", "application/fhir+json"}, {"Prefer", "respond-async"}};
  const std::string asked = call.url;
  auto answer = pulling_.upstream.send(std::move(call), {202});
  if (!answer) return refused(answer.error());
  failures_ = 0;
  if (answer->status != 202) return leave("it was not promised for later, as such a request asks");
  const auto place = followed(answer->header("Content-Location"), asked);
  if (!place) return leave("where its status is to be found is not on the same server");
  Load load = load_;
  load.phase = Phase::wait;
  load.status_url = *place;
  if (!load.at) load.at = Upstream::server_time(*answer);
  polls_ = 0;
  after(first_wait_ms);
  return keep(std::move(load));
}

Result<Taken> Bulk::wait() {
  if (now().ms - load_.began.ms > longest_load_ms) return leave("it took longer than a day");
  fhir::partner::Call call;
  call.url = load_.status_url;
  call.headers = {{"Accept", "application/json"}, {"Cache-Control", "no-cache"}};
  call.answer_bytes = manifest_bytes;
  auto answer = pulling_.upstream.send(std::move(call), {202});
  if (!answer) return refused(answer.error());
  failures_ = 0;
  if (answer->status == 200) return take_manifest(*answer);
  const auto said = retry_after_s(answer->header("Retry-After"), Upstream::server_time(*answer));
  after(said ? *said * 1'000 : std::min(longest_wait_ms, first_wait_ms << std::min(++polls_, 10U)));
  return Taken{};
}

Result<Taken> Bulk::take_manifest(const fhir::partner::Answer& answer) {
  const auto body = fhir::json::parse(answer.body);
  if (!body) return leave("the list of its files is not JSON");
  auto manifest = manifest_from(body->root());
  if (!manifest) return leave(manifest.error().message);
  std::vector<ExportFile> files;
  for (ExportFile& file : manifest->files) {
    if (!file.type.empty() && !brings(file.type)) continue;
    const auto place = followed(file.url, load_.status_url);  // credentials, and calls at all, are for this server
    if (!place) return leave("its files are not on the same server");
    files.push_back({std::move(file.type), *place});
  }
  const auto rank = [&](const ExportFile& file) {
    const auto& types = pulling_.setting.types;
    return std::find_if(types.begin(), types.end(), [&](const Wanted& w) { return w.type == file.type; }) -
           types.begin();
  };
  std::stable_sort(files.begin(), files.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  fhir::json::Document list;
  list.root() = list.array();
  for (const ExportFile& file : files) {
    Value each = list.object();
    list.set(each, "type", list.string(file.type));
    list.set(each, "url", list.string(file.url));
    list.push(list.root(), each);
  }
  Load load = load_;
  load.phase = Phase::read;
  load.file = load.offset = 0;
  load.errors = manifest->errors;
  if (manifest->at && (!load.at || *manifest->at < *load.at)) load.at = manifest->at;
  auto kept = keep(std::move(load), {}, {{files_name(), fhir::json::write(list.root())}});
  if (kept) files_ = std::move(files);
  after(0);
  return kept;
}

// The types stand as after a first walk over pages; what has changed since the files were made is asked for next.
Result<Taken> Bulk::finish(std::vector<Line>& lines) {
  Load load = load_;
  load.phase = Phase::done;
  Values values;
  for (Line& line : lines)
    if (brings(line.type())) values.push_back(line.as_loaded(load.at, load.errors == 0));
  auto kept = keep(std::move(load), {}, std::move(values));
  if (!kept) return kept;
  for (Line& line : lines) {
    if (!brings(line.type())) continue;
    if (auto opened = line.open(); !opened) return opened.error();
    pulling_.world.report(line.type() + " is loaded", nullptr);
  }
  tidy();
  return kept;
}

// What is not answered now is asked again; what is refused ends the export, and pages are read.
Result<Taken> Bulk::refused(core::Error error) {
  const bool gone = error.kind == Kind::not_found || error.kind == Kind::gone;
  if (gone && load_.phase != Phase::ask) return again(error.message);
  const bool later = error.kind == Kind::busy || error.where == "partner";
  if (!later) return leave(error.message);
  after(std::min(most_pause_ms, first_pause_ms << std::min(failures_, 8U)));
  if (error.where == "partner") return error;  // it is not the export's fault
  if (++failures_ >= most_failures) return leave(error.message);
  error.message = "export: " + error.message;
  return error;
}

Result<Taken> Bulk::again(std::string why) {
  if (load_.restarts >= most_restarts) return leave(std::move(why));
  Load load = load_;
  load.phase = Phase::ask;
  load.status_url.clear();
  load.at.reset();
  ++load.restarts;
  drop_buffer();
  after(first_pause_ms);
  return keep(std::move(load));
}

Result<Taken> Bulk::leave(std::string why) {
  Load load = load_;
  load.phase = Phase::left;
  load.why = std::move(why);
  drop_buffer();
  auto kept = keep(std::move(load));
  if (kept) tidy();
  return kept;
}

void Bulk::tidy() {
  if (load_.status_url.empty()) return;
  fhir::partner::Call call;
  call.method = "DELETE";
  call.url = load_.status_url;
  (void)pulling_.upstream.send(std::move(call), {202, 204});  // its files end by themselves too
}

// --- what is remembered ----------------------------------------------------------------------------------------------

std::string Bulk::text_of(const Load& load) {
  fhir::json::Document doc;
  doc.root() = doc.object();
  const auto text = [&](const char* name, std::string_view value) { doc.set(doc.root(), name, doc.string(value)); };
  const auto count = [&](const char* name, std::uint64_t value) {
    doc.set(doc.root(), name, doc.number(static_cast<std::int64_t>(value)));
  };
  text("phase", phases[static_cast<std::size_t>(load.phase)]);
  text("asks", load.asks);
  text("status_url", load.status_url);
  text("why", load.why);
  text("began", core::text(load.began));
  if (load.at) text("at", core::text(*load.at));
  count("file", load.file);
  count("offset", load.offset);
  count("restarts", load.restarts);
  count("errors", load.errors);
  return fhir::json::write(doc.root());
}

Bulk::Load Bulk::load_from(std::string_view text) {
  Load load;
  const auto parsed = fhir::json::parse(text);
  if (!parsed) return load;
  const Value& root = parsed->root();
  const auto count = [&](const char* name) {
    return static_cast<std::uint64_t>(std::max(0LL, std::atoll(std::string(root[name].text()).c_str())));
  };
  const auto phase = std::find(phases.begin(), phases.end(), root.text("phase"));
  if (phase == phases.end()) return load;
  load.phase = static_cast<Phase>(phase - phases.begin());
  load.asks = root.text("asks");
  load.status_url = root.text("status_url");
  load.why = root.text("why");
  if (const auto began = core::moment_from(root.text("began"))) load.began = began->low;
  if (const auto at = core::moment_from(root.text("at"))) load.at = at->low;
  load.file = count("file");
  load.offset = count("offset");
  load.restarts = count("restarts");
  load.errors = count("errors");
  return load;
}

}  // namespace adapters::ehr
