// $meta of a type and of the whole system: every profile, tag and security label in use. Reads the beginning of each
// stored resource, where meta stands. Source: FHIR R4 Resource-meta.
#include <map>
#include <set>

#include "fhir/rest/operations.hpp"

namespace fhir::rest {
namespace {

constexpr std::size_t piece = 500;

// The object after "meta": in stored bytes; empty when it has nothing but version and instant.
std::string_view meta_in(std::string_view body) {
  const std::size_t at = body.find("\"meta\":{");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = body.substr(at + 7);
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      for (++i; i < rest.size() && rest[i] != '"'; ++i)
        if (rest[i] == '\\') ++i;
    } else if (rest[i] == '{') {
      ++depth;
    } else if (rest[i] == '}' && --depth == 0) {
      const std::string_view meta = rest.substr(0, i + 1);
      for (const std::string_view name : {"\"profile\"", "\"tag\"", "\"security\""})
        if (meta.find(name) != std::string_view::npos) return meta;
      return {};
    }
  }
  return {};
}

class InUse {
 public:
  void add(std::string_view body) {
    const std::string_view text = meta_in(body);
    if (text.empty() || !seen_.insert(std::string(text.substr(std::min(text.find("\"lastUpdated\"") + 42, text.size())))).second)
      return;
    const auto meta = json::parse(text);
    if (!meta) return;
    for (const json::Value& item : meta->root()["profile"].elements()) profiles_.insert(json::write(item));
    for (const std::string_view list : {"security", "tag"})
      for (const json::Value& item : meta->root()[list].elements())
        codings_[std::string(list)].try_emplace(std::string(item.text("system")) + '|' + std::string(item.text("code")),
                                                json::write(item));
  }

  std::string write() const {
    std::string meta;
    const auto append = [&](std::string_view name, const std::string& items) {
      if (!items.empty()) meta += (meta.empty() ? "\"" : ",\"") + std::string(name) + "\":[" + items + ']';
    };
    std::string items;
    for (const std::string& item : profiles_) items += (items.empty() ? "" : ",") + item;
    append("profile", items);
    for (const auto& [list, codings] : codings_) {
      items.clear();
      for (const auto& [code, item] : codings) items += (items.empty() ? "" : ",") + item;
      append(list, items);
    }
    return meta;
  }

 private:
  std::set<std::string> seen_;
  std::set<std::string> profiles_;
  std::map<std::string, std::map<std::string, std::string>> codings_;
};

}  // namespace

Answer meta_in_use(Exchange& exchange) {
  core::store::Query query;
  if (!exchange.target.type.empty()) query.types = {exchange.target.type};
  query.limit = 100'000'000;
  Basis basis = basis_of(*exchange.engine.services.store, query.types);
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto found = (*view)->find(query);
  if (!found) return found.error();
  InUse in_use;
  for (std::size_t at = 0; at < found->matches.size(); at += piece) {
    const std::size_t size = std::min(piece, found->matches.size() - at);
    auto records = (*view)->load(std::span(found->matches).subspan(at, size));
    if (!records) return records.error();
    for (const core::store::Record& record : *records) in_use.add(record.body);
  }
  if (seen_by(basis, (*view)->sequence())) exchange.basis = std::move(basis);
  const std::string meta = in_use.write();
  std::string body = R"({"resourceType":"Parameters")";
  if (!meta.empty()) body += R"(,"parameter":[{"name":"return","valueMeta":{)" + meta + "}}]";
  Response response;
  response.body = std::make_shared<const std::string>(body + '}');
  return response;
}

}  // namespace fhir::rest
