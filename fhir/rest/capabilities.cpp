// The capability statement, computed from the tables that serve: definitions, search index, routes, operations.
// Source: FHIR R4 CapabilityStatement, RESTful API 3.1.0.6.
#include <algorithm>
#include <set>

#include "fhir/rest/interactions.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/routes.hpp"
#include "fhir/rest/subset.hpp"

namespace fhir::rest {
namespace {

using json::Document;
using json::Value;

constexpr std::string_view definition_base = "http://hl7.org/fhir/StructureDefinition/";

// What R4 calls normative, beside the datatypes.
constexpr std::string_view normative[] = {"Binary",           "Bundle",           "CapabilityStatement", "CodeSystem",
                                          "Observation",      "OperationDefinition", "OperationOutcome", "Parameters",
                                          "Patient",          "StructureDefinition", "ValueSet"};

class Statement {
 public:
  Statement(const Engine& engine, bool only_normative) : engine_(engine), only_normative_(only_normative) { document_.root() = document_.object(); }

  std::string write() {
    Value& root = document_.root();
    const Services& services = engine_.services;
    text(root, "resourceType", "CapabilityStatement");
    text(root, "status", "active");
    text(root, "date", core::text(core::day_of(engine_.now())));
    text(root, "kind", "instance");
    Value& software = document_.set(root, "software", document_.object());
    text(software, "name", "panelbridge");
    if (!services.version.empty()) text(software, "version", services.version);
    Value& implementation = document_.set(root, "implementation", document_.object());
    text(implementation, "description", "FHIR R4 integration server for panel management");
    text(implementation, "url", services.base_url);
    text(root, "fhirVersion", services.definitions->fhir_version());
    texts(root, "format", {"application/fhir+json", "application/fhir+xml", "json", "xml"});
    texts(root, "patchFormat",
          {"application/json-patch+json", "application/fhir+json", "application/fhir+xml",
           "application/merge-patch+json"});
    Value& rest = document_.push(document_.set(root, "rest", document_.array()), document_.object());
    text(rest, "mode", "server");
    document_.set(document_.set(rest, "security", document_.object()), "cors", document_.boolean(true));
    resources(rest);
    interactions(rest, false);
    parameters(rest, "Resource", true);
    operations(rest, {});
    return json::write(root);
  }

 private:
  void text(Value& object, std::string_view name, std::string_view value) {
    document_.set(object, name, document_.string(value));
  }
  void texts(Value& object, std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    Value& array = document_.set(object, name, document_.array());
    for (const std::string& value : values) document_.push(array, document_.string(value));
  }

  void interactions(Value& object, bool of_type) {
    Value& array = document_.set(object, "interaction", document_.array());
    for (const Route& route : routes()) {
      if (route.capability.empty() || route.shape.starts_with('T') != of_type) continue;
      text(document_.push(array, document_.object()), "code", route.capability);
    }
    if (!of_type) text(document_.push(array, document_.object()), "code", "batch");
  }

  void resources(Value& rest) {
    Value& array = document_.set(rest, "resource", document_.array());
    for (const std::string& type : engine_.definitions().resource_types()) {
      if (only_normative_ && std::find(std::begin(normative), std::end(normative), type) == std::end(normative)) continue;
      Value& resource = document_.push(array, document_.object());
      text(resource, "type", type);
      text(resource, "profile", std::string(definition_base) + type);
      interactions(resource, true);
      text(resource, "versioning", "versioned-update");
      document_.set(resource, "readHistory", document_.boolean(true));
      document_.set(resource, "updateCreate", document_.boolean(true));
      document_.set(resource, "conditionalCreate", document_.boolean(true));
      text(resource, "conditionalRead", "full-support");
      document_.set(resource, "conditionalUpdate", document_.boolean(true));
      text(resource, "conditionalDelete", "multiple");
      texts(resource, "referencePolicy", {"literal", "logical", "local"});
      if (type == "Subscription") topics(resource);
      includes(resource, type);
      parameters(resource, type, false);
      operations(resource, type);
    }
  }

