#pragma once

#include <span>

#include "spate/functions/Function.h"

/// The tables of the functions over VARIANT.
namespace spate {

std::span<const ScalarFunction> variantFunctions();
std::span<const AggregateFunction> variantAggregates();

}  // namespace spate
