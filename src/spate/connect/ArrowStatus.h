#pragma once

#include <arrow/status.h>

#include "spate/base/Status.h"

namespace spate {

/// A Status with its class, SQLSTATE and parameters through an interface of Arrow, and back: where
/// an arrow::Status has a Status in it, that comes out again, also with context put in front.
arrow::Status toArrowStatus(const Status& status);

/// One that has none in it becomes kCancelled, kIoError, kInvalidArgument or kInternal by its code.
Status fromArrowStatus(const arrow::Status& status);

}  // namespace spate
