#include "fhir/partner/keys.hpp"

#include <boost/test/unit_test.hpp>

using fhir::partner::Keys;

namespace {

const fhir::partner::Source source{
    [](const fhir::json::Value& value, const std::string& path) -> core::Result<std::string> {
      if (!value.is_object()) return core::invalid(path + " is a secret", path);
      return std::string("hidden\n");
    },
    [](const std::string& name, const std::string&) -> core::Result<std::string> { return "content of " + name; }};

struct Read {
  explicit Read(std::string_view json)
      : document(fhir::json::parse(json)), keys(&document->root(), "partners[0]", source) {}
  std::string mistake() {
    const auto finished = keys.finish();
    return finished ? "" : finished.error().where + "|" + finished.error().message;
  }
  core::Result<fhir::json::Document> document;
  Keys keys;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(what_is_there_is_taken_and_what_is_not_has_its_default) {
  Read read(R"({"id": "a", "types": ["Patient", "Task"], "every": 5, "on": true, "url": "https://host/fhir/",
                "key": {"file": "x"}, "ca": "ca.pem", "mode": "b"})");
  BOOST_TEST(read.keys.text("id") == "a");
  BOOST_TEST(read.keys.texts("types") == (std::vector<std::string>{"Patient", "Task"}),
             boost::test_tools::per_element());
  BOOST_TEST(read.keys.number("every", 1, 10, 7) == 5);
  BOOST_TEST(read.keys.flag("on", false));
  BOOST_TEST(read.keys.url("url") == "https://host/fhir");
  BOOST_TEST(read.keys.secret("key") == "hidden");
  BOOST_TEST(read.keys.file("ca") == "content of ca.pem");
  BOOST_TEST(read.keys.word("mode", {"a", "b"}, "a") == "b");
  BOOST_TEST(read.keys.number("other", 1, 10, 7) == 7);
  BOOST_TEST(read.keys.optional_url("no").empty());
  BOOST_TEST(read.keys.optional_secret("none").empty());
  BOOST_TEST(read.mistake() == "");
}

BOOST_AUTO_TEST_CASE(the_first_mistake_is_told_with_its_path) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id": 1})", "partners[0].id|partners[0].id must be a text"},
      {R"({"id": ""})", "partners[0].id|partners[0].id must be a text"},
      {R"({})", "partners[0].id|partners[0].id is needed"},
      {R"({"id": "a", "more": 1})", "partners[0].more|unknown key partners[0].more"},
      {R"([])", "partners[0]|partners[0] must be an object"}};
  for (const auto& [json, mistake] : cases) {
    Read read(json);
    read.keys.text("id");
    BOOST_TEST(read.mistake() == mistake);
  }
}

BOOST_AUTO_TEST_CASE(an_address_is_http_without_user_query_or_fragment) {
  for (const char* bad : {"ftp://host", "https://", "https:///path", "https://user:word@host", "https://host?x=1",
                          "https://host#f", "https://ho st", "host", "file:///etc/passwd"}) {
    Read read(std::string(R"({"url": ")") + bad + "\"}");
    BOOST_TEST(read.keys.url("url") == "", bad);
    BOOST_TEST(read.mistake().starts_with("partners[0].url|"), bad);
  }
}

BOOST_AUTO_TEST_CASE(objects_within_share_the_mistakes) {
  Read read(R"({"auth": {"type": "basic", "usr": "x"}, "list": [{"a": "1"}, {"a": 2}]})");
  Keys auth = read.keys.object("auth");
  auth.text("type");
  auth.text("user", "");
  BOOST_TEST(!auth.finish().ok());
  BOOST_TEST(read.mistake() == "partners[0].auth.usr|unknown key partners[0].auth.usr");
  Read other(R"({"list": [{"a": "1"}, {"a": 2}]})");
  for (Keys& each : other.keys.objects("list")) each.text("a");
  BOOST_TEST(other.mistake() == "partners[0].list[1].a|partners[0].list[1].a must be a text");
}

BOOST_AUTO_TEST_CASE(names_of_the_operators_own_are_listed) {
  Read read(R"({"status": {"In behandeling": "in-progress", "*": "accepted"}})");
  Keys status = read.keys.object("status");
  BOOST_TEST(status.names() == (std::vector<std::string>{"In behandeling", "*"}), boost::test_tools::per_element());
  for (const std::string& name : status.names()) BOOST_TEST(!status.text(name).empty());
  BOOST_TEST(status.finish().ok());
  BOOST_TEST(read.mistake() == "");
}

BOOST_AUTO_TEST_CASE(an_empty_object_tells_which_keys_are_understood) {
  Keys keys(nullptr, "", {});
  keys.text("id");
  keys.secret("key");
  keys.number("n", 1, 2, 1);
  BOOST_TEST(keys.asked() == (std::vector<std::string>{"id", "key", "n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
