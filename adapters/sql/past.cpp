// The state at an earlier sequence: what did not change since is found by the index of now; of what did change, the
// versions of then are read again from their bodies.
#include "adapters/sql/change.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t most_changes = 2'000'000;  // looked through to find what the state was

}  // namespace

// Of each resource that was there and changed since, the first change names the version that was current.
void Search::list_changed() {
  changed_.emplace();
  std::size_t seen = 0;
  Use changes(connection_[Sql::changes_up], as_of_);
  while (changes.next()) {
    if (++seen > most_changes) {
      connection_.fail({core::Kind::gone, "too much was written since this list began; repeat the search", "search"});
      return;
    }
    const Sequence then = changes.integer(7);
    if (then > 0 && then <= as_of_)
      changed_->push_back({static_cast<Slot>(changes.integer(3)), changes.integer(1), then});
  }
}

const Search::Past& Search::past(const std::string& type) {
  const auto [found, fresh] = pasts_.try_emplace(type);
  Past& past = found->second;
  const auto slot = names_.find_slot(type, "");
  if (!fresh || !slot) return past;
  if (!changed_) list_changed();
  for (const Changed& changed : *changed_) {
    if (changed.type != *slot || connection_.failed()) continue;
    auto image = version(changed.then, changed.row);
    if (!image) continue;
    past.by_id.emplace(image->id, past.images.size());
    past.images.push_back(std::move(*image));
  }
  return past;
}

// A version as it was; nothing when it is a delete, or erased.
std::optional<Image> Search::version(Sequence sequence, std::int64_t row) {
  Image image;
  Use record(connection_[Sql::record], sequence);
  if (!record.next() || record.integer(4) >= static_cast<std::int64_t>(Method::remove)) return std::nullopt;
  if (reader_ == nullptr || !*reader_) {
    connection_.fail(core::unsupported("an earlier state cannot be searched here", "search"));
    return std::nullopt;
  }
  ++looked_at_;
  image.row = row;
  image.sequence = sequence;
  image.type = names_.type_of(static_cast<Slot>(record.integer(0)));
  image.id = record.text(1);
  image.updated = record.integer(3);
  image.rows = (*reader_)(image.type, record.bytes(5));
  return image;
}

std::optional<Image> Search::image_of(const Match& match, const Wanted& wanted) {
  std::string type;
  {
    Use change(connection_[Sql::change], match.sequence);
    if (!change.next()) return std::nullopt;
    type = names_.type_of(static_cast<Slot>(change.integer(3)));
  }
  Image now;
  if (image(type, match.row, wanted, now) && now.sequence == match.sequence) return now;
  return version(match.sequence, match.row);
}

std::optional<Image> Search::image_of(const Key& key, const Wanted& wanted) {
  const auto row = Reach(connection_, names_, key.type).row(key.id);
  Image now;
  if (row && image(key.type, *row, wanted, now)) return now;
  if (as_of_ == 0) return std::nullopt;
  const Past& past = this->past(key.type);
  const auto then = past.by_id.find(key.id);
  return then == past.by_id.end() ? std::nullopt : std::optional(past.images[then->second]);
}

}  // namespace adapters::sql
