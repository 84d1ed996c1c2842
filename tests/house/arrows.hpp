// The house's arrows as a table: which room may include what. Read by the test that looks at every #include.
// Source: the READMEs of the rooms.
#pragma once
#include <string_view>
#include <vector>

namespace house {

struct Room {
  std::string_view folder;
  std::vector<std::string_view> rooms;    // folders it may include from, beside itself
  std::vector<std::string_view> foreign;  // beginnings of the headers of the one library it opens the door to
  bool machine = false;                   // may use the operating system: files, threads, sockets, signals
};

// The longest folder that a file is in, decides.
inline const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {"core/base", {}, {}},
      {"core/store", {"core/base"}, {}},
      {"core/access", {"core/base", "core/store"}, {}},
      {"core/outbox", {"core/base", "core/store"}, {}},
      {"core", {"core"}, {}},
      {"fhir/json", {"core"}, {"rapidjson/"}},
      {"fhir/xml", {"core", "fhir/json"}, {"pugixml", "expat", "libxml/"}},
      {"fhir/model", {"core", "fhir/json", "fhir/xml"}, {}},
      {"fhir/path", {"core", "fhir/json", "fhir/xml", "fhir/model"}, {}},
      {"fhir/search", {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/validate/issue.hpp"}, {}},
      {"fhir/terminology", {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search"}, {}},
      {"fhir/validate",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology"},
       {}},
      {"fhir/rest",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate"},
       {}},
      {"fhir/care",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate",
        "fhir/rest"},
       {}},
      {"fhir/operation",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate",
        "fhir/rest", "fhir/care"},
       {}},
      {"fhir/partner",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate",
        "fhir/rest", "fhir/care"},
       {}},
      {"fhir/light",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate",
        "fhir/rest", "fhir/care", "fhir/partner"},
       {}},
      {"fhir/subscription",
       {"core", "fhir/json", "fhir/xml", "fhir/model", "fhir/path", "fhir/search", "fhir/terminology", "fhir/validate",
        "fhir/rest", "fhir/care", "fhir/partner"},
       {}},
      {"fhir", {"core", "fhir"}, {}},
      {"adapters/memory", {"core"}, {}, true},
      {"adapters/sql", {"core"}, {}, true},
      {"adapters/sqlite", {"core", "adapters/sql"}, {"sqlite3.h"}, true},
      {"adapters/postgres", {"core", "adapters/sql"}, {"libpq"}, true},
      {"adapters/http", {"core", "fhir"}, {"boost/", "openssl/", "zlib.h"}, true},
      {"adapters/auth", {"core", "fhir"}, {"openssl/"}, true},
      {"adapters/egress", {"core", "fhir"}, {}, true},
      {"adapters/egress/worker", {"core", "fhir", "adapters/egress"}, {"cpprest/", "pplx/", "openssl/", "zlib.h"}, true},
      {"adapters/mail", {"core", "fhir"}, {"curl/"}, true},
      {"adapters/ehr", {"core", "fhir"}, {}},
      {"adapters/zgw", {"core", "fhir"}, {}},
      {"adapters/server", {"core", "fhir", "adapters"}, {}, true},
  };
  return table;
}

// Headers of the standard library that let the machine in; the core has none of them, fhir has no threads and no
// printing.
inline const std::vector<std::string_view>& machine_headers() {
  static const std::vector<std::string_view> headers = {"thread", "iostream",  "csignal", "condition_variable",
                                                        "future", "stop_token"};
  return headers;
}
inline const std::vector<std::string_view>& file_headers() {  // fhir loads definitions from files; the core does not
  static const std::vector<std::string_view> headers = {"fstream", "filesystem", "chrono",
                                                        "ctime",   "mutex",      "shared_mutex"};
  return headers;
}

}  // namespace house
