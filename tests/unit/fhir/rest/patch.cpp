#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "fhir/rest/patch.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;
using fhir::json::Document;
using fhir::json::Value;

namespace {

std::optional<std::string> shared(const std::string& name) {
  std::ifstream file(std::string(PANELBRIDGE_SHARED) + "/suites/patch/" + name);
  if (!file) {
    BOOST_TEST_MESSAGE(name << " is not there; its cases were not run");
    return std::nullopt;
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Just enough XML for the cases of the suite: elements with attributes, comments, five entities.
struct Node {
  std::string name, raw;  // raw: its text, tags included
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Node> children;
  std::string attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes)
      if (key == wanted) return value;
    return {};
  }
  const Node* child(std::string_view wanted) const {
    for (const Node& node : children)
      if (node.name == wanted) return &node;
    return nullptr;
  }
};

class Xml {
 public:
  explicit Xml(std::string_view text) : text_(text) {}
  Node element() {
    skip();
    Node node;
    const std::size_t begin = at_++;
    while (text_.find_first_of(" \t\r\n/>", at_) != at_) node.name += text_[at_++];
    attributes(node);
    if (text_[at_] == '/') {
      at_ += 2;
      return node;
    }
    ++at_;
    for (skip(); text_.substr(at_, 2) != "</"; skip()) node.children.push_back(element());
    at_ = text_.find('>', at_) + 1;
    node.raw = text_.substr(begin, at_ - begin);
    return node;
  }

 private:
  void skip() {
    for (;;) {
      at_ = text_.find('<', at_);
      if (text_.substr(at_, 4) == "<!--") at_ = text_.find("-->", at_);
      else if (text_.substr(at_, 2) == "<?") at_ = text_.find("?>", at_);
      else return;
    }
  }
  void attributes(Node& node) {
    for (at_ = text_.find_first_not_of(" \t\r\n", at_); text_[at_] != '/' && text_[at_] != '>';
         at_ = text_.find_first_not_of(" \t\r\n", at_)) {
      const std::size_t equals = text_.find('=', at_);
      const char quote = text_[equals + 1];
      const std::size_t end = text_.find(quote, equals + 2);
      node.attributes.emplace_back(text_.substr(at_, equals - at_), plain(text_.substr(equals + 2, end - equals - 2)));
      at_ = end + 1;
    }
  }

