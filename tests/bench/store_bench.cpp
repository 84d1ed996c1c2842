// Writing and reading of the SQLite store beside the bare floor: the same bytes and index entries put into plain SQLite
// tables in the same run. Prints one line a measure: what, rate, floor, ratio. Usage: store_bench [seconds per measure]
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "adapters/sqlite/sqlite_store.hpp"

namespace {

using namespace core;
using namespace core::store;
using Time = std::chrono::steady_clock;

double since(Time::time_point start) { return std::chrono::duration<double>(Time::now() - start).count(); }

// Processor time of the whole process: what a measure costs when the machine is busy with other things too.
double cpu() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Rate {
  double per_second = 0, cpu_us = 0;
};

struct MachineClock final : Clock {
  Instant now() const override {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }
  Day today() const override { return day_of(now()); }
};

Row row(const char* param, RowKind kind, std::string system, std::string value) {
  Row result;
  result.param = param, result.kind = kind, result.system = std::move(system), result.value = std::move(value);
  return result;
}

// An observation as a laboratory sends it: twelve index rows, 1.2 kB.
Op observation(std::int64_t n) {
  Op op;
  char id[40];
  std::snprintf(id, sizeof id, "%012llx-%04d", static_cast<unsigned long long>(n), 7);
  op.key = {"Observation", id};
  op.body = "{" + std::string(1'200, 'x') + "}";
  op.stamp_at = 1;
  op.digest = std::string(80, 'd');
  const std::string patient = std::to_string(n / 300), code = std::to_string(4'000 + n % 97) + "-1";
  op.rows = {
      row("identifier", RowKind::token, "http://lab.example/result", std::to_string(n)),
      row("status", RowKind::token, "http://hl7.org/fhir/observation-status", "final"),
      row("category", RowKind::token, "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
      row("code", RowKind::token, "http://loinc.org", code),
      row("combo-code", RowKind::token, "http://loinc.org", code),
      row("subject", RowKind::reference, "Patient", patient),
      row("patient", RowKind::reference, "Patient", patient),
      row("encounter", RowKind::reference, "Encounter", std::to_string(n / 20)),
      row("performer", RowKind::reference, "Organization", std::to_string(n % 13)),
      row("date", RowKind::date, "", ""),
      row("value-quantity", RowKind::quantity, "http://unitsofmeasure.org", "mmol/mol"),
      row("code-value-quantity", RowKind::composite, "", "")};
  op.rows[3].text = "hemoglobin a1c/hemoglobin.total in blood";
  op.rows[9].from = 1'500'000'000'000 + n * 60'000 % 300'000'000'000, op.rows[9].to = op.rows[9].from + 1'000;
  op.rows[10].low = op.rows[10].high = static_cast<double>(n % 120), op.rows[10].canonical = op.rows[10].low / 1'000;
  op.rows[10].note = "1";
  op.rows[11].parts = {op.rows[3], op.rows[10]};
  return op;
}

// The floor: the same body and as many index entries in two plain tables.
class Floor {
 public:
  explicit Floor(const std::string& file) {
    sqlite3_open(file.c_str(), &db_);
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
        "CREATE TABLE res (n INTEGER PRIMARY KEY, id TEXT, body BLOB);"
        "CREATE TABLE idx (param INTEGER, value TEXT, n INTEGER, PRIMARY KEY (param, value, n)) WITHOUT ROWID;");
    sqlite3_prepare_v2(db_, "INSERT INTO res VALUES (?, ?, ?)", -1, &res_, nullptr);
    sqlite3_prepare_v2(db_, "INSERT OR IGNORE INTO idx VALUES (?, ?, ?)", -1, &idx_, nullptr);
  }
  ~Floor() {
    sqlite3_finalize(res_);
    sqlite3_finalize(idx_);
    sqlite3_close(db_);
  }

  Rate rate(double seconds, int per_transaction) {
    const auto start = Time::now();
    const double busy = cpu();
    const std::int64_t before = n_;
    while (since(start) < seconds) {
      run("BEGIN IMMEDIATE");
      for (int i = 0; i < per_transaction; ++i) put(observation(n_++));
      run("COMMIT");
    }
    const auto done = static_cast<double>(n_ - before);
    return {done / since(start), (cpu() - busy) * 1e6 / done};
  }

 private:
  void run(const char* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }
  void put(const Op& op) {
    sqlite3_bind_int64(res_, 1, n_);
    sqlite3_bind_text(res_, 2, op.key.id.data(), static_cast<int>(op.key.id.size()), SQLITE_STATIC);
    sqlite3_bind_blob(res_, 3, op.body.data(), static_cast<int>(op.body.size()), SQLITE_STATIC);
    sqlite3_step(res_);
    sqlite3_reset(res_);
    for (std::size_t i = 0; i < op.rows.size(); ++i) {
      const std::string value = op.rows[i].system + op.rows[i].value +
                                std::to_string(op.rows[i].from + static_cast<std::int64_t>(op.rows[i].low));
      sqlite3_bind_int64(idx_, 1, static_cast<std::int64_t>(i));
      sqlite3_bind_text(idx_, 2, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
      sqlite3_bind_int64(idx_, 3, n_);
      sqlite3_step(idx_);
      sqlite3_reset(idx_);
    }
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt *res_ = nullptr, *idx_ = nullptr;
  std::int64_t n_ = 0;
};

std::atomic<std::int64_t> next{0};

Rate write_rate(Store& store, double seconds, int threads, int per_batch) {
  const double busy = cpu();
  std::atomic<std::int64_t> written{0};
  const auto start = Time::now();
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      while (since(start) < seconds) {
        Batch batch;
        const std::int64_t first = next.fetch_add(per_batch);
        for (int i = 0; i < per_batch; ++i) batch.ops.push_back(observation(first + i));
        if (!store.commit(std::move(batch))) std::abort();
        written += per_batch;
      }
    });
  for (auto& worker : workers) worker.join();
  const auto done = static_cast<double>(written);
  return {done / since(start), (cpu() - busy) * 1e6 / done};
}

// Processor time of one call.
double each_us(double seconds, const std::function<void()>& work) {
  const auto start = Time::now();
  const double busy = cpu();
  std::int64_t count = 0;
  for (; since(start) < seconds; ++count) work();
  return (cpu() - busy) * 1e6 / static_cast<double>(count);
}

Criterion token(const char* param, std::string system, std::string value) {
  Criterion criterion;
  criterion.param = param;
  Term term;
  term.any_system = system.empty(), term.system = std::move(system), term.value = std::move(value);
  criterion.any = {term};
  return criterion;
}

Criterion reference(const char* param, std::string type, std::string id) {
  Criterion criterion = token(param, std::move(type), std::move(id));
  criterion.kind = RowKind::reference;
  return criterion;
}

std::size_t resident_mb() {
  long pages = 0, resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<std::size_t>(resident) * 4096 / 1'000'000;
}

void reads(Store& store, double seconds) {
  std::mt19937_64 random(1);
  const std::int64_t all = next;
  const auto any = [&] { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(all)); };
  std::string plan;
  const auto search = [&](Query query, std::size_t limit = 1'000'000) {
    query.types = {"Observation"};
    query.limit = limit;
    auto snapshot = std::move(*store.snapshot());
    auto found = snapshot->find(query);
    if (!found) std::abort();
    plan = found->plan;
    return snapshot->load(found->matches)->size();
  };
  Op one = observation(any());
  std::printf("read by key, own snapshot      %8.1f us\n",
              each_us(seconds, [&] {
                if (!(*(*store.snapshot())->read(one.key)).has_value()) std::abort();
                one.key = observation(any()).key;
              }) - each_us(seconds / 4, [&] { one.key = observation(any()).key; }));
  std::printf("identifier                     %8.1f us\n", each_us(seconds, [&] {
                Query query;
                query.all = {token("identifier", "http://lab.example/result", std::to_string(any()))};
                if (search(query) != 1) std::abort();
              }));
  std::printf("identifier without system      %8.1f us\n", each_us(seconds, [&] {
                Query query;
                query.all = {token("identifier", "", std::to_string(any()))};
                if (search(query) != 1) std::abort();
              }));
  std::printf("patient and code               %8.1f us\n", each_us(seconds, [&] {
                Query query;
                const Op like = observation(any());
                query.all = {reference("patient", "Patient", like.rows[6].value),
                             token("code", "http://loinc.org", like.rows[3].value)};
                if (search(query) < 1) std::abort();
              }));
  std::printf("  plan: %s\n", plan.c_str());
  std::printf("latest of patient and code     %8.1f us\n", each_us(seconds, [&] {
                Query query;
                const Op like = observation(any());
                query.all = {reference("patient", "", like.rows[6].value), token("code", "", like.rows[3].value)};
                query.sort = {{"date", RowKind::date, true}};
                if (search(query, 1) != 1) std::abort();
              }));
  std::printf("  plan: %s\n", plan.c_str());
  std::printf("first 20 by code               %8.1f us\n", each_us(seconds, [&] {
                Query query;
                query.all = {token("code", "http://loinc.org", observation(any()).rows[3].value)};
                if (search(query, 20) != 20) std::abort();
              }));
  std::printf("first 20 of everything         %8.1f us\n", each_us(seconds, [&] {
                if (search({}, 20) != 20) std::abort();
              }));
  std::printf("date range and code, 20        %8.1f us\n", each_us(seconds, [&] {
                Query query;
                Criterion date;
                date.param = "date", date.kind = RowKind::date;
                Term from;
                from.compare = Compare::greater_or_equal, from.from = 1'500'000'000'000 + any() % 1'000'000,
                from.to = from.from + 1;
                date.any = {from};
                query.all = {date, token("code", "http://loinc.org", "4010-1")};
                search(query, 20);
              }));
  std::printf("  plan: %s\n", plan.c_str());
  std::printf("all by code, matches only      %8.1f us\n", each_us(seconds, [&] {
                Query query;
                query.types = {"Observation"};
                query.all = {token("code", "http://loinc.org", "4010-1")};
                if ((*store.snapshot())->find(query)->matches.empty()) std::abort();
              }));
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const std::string only = argc > 2 ? argv[2] : "";
  const auto folder = std::filesystem::temp_directory_path() / ("panelbridge-bench-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto line = [](const char* what, Rate rate, Rate floor) {
    std::printf("%-26s %8.0f /s %6.0f us cpu   floor %8.0f /s %6.0f us cpu   ratio %.2f\n", what, rate.per_second,
                rate.cpu_us, floor.per_second, floor.cpu_us, rate.per_second / floor.per_second);
    std::fflush(stdout);
  };
  {
    MachineClock clock;
    Floor floor((folder / "floor.db").string());
    auto opened = adapters::sqlite::open_sqlite_store((folder / "store").string(), clock, nullptr);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 2;
    Store& store = **opened;
    if (only == "single") {
      for (int i = 0; i < 3'000; ++i) {
        Batch batch;
        batch.ops.push_back(observation(next++));
        (void)store.commit(std::move(batch));
      }
      return 0;
    }
    if (only == "import" || only == "reads") {
      for (int i = 0; i < 80; ++i) {
        Batch batch;
        const std::int64_t first = next.fetch_add(300);
        for (int j = 0; j < 300; ++j) batch.ops.push_back(observation(first + j));
        (void)store.commit(std::move(batch));
      }
      if (only == "reads") reads(store, seconds);
      return 0;
    }
    const Rate one = floor.rate(seconds, 1);
    line("create, 1 thread", write_rate(store, seconds, 1, 1), one);
    line("create, 8 threads", write_rate(store, seconds, 8, 1), one);
    line("create, 64 threads", write_rate(store, seconds, 64, 1), one);
    const Rate hundreds = floor.rate(seconds, 300);
    line("batches of 300, 1 thread", write_rate(store, seconds, 1, 300), hundreds);
    line("batches of 300, 4 threads", write_rate(store, seconds, 4, 300), hundreds);
    std::printf("%lld resources, resident %zu MB\n", static_cast<long long>(next), resident_mb());
    reads(store, seconds / 2);
    std::printf("resident %zu MB\n", resident_mb());
  }
  std::filesystem::remove_all(folder);
  return 0;
}
