#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <utility>

#include "spate/base/Status.h"

namespace spate {

/// The status as Arrow's: it carries the whole of ours (code, message, error class, parameters), so
/// that an error survives the way through an Arrow reader.
arrow::Status toArrowStatus(const Status& status);

/// The way back: the Status that was put in, or one made of Arrow's code and words.
Status fromArrow(const arrow::Status& status);

/// The value, or the error as above.
template <class T>
Result<T> fromArrow(arrow::Result<T> result) {
  if (!result.ok()) return failure(fromArrow(result.status()));
  return std::move(result).ValueUnsafe();
}

}  // namespace spate
