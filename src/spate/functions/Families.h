#pragma once

#include <span>

#include "spate/functions/Function.h"

/// The table of each family, defined in the family's file. FunctionList.cpp makes the one sorted
/// list of them.
namespace spate {

std::span<const ScalarFunction> arithmeticFunctions();
std::span<const ScalarFunction> bitwiseFunctions();
std::span<const ScalarFunction> booleanFunctions();
std::span<const ScalarFunction> castFunctions();
std::span<const ScalarFunction> comparisonFunctions();
std::span<const ScalarFunction> conditionalFunctions();
std::span<const ScalarFunction> mathFunctions();
std::span<const ScalarFunction> randomFunctions();
std::span<const ScalarFunction> roundingFunctions();
std::span<const ScalarFunction> sessionFunctions();

std::span<const ScalarFunction> collectionFunctions();
std::span<const ScalarFunction> csvFunctions();
std::span<const ScalarFunction> datetimeFunctions();
std::span<const ScalarFunction> hashFunctions();
std::span<const ScalarFunction> jsonFunctions();
std::span<const ScalarFunction> lambdaFunctions();
std::span<const ScalarFunction> mapFunctions();
std::span<const ScalarFunction> stringFunctions();
std::span<const ScalarFunction> structFunctions();
std::span<const ScalarFunction> urlFunctions();
std::span<const ScalarFunction> windowTimeFunctions();

std::span<const AggregateFunction> bitAggregates();
std::span<const AggregateFunction> collectAggregates();
std::span<const AggregateFunction> countAggregates();
std::span<const AggregateFunction> extremeAggregates();
std::span<const AggregateFunction> momentAggregates();
std::span<const AggregateFunction> orderAggregates();
std::span<const AggregateFunction> sumAggregates();

std::span<const GeneratorFunction> generatorFunctions();

}  // namespace spate
