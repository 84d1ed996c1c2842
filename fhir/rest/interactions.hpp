// Every interaction of the RESTful API, one function and one file each; routes.cpp says when each is called.
// Source: FHIR R4 RESTful API 3.1.0.
#pragma once
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

Answer read(Exchange&);
Answer vread(Exchange&);
Answer create(Exchange&);
Answer update(Exchange&);
Answer conditional_update(Exchange&);
Answer patch(Exchange&);
Answer conditional_patch(Exchange&);
Answer remove(Exchange&);
Answer conditional_remove(Exchange&);
Answer history_instance(Exchange&);
Answer history_type(Exchange&);
Answer history_system(Exchange&);
Answer search_type(Exchange&);
Answer search_system(Exchange&);
Answer search_compartment(Exchange&);
Answer bundle(Exchange&);
Answer capabilities(Exchange&);
Answer operate(Exchange&);
Answer async_status(Exchange&);
Answer async_cancel(Exchange&);
Answer start_async(Exchange&);  // a search, when the client prefers to come back for its answer

}  // namespace fhir::rest
