// Reads the checkout itself: every #include against the table of arrows, and the house's other rules that a machine can
// see.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/house/arrows.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path source = PANELBRIDGE_SOURCE;

struct File {
  std::string name;  // from the root of the checkout
  std::vector<std::string> lines;
  bool is_code() const { return name.ends_with(".cpp") || name.ends_with(".hpp"); }
  bool in(std::string_view folder) const { return name.starts_with(std::string(folder) + "/"); }
};

std::vector<File> files_below(const std::vector<std::string>& folders) {
  std::vector<File> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(source / folder)) {
      if (!entry.is_regular_file()) continue;
      File file{fs::relative(entry.path(), source).string(), {}};
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  return files;
}

const std::vector<File>& code() {
  static const std::vector<File> files = [] {
    std::vector<File> found = files_below({"core", "fhir", "adapters"});
    std::erase_if(found, [](const File& file) { return !file.is_code(); });
    return found;
  }();
  return files;
}

struct Include {
  std::string target;
  bool system = false;
};

std::optional<Include> include_of(const std::string& line) {
  const std::size_t hash = line.find_first_not_of(" \t");
  if (hash == line.npos || line.compare(hash, 8, "#include") != 0) return std::nullopt;
  const std::size_t open = line.find_first_of("<\"", hash + 8);
  if (open == line.npos) return Include{line, false};  // an include through a macro: no room's
  const std::size_t close = line.find_first_of(">\"", open + 1);
  return Include{line.substr(open + 1, close - open - 1), line[open] == '<'};
}

bool below(std::string_view name, std::string_view folder) {
  return name == folder || (name.starts_with(folder) && name.size() > folder.size() && name[folder.size()] == '/');
}

const house::Room* room_of(std::string_view name) {
  const house::Room* best = nullptr;
  for (const house::Room& room : house::rooms()) {
    if (below(name, room.folder) && (best == nullptr || room.folder.size() > best->folder.size())) best = &room;
  }
  return best;
}

bool is_standard(std::string_view header) {  // <vector>, <cstdint>: no folder, no extension
  return header.find_first_of("/.") == header.npos;
}

