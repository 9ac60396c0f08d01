#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate::sql {

/// "10 minutes", "interval 1 day -2 hours", "1.5 seconds": the text of watermark delays, triggers,
/// window lengths and INTERVAL literals, as Spark's IntervalUtils.stringToInterval.
///
/// Errors INVALID_INTERVAL_FORMAT.*
Result<CalendarInterval> parseInterval(std::string_view text);

/// "1 02:03:04.5" between two units, DAY TO SECOND, MINUTE TO SECOND, ..., in microseconds.
/// Needs kDay <= from < to.
///
/// Errors INVALID_INTERVAL_FORMAT.*, _LEGACY_ERROR_TEMP_0063 (hour 25)
Result<int64_t> parseDayTimeInterval(std::string_view text, IntervalUnit from, IntervalUnit to);

/// "1-2", YEAR TO MONTH, in months.
Result<int32_t> parseYearMonthInterval(std::string_view text);

/// "minute" or "MINUTES" as a unit of DAY TO SECOND or YEAR TO MONTH; empty for weeks and parts of
/// seconds.
std::optional<IntervalUnit> intervalUnitOf(std::string_view word);

}  // namespace spate::sql
