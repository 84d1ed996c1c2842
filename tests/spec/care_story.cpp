#include "tests/spec/care_story.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "tests/spec/care_resources.hpp"
#include "tests/spec/care_words.hpp"

namespace spec::care {
namespace {

const std::regex dated(R"((\d{4}-\d{2}-\d{2}) (.+))");

// A remark in round brackets at the end of a line is for the reader.
std::string without_remark(const std::string& line) {
  if (line.empty() || line.back() != ')') return line;
  const std::size_t open = line.rfind(" (");
  return open == std::string::npos ? line : trimmed(line.substr(0, open));
}

}  // namespace

std::vector<Case> cases_in(const std::string& file, std::string_view text) {
  std::vector<Case> cases;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string raw; std::getline(in, raw);) {
    ++number;
    const std::string line = trimmed(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("case: ")) cases.push_back({file, trimmed(line.substr(6)), number, {}});
    else if (cases.empty()) throw Failure(file + ":" + std::to_string(number) + ": a file begins with 'case: ...'");
    else cases.back().lines.push_back({number, line});
  }
  return cases;
}

std::optional<std::string> run(const Case& story) {
  Story told;
  int number = story.number;
  std::string text = "case: " + story.title;
  try {
    for (const Line& line : story.lines) {
      number = line.number;
      text = line.text;
      told.line(line.text);
    }
    told.end();
  } catch (const std::exception& failure) {
    return story.file + ":" + std::to_string(number) + ": " + text + "\n    " + failure.what() +
           "\n    in the case: " + story.title;
  }
  return std::nullopt;
}

const std::vector<Story::Row>& Story::table() {
  static const std::vector<Row> rows{
      {"today", &Story::set_today},
      {R"re((doctor .+?) gave a standing order for (\S+))re", &Story::standing_order},
      {R"re((\d+) days? pass(?:es)?)re", &Story::days_pass},
      {R"re((.+?), (woman|man|person), born (\d{4}-\d{2}-\d{2})(?:, (.+))?)re", &Story::new_person},
      {R"re((?:withdraw|delete) that (.+))re", &Story::drop},
      {R"re(that (.+?): (.+))re", &Story::change_state},
      {R"re((doctor .+?) decides on (\S+) of (.+?): (approve|adapt|defer|decline|not appropriate|done elsewhere)(?: until (\d{4}-\d{2}-\d{2}))?(?:, because "(.*)")?)re",
       &Story::decide},
      {R"re(((?:doctor|practice|municipality) .+?) sets the task (\S+) of (.+?) to (\S+))re", &Story::set_task},
      {R"re(the outreach for (\S+) of (.+?): (started|done))re", &Story::set_outreach},
      {R"re((.+?) (is not reached|is reached) by (\S+))re", &Story::contact},
      {R"re((.+?) (dies|did not die after all|is no longer active|must not be contacted|may be contacted|loses the BSN|gets BSN \d+|moves to practice .+|goes to doctor .+))re",
       &Story::person_event},
      {R"re(([^:]+?) (turns out to be|is not) ([^:]+?)(?: after all)?)re", &Story::same_person},
      {R"re((doctor .+?) overrules the tier of (.+?): (\S+)(?: until (\d{4}-\d{2}-\d{2}))?, because "(.*)")re",
       &Story::overrule},
      {R"re((doctor .+?) (puts|takes) (.+?) (?:in|out of) panel (\S+) of (.+?)(?: until (\d{4}-\d{2}-\d{2}))?, because "(.*)")re",
       &Story::member_by_hand},
      {R"re(expect gap (\S+) of (.+?)(?: on (\d{4}-\d{2}-\d{2}))?: (.+))re", &Story::expect_gap},
      {R"re(expect task (\S+) of (.+?): (.+))re", &Story::expect_task},
      {R"re(expect no task (\S+) of (.+))re", &Story::expect_no_task},
      {R"re(expect (\d+) tasks? (\S+) of (.+))re", &Story::expect_tasks},
      {R"re(expect outreach for (\S+) of (.+?): (.+))re", &Story::expect_outreach},
      {R"re(expect no outreach for (\S+) of (.+))re", &Story::expect_no_outreach},
      {R"re(expect (\d+) outreach of (.+))re", &Story::expect_calls},
      {R"re(expect plan of (.+?): (.+))re", &Story::expect_plan},
      {R"re(expect panel (\S+) of (.+?): (.+))re", &Story::expect_panel},
      {R"re(expect (.+?) (in|not in) panel (\S+) of (.+?)(?:, (.+))?)re", &Story::expect_member},
      {R"re(expect tier of (.+?): (\S+)(?: by (doctor .+?))?(?: until (\d{4}-\d{2}-\d{2}))?)re", &Story::expect_tier},
      {R"re(expect explanation of (\S+) of (.+?)(?: on (\d{4}-\d{2}-\d{2}))?: (.+))re", &Story::expect_explanation},
      {R"re(expect refused: "(.+)")re", &Story::expect_refused},
      {R"re(expect work list of (.+?)(?: in (\d+) minutes)?: (.+?)(?:; (\d+) left out)?)re", &Story::expect_work_list},
  };
  return rows;
}

