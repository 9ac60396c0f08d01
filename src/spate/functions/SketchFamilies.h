#pragma once

#include <span>

#include "spate/functions/Function.h"

/// The tables of the families of sketches.
namespace spate {

std::span<const ScalarFunction> kllFunctions();
std::span<const AggregateFunction> kllAggregates();

}  // namespace spate