  void topics(Value& resource) {
    if (engine_.services.topics.empty()) return;
    Value& list = document_.set(resource, "extension", document_.array());
    for (const std::string& topic : engine_.services.topics) {
      Value& entry = document_.push(list, document_.object());
      text(entry, "url",
           "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
           "capabilitystatement-subscriptiontopic-canonical");
      text(entry, "valueCanonical", topic);
    }
    texts(resource, "supportedProfile",
          {"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"});
  }

  // What may be followed from the type, and what may lead to it.
  void includes(Value& resource, const std::string& type) {
    std::vector<std::string> include{"*"}, reverse;
    for (const model::SearchParameter* parameter : engine_.index().parameters(type))
      if (parameter->type == "reference" && engine_.index().supports(type, parameter->code))
        include.push_back(type + ':' + parameter->code);
    for (const std::string& source : engine_.definitions().resource_types())
      for (const model::SearchParameter* parameter : engine_.index().parameters(source)) {
        const auto& targets = parameter->targets;
        if (parameter->type != "reference" || std::find(targets.begin(), targets.end(), type) == targets.end())
          continue;
        if (engine_.index().supports(source, parameter->code)) reverse.push_back(source + ':' + parameter->code);
      }
    texts(resource, "searchInclude", include);
    texts(resource, "searchRevInclude", reverse);
  }

  void parameters(Value& object, const std::string& type, bool common) {
    Value array = document_.array();
    for (const model::SearchParameter* parameter : engine_.index().parameters(type)) {
      const bool shared =
          std::find(parameter->bases.begin(), parameter->bases.end(), "Resource") != parameter->bases.end();
      if (shared != common || !engine_.index().supports(type, parameter->code)) continue;
      Value entry = document_.object();
      text(entry, "name", parameter->code);
      if (!parameter->url.empty()) text(entry, "definition", parameter->url);
      text(entry, "type", parameter->type);
      document_.push(array, entry);
    }
    if (common)
      for (const char* code : {"_text", "_content", "_list", "_has", "_filter"}) {
        Value entry = document_.object();
        text(entry, "name", code);
        text(entry, "type", code[1] == 't' || code[1] == 'c' ? "string" : "special");
        document_.push(array, entry);
      }
    if (array.size() > 0) document_.set(object, "searchParam", array);
  }

  void operations(Value& object, const std::string& type) {
    Value array = document_.array();
    std::set<std::string> named;
    for (const Operation& operation : engine_.operations) {
      if (operation.type != type &&
          !(operation.type.empty() && (type.empty() ? operation.system : operation.instance || operation.type_level)))
        continue;
      if (type.empty() && !operation.system) continue;
      if (!named.insert(operation.name).second) continue;
      Value entry = document_.object();
      text(entry, "name", operation.name);
      text(entry, "definition", operation.definition);
      document_.push(array, entry);
    }
    if (array.size() > 0) document_.set(object, "operation", array);
  }

  const Engine& engine_;
  bool only_normative_;
  Document document_;
};

// There is no terminology service; modifiers work with stored value sets and code systems.
std::string terminology(const Engine& engine) {
  std::string out = R"({"resourceType":"TerminologyCapabilities","status":"active","date":")" +
                    core::text(core::day_of(engine.now())) + R"(","kind":"instance","software":{"name":"panelbridge")";
  if (!engine.services.version.empty()) {
    out += R"(,"version":)";
    json::write_string(engine.services.version, out);
  }
  out += R"(},"implementation":{"description":"Value sets and code systems of the store, for search","url":)";
  json::write_string(engine.services.base_url, out);
  return out + R"(},"lockedDate":false,"codeSearch":"explicit"})";
}

}  // namespace

Answer capabilities(Exchange& exchange) {
  const std::string_view mode = exchange.parameter("mode");
  if (!mode.empty() && mode != "full" && mode != "normative" && mode != "terminology")
    return core::invalid("mode is one of full, normative, terminology.", "mode");
  exchange.basis = Basis{};
  std::string text =
      mode == "terminology" ? terminology(exchange.engine) : Statement(exchange.engine, mode == "normative").write();
  if (exchange.wishes.subset())
    text = subset(exchange.engine.definitions(), text, exchange.wishes.summary, exchange.wishes.elements);
  Response response;
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

}  // namespace fhir::rest