bool lists(const std::vector<std::string_view>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Empty: allowed. Otherwise what is wrong.
std::string verdict(const house::Room& room, const Include& include) {
  const std::string_view target = include.target;
  if (!include.system) {
    if (below(target, room.folder)) return {};
    for (std::string_view allowed : room.rooms) {
      if (below(target, allowed)) return {};
    }
    return "no arrow leads there";
  }
  if (is_standard(target)) {
    if (room.machine) return {};
    if (lists(house::machine_headers(), target)) return "this room knows no machine";
    if (room.folder.starts_with("core") && lists(house::file_headers(), target))
      return "the core knows no files, clocks or locks";
    return {};
  }
  for (std::string_view allowed : room.foreign) {
    if (target.starts_with(allowed)) return {};
  }
  for (const house::Room& other : house::rooms()) {
    for (std::string_view theirs : other.foreign) {
      if (target.starts_with(theirs)) return "the door to this library is in " + std::string(other.folder);
    }
  }
  return room.machine ? "" : "not the standard library";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(house_rules)

BOOST_AUTO_TEST_CASE(every_include_follows_an_arrow) {
  std::size_t seen = 0;
  for (const File& file : code()) {
    const house::Room* room = room_of(file.name);
    BOOST_TEST_REQUIRE(room != nullptr, file.name << " is in no room of the table");
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      const auto include = include_of(file.lines[line]);
      if (!include) continue;
      ++seen;
      const std::string wrong = verdict(*room, *include);
      BOOST_TEST(wrong.empty(), file.name << ":" << line + 1 << ": " << include->target << ": " << wrong);
    }
  }
  BOOST_TEST(seen > 100);  // it did look
}

BOOST_AUTO_TEST_CASE(the_table_refuses_what_it_should) {
  struct Case {
    std::string_view from;
    Include include;
    bool allowed;
  };
  const Case cases[] = {
      {"core/store/a.cpp", {"core/base/error.hpp", false}, true},
      {"core/base/a.cpp", {"core/store/store.hpp", false}, false},
      {"core/gap/a.cpp", {"fhir/json/json.hpp", false}, false},
      {"core/gap/a.cpp", {"thread", true}, false},
      {"core/gap/a.cpp", {"fstream", true}, false},
      {"fhir/json/a.cpp", {"rapidjson/reader.h", true}, true},
      {"fhir/path/a.cpp", {"rapidjson/reader.h", true}, false},
      {"fhir/path/a.cpp", {"fhir/search/search.hpp", false}, false},
      {"fhir/rest/a.cpp", {"fhir/care/facts.hpp", false}, false},
      {"fhir/care/a.cpp", {"fhir/rest/meta.hpp", false}, true},
      {"fhir/rest/a.cpp", {"adapters/http/edge.hpp", false}, false},
      {"fhir/rest/a.cpp", {"boost/asio.hpp", true}, false},
      {"adapters/http/a.cpp", {"boost/asio.hpp", true}, true},
      {"adapters/http/a.cpp", {"sqlite3.h", true}, false},
      {"adapters/sqlite/a.cpp", {"adapters/sql/dialect.hpp", false}, true},
      {"adapters/sqlite/a.cpp", {"adapters/http/edge.hpp", false}, false},
      {"adapters/server/a.cpp", {"zlib.h", true}, false},
      {"adapters/server/a.cpp", {"unistd.h", true}, true},
  };
  for (const Case& c : cases) {
    const house::Room* room = room_of(c.from);
    BOOST_TEST_REQUIRE(room != nullptr);
    BOOST_TEST(verdict(*room, c.include).empty() == c.allowed, c.from << " including " << c.include.target);
  }
}

BOOST_AUTO_TEST_CASE(no_two_files_include_each_other) {
  std::map<std::string, std::vector<std::string>> includes;
  for (const File& file : code()) {
    for (const std::string& line : file.lines) {
      if (const auto include = include_of(line); include && !include->system)
        includes[file.name].push_back(include->target);
    }
  }
  std::map<std::string, int> state;  // 1: on the way, 2: done
  std::vector<std::string> way;
  const auto visit = [&](const auto& self, const std::string& name) -> void {
    if (state[name] == 2) return;
    BOOST_TEST(state[name] != 1, name << " includes itself by way of " << (way.empty() ? name : way.back()));
    if (state[name] == 1) return;
    state[name] = 1;
    way.push_back(name);
    for (const std::string& next : includes[name]) self(self, next);
    way.pop_back();
    state[name] = 2;
  };
  for (const File& file : code()) visit(visit, file.name);
}

BOOST_AUTO_TEST_CASE(every_header_says_what_it_owns) {
  for (const File& file : code()) {
    if (!file.name.ends_with(".hpp")) continue;
    BOOST_TEST((!file.lines.empty() && file.lines.front().starts_with("// ")),
               file.name << " does not open with a comment");
    const bool once = std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end();
    BOOST_TEST(once, file.name << " has no #pragma once");
  }
}

BOOST_AUTO_TEST_CASE(every_room_has_a_readme) {
  for (const char* room : {"core", "fhir", "adapters", "profiles", "tests", "samples"}) {
    BOOST_TEST(fs::exists(source / room / "README.md"), room << " has no README.md");
  }
}

BOOST_AUTO_TEST_CASE(every_folder_of_a_room_is_in_its_readme) {
  for (const char* room : {"core", "fhir", "adapters"}) {
    std::ifstream stream(source / room / "README.md");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (const auto& entry : fs::directory_iterator(source / room)) {
      if (!entry.is_directory()) continue;
      const std::string name = entry.path().filename().string();
      BOOST_TEST((text.find("`" + name + "`") != text.npos || text.find("`" + name + "/`") != text.npos),
                 room << "/README.md does not name " << name);
    }
  }
}

BOOST_AUTO_TEST_CASE(namespaces_are_folders) {
  for (const File& file : code()) {
    const std::size_t slash = file.name.rfind('/');
    std::string space = file.name.substr(0, slash);
    for (std::size_t at; (at = space.find('/')) != space.npos;) space.replace(at, 1, "::");
    if (space == "core::base") space = "core";
    if (file.name.ends_with("/main.cpp") || file.name.ends_with("/room.cpp")) continue;
    const bool found = std::any_of(file.lines.begin(), file.lines.end(), [&](const std::string& line) {
      return line.starts_with("namespace " + space + " {") || line.starts_with("namespace " + space + "::");
    });
    BOOST_TEST(found, file.name << " does not open namespace " << space);
  }
}

BOOST_AUTO_TEST_CASE(nothing_names_a_place_that_only_one_machine_has) {
  const std::vector<std::string> places = {std::string("/wo") + "rk/", std::string("/ho") + "me/",
                                           std::string("/ro") + "ot/"};
  std::vector<File> files = files_below({"core", "fhir", "adapters", "profiles", "tests", "samples"});
  for (const auto& entry : fs::directory_iterator(source)) {
    if (!entry.is_regular_file()) continue;
    File file{entry.path().filename().string(), {}};
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  for (const File& file : files) {
    if (file.name.ends_with(".gz") || file.name.ends_with(".pyc")) continue;
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      for (const std::string& place : places) {
        const std::size_t at = file.lines[line].find(place);
        const bool starts =
            at != std::string::npos &&
            (at == 0 || std::string_view(" \"'=(`<").find(file.lines[line][at - 1]) != std::string_view::npos);
        BOOST_TEST(!starts, file.name << ":" << line + 1 << " names " << place);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(files_are_short_enough_to_read) {
  for (const File& file : code()) {
    if (file.name.find("table") != std::string::npos) continue;  // facts in rows
    if (file.lines.size() > 350)
      BOOST_TEST_MESSAGE(file.name << " has " << file.lines.size()
                                   << " lines: split it where its specification has a heading");
    BOOST_TEST(file.lines.size() <= 500, file.name << " has " << file.lines.size() << " lines");
  }
}

BOOST_AUTO_TEST_CASE(no_macros_and_no_tabs) {
  for (const File& file : code()) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      const std::string& text = file.lines[line];
      BOOST_TEST(!text.starts_with("#define"), file.name << ":" << line + 1 << " defines a macro");
      BOOST_TEST(text.find('\t') == text.npos, file.name << ":" << line + 1 << " has a tab");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
