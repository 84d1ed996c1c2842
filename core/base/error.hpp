// Errors as values: what kind of failure, in which words, at which place. Every fallible call of the house returns a Result.
// Never: exceptions across a room's border, or text that names SQL, files or stack frames to a client.
// One table (fhir/rest/outcome.cpp) maps Kind to HTTP status and OperationOutcome code. Threads: plain values.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace core {

enum class Kind : unsigned char {
  invalid,             // the request or text is malformed
  unauthenticated,     // who is calling is not known
  forbidden,           // known, and not allowed
  not_found,           // no such resource, type or parameter
  method_not_allowed,  // the interaction does not exist here
  conflict,            // contradicts what is stored
  gone,                // was here, is deleted or expired
  stale,               // a precondition (version, guard) no longer holds
  unprocessable,       // well-formed, and against a rule
  unsupported,         // legal, and not offered
  too_large,           // over a stated limit
  busy,                // try again later
  fault                // ours: disk, bug, machine
};

struct Error {
  Kind kind = Kind::fault;
  std::string message;
  std::string where;  // parameter, path or place; empty when there is none
};

// Either a T or an Error. Like std::expected, which C++20 lacks.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  Error& error() { return std::get<1>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};  // the value of a Result that has none: Result<Done>

inline Error invalid(std::string message, std::string where = {}) { return {Kind::invalid, std::move(message), std::move(where)}; }
inline Error not_found(std::string message, std::string where = {}) { return {Kind::not_found, std::move(message), std::move(where)}; }
inline Error unprocessable(std::string message, std::string where = {}) { return {Kind::unprocessable, std::move(message), std::move(where)}; }
inline Error unsupported(std::string message, std::string where = {}) { return {Kind::unsupported, std::move(message), std::move(where)}; }
inline Error fault(std::string message, std::string where = {}) { return {Kind::fault, std::move(message), std::move(where)}; }

}  // namespace core
