// A FHIR API on a memory store, without sockets: what every test of this room talks to.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/memory_store.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/search/words.hpp"

namespace fhir::rest::test {

inline std::shared_ptr<const model::Definitions> definitions() {
  static const std::shared_ptr<const model::Definitions> loaded = [] {
    auto result = model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
    if (!result) throw std::runtime_error(result.error().message);
    return *result;
  }();
  return loaded;
}

inline const search::Index& index() {
  static const search::Index made(definitions(), {.base_url = "http://test/fhir"});
  return made;
}

// Moves on by a second each time it is read, so that instants tell versions apart.
class TickingClock final : public core::Clock {
 public:
  core::Instant now() const override { return {ms_.fetch_add(1000)}; }
  core::Day today() const override { return core::day_of({ms_.load()}); }
  void skip(std::int64_t ms) { ms_ += ms; }

 private:
  mutable std::atomic<std::int64_t> ms_ = 1'767'225'600'000;  // 2026-01-01
};

struct Server {
  explicit Server(Services extra = {})
      : store(adapters::memory::open_memory_store(clock, stamp)), api(services(std::move(extra))) {}

  Services services(Services out) {
    store->read_texts_with(search::texts_of);
    out.definitions = definitions();
    if (out.index == nullptr) out.index = &index();
    out.store = store.get();
    out.clock = &clock;
    out.base_url = "http://test/fhir";
    out.version = "0.0.0";
    return out;
  }

  Response call(std::string method, std::string_view url, std::string body = {}, std::vector<Header> headers = {}) {
    Request request;
    request.method = std::move(method);
    const std::size_t mark = url.find('?');
    request.path = url.substr(0, mark);
    if (mark != std::string_view::npos) request.query = url.substr(mark + 1);
    request.body = std::move(body);
    request.headers = std::move(headers);
    return api.handle(request);
  }
  Response get(std::string_view url, std::vector<Header> headers = {}) {
    return call("GET", url, {}, std::move(headers));
  }
  Response post(std::string_view url, std::string body, std::vector<Header> headers = {}) {
    return call("POST", url, std::move(body), std::move(headers));
  }
  Response put(std::string_view url, std::string body, std::vector<Header> headers = {}) {
    return call("PUT", url, std::move(body), std::move(headers));
  }

  TickingClock clock;
  std::unique_ptr<core::store::Store> store;
  Api api;
};

inline std::string header(const Response& response, std::string_view name) {
  for (const Header& row : response.headers)
    if (row.name == name) return row.value;
  return {};
}

inline json::Document parsed(const Response& response) {
  if (!response.body) return {};
  auto document = json::parse(*response.body);
  if (!document) throw std::runtime_error(document.error().message + " in " + *response.body);
  return std::move(*document);
}

inline std::string body(const Response& response) { return response.body ? *response.body : std::string(); }

inline std::string id_of(const Response& response) { return std::string(parsed(response).root().text("id")); }

// The ids of the entries with this search mode, in order.
inline std::vector<std::string> ids(const Response& response, std::string_view mode = "match") {
  std::vector<std::string> out;
  const json::Document bundle = parsed(response);
  for (const json::Value& entry : bundle.root()["entry"].elements())
    if (entry["search"].text("mode") == mode) out.emplace_back(entry["resource"].text("id"));
  return out;
}

inline std::string link(const Response& response, std::string_view relation) {
  const json::Document bundle = parsed(response);
  for (const json::Value& row : bundle.root()["link"].elements())
    if (row.text("relation") == relation) return std::string(row.text("url"));
  return {};
}

// A url of the server as a path below the base.
inline std::string below(const std::string& url) {
  constexpr std::string_view base = "http://test/fhir";
  return url.starts_with(base) ? url.substr(base.size()) : url;
}

}  // namespace fhir::rest::test
