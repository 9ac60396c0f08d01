#pragma once

#include <span>
#include <string_view>

#include "spate/functions/Function.h"

namespace spate {

/// sequence(start, stop[, step]) over integers, dates and timestamps.
Result<BoundFunction> bindSequence(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings);

}  // namespace spate
