#include <charconv>
#include <set>

#include "fhir/light/csv.hpp"
#include "fhir/light/worklist.hpp"
#include "fhir/rest/dispatch.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::light {

using core::Result;

namespace {

constexpr std::size_t most_comment = 4'000;

class Taker {
 public:
  Taker(rest::Exchange& exchange, core::store::Snapshot& view, const Table& table)
      : exchange_(exchange), view_(view), table_(table) {
    bundle_ = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
  }

  Result<core::Done> look() {
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      const bool wanted = !table_.cell(row, "new_status").empty() || !table_.cell(row, "comment").empty();
      if (!wanted) continue;
      if (auto done = take(row); !done) return done;
    }
    return core::Done{};
  }

  bool refused() const { return !issues_.empty(); }
  bool stale() const { return stale_; }
  std::size_t changes() const { return changes_; }
  const validate::Issues& issues() const { return issues_; }
  std::string bundle() const { return bundle_ + "]}"; }

 private:
  void refuse(std::size_t row, std::string_view code, const std::string& text) {
    issues_.push_back({validate::Severity::error,
                       std::string(code),
                       {},
                       "Line " + std::to_string(table_.lines[row]) + ": " + text,
                       {}});
  }

  Result<core::Done> take(std::size_t row) {
    const std::string id(table_.cell(row, "task_id"));
    const std::string_view given = table_.cell(row, "version");
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), version);
    if (!rest::is_id(id) || error != std::errc() || end != given.data() + given.size())
      return refuse(row, "value", "task_id and version are needed as they were given out."), core::Done{};
    if (!seen_.insert(id).second)
      return refuse(row, "duplicate", "the Task " + id + " is in the file twice."), core::Done{};
    auto record = view_.read({"Task", id});
    if (!record) return record.error();
    if (!*record || (*record)->deleted())
      return refuse(row, "not-found", "the Task " + id + " is not there."), core::Done{};
    if ((*record)->version != version) {
      stale_ = true;
      refuse(row, "conflict",
             "the Task " + id + " was changed since (version " + std::to_string((*record)->version) + ", the row has " +
                 std::to_string(version) + "): fetch the list again.");
      return core::Done{};
    }
    return change(row, **record);
  }

  Result<core::Done> change(std::size_t row, const core::store::Record& record) {
    auto before = json::parse(record.body), after = json::parse(record.body);
    if (!before || !after) return core::fault("A stored resource cannot be read.");
    json::Value& task = after->root();
    if (const std::string_view status = table_.cell(row, "new_status"); !status.empty()) {
      const auto* codes = exchange_.engine.definitions().codes("http://hl7.org/fhir/ValueSet/task-status");
      if (codes != nullptr && !codes->contains(status))
        return refuse(row, "code-invalid", "'" + std::string(status.substr(0, 40)) + "' is no status of a Task."),
               core::Done{};
      after->set(task, "status", after->string(status));
    }
    if (const std::string_view comment = table_.cell(row, "comment"); !comment.empty()) {
      if (comment.size() > most_comment) return refuse(row, "too-long", "the comment is too long."), core::Done{};
      if (after->find(task, "note") == nullptr) after->set(task, "note", after->array());
      json::Value& note = after->push(*after->find(task, "note"), after->object());
      after->set(note, "time", after->string(core::text(exchange_.engine.now())));
      after->set(note, "text", after->string(comment));
    }
    if (const auto& rule = exchange_.engine.services.rule) {
      validate::Issues found;
      rule(&before->root(), task, exchange_.caller(), found);
      for (const validate::Issue& issue : found) refuse(row, issue.code, issue.text);
      if (!found.empty()) return core::Done{};
    }
    if (changes_++ > 0) bundle_ += ',';
    bundle_ += R"({"resource":)" + json::write(task) + R"(,"request":{"method":"PUT","url":"Task/)" + record.key.id +
               R"(","ifMatch":"W/\")" + std::to_string(record.version) + R"(\""}})";
    return core::Done{};
  }

  rest::Exchange& exchange_;
  core::store::Snapshot& view_;
  const Table& table_;
  validate::Issues issues_;
  std::set<std::string> seen_;
  std::string bundle_;
  std::size_t changes_ = 0;
  bool stale_ = false;
};

rest::Answer words(const std::string& text) {
  rest::Response response;
  response.body =
      std::make_shared<const std::string>(rest::outcome_text(validate::Severity::information, "informational", text));
  return response;
}

}  // namespace

rest::Answer worklist_in(rest::Exchange& exchange) {
  const std::string_view type = exchange.header("Content-Type");
  if (!rest::same_word(rest::trimmed(type.substr(0, type.find(';'))), "text/csv"))
    return rest::refusal(415, "not-supported", "The work list is taken back as text/csv.");
  const std::string_view dry = exchange.parameter("dryRun");
  if (!dry.empty() && dry != "true" && dry != "false") return core::invalid("dryRun is true or false.", "dryRun");
  auto table = read_table(exchange.request.body);
  if (!table) return table.error();
  for (const std::string_view name : {"task_id", "version"})
    if (table->column(name) == Table::npos)
      return core::invalid("The file has no column '" + std::string(name) + "'.", "line 1");
  std::string bundle;
  std::size_t changes = 0;
  {
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    Taker taker(exchange, **view, *table);
    if (auto done = taker.look(); !done) return done.error();
    if (taker.refused()) {
      exchange.issues = taker.issues();
      const std::string text = "Nothing of the file was taken.";
      return taker.stale() ? core::Error{core::Kind::conflict, text, {}} : core::unprocessable(text);
    }
    bundle = taker.bundle();
    changes = taker.changes();
  }
  const std::string counted = std::to_string(changes) + " of " + std::to_string(table->rows.size()) + " rows ";
  if (dry == "true") return words(counted + "would be taken; nothing was changed.");
  if (changes == 0) return words("No row asks for a change.");
  rest::Request inner;
  inner.method = "POST";
  inner.headers = {{"Content-Type", "application/fhir+json"}};
  inner.body = std::move(bundle);
  inner.caller = exchange.caller();
  inner.request_id = exchange.request.request_id;
  rest::Response done = rest::dispatch(exchange.engine, inner);
  if (done.status >= 300) return done;
  return words(counted + "were taken.");
}

}  // namespace fhir::light
