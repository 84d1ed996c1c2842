// Full text in a file of its own beside the store (SQLite's FTS5, without the texts themselves). Writing costs nothing: a
// search first reads what was written since the last one, so it finds everything that was stored before it. The file is
// made from the store and can be deleted; an erase empties it. Threads: safe from all, one search at a time.
#pragma once
#include <memory>
#include <string>

#include "adapters/sql/words.hpp"

namespace adapters::sqlite {

std::shared_ptr<sql::Words> open_words(std::string file);  // opens or makes the file at the first search

}  // namespace adapters::sqlite
