#include "adapters/zgw/catalogue.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/zgw/texts.hpp"

namespace adapters::zgw {
namespace {

using core::Day;
using core::Done;
using core::Result;
using fhir::json::Value;

bool valid_on(const Value& type, Day today) {
  const auto begin = core::day_from(type.text("beginGeldigheid")), end = core::day_from(type.text("eindeGeldigheid"));
  return (!begin || *begin <= today) && (!end || today <= *end);
}

int number(const Value& value) {
  int result = 0;
  const std::string_view text = value.text();
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::string url_named(const std::map<std::string, std::string>& list, std::string_view name) {
  for (const auto& [url, each] : list)
    if (each == name) return url;
  return {};
}

std::string quoted_names(const std::map<std::string, std::string>& list) {
  std::string text;
  for (const auto& [url, name] : list) text.append(text.empty() ? "'" : ", '").append(name).append("'");
  return text.empty() ? "none" : text;
}

void read_statuses(const Value& list, CaseType& type) {
  int first = 0, last = 0;
  std::string last_url;
  for (const Value& each : list.elements()) {
    const std::string url(each.text("url"));
    const int place = number(each["volgnummer"]);
    type.status[url] = std::string(each.text("omschrijving"));
    if (type.first_status.empty() || place < first) type.first_status = url, first = place;
    if (last_url.empty() || place > last) last_url = url, last = place;
    if (each["isEindstatus"].is_boolean() && each["isEindstatus"].boolean()) type.end_status = url;
  }
  if (type.end_status.empty()) type.end_status = last_url;
}

}  // namespace

std::string CaseType::status_url(std::string_view name) const { return url_named(status, name); }
std::string CaseType::result_url(std::string_view name) const { return url_named(result, name); }

Result<Catalogue> Catalogue::load(Client& client, const Settings& settings, Day today) {
  Catalogue catalogue;
  catalogue.needs_ = settings.needs;
  for (const auto& [need, identification] : settings.needs) {
    if (catalogue.types_.contains(identification)) continue;
    if (auto read = catalogue.read_type(client, settings, identification, today); !read) return read.error();
    if (!catalogue.types_.contains(identification))
      catalogue.problems_.push_back("needs." + need + ".zaaktype: the catalogue has no published case type '" +
                                    identification + "' that is valid today");
  }
  catalogue.check(settings);
  return catalogue;
}

Result<Done> Catalogue::read_type(Client& client, const Settings& settings, const std::string& identification,
                                  Day today) {
  auto types =
      client.list(settings.catalogi_url + "/zaaktypen?identificatie=" + escaped(identification) + "&status=definitief");
  if (!types) return types.error();
  const Value* found = nullptr;
  for (const Value& each : types->root().elements()) {
    const bool draft = each["concept"].is_boolean() && each["concept"].boolean();
    if (each.text("identificatie") != identification || draft || !valid_on(each, today)) continue;
    if (!found || each.text("beginGeldigheid") > found->text("beginGeldigheid")) found = &each;
  }
  if (!found) return Done{};
  auto type = describe(client, settings, std::string(found->text("url")));
  if (!type) return type.error();
  type->identification = identification;
  types_[identification] = *std::move(type);
  return Done{};
}

Result<CaseType> Catalogue::describe(Client& client, const Settings& settings, const std::string& type_url) {
  CaseType type;
  type.url = type_url;
  const std::string of_type = "?zaaktype=" + escaped(type.url);
  auto statuses = client.list(settings.catalogi_url + "/statustypen" + of_type);
  if (!statuses) return statuses.error();
  read_statuses(statuses->root(), type);
  auto results = client.list(settings.catalogi_url + "/resultaattypen" + of_type);
  if (!results) return results.error();
  for (const Value& each : results->root().elements())
    type.result[std::string(each.text("url"))] = std::string(each.text("omschrijving"));
  auto roles = client.list(settings.catalogi_url + "/roltypen" + of_type);
  if (!roles) return roles.error();
  for (const Value& each : roles->root().elements())
    if (each.text("omschrijvingGeneriek") == "initiator") type.initiator = std::string(each.text("url"));
  return type;
}

void Catalogue::check(const Settings& settings) {
  const auto in_any = [&](auto list, const std::string& name) {
    return std::any_of(types_.begin(), types_.end(),
                       [&](const auto& type) { return !url_named(type.second.*list, name).empty(); });
  };
  if (types_.empty()) return;
  for (const auto& [name, status] : settings.status)
    if (!in_any(&CaseType::status, name)) problems_.push_back("status: no case type has a status '" + name + "'");
  for (const auto& [name, mapping] : settings.result)
    if (!in_any(&CaseType::result, name)) problems_.push_back("result: no case type has a result '" + name + "'");
  for (const auto& [identification, type] : types_) {
    if (type.initiator.empty())
      problems_.push_back("needs: case type '" + identification + "' has no role of the generic kind initiator");
    if (type.status.empty()) problems_.push_back("needs: case type '" + identification + "' has no statuses");
    if (!settings.cancel_result.empty() && type.result_url(settings.cancel_result).empty())
      problems_.push_back("cancel_result: case type '" + identification + "' has no result '" + settings.cancel_result +
                          "'; it has " + quoted_names(type.result));
    for (const auto& [url, name] : type.result)
      if (!settings.result.contains(name))
        problems_.push_back("result: '" + name + "' of case type '" + identification + "' is not mapped");
  }
}

const CaseType* Catalogue::for_need(std::string_view need) const {
  auto row = needs_.find(need);
  if (row == needs_.end()) row = needs_.find("*");
  if (row == needs_.end()) return nullptr;
  const auto type = types_.find(row->second);
  return type == types_.end() ? nullptr : &type->second;
}

const CaseType* Catalogue::by_url(std::string_view url) const {
  for (const auto& [identification, type] : types_)
    if (type.url == url || last_segment(type.url) == last_segment(url)) return &type;
  return nullptr;
}

std::vector<std::string> Catalogue::in_words() const {
  std::vector<std::string> lines;
  for (const auto& [identification, type] : types_)
    lines.push_back("case type '" + identification + "': statuses " + quoted_names(type.status) + "; results " +
                    quoted_names(type.result));
  return lines;
}

}  // namespace adapters::zgw