 public:
  static std::string plain(std::string_view text) {
    std::string out(text);
    for (const auto& [entity, character] :
         {std::pair{"&apos;", "'"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&#10;", "\n"}, {"&amp;", "&"}})
      for (std::size_t i = out.find(entity); i != std::string::npos; i = out.find(entity))
        out.replace(i, std::string_view(entity).size(), character);
    return out;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// Narrative is compared without white space and comments: the suite indents it differently before and after.
void narrow_narrative(Document& document) {
  Value* text = document.find(document.root(), "text");
  Value* div = text != nullptr ? document.find(*text, "div") : nullptr;
  if (div == nullptr) return;
  std::string plain = Xml::plain(div->text());
  for (std::size_t open = plain.find("<!--"); open != std::string::npos; open = plain.find("<!--"))
    plain.erase(open, plain.find("-->") + 3 - open);
  std::erase_if(plain, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  *div = document.string(plain);
}

// An element of FHIR XML as JSON, by the definitions.
class Converter {
 public:
  explicit Converter(Document& document) : document_(document) {}
  Value resource(const Node& node) {
    Value object = document_.object();
    document_.set(object, "resourceType", document_.string(node.name));
    const auto* type = definitions()->type(node.name);
    children(object, node, [&](std::string_view name) { return type->find(name); });
    return object;
  }

 private:
  using Lookup = std::function<const fhir::model::Type::Named*(std::string_view)>;
  void children(Value& object, const Node& node, const Lookup& lookup) {
    for (const Node& child : node.children) {
      const auto* named = lookup(child.name);
      BOOST_TEST_REQUIRE((named != nullptr), child.name);
      const Value value = element(child, *named);
      if (!named->element->is_list()) {
        document_.set(object, child.name, value);
        continue;
      }
      Value* array = document_.find(object, child.name);
      if (array == nullptr) array = &document_.set(object, child.name, document_.array());
      document_.push(*array, value);
    }
  }
  Value element(const Node& node, const fhir::model::Type::Named& named) {
    const auto* type = named.type != nullptr ? named.type->type : nullptr;
    if (type != nullptr && type->family == fhir::model::Family::primitive) {
      if (type->name == "xhtml") return document_.string(node.raw);
      const std::string text = node.attribute("value");
      if (type->name == "boolean") return document_.boolean(text == "true");
      if (type->name == "integer" || type->name == "decimal") return document_.number(std::string_view(text));
      return document_.string(text);
    }
    Value object = document_.object();
    children(object, node, [&](std::string_view name) {
      if (named.element->children != nullptr) return fhir::model::find_child(*named.element, name);
      return type->find(name);
    });
    return object;
  }
  Document& document_;
};

Document document_of(const Node& node) {
  Document document;
  document.root() = Converter(document).resource(node);
  return document;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_patch)

BOOST_AUTO_TEST_CASE(every_json_patch_case_of_the_suite_comes_out_as_it_says) {
  const auto text = shared("json-patch-tests.json");
  if (!text) return;
  auto cases = fhir::json::parse(*text);
  BOOST_TEST_REQUIRE(cases.ok());
  std::size_t passed = 0;
  for (const Value& one : cases->root().elements()) {
    Document document;
    document.root() = document.copy(one["doc"]);
    const auto done = apply_json_patch(document, one["patch"]);
    const bool as_said =
        one.find("error") != nullptr ? !done.ok() : done.ok() && fhir::json::equal(document.root(), one["expected"]);
    BOOST_TEST(as_said, one.text("comment"));
    passed += as_said;
  }
  BOOST_TEST_MESSAGE("JSON Patch: " << passed << " of " << cases->root().size());
  BOOST_TEST(cases->root().size() >= 16U);
}

BOOST_AUTO_TEST_CASE(every_fhirpath_patch_case_of_the_suite_comes_out_as_it_says) {
  const auto text = shared("fhir-patch-tests.xml");
  if (!text) return;
  const Node tests = Xml(*text).element();
  std::size_t passed = 0;
  for (const Node& one : tests.children) {
    Document document = document_of(one.child("input")->children.at(0));
    const Document parameters = document_of(one.child("diff")->children.at(0));
    const auto done = apply_fhirpath_patch(*definitions(), document, parameters.root());
    bool as_said = !done.ok();
    if (const Node* output = one.child("output")) {
      Document expected = document_of(output->children.at(0));
      narrow_narrative(expected);
      narrow_narrative(document);
      as_said = done.ok() && fhir::json::equal(document.root(), expected.root());
    }
    BOOST_TEST(as_said, one.attribute("name")
                            << (done ? " " : ": " + done.error().message) << fhir::json::write(document.root()));
    passed += as_said;
  }
  BOOST_TEST_MESSAGE("FHIRPath Patch: " << passed << " of " << tests.children.size());
  BOOST_TEST(tests.children.size() >= 33U);
}

BOOST_AUTO_TEST_CASE(json_patch_refuses_what_rfc_6902_refuses) {
  const auto refused = [](const std::string& patch) {
    auto document = fhir::json::parse(R"({"a":[1,2],"b":{"c":1}})");
    auto operations = fhir::json::parse(patch);
    return !apply_json_patch(*document, operations->root()).ok();
  };
  for (const char* patch :
       {R"({})", R"([{"op":"add","path":"a","value":1}])", R"([{"op":"add","path":"/a/3","value":1}])",
        R"([{"op":"add","path":"/a/01","value":1}])", R"([{"op":"remove","path":"/a/-"}])",
        R"([{"op":"remove","path":"/x"}])", R"([{"op":"remove","path":""}])",
        R"([{"op":"replace","path":"/x","value":1}])", R"([{"op":"add","path":"/b/~2","value":1}])",
        R"([{"op":"add","path":"/x"}])", R"([{"op":"test","path":"/b/c","value":2}])",
        R"([{"op":"move","from":"/b","path":"/b/c"}])", R"([{"op":"copy","path":"/x"}])",
        R"([{"op":"nonsense","path":"/a"}])", R"([1])"})
    BOOST_TEST(refused(patch), patch);
}

BOOST_AUTO_TEST_CASE(a_patch_that_doubles_or_nests_without_end_is_refused) {
  const auto refused = [](const std::string& first, const std::string& again, int times) {
    auto document = fhir::json::parse(R"({"a":[1,2],"b":{"c":1}})");
    std::string text = "[" + first;
    for (int i = 0; i < times; ++i) text += "," + again;
    const auto patch = fhir::json::parse(text + "]");
    const auto done = apply_json_patch(*document, patch->root());
    return !done.ok() && done.error().kind == core::Kind::too_large;
  };
  const std::string nothing = R"({"op":"test","path":"/b/c","value":1})";
  BOOST_TEST(refused(nothing, R"({"op":"copy","from":"/a","path":"/a/-"})", 60));
  BOOST_TEST(refused(nothing, R"({"op":"copy","from":"/b","path":"/b/c"})", 200));
  BOOST_TEST(refused(nothing, R"({"op":"add","path":"/d","value":[{}]},{"op":"move","from":"/b","path":"/d/0/c"},{"op":"move","from":"/d","path":"/b"})", 2'000));
  BOOST_TEST(refused(nothing, nothing, static_cast<int>(most_operations)));
  BOOST_TEST(!refused(nothing, nothing, 5'000));
  BOOST_TEST(!refused(nothing, R"({"op":"copy","from":"/a","path":"/b/c"})", 5'000));
}

BOOST_AUTO_TEST_CASE(a_fhirpath_patch_that_nests_without_end_is_refused) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","extension":[{"url":"x","valueBoolean":true}]})");
  std::string operations;
  for (int i = 0; i < 120; ++i)
    operations += std::string(i > 0 ? "," : "") + R"-({"name":"operation","part":[{"name":"type","valueCode":"add"},
      {"name":"path","valueString":"Patient.descendants().where(url = 'x')"},{"name":"name","valueString":"extension"},{"name":"value","valueExtension":{"url":"x"}}]},
      {"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.descendants().where(url = 'x' and extension.exists()).url"},
      {"name":"value","valueUri":"y"}]})-";
  const Response patched = server.call("PATCH", "/Patient/a", R"({"resourceType":"Parameters","parameter":[)" + operations + "]}");
  BOOST_TEST(patched.status == 413, body(patched));
  BOOST_TEST(parsed(server.get("/Patient/a")).root()["meta"].text("versionId") == "1");
}

BOOST_AUTO_TEST_CASE(the_content_type_or_the_content_tells_the_form_of_a_patch) {
  Server server;
  const std::string json_patch = R"([{"op":"add","path":"/active","value":true}])";
  const std::string fhirpath =
      R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},
      {"name":"path","valueString":"Patient"},{"name":"name","valueString":"active"},{"name":"value","valueBoolean":true}]}]})";
  const std::string merge = R"({"active":true,"gender":null})";
  const std::vector<std::pair<std::string, std::string>> ways = {{"application/json-patch+json", json_patch},
                                                                 {"application/fhir+json", fhirpath},
                                                                 {"application/merge-patch+json", merge},
                                                                 {"application/json", json_patch},
                                                                 {"application/json", fhirpath},
                                                                 {"application/json; charset=utf-8", merge},
                                                                 {"", merge}};
  for (const auto& [type, text] : ways) {
    server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"male"})");
    const Response patched = server.call("PATCH", "/Patient/a", text, {{"Content-Type", type}});
    BOOST_TEST(patched.status == 200, type << text << body(patched));
    BOOST_TEST(parsed(server.get("/Patient/a")).root()["active"].boolean(), type);
    BOOST_TEST((parsed(server.get("/Patient/a")).root().find("gender") == nullptr) == (text == merge), type);
  }
  BOOST_TEST(server.call("PATCH", "/Patient/a", "x", {{"Content-Type", "text/plain"}}).status == 415);
}