void Story::line(std::string text) {
  text = without_remark(text);
  if (!refused_.empty() && !text.starts_with("expect refused"))
    throw Failure("the step before was refused: " + refused_);
  std::smatch date;
  if (text.starts_with("today ")) return set_today({text.substr(6)});
  static const std::regex order(R"re((doctor .+?) gave a standing order for (\S+))re");
  if (std::smatch match; !world_ && std::regex_match(text, match, order)) return standing_order({match[1], match[2]});
  if (!world_) throw Failure("a case begins with the day: today YYYY-MM-DD");
  date_ = core::text(world_->today());
  if (std::regex_match(text, date, dated)) {
    move_to(date[1]);
    date_ = date[1];
    text = std::string(date[2]);
  }
  if (text.starts_with("expect ")) ++expectations_;
  static const std::vector<std::regex> patterns = [] {
    std::vector<std::regex> made;
    for (const Row& row : table()) made.emplace_back(row.pattern);
    return made;
  }();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::smatch match;
    if (!std::regex_match(text, match, patterns[i])) continue;
    Groups groups;
    for (std::size_t g = 1; g < match.size(); ++g) groups.push_back(match[g].str());
    return (this->*table()[i].act)(groups);
  }
  add_fact({text});
}

void Story::end() {
  if (!refused_.empty()) throw Failure("the last step was refused: " + refused_);
  if (expectations_ == 0) throw Failure("a case says what to expect");
  if (const std::string left = world().left_to_do(); !left.empty()) throw Failure("when the case was over " + left);
}

World& Story::world() { return *world_; }

void Story::move_to(const std::string& date) {
  const auto day = core::day_from(date);
  if (!day) throw Failure("'" + date + "' is not a day");
  if (*day > world().today()) world().pass_to(*day);
}

std::string Story::patient(const std::string& name) const {
  const auto found = people_.find(name);
  if (found == people_.end()) throw Failure("nobody here is called '" + name + "'");
  return found->second;
}

std::string Story::actor(const std::string& words) {
  const std::size_t space = words.find(' ');
  const std::string kind = words.substr(0, space);
  if (space == std::string::npos || (kind != "doctor" && kind != "practice" && kind != "municipality"))
    throw Failure("'" + words + "' is not 'doctor ...', 'practice ...' or 'municipality ...'");
  const bool doctor = kind == "doctor";
  const std::string id = id_from(words), type = doctor ? "Practitioner" : "Organization", link = type + "/" + id;
  if (!world().knows(link))
    world().put(link, R"({"resourceType":")" + type + R"(","id":")" + id + R"(","name":)" +
                          (doctor ? R"([{"family":)" + json_string(words.substr(space + 1)) + "}]" : json_string(words)) + "}");
  return link;
}

std::string Story::last(const std::string& kind) const {
  const auto found = last_.find(kind);
  if (found == last_.end()) throw Failure("there is no " + kind + " before this line");
  return found->second;
}

std::string Story::name_of(const std::string& reference) const {
  for (const auto& [name, link] : people_)
    if (link == reference) return name;
  return reference;
}

void Story::edit(const std::string& reference, const std::function<void(fhir::json::Document&)>& change) {
  fhir::json::Document doc = world().get("/" + reference);
  change(doc);
  world().put(reference, fhir::json::write(doc.root()));
}

void Story::may_be_refused(const fhir::rest::Response& response) {
  if (response.status >= 400) refused_ = refusal_of(response);
}

fhir::json::Document Story::tasks(const std::string& item, const std::string& person) {
  return world().get("/Task?patient=" + patient(person) +
                     "&_count=100&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7C" + World::family_of(item));
}

std::optional<fhir::json::Document> Story::task(const std::string& item, const std::string& person) {
  const fhir::json::Document found = tasks(item, person);
  const fhir::json::Value* best = nullptr;
  const auto over = [](const fhir::json::Value& task) {
    return task.text("status") == "completed" || task.text("status") == "cancelled";
  };
  for (const auto& entry : found.root()["entry"].elements()) {
    const fhir::json::Value& each = entry["resource"];
    if (best && !over(*best) && !over(each)) throw Failure("two Tasks stand for the same thing");
    const bool later = !best || each["meta"].text("lastUpdated") > (*best)["meta"].text("lastUpdated");
    if (!best || (over(*best) && (!over(each) || later))) best = &each;
  }
  if (!best) return std::nullopt;
  fhir::json::Document doc;
  doc.root() = doc.copy(*best);
  return doc;
}

fhir::json::Document Story::the_task(const std::string& item, const std::string& person) {
  auto found = task(item, person);
  if (!found) throw Failure("there is no Task " + item + " of " + person);
  return std::move(*found);
}

std::vector<fhir::json::Document> Story::children(const std::string& task) {
  const fhir::json::Document found = world().get("/Task?part-of=Task/" + task);
  std::vector<fhir::json::Document> list;
  for (const auto& entry : found.root()["entry"].elements()) {
    list.emplace_back();
    list.back().root() = list.back().copy(entry["resource"]);
  }
  return list;
}

std::string Story::panel(const std::string& name, const std::string& owner) {
  return "Group/" + fhir::care::panel_id(name, actor(owner));
}

}  // namespace spec::care
