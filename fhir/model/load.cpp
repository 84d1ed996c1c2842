#include <algorithm>
#include <filesystem>
#include <fstream>

#include "fhir/json/json.hpp"
#include "fhir/model/types.hpp"

namespace fhir::model {
namespace {

core::Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (!file || failed) return core::not_found("the definitions cannot be read", path.string());
  text.resize(size);
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) return core::fault("the definitions cannot be read", path.string());
  return text;
}

}  // namespace

// Reads the compact files into the tables; their form is described in profiles/README.md.
class Loader {
 public:
  core::Result<std::shared_ptr<const Definitions>> load(const std::filesystem::path& folder) {
    for (auto read : {&Loader::read_invariants, &Loader::read_codes, &Loader::read_types, &Loader::read_parameters,
                      &Loader::read_compartments})
      if (auto done = (this->*read)(folder / "r4"); !done) return done.error();
    if (auto done = read_house(folder / "house"); !done) return done.error();
    sort_parameters();
    return std::shared_ptr<const Definitions>(std::move(definitions_));
  }

 private:
  core::Result<core::Done> each(const std::filesystem::path& path, auto entry) {
    auto text = read_file(path);
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document) return core::fault("the definitions are damaged: " + document.error().message, path.string());
    for (const json::Value& row : document->root()["entries"].elements()) entry(row);
    return core::Done{};
  }

  core::Result<core::Done> read_invariants(const std::filesystem::path& folder) {
    return each(folder / "invariants.json", [&](const json::Value& row) {
      const std::string_view key = row.text("key");
      invariants_.emplace(std::string(key),
                          Invariant{std::string(key.substr(0, key.find('@'))), row.text("severity") == "error",
                                    std::string(row.text("expression"))});
    });
  }

  // The codes stay where they are: the document lives on in the tables.
  core::Result<core::Done> read_codes(const std::filesystem::path& folder) {
    auto text = read_file(folder / "codes.json");
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document)
      return core::fault("the definitions are damaged: " + document.error().message, (folder / "codes.json").string());
    for (const json::Value& row : document->root()["entries"].elements()) {
      ValueSet& set = tables_.value_sets.emplace_back();
      set.url = row.text("url");
      tables_.value_set_by_url.emplace(set.url, &set);
      for (const json::Member& system : row["codes"].members()) {
        auto& codes = set.systems.emplace_back(std::string(system.name), std::unordered_set<std::string_view>()).second;
        codes.reserve(system.value.size());
        for (const json::Value& code : system.value.elements()) {
          codes.insert(code.text());
          set.codes.insert(code.text());
        }
      }
    }
    tables_.documents.push_back(std::move(*document));
    return core::Done{};
  }

  core::Result<core::Done> read_types(const std::filesystem::path& folder) {
    auto text = read_file(folder / "types.json");
    if (!text) return text.error();
    auto document = json::parse(*text);
    if (!document)
      return core::fault("the definitions are damaged: " + document.error().message, (folder / "types.json").string());
    TypeBuilder(tables_, invariants_).build(document->root()["entries"]);
    return core::Done{};
  }

  core::Result<core::Done> read_parameters(const std::filesystem::path& folder) {
    return each(folder / "search-parameters.json", [&](const json::Value& row) { add_parameter(row); });
  }

  // A row of the compact form has the names of the resource: one reader serves both.
  void add_parameter(const json::Value& row) {
    SearchParameter& parameter = tables_.parameters.emplace_back();
    parameter.code = row.text("code");
    parameter.url = row.text("url");
    parameter.type = row.text("type");
    parameter.bases = texts(row["base"]);
    parameter.expression = row.text("expression");
    parameter.targets = texts(row["target"]);
    for (const json::Value& part : row["component"].elements())
      parameter.components.push_back({std::string(part.text("definition")), std::string(part.text("expression"))});
    tables_.parameter_by_url.insert_or_assign(parameter.url, &parameter);
  }

  core::Result<core::Done> read_compartments(const std::filesystem::path& folder) {
    return each(folder / "compartments.json", [&](const json::Value& row) {
      Compartment compartment;
      compartment.type = row.text("type");
      for (const json::Member& member : row["resources"].members())
        compartment.resources.emplace(std::string(member.name), texts(member.value));
      tables_.compartments.emplace(compartment.type, std::move(compartment));
    });
  }

  core::Result<core::Done> read_house(const std::filesystem::path& folder) {
    std::error_code absent;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder, absent))
      if (file.path().filename().string().starts_with("searchparameter-") && file.path().extension() == ".json")
        files.push_back(file.path());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
      auto text = read_file(path);
      if (!text) return text.error();
      auto document = json::parse(*text);
      if (!document) return core::fault(document.error().message + " at " + document.error().where, path.string());
      if (document->root().text("resourceType") == "SearchParameter") add_parameter(document->root());
    }
    return core::Done{};
  }

  void sort_parameters() {
    std::unordered_map<std::string_view, std::vector<const SearchParameter*>> by_base;
    for (const SearchParameter& parameter : tables_.parameters)
      for (const std::string& base : parameter.bases) by_base[base].push_back(&parameter);
    for (const Type& type : tables_.types) {
      if (type.family != Family::resource) continue;
      auto& all = tables_.parameters_by_type[type.name];
      for (const Type* t = &type; t; t = t->base_type)
        if (const auto own = by_base.find(t->name); own != by_base.end())
          all.insert(all.end(), own->second.begin(), own->second.end());
      const auto before = [](const SearchParameter* a, const SearchParameter* b) { return a->code < b->code; };
      std::stable_sort(all.begin(), all.end(), before);  // the more specific type comes first and stays
      const auto same = [](const SearchParameter* a, const SearchParameter* b) { return a->code == b->code; };
      all.erase(std::unique(all.begin(), all.end(), same), all.end());
    }
  }

  std::shared_ptr<Definitions> definitions_{new Definitions};
  Definitions::Tables& tables_ = *definitions_->tables_;
  std::unordered_map<std::string, Invariant> invariants_;
};

core::Result<std::shared_ptr<const Definitions>> Definitions::load(const std::string& folder) {
  return Loader().load(folder);
}

}  // namespace fhir::model
