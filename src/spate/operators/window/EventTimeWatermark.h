#pragma once

#include <memory>

#include "spate/operators/Operator.h"

namespace spate {

/// Lets rows through and notes the event times in `column` (of a window: its end), for the
/// watermark of the next batch. `watermark` numbers the watermarks of the query.
std::unique_ptr<Operator> makeEventTimeWatermark(int watermark, int column, const DataType& type,
                                                 Micros delay);

}  // namespace spate
