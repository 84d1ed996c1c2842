#include "adapters/sql/access.hpp"

#include <algorithm>

#include "adapters/sql/decode.hpp"
#include "adapters/sql/key.hpp"
#include "adapters/sql/stream.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t most_groups = 64;
constexpr std::size_t most_listed = 20'000;

bool cut(std::string_view text, std::size_t limit) { return text.size() >= limit; }

}  // namespace

bool Access::points() const {
  return !listed && std::all_of(ranges.begin(), ranges.end(), [](const Range& range) { return range.point; });
}

bool turned(const Criterion& criterion) {
  return criterion.negate != (criterion.form == Criterion::Form::missing && criterion.missing);
}

std::optional<Access> Reach::of(const Criterion& criterion) {
  Access access;
  switch (criterion.form) {
    case Criterion::Form::rows: return rows(criterion);
    case Criterion::Form::missing:
      if (const auto slot = names_.find_slot(type_, criterion.param)) {
        std::string prefix;
        put_unsigned<2>(prefix, *slot);
        all(access, prefix);
      }
      return access;
    case Criterion::Form::id:
      access.listed = true;
      for (const std::string& id : criterion.ids)
        if (const auto found = row(id)) access.rows.push_back(*found);
      std::sort(access.rows.begin(), access.rows.end());
      access.rows.erase(std::unique(access.rows.begin(), access.rows.end()), access.rows.end());
      return access;
    case Criterion::Form::either: return either(criterion);
    case Criterion::Form::reference_in: return references(criterion.param, criterion.ids);
    default: return std::nullopt;
  }
}

std::optional<std::int64_t> Reach::row(const std::string& id) {
  const auto type = names_.find_slot(type_, "");
  if (!type) return std::nullopt;
  Use entry(connection_[Sql::entry], *type, id);
  if (!entry.next() || entry.integer(3) >= static_cast<std::int64_t>(core::store::Method::remove)) return std::nullopt;
  return entry.integer(0);
}

// Alternatives are found by one of their criteria each; all must have one. Those for other types have no part in it.
std::optional<Access> Reach::either(const Criterion& criterion) {
  Access access;
  for (const auto& all : criterion.alternatives) {
    std::optional<Access> best;
    std::size_t wanted = all.size();
    bool other_type = false;
    for (const Criterion& one : all) {
      if (one.form == Criterion::Form::type && !one.negate) {
        other_type = other_type || std::find(one.ids.begin(), one.ids.end(), type_) == one.ids.end();
        --wanted;
        continue;
      }
      if (turned(one)) continue;
      auto found = of(one);
      if (!found) continue;
      if (found->keep) found->keep = nullptr, found->exact = false;
      if (!best || found->listed || (found->points() && !best->points())) best = std::move(found);
    }
    if (other_type) continue;
    if (!best) return std::nullopt;
    access.exact = access.exact && best->exact && wanted == 1;
    access.listed = access.listed || best->listed;
    std::move(best->rows.begin(), best->rows.end(), std::back_inserter(access.rows));
    std::move(best->ranges.begin(), best->ranges.end(), std::back_inserter(access.ranges));
  }
  if (access.listed && !list(access)) return std::nullopt;
  return access;
}

std::optional<Access> Reach::joined(Access access, const Criterion& criterion) {
  auto more = either(criterion);
  if (!more) return std::nullopt;
  if (more->ranges.empty() && more->rows.empty()) return access;
  access.exact = access.exact && more->exact;
  access.listed = access.listed || more->listed;
  std::move(more->rows.begin(), more->rows.end(), std::back_inserter(access.rows));
  std::move(more->ranges.begin(), more->ranges.end(), std::back_inserter(access.ranges));
  if (access.listed && !list(access)) return std::nullopt;
  return access;
}

