// The FHIR RESTful API: a request in, a response out. Routes are one table (routes.cpp), one file per interaction.
// Never: sockets. Threads: safe from every thread; handle() may block on the store's writer.
// Source: FHIR R4 RESTful API (3.1.0).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/message.hpp"
#include "fhir/search/search.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::rest {

// What the API stands on. All must outlive it.
struct Services {
  std::shared_ptr<const model::Definitions> definitions;
  const search::Index* index = nullptr;
  search::Index* adjustable = nullptr;  // the same index, where clients may add search parameters; null: they may not
  // Runs work soon on another thread; false: too much is waiting, or the program ends. null: there are no threads for
  // it, so no respond-async, and indexing is done at once.
  std::function<bool(std::function<void()>)> later = nullptr;
  core::store::Store* store = nullptr;
  const core::Clock* clock = nullptr;
  std::string base_url;  // "http://127.0.0.1:8080/fhir", no slash at the end
  std::string version;   // of the product
  int zone_minutes = 0;
  std::size_t horizon = 1'000;  // a search lists so many at first, or a page; who pages further gets the rest then
  // The core's facts of a resource, kept beside it (fhir/care); null: none.
  std::function<std::string(const json::Value& resource)> digest;
  std::function<void()> digests_renewed = nullptr;  // after a $reindex that found other facts: read them anew
  // Rules of the house on a write that go beyond the base definitions (a gap Task's status, for example): adds to
  // issues. `before` is the stored version or null; `caller` who writes.
  std::function<void(const json::Value* before, const json::Value& after, const core::access::Caller&,
                     validate::Issues&)>
      rule;
  std::vector<std::string>
      rule_types;  // the types that `rule` looks at (others are written without a read); empty: all
  std::vector<std::string> shipped = {};  // texts of profiles, value sets and code systems of the house: $validate knows them
  std::vector<std::string> topics;  // canonicals that can be subscribed to: told in the capability statement
  // Who else owns what a client writes or deletes: asked with the new body, and with the stored one (`stored`) that it
  // would replace or remove, whatever the interaction. An Error refuses. Null: nobody does, and nothing is read for it.
  std::function<std::optional<core::Error>(const core::store::Key& key, std::string_view body, bool stored)> refuses = nullptr;
  // Deletion of a Patient with everything: what else must go along (open Tasks cancelled) is decided by care; null:
  // nothing.
};

struct Exchange;

// An operation ($name): fhir/operation fills the table. level: system, type, instance.
struct Operation {
  std::string name;  // without $
  std::string type;  // "Patient"; empty: system or any type
  bool instance = false, type_level = false, system = false;
  bool affects_state = false;  // then only POST
  std::string definition;      // canonical of its OperationDefinition
  std::function<Response(const Request&, const std::string& type, const std::string& id)> call;
  std::function<core::Result<Response>(Exchange&)> serve = nullptr;  // in place of call, for operations of this room
};

class Api {
 public:
  explicit Api(Services services);
  ~Api();
  void add(Operation operation);                          // before the first request
  const std::vector<Operation>& operations() const;
  Response handle(const Request& request);                // every request; never throws; HEAD as GET: the edge leaves
                                                          // the body out and tells its length
  std::optional<Response> quick(const Request& request);  // answered at once from memory or one key read, or nothing

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fhir::rest
