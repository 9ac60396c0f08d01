#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// Appends what show() prints in a cell (Spark's ToPrettyString): NULL, also inside of arrays and
/// structs, "{1, a}", "[1, 2]", "{k -> v}", "[61 62]" for binary, plain decimals, Java's doubles,
/// times in `zone`.
///
/// Needs a column of toArrowType(type).
void appendPretty(const arrow::Array& column, const DataType& type, int64_t row,
                  const TimeZone& zone, std::string& out);

// The texts of single values, as CAST(x AS STRING) gives them.

/// "2020-01-31", "-0044-03-15", "+10000-01-01".
void appendDate(int32_t daysSinceEpoch, std::string& out);
/// "2020-01-31 23:59:59.5": local micros, without trailing zeros of the fraction.
void appendDateTime(int64_t localMicros, std::string& out);
/// The plain text of an unscaled number: "-0.05".
void appendDecimal(std::string_view unscaledDigits, int scale, std::string& out);
/// "INTERVAL '1 02:03:04' DAY TO SECOND".
void appendDayTimeInterval(int64_t micros, IntervalUnit start, IntervalUnit end, std::string& out);
/// "INTERVAL '1-2' YEAR TO MONTH".
void appendYearMonthInterval(int32_t months, IntervalUnit start, IntervalUnit end,
                             std::string& out);
/// "1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds"; "0 seconds".
void appendCalendarInterval(int32_t months, int32_t days, int64_t micros, std::string& out);

}  // namespace spate
