#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/PrettyString.h"  // IWYU pragma: export (appendDate)
#include "spate/types/TimeZone.h"

/// Values to the texts that Spark's CAST(... AS STRING) gives, and texts to values as Spark's casts
/// read them. Pure functions; for any thread.
namespace spate {

/// "2020-01-31 12:00:00.5" of microseconds of a local clock; no fraction when it is zero.
void appendTimestamp(int64_t localMicros, std::string& out);
/// All digits, never with an exponent: "-0.0001".
void appendDecimal(Int128 unscaled, int scale, std::string& out);
/// The same as BigDecimal.toString() gives it, which legacy casts use: "1E-7".
void appendDecimalScientific(Int128 unscaled, int scale, std::string& out);
/// "INTERVAL '1 02:03:04' DAY TO SECOND", by the units of the type.
void appendDayTimeInterval(int64_t micros, const DataType& type, std::string& out);
/// "INTERVAL '1-2' YEAR TO MONTH".
void appendYearMonthInterval(int32_t months, const DataType& type, std::string& out);
/// "1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds"; "0 seconds".
void appendCalendarInterval(const CalendarInterval& interval, std::string& out);

/// The text without the white space and control characters that Spark trims.
std::string_view trimmed(std::string_view text);

/// "t", "true", "y", "yes", "1" and their opposites, in any case.
std::optional<bool> parseBoolean(std::string_view text);
/// Digits with a sign, and (legacy) a fraction that is cut off. Empty: no number, or no int64_t.
std::optional<int64_t> parseInteger(std::string_view text, bool allowFraction);
/// As Java's Double.parseDouble, and "Infinity", "inf", "nan" in any case.
std::optional<double> parseDouble(std::string_view text);
std::optional<float> parseFloat(std::string_view text);

enum class DecimalParse : uint8_t { kOk, kNoNumber, kOutOfRange };
/// Rounds HALF_UP to the scale; kOutOfRange: more digits than the precision.
DecimalParse parseDecimal(std::string_view text, int precision, int scale, Int128& unscaled);
/// Changes the scale, rounding HALF_UP; false: more digits than the precision.
bool rescaleDecimal(Int128 unscaled, int fromScale, int precision, int scale, Int128& result);

/// "2020", "2020-1", "2020-01-31", and with anything behind a "T" or a space.
std::optional<int32_t> parseDate(std::string_view text);
/// "2020-01-31 12:00:00.123456+01:00", "2020-01-31T12", "12:30" (of today); microseconds of UTC.
std::optional<int64_t> parseTimestamp(std::string_view text, const TimeZone& zone,
                                      int64_t nowMicros);
/// The same as the local clock shows it; a zone in the text is not taken.
std::optional<int64_t> parseTimestampNtz(std::string_view text);
/// "INTERVAL '1 02:03:04' DAY TO SECOND" or only what is quoted.
std::optional<int64_t> parseDayTimeInterval(std::string_view text, const DataType& type);
std::optional<int32_t> parseYearMonthInterval(std::string_view text, const DataType& type);
/// "1 day 2 hours", "interval 3 months".
std::optional<CalendarInterval> parseCalendarInterval(std::string_view text);

/// 10^exponent, for 0 to 38.
Int128 powerOfTen(int exponent);
/// NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION: a value that does not fit into decimal(p, s).
Status decimalOutOfRange(std::string_view value, int precision, int scale);
/// As BigDecimal.doubleValue(): the nearest double.
double decimalToDouble(Int128 unscaled, int scale);

/// Days since the epoch of a proleptic Gregorian date; empty: there is no such date.
std::optional<int32_t> daysFromCivil(int64_t year, int64_t month, int64_t day);
struct CivilDate {
  int64_t year = 0;
  int month = 0;
  int day = 0;
};
CivilDate civilFromDays(int64_t days);

}  // namespace spate
