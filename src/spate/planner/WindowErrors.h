#pragma once

#include <cstdint>
#include <string>

#include "spate/base/Status.h"

/// Spark's errors about window functions; texts of expressions come without quotes.
namespace spate {

/// WINDOW_FUNCTION_FRAME_NOT_ORDERED.
Status frameNotOrderedError(const std::string& name, const std::string& function);
/// lag and lead with a frame.
Status frameOfOffsetError(const std::string& name);
/// A ranking function with a frame that is not its own.
Status wrongFrameError(const std::string& frame, const std::string& required);
/// DISTINCT_WINDOW_FUNCTION_UNSUPPORTED.
Status distinctWindowError(const std::string& window);
/// UNSUPPORTED_EXPR_FOR_WINDOW.
Status notForWindowsError(const std::string& expression);
/// DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE: ntile(0), nth_value(a, 0).
Status bucketsOutOfRangeError(const std::string& function, int64_t value);
Status offsetOutOfRangeError(const std::string& function, int64_t value);
/// A window function where only plain expressions may stand.
Status windowNotAllowedError(const std::string& clause);
/// DATATYPE_MISMATCH.<reason>, of a frame or of a window specification.
Status frameMismatchError(const std::string& reason, const std::string& frame,
                          const std::string& message);

}  // namespace spate
