// The case types that the configuration names, as the partner's catalogue describes them now, and what of the
// configuration is not there. Never: writes. Threads: one thread's. Source: ZGW Catalogi API 1.3 (zaaktypen,
// statustypen, resultaattypen, roltypen).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "adapters/zgw/client.hpp"

namespace adapters::zgw {

struct CaseType {
  std::string url, identification;
  std::map<std::string, std::string> status, result;  // URL -> omschrijving, as the catalogue spells the URL
  std::string first_status, end_status;               // URLs
  std::string initiator;                              // URL of the roltype; empty: none
  std::string status_url(std::string_view name) const;
  std::string result_url(std::string_view name) const;  // empty: none of that name
};

class Catalogue {
 public:
  static core::Result<Catalogue> load(Client& client, const Settings& settings, core::Day today);
  static core::Result<CaseType> describe(Client& client, const Settings& settings, const std::string& type_url);
  const CaseType* for_need(std::string_view need) const;                  // its own row, else "*"; nullptr: none
  const CaseType* by_url(std::string_view url) const;                     // a case may have an older version: nullptr
  const std::vector<std::string>& problems() const { return problems_; }  // in words, each names its key
  std::vector<std::string> in_words() const;                              // what was found

 private:
  core::Result<core::Done> read_type(Client& client, const Settings& settings, const std::string& identification,
                                     core::Day today);
  void check(const Settings& settings);
  std::map<std::string, CaseType, std::less<>> types_;  // by identificatie
  std::map<std::string, std::string, std::less<>> needs_;
  std::vector<std::string> problems_;
};

}  // namespace adapters::zgw
