// The error of a store that takes nothing more, because the disk is full: later it may again, and what is stored stays
// readable. A kind of "try again later" of its own: told by its place. Source: FHIR R4 issue type no-store. Threads:
// pure.
#pragma once
#include <string>
#include <utility>

#include "core/base/error.hpp"

namespace core::store {

inline constexpr std::string_view no_room_place = "store.room";

inline Error no_room(std::string message) { return {Kind::busy, std::move(message), std::string(no_room_place)}; }
inline bool is_no_room(const Error& error) { return error.kind == Kind::busy && error.where == no_room_place; }

}  // namespace core::store
