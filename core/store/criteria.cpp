#include "core/store/criteria.hpp"

#include <algorithm>

namespace core::store {

Criterion reference_criterion(std::string_view param, const std::vector<std::string>& targets) {
  Criterion criterion;
  criterion.param = param;
  criterion.kind = RowKind::reference;
  for (const std::string& target : targets) {
    Term term;
    const std::size_t slash = target.find('/');
    term.system = slash == std::string::npos ? "" : target.substr(0, slash);
    term.value = slash == std::string::npos ? target : target.substr(slash + 1);
    term.any_system = slash == std::string::npos;
    criterion.any.push_back(std::move(term));
  }
  return criterion;
}

Criterion token_criterion(std::string_view param, const std::vector<std::string>& codes, std::string_view system) {
  Criterion criterion;
  criterion.param = param;
  criterion.kind = RowKind::token;
  for (const std::string& code : codes) {
    Term term;
    term.system = system;
    term.value = code;
    term.any_system = system.empty();
    criterion.any.push_back(std::move(term));
  }
  return criterion;
}

bool names(const std::vector<Criterion>& all, std::string_view param) {
  return std::any_of(all.begin(), all.end(), [&](const Criterion& each) {
    return each.form == Criterion::Form::rows && each.param == param && !each.negate && !each.any.empty();
  });
}

Result<std::vector<Record>> find_all(Snapshot& snapshot, const Query& query) {
  auto found = snapshot.find(query);
  if (!found) return found.error();
  return snapshot.load(found->matches);
}

}  // namespace core::store