BOOST_AUTO_TEST_CASE(a_patch_of_another_form_is_told_which_are_taken) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const Response refused = server.call("PATCH", "/Patient/a", "<diff/>", {{"Content-Type", "application/xml-patch+xml"}});
  BOOST_TEST(refused.status == 415);
  BOOST_TEST(header(refused, "Accept-Patch").find("application/json-patch+json") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_patch_that_leads_to_an_invalid_resource_or_another_identity_is_refused) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const std::vector<Header> json = {{"Content-Type", "application/json-patch+json"}};
  for (const char* patch :
       {R"([{"op":"add","path":"/gender","value":"banana"}])", R"([{"op":"add","path":"/foo","value":1}])",
        R"([{"op":"replace","path":"/id","value":"b"}])",
        R"([{"op":"replace","path":"/resourceType","value":"Group"}])", R"([{"op":"replace","path":"","value":[]}])",
        R"([{"op":"test","path":"/id","value":"b"}])"})
    BOOST_TEST(server.call("PATCH", "/Patient/a", patch, json).status == 422, patch);
  BOOST_TEST(server.call("PATCH", "/Patient/a", "{", json).status == 400);
  BOOST_TEST(server.call("PATCH", "/Patient/nobody", "[]", json).status == 404);
  BOOST_TEST(
      server
          .call("PATCH", "/Patient/a", "[]", {{"Content-Type", "application/json-patch+json"}, {"If-Match", "W/\"7\""}})
          .status == 412);
  BOOST_TEST(header(server.get("/Patient/a"), "ETag") == "W/\"1\"");
}

BOOST_AUTO_TEST_CASE(a_conditional_patch_changes_the_one_that_matches) {
  Server server;
  const std::vector<Header> merge = {{"Content-Type", "application/merge-patch+json"}};
  const std::string url = "/Patient?identifier=http://ids|1";
  const std::string patient = R"({"resourceType":"Patient","identifier":[{"system":"http://ids","value":"1"}]})";
  BOOST_TEST(server.call("PATCH", url, R"({"active":true})", merge).status == 404);
  const std::string id = id_of(server.post("/Patient", patient));
  BOOST_TEST(server.call("PATCH", url, R"({"active":true})", merge).status == 200);
  BOOST_TEST(parsed(server.get("/Patient/" + id)).root()["active"].boolean());
  server.post("/Patient", patient);
  BOOST_TEST(server.call("PATCH", url, R"({"active":false})", merge).status == 412);
}

BOOST_AUTO_TEST_SUITE_END()
