// The last word on where this process connects: connect() itself is defined here, in front of the C library's, and
// looks at the address that is really used. A name that resolves differently the next moment (DNS rebinding), an
// unusual spelling of an address or a library with ideas of its own all end here. Threads: safe from all. Source: IANA
// special-purpose registries (address.hpp).
#pragma once

namespace adapters::egress::worker {

void allow_private_addresses(bool allowed);  // until then, and by default, they are refused
bool take_refused();                         // an address was refused since this was last asked

}  // namespace adapters::egress::worker
