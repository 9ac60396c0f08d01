#pragma once

#include <span>
#include <string_view>

#include "spate/functions/Function.h"

namespace spate {

/// The value of a key in a map, or null: element_at, try_element_at, getMapValue.
Result<BoundFunction> bindMapLookup(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings);

}  // namespace spate
