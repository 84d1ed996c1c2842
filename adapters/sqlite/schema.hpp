// The tables in SQLite's words, and every step from an older schema to this one. The version stands in the file's
// user_version, what kind of file it is in its application_id. Never: opens anything. Threads: a plain value.
#pragma once
#include "adapters/sql/dialect.hpp"

namespace adapters::sqlite {

constexpr int application_id = 0x50426467;  // "PBdg"

sql::Dialect dialect();

}  // namespace adapters::sqlite
