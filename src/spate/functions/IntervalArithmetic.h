#pragma once

#include <optional>

#include "spate/functions/Function.h"

namespace spate {

/// + - * / where one side is a date, a timestamp or an interval. `name` is the operator or its
/// try_ form. Empty: neither side is one, so that it is an affair of numbers.
///
/// Errors DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES: these two types have no such operation
std::optional<Result<BoundFunction>> bindIntervalArithmetic(std::string_view op, bool isTry,
                                                            const std::string& sql,
                                                            std::span<const Argument> arguments,
                                                            const SessionSettings& settings);

}  // namespace spate