// Rows in place of ranges, where some are known as rows already.
bool Reach::list(Access& access) {
  if (!std::all_of(access.ranges.begin(), access.ranges.end(), [](const Range& range) { return range.point; })) return false;
  if (!access.ranges.empty()) {
    const auto stream = stream_of(connection_, std::move(access.ranges));
    for (std::int64_t row = stream->seek(0); row != no_row; row = stream->seek(row + 1)) {
      if (access.rows.size() == most_listed) return false;
      access.rows.push_back(row);
    }
  }
  access.ranges.clear();
  std::sort(access.rows.begin(), access.rows.end());
  access.rows.erase(std::unique(access.rows.begin(), access.rows.end()), access.rows.end());
  return true;
}

Access Reach::references(const std::string& param, const std::vector<std::string>& targets) {
  Access access;
  const auto slot = names_.find_slot(type_, param);
  if (!slot) return access;
  for (const std::string& target : targets) {
    const auto slash = target.find('/');  // an address has its type empty: "/http://..."
    if (slash == std::string::npos) continue;
    Term term;
    term.any_system = false;
    term.system = target.substr(0, slash), term.value = target.substr(slash + 1);
    reference(access, *slot, term);
  }
  return access;
}

std::optional<Access> Reach::rows(const Criterion& criterion) {
  Access access;
  const auto slot = names_.find_slot(type_, criterion.param);
  if (!slot) return access;
  if (criterion.kind == RowKind::token) {
    token(access, *slot, criterion);
    return access;
  }
  for (const Term& term : criterion.any) switch (criterion.kind) {
      case RowKind::string: string(access, *slot, term); break;
      case RowKind::reference: reference(access, *slot, term); break;
      case RowKind::date: date(access, *slot, term); break;
      case RowKind::number: number(access, *slot, term); break;
      case RowKind::quantity: quantity(access, *slot, term); break;
      case RowKind::uri: uri(access, *slot, term); break;
      case RowKind::composite: composite(access, *slot, term); break;
      case RowKind::token: break;
    }
  const bool ordered =
      criterion.kind == RowKind::date || criterion.kind == RowKind::number || criterion.kind == RowKind::quantity;
  const bool folded = criterion.kind == RowKind::string && !access.exact;  // :contains is answered by most keys
  if (ordered || folded) access.keep = [&criterion](std::string_view key) { return may_match(criterion, key); };
  if (ordered || criterion.kind == RowKind::composite) other(access, *slot);
  return access;
}

void Reach::token(Access& access, Slot slot, const Criterion& criterion) {
  const std::string prefix = head(slot, Tag::token);
  for (const Term& term : criterion.any) {
    if (term.compare == Compare::of_type) {
      std::string key = head(slot, Tag::of_type);
      put_text(key, term.note, longest_text);
      put_text(key, term.value, longest_text);
      point(access, std::move(key));
      if (term.note.empty()) all(access, prefix), access.exact = false;
      if (cut(term.note, longest_text) || cut(term.value, longest_text)) access.exact = false;
      continue;
    }
    if (term.compare != Compare::equal || (term.any_system && term.any_value)) {
      all(access, prefix);
      access.exact = access.exact && term.compare == Compare::equal;
      continue;
    }
    if (!term.any_value && cut(term.value, longest_text)) access.exact = false;
    if (term.any_system) {
      codes_of_any_system(access, prefix, term);
      continue;
    }
    const NameId system = names_.key_of(term.system);
    if (system & Names::hashed) access.exact = false;
    std::string key = prefix;
    put_unsigned<4>(key, system);
    if (term.any_value) {
      all(access, key);
      continue;
    }
    put_text(key, term.value, longest_text);
    point(access, std::move(key));
  }
}

// A code without its system: one point in each system of the parameter; with very many systems the whole parameter.
void Reach::codes_of_any_system(Access& access, const std::string& prefix, const Term& term) {
  std::vector<std::string> systems;
  if (!groups(prefix, 4, most_groups, systems)) {
    all(access, prefix);
    access.exact = false;
    return;
  }
  for (std::string& key : systems) {
    put_text(key, term.value, longest_text);
    point(access, std::move(key));
  }
}

