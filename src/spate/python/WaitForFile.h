#pragma once

#include <chrono>
#include <stop_token>

#include "spate/base/Status.h"

namespace spate::python {

using Deadline = std::chrono::steady_clock::time_point;

/// Returns when `file` is ready for `events` of poll(), or at its end.
///
/// Errors  kCancelled: `stop`, or the deadline is over
/// Threads any
Status waitForFile(int file, short events, const std::stop_token& stop, Deadline deadline);

}  // namespace spate::python
