// Full text: both stores find the same, at once, in old views too; and nothing of what was erased.
#include <fstream>
#include <random>

#include "tests/contract/fixture.hpp"

using namespace contract;

namespace {

// The body is "{<stamp>narrative|content".
Texts texts_in(std::string_view, std::string_view body) {
  body.remove_prefix(body.find('>') + 1);
  const std::size_t bar = body.find('|');
  return {std::string(body.substr(0, bar)), std::string(body.substr(bar + 1))};
}

Term all_of(const std::vector<std::string>& parts) {
  Term term;
  for (const std::string& text : parts) {
    Term& part = term.parts.emplace_back();
    part.compare = text.ends_with('*') ? Compare::begins : Compare::equal;
    part.value = text.ends_with('*') ? text.substr(0, text.size() - 1) : text;
  }
  return term;
}

Criterion words(std::vector<Term> any, bool narrative_only = false) {
  Criterion criterion;
  criterion.form = Criterion::Form::words;
  criterion.param = narrative_only ? "_text" : "_content";
  criterion.kind = RowKind::string;
  criterion.any = std::move(any);
  return criterion;
}

Query of_words(std::vector<Term> any, bool narrative_only = false) { return query("A", {words(std::move(any), narrative_only)}); }

struct Pair {
  Memory memory;
  Sqlite sqlite;
  Pair() {
    memory.store->read_texts_with(texts_in);
    sqlite.store->read_texts_with(texts_in);
  }
  void commit(const std::vector<Op>& ops) {
    contract::commit(*memory.store, ops);
    contract::commit(*sqlite.store, ops);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_words)

BOOST_AUTO_TEST_CASE(words_phrases_and_beginnings_are_found_at_once) {
  Pair pair;
  pair.commit({put("A", "1", {}, "{heart failure|chronic kidney"), put("A", "2", {}, "{heart|failure"),
               put("A", "3", {}, "{heartburn|x"), put("B", "4", {}, "{heart failure|x")});
  for (Store* store : {pair.memory.store.get(), pair.sqlite.store.get()}) {
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart"})})) == "1 2");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart*"})})) == "1 2 3");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart failure"})})) == "1");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart fail*"})})) == "1");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart", "failure"})})) == "1 2");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"heart", "failure"})}, true)) == "1");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"kidney"}), all_of({"heartburn"})})) == "1 3");
    BOOST_TEST(ids(*view(*store), of_words({all_of({"eart"})})) == "");
    Query without = of_words({all_of({"failure"})});
    without.all[0].negate = true;
    BOOST_TEST(ids(*view(*store), without) == "3");
  }
}

BOOST_AUTO_TEST_CASE(an_old_view_finds_what_was_current_in_it) {
  Pair pair;
  pair.commit({put("A", "1", {}, "{old|x")});
  for (Store* store : {pair.memory.store.get(), pair.sqlite.store.get()}) {
    BOOST_TEST(ids(*view(*store), of_words({all_of({"old"})})) == "1");
    const auto before = view(*store);
    contract::commit(*store, {put("A", "1", {}, "{new|x"), put("A", "2", {}, "{old|x")});
    BOOST_TEST(ids(*view(*store), of_words({all_of({"old"})})) == "2");
    BOOST_TEST(ids(*before, of_words({all_of({"old"})})) == "1");
    BOOST_TEST(ids(*before, of_words({all_of({"new"})})) == "");
    contract::commit(*store, {contract::remove("A", "2")});
    BOOST_TEST(ids(*view(*store), of_words({all_of({"old"})})) == "");
  }
}

BOOST_AUTO_TEST_CASE(without_a_reader_words_are_refused) {
  Sqlite sqlite;
  contract::commit(*sqlite.store, {put("A", "1")});
  const auto found = view(*sqlite.store)->find(of_words({all_of({"x"})}));
  BOOST_REQUIRE(!found.ok());
  BOOST_TEST((found.error().kind == Kind::unsupported));
}

