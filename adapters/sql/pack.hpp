// The index rows of one resource as bytes, beside it in the table `forward`: what residual criteria and sort keys read,
// and what an update takes the old index keys from. Nothing of a Row is lost (a component's own `param` is nobody's
// business). Never: trusts bytes: damaged ones end the reading. Threads: pure functions over Names.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/names.hpp"
#include "core/store/row.hpp"

namespace adapters::sql {

// Parameter codes to decode; everything else is skipped. Empty: everything.
using Wanted = std::vector<std::string>;

std::string pack(const core::store::Rows& rows, Names& names);  // gives numbers to new names
// Nothing when the bytes are not of this form.
std::optional<core::store::Rows> unpack(std::string_view bytes, const Names& names, const Wanted& wanted = {});

}  // namespace adapters::sql
