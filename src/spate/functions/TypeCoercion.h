#pragma once

#include <optional>
#include <span>

#include "spate/functions/Function.h"

/// Spark's rules of implicit conversion: AnsiTypeCoercion and, with ANSI off, TypeCoercion.
namespace spate {

/// The type both fit into without loss; no string and decimal rules. Empty: there is none.
std::optional<DataType> tightestCommonType(const DataType& a, const DataType& b, bool ansi);
/// commonType() of all; the null type for none.
std::optional<DataType> commonTypeOf(std::span<const Argument> arguments,
                                     const SessionSettings& settings);
/// What the two sides of a comparison are cast to.
std::optional<DataType> comparisonType(const DataType& a, const DataType& b,
                                       const SessionSettings& settings);
/// Whether Spark casts an argument of a function by itself.
bool isImplicitlyCastable(const DataType& from, const DataType& to, bool ansi);

/// The decimal that holds every value of a number type: INT is decimal(10,0), DOUBLE (30,15).
DataType decimalFor(const DataType& type);
/// The decimal that both fit into, cut to 38 digits as Spark does.
DataType widerDecimal(const DataType& a, const DataType& b);
/// decimal(min(precision, 38), min(scale, 38)).
DataType boundedDecimal(int precision, int scale);
/// The result of decimal arithmetic when precision may be lost: keeps the integral digits and at
/// least 6 of the scale.
DataType adjustedDecimal(int precision, int scale);

/// An implicit cast of an argument whose type the function has settled: always made if there is a
/// cast at all. Its text is that of the child; a constant is cast at once.
Result<BoundExpressionPtr> castArgument(BoundExpressionPtr child, const DataType& type,
                                        const SessionSettings& settings);

}  // namespace spate
