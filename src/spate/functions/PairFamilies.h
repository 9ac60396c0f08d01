#pragma once

#include <span>

#include "spate/functions/Function.h"

/// The table of the aggregates over two columns.
namespace spate {

std::span<const AggregateFunction> pairAggregates();

}  // namespace spate
