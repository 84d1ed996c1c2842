// The fuzz targets for a short while, with any compiler: what their folders of seeds hold, then as many variations of it as
// were asked for (40 times as many when PANELBRIDGE_LONG is set), the same ones each time. What goes wrong ends the program, after the input was written to a file.
//   fuzz_short TARGET RUNS [FOLDER or FILE]...
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

extern "C" {  // one for each file of tests/fuzz
int fuzz_json(const std::uint8_t* data, std::size_t size);
int fuzz_path(const std::uint8_t* data, std::size_t size);
int fuzz_request(const std::uint8_t* data, std::size_t size);
int fuzz_search(const std::uint8_t* data, std::size_t size);
int fuzz_xml(const std::uint8_t* data, std::size_t size);
}

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest = 4'096;
const std::map<std::string, int (*)(const std::uint8_t*, std::size_t)> targets{
    {"json", fuzz_json}, {"path", fuzz_path}, {"request", fuzz_request}, {"search", fuzz_search}, {"xml", fuzz_xml}};

std::string input, found;  // the input under way, and the file it goes to when it ends the program

void give_up(int signal) {
  std::ofstream(found, std::ios::binary) << input;
  std::cerr << "signal " << signal << "; the input is in " << found << '\n';
  std::_Exit(1);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> seeds_of(int count, char** places) {
  std::vector<fs::path> files;
  for (int i = 0; i < count; ++i) {
    if (fs::is_regular_file(places[i])) files.emplace_back(places[i]);
    if (!fs::is_directory(places[i])) continue;
    for (const auto& entry : fs::recursive_directory_iterator(places[i]))
      if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds{""};
  for (const fs::path& file : files) seeds.push_back(read(file));
  return seeds;
}

class Variation {
 public:
  explicit Variation(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string text = any();
    if (text.size() > longest) text = text.substr(below(text.size() - longest), longest);
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random_() % bound); }
  const std::string& any() { return seeds_[below(seeds_.size())]; }

  void change(std::string& text) {
    static constexpr std::string_view odd[] = {"\"", "\\", "{", "}", "[", "]", "(", ")", "<", ">", "&", "%", "%00", "$", "|", ",", ":", ".", "'",
                                               "\r\n", "\n", " ", "-", "0", "9999999999", "1e400", "\xff", "\xc3", "\xe2\x82\xac", "null", "&#0;", "_"};
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0: text.insert(at, odd[below(std::size(odd))]); break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: if (at < text.size()) text[at] = static_cast<char>(random_() & 255U); break;
      case 3: if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
      case 4: text.insert(at, text.substr(below(text.size() + 1), below(64))); break;
      default: {
        const std::string& other = any();
        text.insert(at, other.substr(below(other.size() + 1), below(128)));
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{20'260'101};
};

}  // namespace

int main(int count, char** words) {
  const auto target = count < 3 ? targets.end() : targets.find(words[1]);
  if (target == targets.end()) {
    std::cerr << "fuzz_short TARGET RUNS [FOLDER or FILE]...\n";
    return 2;
  }
  found = "fuzz-found-" + target->first + '-' + std::to_string(::getpid());
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGALRM}) std::signal(signal, give_up);
  const std::vector<std::string> seeds = seeds_of(count - 3, words + 3);
  const auto run = [&](std::string text) {
    input = std::move(text);
    ::alarm(20);  // an input that takes so long is a find
    target->second(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  };
  for (const std::string& seed : seeds) run(seed);
  Variation variation(seeds);
  const char* more = std::getenv("PANELBRIDGE_LONG");
  const std::size_t runs = std::strtoul(words[2], nullptr, 10) * (more != nullptr && *more != '\0' ? 40 : 1);
  for (std::size_t i = 0; i < runs; ++i) run(variation.next());
  std::cout << target->first << ": " << seeds.size() << " seeds and " << runs << " variations\n";
}
