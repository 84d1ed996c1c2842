#include "adapters/server/import_command.hpp"

#include <unistd.h>

#include <chrono>
#include <iomanip>
#include <iostream>

#include "adapters/server/commands.hpp"
#include "adapters/server/importer.hpp"
#include "adapters/server/system.hpp"

namespace adapters::server {
namespace {

constexpr Flag flags[] = {{"--data"}};
constexpr unsigned threads = 2;

class Bar {  // one line on a terminal, rewritten; nothing elsewhere
 public:
  explicit Bar(std::size_t files) : files_(files), on_(isatty(STDERR_FILENO) == 1) {}
  ~Bar() {
    if (on_) std::cerr << "\r\033[K";
  }
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;
  void show(std::size_t files, std::size_t resources) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    std::cerr << "\r\033[K" << files << " of " << files_ << " files, " << resources << " resources" << std::flush;
  }

 private:
  std::size_t files_;
  bool on_;
  std::chrono::steady_clock::time_point shown_{};
};

struct Total {
  std::size_t resources = 0, created = 0, known = 0, failed = 0, waiting = 0;
};

Total report(const std::vector<ImportFile>& files, const std::vector<ImportCount>& counts) {
  Total total;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const ImportCount& count = counts[i];
    total.resources += count.resources;
    total.created += count.created;
    total.known += count.known;
    total.failed += count.failed;
    total.waiting += count.waiting ? 1 : 0;
    std::cout << files[i].path << ": " << count.created << " created, " << count.known << " known";
    if (count.failed > 0) std::cout << ", " << count.failed << (count.waiting ? " waiting" : " refused");
    std::cout << '\n';
    for (const std::string& error : count.errors) std::cerr << files[i].path << ": " << error << '\n';
  }
  return total;
}

}  // namespace

int import_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 1);
  if (!call) return refuse_call("import", call.error().message);
  const auto data = call->value("--data");
  if (!data || data->empty()) return refuse_call("import", "--data DIR is needed");
  auto files = import_files(call->rest());
  if (!files) return refuse_call("import", files.error().message);
  if (files->empty())
    return refuse_call("import", "there is no .json or .ndjson file (or .gz of one) in what was named");

  Log log(Level::warning);
  Setup setup;
  setup.data = *data;
  auto system = System::open(std::move(setup), log);
  if (!system) {
    std::cerr << "panelbridge import: " << system.error().message << '\n';
    return wrong_call;
  }
  const auto begin = std::chrono::steady_clock::now();
  std::vector<ImportCount> counts;
  {
    Bar bar(files->size());
    counts = Importer((*system)->api(), threads).run(*files, [&](std::size_t done, std::size_t resources) {
      bar.show(done, resources);
    });
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const Total total = report(*files, counts);
  std::cout << files->size() << " files, " << total.resources << " resources: " << total.created << " created, "
            << total.known << " known, " << total.failed << " refused; " << std::fixed << std::setprecision(1)
            << seconds << " s\n";
  if (total.waiting > 0) std::cerr << total.waiting << " files still wait for what their conditional references name\n";
  return total.failed > 0 ? wrong_data : done;
}

}  // namespace adapters::server
