#include "fhir/rest/search_condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/rest/header.hpp"

namespace fhir::rest {
namespace {

constexpr std::string_view continue_name = "_continue";

}  // namespace

SearchTag SearchTag::of(const Basis& basis) {
  SearchTag tag;
  for (const auto& [type, last] : basis.types) tag.newest = std::max(tag.newest, last);
  tag.made_by = basis.made_by;
  tag.page_token = basis.page_token;
  return tag;
}

std::optional<SearchTag> SearchTag::from(std::string_view text) {
  constexpr std::string_view begin = "W/\"q";
  if (!text.starts_with(begin) || !text.ends_with('"') || text.size() < begin.size() + 2) return std::nullopt;
  text = text.substr(begin.size(), text.size() - begin.size() - 1);
  SearchTag tag;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tag.newest);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty() || text.front() != '-') return std::nullopt;
  const auto [last, wrong] = std::from_chars(text.data() + 1, text.data() + text.size(), tag.made_by, 16);
  if (wrong != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(last - text.data()));
  if (!text.empty() && text.front() != '.') return std::nullopt;
  if (!text.empty()) tag.page_token = text.substr(1);
  return tag;
}

std::string SearchTag::text() const {
  std::array<char, 8> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), made_by, 16).ptr;
  return "W/\"q" + std::to_string(newest) + '-' + std::string(hex.data(), end) + (page_token.empty() ? "" : '.' + page_token) + '"';
}

std::optional<Response> unchanged_search(Engine& engine, const Request& request, const Basis& basis) {
  if ((request.method != "GET" && request.method != "HEAD") || basis.record || basis.types.empty())
    return std::nullopt;
  const std::string_view asked = request.header("If-None-Match");
  if (asked.empty()) return std::nullopt;
  const SearchTag now = SearchTag::of(basis);
  for (const std::string_view each : split(asked, ',')) {
    const auto tag = SearchTag::from(each);
    if (!tag || tag->newest != now.newest || tag->made_by != now.made_by) continue;
    if (!tag->page_token.empty() && !engine.pages.find(tag->page_token, engine.now())) continue;
    Response response;
    response.status = 304;
    response.headers.push_back({"ETag", tag->text()});
    return response;
  }
  return std::nullopt;
}

void tag_search(const Basis& basis, Response& response) {
  if (basis.record || basis.types.empty()) return;
  response.headers.push_back({"ETag", SearchTag::of(basis).text()});
}

core::Result<std::optional<core::store::Sequence>> take_continuation(search::Parameters& parameters) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [](const auto& pair) { return pair.first == continue_name; });
  if (found == parameters.end()) return std::optional<core::store::Sequence>();
  const std::string_view text = found->second;
  core::store::Sequence after = 0;
  const auto [end, error] = std::from_chars(text.data() + std::min<std::size_t>(1, text.size()),
                                            text.data() + text.size(), after);
  if (!text.starts_with('s') || error != std::errc() || end != text.data() + text.size() || after < 0)
    return core::invalid("_continue is taken from the self link of an earlier answer; this is none.",
                         std::string(continue_name));
  parameters.erase(found);
  return std::optional(after);
}

std::string continuation_of(const search::Parameters& used, core::store::Sequence seen) {
  const bool incremental = std::any_of(used.begin(), used.end(), [](const auto& pair) {
    const std::string_view value = pair.second;
    return pair.first == "_lastUpdated" &&
           (value.starts_with("gt") || value.starts_with("ge") || value.starts_with("sa"));
  });
  return incremental ? 's' + std::to_string(seen) : std::string();
}

}  // namespace fhir::rest