void Reach::string(Access& access, Slot slot, const Term& term) {
  std::string key = head(slot, Tag::string);
  if (term.compare == Compare::begins) {
    put_prefix(key, term.value, longest_string);
    if (term.value.size() > longest_string) access.exact = false;
    all(access, key);
  } else if (term.compare == Compare::equal || (term.compare == Compare::exactly && !term.value.empty())) {
    put_text(key, term.value, longest_string);
    if (term.compare == Compare::exactly || cut(term.value, longest_string)) access.exact = false;
    point(access, std::move(key));
  } else {
    all(access, key);
    access.exact = false;
  }
}

void Reach::reference(Access& access, Slot slot, const Term& term) {
  if (term.compare == Compare::identifier) return identifier(access, slot, term);
  std::string key = head(slot, Tag::reference);
  if (term.compare != Compare::equal || term.any_value) {
    all(access, key);
    access.exact = false;
    return;
  }
  put_text(key, term.value, longest_text);
  if (cut(term.value, longest_text) || !term.note.empty()) access.exact = false;
  if (!term.any_system) {
    const NameId type = names_.key_of(term.system);
    if (type & Names::hashed) access.exact = false;
    put_unsigned<4>(key, type);
    return point(access, std::move(key));
  }
  std::vector<std::string> types;
  if (!groups(key, 4, most_groups, types)) return all(access, key);
  for (std::string& typed : types) point(access, std::move(typed));
}

void Reach::identifier(Access& access, Slot slot, const Term& term) {
  const std::string& text = term.text.empty() ? term.value : term.text;
  const auto bar = text.rfind('|');
  std::string key = head(slot, Tag::identifier);
  if (bar != std::string::npos && bar + 1 == text.size()) {  // "system|"
    all(access, key);
    access.exact = false;
    return;
  }
  put_text(key, std::string_view(text).substr(bar + 1), longest_text);
  if (cut(text, longest_text)) access.exact = false;
  if (bar == std::string::npos) return all(access, key);
  put_text(key, std::string_view(text).substr(0, bar), longest_text);
  if (bar == 0) access.exact = false;  // "|x" and "x" have the same key
  point(access, std::move(key));
}

void Reach::uri(Access& access, Slot slot, const Term& term) {
  const std::string prefix = head(slot, Tag::uri);
  const auto exactly = [&](std::string_view value) {
    std::string key = prefix;
    put_text(key, value, longest_text);
    if (cut(value, longest_text)) access.exact = false;
    point(access, std::move(key));
  };
  if (term.compare == Compare::equal) return exactly(term.value);
  if (term.compare == Compare::begins) {
    std::string key = prefix;
    put_prefix(key, term.value, longest_text);
    if (term.value.size() > longest_text) access.exact = false;
    return all(access, key);
  }
  if (term.compare == Compare::above) {
    const std::string_view value = term.value;
    for (std::size_t i = 1; i <= value.size(); ++i)
      if (i == value.size() || value[i] == '/' || value[i - 1] == '/') exactly(value.substr(0, i));
    return;
  }
  all(access, prefix);
  access.exact = false;
}

void Reach::all(Access& access, const std::string& prefix) {
  access.ranges.push_back({prefix, sql::after(prefix), false});
}

void Reach::point(Access& access, std::string prefix) {
  std::string high = sql::after(prefix);
  access.ranges.push_back({std::move(prefix), std::move(high), true});
}

void Reach::other(Access& access, Slot slot) {
  const std::string prefix = head(slot, Tag::other);
  if (!first_key(prefix, sql::after(prefix))) return;
  all(access, prefix);
  access.exact = false;
}

bool Reach::groups(const std::string& prefix, std::size_t width, std::size_t limit, std::vector<std::string>& found) {
  const std::string high = sql::after(prefix);
  std::string low = prefix;
  while (const auto key = first_key(low, high)) {
    if (found.size() == limit) return false;
    found.push_back(key->substr(0, prefix.size() + width));
    low = sql::after(found.back());
    if (low.empty() || low >= high) break;
  }
  return true;
}

std::optional<std::string> Reach::first_key(const std::string& low, const std::string& high) {
  Use keys(connection_[Sql::keys_up], Bytes{low}, Bytes{high});
  return keys.next() ? std::optional(keys.text(0)) : std::nullopt;
}

}  // namespace adapters::sql
