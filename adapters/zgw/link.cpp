#include "adapters/zgw/link.hpp"

#include <charconv>

#include "fhir/json/json.hpp"

namespace adapters::zgw {
namespace {

constexpr std::size_t page = 500;

std::int64_t number(const fhir::json::Value& value) {
  std::int64_t result = 0;
  const std::string_view text = value.text();
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

bool truth(const fhir::json::Value& value) { return value.is_boolean() && value.boolean(); }

}  // namespace

std::string text_of(const Link& link) {
  fhir::json::Document doc;
  doc.root() = doc.object();
  doc.set(doc.root(), "task", doc.string(link.task));
  doc.set(doc.root(), "url", doc.string(link.url));
  doc.set(doc.root(), "seen", doc.string(link.seen));
  doc.set(doc.root(), "status_at", doc.number(link.status_at.ms));
  doc.set(doc.root(), "end_at", doc.number(link.end_at.ms));
  doc.set(doc.root(), "version", doc.number(link.task_version));
  doc.set(doc.root(), "complete", doc.boolean(link.complete));
  doc.set(doc.root(), "closed", doc.boolean(link.closed));
  return fhir::json::write(doc.root());
}

std::optional<Link> link_from(std::string_view text) {
  const auto parsed = fhir::json::parse(text);
  if (!parsed || parsed->root().text("url").empty()) return std::nullopt;
  const fhir::json::Value& root = parsed->root();
  Link link;
  link.task = std::string(root.text("task"));
  link.url = std::string(root.text("url"));
  link.seen = std::string(root.text("seen"));
  link.status_at.ms = number(root["status_at"]);
  link.end_at.ms = number(root["end_at"]);
  link.task_version = number(root["version"]);
  link.complete = truth(root["complete"]);
  link.closed = truth(root["closed"]);
  return link;
}

core::Result<std::optional<Link>> read_link(core::store::Snapshot& snapshot, const Names& names,
                                            const std::string& task) {
  auto text = snapshot.value(names.link(task));
  if (!text) return text.error();
  if (!*text) return std::optional<Link>();
  auto link = link_from(**text);
  if (!link) return core::fault("what is remembered of a case cannot be read", names.link(task));
  return link;
}

core::Result<std::vector<Link>> read_links(core::store::Snapshot& snapshot, const Names& names) {
  std::vector<Link> links;
  std::string after;
  for (;;) {
    auto values = snapshot.values(names.links(), after, page);
    if (!values) return values.error();
    for (const auto& [name, text] : *values)
      if (auto link = link_from(text)) links.push_back(*std::move(link));
    if (values->size() < page) return links;
    after = values->back().first;
  }
}

}  // namespace adapters::zgw
