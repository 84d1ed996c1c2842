#include "adapters/server/fhirpath_command.hpp"

#include <unistd.h>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using adapters::server::fhirpath_command;

namespace {

struct Run {
  int code = 0;
  std::string out, err;
};

Run run(std::vector<std::string> args) {
  std::ostringstream out, err;
  auto* const real_out = std::cout.rdbuf(out.rdbuf());
  auto* const real_err = std::cerr.rdbuf(err.rdbuf());
  Run result;
  result.code = fhirpath_command(args);
  std::cout.rdbuf(real_out);
  std::cerr.rdbuf(real_err);
  result.out = out.str(), result.err = err.str();
  return result;
}

struct File {
  explicit File(std::string_view text) {
    static int count = 0;
    path = (std::filesystem::temp_directory_path() /
            ("fhirpath_command_" + std::to_string(getpid()) + "_" + std::to_string(count++)))
               .string();
    std::ofstream(path) << text;
  }
  ~File() { std::remove(path.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path;
};

const std::string patient =
    R"({"resourceType":"Patient","id":"a","birthDate":"1950-01-02","name":[{"given":["x","y"]}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(fhirpath_command_)

BOOST_AUTO_TEST_CASE(the_result_is_one_json_array) {
  const File file(patient);
  BOOST_TEST(run({"name.given", file.path}).out == "[\"x\",\"y\"]\n");
  BOOST_TEST(run({"1.50 | 3 | true | @2020-01 | 2 'mg' | 3 days | {}", file.path}).out ==
             "[1.50,3,true,\"2020-01\",\"2 'mg'\",\"3 days\"]\n");
  BOOST_TEST(run({"-1", file.path}).out == "[-1]\n");
  BOOST_TEST(run({"name", file.path}).out == "[{\"given\":[\"x\",\"y\"]}]\n");
  BOOST_TEST(run({"nothing", file.path}).out == "[]\n");
  BOOST_TEST(run({"name.given", file.path}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_faulty_expression_is_explained_on_stderr_alone) {
  const File file(patient);
  for (const char* expression : {"name.", "name.foo()", "birthDate + 1", "name.given.single()"}) {
    const Run result = run({expression, file.path});
    BOOST_TEST(result.code == 1);
    BOOST_TEST(result.out.empty());
    BOOST_TEST(result.err.find("at column") != std::string::npos, result.err);
  }
}

BOOST_AUTO_TEST_CASE(wrong_calls_and_unreadable_files_end_with_2) {
  const File file(patient), broken("{");
  BOOST_TEST(run({}).code == 2);
  BOOST_TEST(run({"name"}).code == 2);
  BOOST_TEST(run({"name", file.path, "more"}).code == 2);
  BOOST_TEST(run({"name", "/no/such/file"}).code == 2);
  BOOST_TEST(run({"name", "/"}).code == 2);
  BOOST_TEST(run({"name", broken.path}).code == 1);
  BOOST_TEST(run({"--batch"}).code == 2);
  BOOST_TEST(run({"--batch", "/no/such/file"}).code == 2);
}

BOOST_AUTO_TEST_CASE(traces_go_to_stderr) {
  const File file(patient);
  const Run result = run({"name.given.trace('g').count()", file.path});
  BOOST_TEST(result.out == "[2]\n");
  BOOST_TEST(result.err == "trace g: [\"x\",\"y\"]\n");
}

BOOST_AUTO_TEST_CASE(a_batch_is_answered_line_by_line) {
  const File file(patient);
  const auto line = [&](const std::string& id, const std::string& expression, const std::string& of) {
    return "{\"id\":" + id + ",\"expression\":\"" + expression + "\",\"file\":\"" + of + "\"}\n";
  };
  const File batch(line("\"1\"", "name.given.count()", file.path) + "\n" + line("\"b\"", "name.", file.path) +
                   line("3", "id", "/no/such/file"));
  const Run result = run({"--batch", batch.path});
  BOOST_TEST(result.code == 0);
  BOOST_TEST(result.out ==
             "{\"id\":\"1\",\"result\":[2]}\n{\"id\":\"b\",\"error\":\"the expression ends too early at column 6\"}\n"
             "{\"id\":3,\"error\":\"/no/such/file: cannot be read\"}\n");
  const File bad(line("\"1\"", "1", file.path) + "nonsense\n");
  const Run faulty = run({"--batch", bad.path});
  BOOST_TEST(faulty.code == 2);
  BOOST_TEST(faulty.out == "{\"id\":\"1\",\"result\":[1]}\n");
  BOOST_TEST(faulty.err.find("line 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
