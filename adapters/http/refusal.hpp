// A request that the edge answers by itself: the status and a sentence for the client.
// Never: quotes what the client sent. Threads: plain values; texts are static.
// Source: RFC 9110 section 15, RFC 9112.
#pragma once
#include <string_view>

#include "fhir/rest/message.hpp"

namespace adapters::http {

struct Refusal {
  int status = 400;
  std::string_view reason;
};

fhir::rest::Response response_from(const Refusal& refusal);  // an OperationOutcome

}  // namespace adapters::http