BOOST_AUTO_TEST_CASE(no_word_of_what_was_erased_stays_on_the_disk) {
  Sqlite sqlite;
  sqlite.store->read_texts_with(texts_in);
  contract::commit(*sqlite.store, {put("A", "1", {}, "{unmistakable|x"), put("A", "2", {}, "{other|x")});
  BOOST_TEST(ids(*view(*sqlite.store), of_words({all_of({"unmistakable"})})) == "1");
  const auto old = view(*sqlite.store);
  contract::commit(*sqlite.store, {erase("A", "1")});
  BOOST_TEST(!old->find(of_words({all_of({"other"})})).ok());  // it still sees what was erased, and may not bring it back
  BOOST_TEST(ids(*view(*sqlite.store), of_words({all_of({"unmistakable"})})) == "");
  BOOST_TEST(ids(*view(*sqlite.store), of_words({all_of({"other"})})) == "2");
  sqlite.store.reset();
  for (const char* name : {"/panelbridge.words", "/panelbridge.words-wal"}) {
    std::ifstream file(sqlite.folder.path() + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(bytes.find("unmistakable") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_damaged_or_of_another_store_is_made_anew) {
  Sqlite sqlite;
  const std::string file = sqlite.folder.path() + "/panelbridge.words";
  const auto finds = [&] {
    sqlite.store->read_texts_with(texts_in);
    return ids(*view(*sqlite.store), of_words({all_of({"word"})}));
  };
  contract::commit(*sqlite.store, {put("A", "1", {}, "{word|x")});
  BOOST_TEST(finds() == "1");
  sqlite.reopen();
  contract::commit(*sqlite.store, {put("A", "2", {}, "{word|x")});
  BOOST_TEST(finds() == "1 2");
  sqlite.store.reset();
  std::ofstream(file, std::ios::trunc) << "this is no database at all, but long enough to be looked at";
  sqlite.open();
  BOOST_TEST(finds() == "1 2");
  sqlite.store.reset();
  Sqlite other;
  other.clock.ms += 5;
  other.store->read_texts_with(texts_in);
  contract::commit(*other.store, {put("A", "9", {}, "{word|x"), put("A", "8", {}, "{word|x")});
  BOOST_TEST(ids(*view(*other.store), of_words({all_of({"word"})})) == "9 8");
  other.store.reset();
  std::filesystem::copy_file(other.folder.path() + "/panelbridge.words", file, std::filesystem::copy_options::overwrite_existing);
  sqlite.open();
  BOOST_TEST(finds() == "1 2");
}

BOOST_AUTO_TEST_CASE(random_words_are_found_as_by_the_scan) {
  Pair pair;
  std::mt19937 random(7);
  const std::vector<std::string> vocabulary = {"a", "ab", "abc", "b", "bc", "caf\xc3\xa9", "d1"};
  const auto word = [&] { return vocabulary[random() % vocabulary.size()]; };
  const int steps = long_run() ? 3'000 : 250;
  for (int step = 0; step < steps; ++step) {
    std::string body = "{";
    for (int i = static_cast<int>(random() % 4); i > 0; --i) body += (body.size() > 1 ? " " : "") + word();
    body += '|';
    for (int i = static_cast<int>(random() % 3); i > 0; --i) body += (body.back() == '|' ? "" : " ") + word();
    const std::string id = std::to_string(random() % 30);
    pair.commit({random() % 6 == 0 ? contract::remove("A", id) : put("A", id, {token("t", "s", word())}, body)});
    if (step % 3 != 0) continue;
    std::vector<std::string> parts = {word()};
    if (random() % 2) parts.push_back(word() + (random() % 2 ? "*" : ""));
    if (random() % 3 == 0) parts[0] += ' ' + word();
    Query wanted = of_words({all_of(parts), all_of({word(), word()})}, random() % 2 == 0);
    if (random() % 3 == 0) wanted.all[0].negate = true;
    if (random() % 3 == 0) wanted.all.push_back(has_code("t", "s", word()));
    BOOST_TEST(ids(*view(*pair.memory.store), wanted) == ids(*view(*pair.sqlite.store), wanted));
  }
}

BOOST_AUTO_TEST_SUITE_END()
