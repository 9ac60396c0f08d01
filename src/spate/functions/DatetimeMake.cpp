#include <arrow/array/array_decimal.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/scalar.h>
#include <fmt/core.h>

#include <cmath>
#include <string>
#include <utility>

#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/Cast.h"
#include "spate/types/Columns.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

constexpr int64_t kMicrosPerSecond = LocalTime::kMicrosPerSecond;
constexpr int64_t kMicrosPerDay = LocalTime::kMicrosPerDay;

std::shared_ptr<arrow::DataType> timestampType(bool isLocal = false) {
  return isLocal ? arrow::timestamp(arrow::TimeUnit::MICRO)
                 : arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

/// A function without arguments whose value is the moment of the query.
Result<BoundFunction> bindNow(std::string_view name, std::span<const Argument> arguments,
                              DataType type, Kernel kernel) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 0, 0));
  BoundFunction bound;
  bound.type = std::move(type);
  bound.nullable = false;
  bound.isFoldable = false;
  bound.kernel = std::move(kernel);
  return bound;
}

int64_t nowOf(const EvalContext& context) { return context.now.time_since_epoch().count(); }

Result<BoundFunction> bindCurrentTimestamp(std::string_view name,
                                           std::span<const Argument> arguments,
                                           const SessionSettings&) {
  return bindNow(name, arguments, DataType::timestampType(),
                 [](EvalContext& context, Arguments, int64_t) -> Result<arrow::Datum> {
                   return arrow::Datum(
                       std::make_shared<arrow::TimestampScalar>(nowOf(context), timestampType()));
                 });
}

Result<BoundFunction> bindLocalTimestamp(std::string_view name, std::span<const Argument> arguments,
                                         const SessionSettings&) {
  return bindNow(name, arguments, DataType::timestampNtzType(),
                 [](EvalContext& context, Arguments, int64_t) -> Result<arrow::Datum> {
                   SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
                   return arrow::Datum(std::make_shared<arrow::TimestampScalar>(
                       zone->toLocal(nowOf(context)), timestampType(true)));
                 });
}

Result<BoundFunction> bindCurrentDate(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  return bindNow(name, arguments, DataType::dateType(),
                 [](EvalContext& context, Arguments, int64_t) -> Result<arrow::Datum> {
                   SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
                   return arrow::Datum(std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(
                       LocalTime::dayOfMicros(zone->toLocal(nowOf(context))))));
                 });
}

Result<BoundFunction> bindCurrentTimezone(std::string_view name,
                                          std::span<const Argument> arguments,
                                          const SessionSettings&) {
  return bindNow(
      name, arguments, DataType::stringType(),
      [](EvalContext& context, Arguments, int64_t) -> Result<arrow::Datum> {
        return arrow::Datum(std::make_shared<arrow::StringScalar>(context.settings.timeZone));
      });
}

template <int64_t kUnit>
Result<arrow::Datum> unixRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachLong(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return LocalTime::floorDivide(in[0].get<int64_t>(i), kUnit);
  });
}

/// The days of a DATE and back, which are the same numbers.
Result<arrow::Datum> unixDateRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows,
                    [](const ArgumentColumns& in, int64_t i) { return in[0].get<int32_t>(i); });
}

Result<arrow::Datum> dateFromUnixRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) {
        out.UnsafeAppend(in[0].get<int32_t>(i));
      });
}

template <int64_t kUnit>
Result<arrow::Datum> fromUnitsRows(EvalContext&, Arguments arguments, int64_t rows) {
  const auto error = [](int64_t) { return arithmeticOverflow("long overflow"); };
  return mapChecked<int64_t, int64_t>(
      timestampType(), arguments, rows,
      [](int64_t value, int64_t& micros) { return !__builtin_mul_overflow(value, kUnit, &micros); },
      &error);
}

Result<arrow::Datum> fromDoubleRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, timestampType(),
      [](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) {
        const double seconds = in[0].get<double>(i);
        if (!std::isfinite(seconds)) {
          out.UnsafeAppendNull();
        } else {
          out.UnsafeAppend(static_cast<int64_t>(seconds * kMicrosPerSecond));
        }
      });
}

Result<BoundFunction> bindTimestampSeconds(std::string_view name,
                                           std::span<const Argument> arguments,
                                           const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType& given = arguments[0].type;
  if (given.isIntegral() || given.is(TypeKind::kNull))
    return bindSignature(name, arguments, "l", "T", &fromUnitsRows<kMicrosPerSecond>);
  if (!given.isNumeric()) return failure(unexpectedInputType(name, arguments, 0, "\"NUMERIC\""));
  return bindSignature(name, arguments, "d", "T?", &fromDoubleRows);
}

Status outOfBounds(const std::string& message) {
  return Status::invalidArgument(
             message +
             ". If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.")
      .withErrorClass("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", "22023",
                      {{"rangeMessage", message}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

Status checkRange(std::string_view field, int64_t value, int64_t most, int64_t least = 0) {
  if (value >= least && value <= most) return Status::OK();
  return outOfBounds(
      fmt::format("Invalid value for {} (valid values {} - {}): {}", field, least, most, value));
}

Status checkDate(int64_t year, int64_t month, int64_t day) {
  SPATE_RETURN_IF_ERROR(checkRange("MonthOfYear", month, 12, 1));
  SPATE_RETURN_IF_ERROR(checkRange("DayOfMonth", day, 31, 1));
  if (day <= LocalTime::monthLength(year, static_cast<int>(month))) return Status::OK();
  constexpr std::string_view kNames[] = {"JANUARY",   "FEBRUARY", "MARCH",    "APRIL",
                                         "MAY",       "JUNE",     "JULY",     "AUGUST",
                                         "SEPTEMBER", "OCTOBER",  "NOVEMBER", "DECEMBER"};
  if (month == 2 && day == 29)
    return outOfBounds(fmt::format("Invalid date 'February 29' as '{}' is not a leap year", year));
  return outOfBounds(fmt::format("Invalid date '{} {}'", kNames[month - 1], day));
}

Result<arrow::Datum> makeDateRows(EvalContext& context, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [&](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) -> Status {
        const int32_t year = in[0].get<int32_t>(i);
        const int32_t month = in[1].get<int32_t>(i);
        const int32_t day = in[2].get<int32_t>(i);
        Status checked = checkDate(year, month, day);
        if (!checked.ok()) {
          if (context.settings.ansi) return checked;
          out.UnsafeAppendNull();
          return Status::OK();
        }
        out.UnsafeAppend(static_cast<int32_t>(LocalTime::daysOf(year, month, day)));
        return Status::OK();
      });
}

/// Seconds, a decimal with six digits behind the point, in microseconds.
int64_t microsOfDecimal(const ArgumentColumn& column, int64_t i) {
  const auto& array = static_cast<const arrow::Decimal128Array&>(column.array());
  return static_cast<int64_t>(arrow::Decimal128(array.GetValue(column.at(i))).low_bits());
}

enum class MakeKind : uint8_t { kTimestamp, kNtz, kTryTimestamp, kTryNtz };

template <MakeKind kKind>
Result<arrow::Datum> makeTimestampRows(EvalContext& context, Arguments arguments, int64_t rows) {
  constexpr bool kLocal = kKind == MakeKind::kNtz || kKind == MakeKind::kTryNtz;
  constexpr bool kTry = kKind == MakeKind::kTryTimestamp || kKind == MakeKind::kTryNtz;
  SPATE_ASSIGN_OR_FAIL(const auto session, TimeZone::make(context.settings.timeZone));
  const auto valueOf = [&](const ArgumentColumns& in, int64_t i) -> Result<int64_t> {
    LocalTime time;
    time.year = in[0].get<int32_t>(i);
    time.month = in[1].get<int32_t>(i);
    time.day = in[2].get<int32_t>(i);
    time.hour = in[3].get<int32_t>(i);
    time.minute = in[4].get<int32_t>(i);
    const int64_t seconds = microsOfDecimal(in[5], i);
    SPATE_FAIL_IF_ERROR(checkRange("HourOfDay", time.hour, 23));
    SPATE_FAIL_IF_ERROR(checkRange("MinuteOfHour", time.minute, 59));
    if (seconds > 60 * kMicrosPerSecond) {
      const std::string shown = fmt::format("{}", static_cast<double>(seconds) / 1e6);
      return failure(
          Status::invalidArgument(
              "The fraction of sec must be zero. Valid range is [0, 60]. If necessary "
              "set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.")
              .withErrorClass("INVALID_FRACTION_OF_SECOND", "22023", {{"secAndMicros", shown}}));
    }
    SPATE_FAIL_IF_ERROR(checkRange("SecondOfMinute", seconds / kMicrosPerSecond, 60));
    SPATE_FAIL_IF_ERROR(checkDate(time.year, time.month, time.day));
    // 60 seconds are the next minute.
    const int64_t local = time.toMicros() + seconds;
    if (kLocal) return local;
    if (in.size() < 7) return session->toUtc(local);
    SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(in[6].text(i)));
    return zone->toUtc(local);
  };
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, timestampType(kLocal),
      [&](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) -> Status {
        auto value = valueOf(in, i);
        if (value) {
          out.UnsafeAppend(*value);
        } else if (kTry || !context.settings.ansi) {
          out.UnsafeAppendNull();
        } else {
          return std::move(value).error();
        }
        return Status::OK();
      });
}

template <MakeKind kKind>
Result<BoundFunction> bindMakeTimestamp(std::string_view name, std::span<const Argument> arguments,
                                        const SessionSettings& settings) {
  constexpr bool kLocal = kKind == MakeKind::kNtz || kKind == MakeKind::kTryNtz;
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound,
                       bindSignature(name, arguments, kLocal ? "iiiii*" : "iiiii*|s",
                                     kLocal ? "N" : "T", &makeTimestampRows<kKind>));
  bound.argumentTypes[5] = DataType::decimalType(16, 6);
  bound.nullable = bound.nullable || !settings.ansi || name.starts_with("try");
  return bound;
}

/// make_interval(years, months, weeks, days, hours, minutes, seconds); what does not fit is null in
/// try_make_interval.
template <bool kTry>
Result<arrow::Datum> makeIntervalRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::MonthDayNanoIntervalBuilder>(
      arguments, rows, arrow::month_day_nano_interval(),
      [](const ArgumentColumns& in, int64_t i, arrow::MonthDayNanoIntervalBuilder& out) -> Status {
        int64_t parts[6] = {};
        for (size_t k = 0; k < 6 && k < in.size(); ++k) parts[k] = in[k].get<int32_t>(i);
        const int64_t seconds = in.size() > 6 ? microsOfDecimal(in[6], i) : 0;
        const int64_t months = parts[0] * 12 + parts[1];
        const int64_t days = parts[2] * 7 + parts[3];
        const int64_t micros = (parts[4] * 3600 + parts[5] * 60) * kMicrosPerSecond + seconds;
        int64_t nanos = 0;
        if (months != static_cast<int32_t>(months) || days != static_cast<int32_t>(days) ||
            __builtin_mul_overflow(micros, 1000, &nanos)) {
          if (!kTry) return arithmeticOverflow("integer overflow");
          out.UnsafeAppendNull();
          return Status::OK();
        }
        out.UnsafeAppend({static_cast<int32_t>(months), static_cast<int32_t>(days), nanos});
        return Status::OK();
      });
}

Result<arrow::Datum> makeDayTimeRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::DurationBuilder>(
      arguments, rows, arrow::duration(arrow::TimeUnit::MICRO),
      [](const ArgumentColumns& in, int64_t i, arrow::DurationBuilder& out) -> Status {
        int64_t parts[3] = {};
        for (size_t k = 0; k < 3 && k < in.size(); ++k) parts[k] = in[k].get<int32_t>(i);
        const int64_t seconds = in.size() > 3 ? microsOfDecimal(in[3], i) : 0;
        int64_t micros = 0;
        if (__builtin_mul_overflow(parts[0], kMicrosPerDay, &micros) ||
            __builtin_add_overflow(micros, (parts[1] * 3600 + parts[2] * 60) * kMicrosPerSecond,
                                   &micros) ||
            __builtin_add_overflow(micros, seconds, &micros))
          return arithmeticOverflow("long overflow");
        out.UnsafeAppend(micros);
        return Status::OK();
      });
}

Result<arrow::Datum> makeYearMonthRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::MonthIntervalBuilder>(
      arguments, rows, arrow::month_interval(),
      [](const ArgumentColumns& in, int64_t i, arrow::MonthIntervalBuilder& out) -> Status {
        const int64_t months = (in.empty() ? 0 : int64_t{in[0].get<int32_t>(i)} * 12) +
                               (in.size() > 1 ? in[1].get<int32_t>(i) : 0);
        if (months != static_cast<int32_t>(months)) return arithmeticOverflow("integer overflow");
        out.UnsafeAppend(static_cast<int32_t>(months));
        return Status::OK();
      });
}

/// The seconds of make_interval and make_dt_interval are a DECIMAL(18, 6).
Result<BoundFunction> withSeconds(Result<BoundFunction> bound, size_t index) {
  if (bound && bound->argumentTypes.size() > index)
    bound->argumentTypes[index] = DataType::decimalType(18, 6);
  return bound;
}

Result<BoundFunction> bindMakeInterval(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  return withSeconds(bindSignature(name, arguments, "|iiiiii*", "C", &makeIntervalRows<false>), 6);
}

Result<BoundFunction> bindTryMakeInterval(std::string_view name,
                                          std::span<const Argument> arguments,
                                          const SessionSettings&) {
  return withSeconds(bindSignature(name, arguments, "|iiiiii*", "C?", &makeIntervalRows<true>), 6);
}

Result<BoundFunction> bindMakeDayTime(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  return withSeconds(bindSignature(name, arguments, "|iii*", "E", &makeDayTimeRows), 3);
}

constexpr ScalarFunction kFunctions[] = {
    {"curdate", bindCurrentDate},
    {"current_date", bindCurrentDate},
    {"current_timestamp", bindCurrentTimestamp},
    {"current_timezone", bindCurrentTimezone},
    {"date_from_unix_date", bindRows<"i", "D", &dateFromUnixRows>},
    {"localtimestamp", bindLocalTimestamp},
    {"make_date", bindRows<"iii", "D?", &makeDateRows>},
    {"make_dt_interval", bindMakeDayTime},
    {"make_interval", bindMakeInterval},
    {"make_timestamp", bindMakeTimestamp<MakeKind::kTimestamp>},
    {"make_timestamp_ltz", bindMakeTimestamp<MakeKind::kTimestamp>},
    {"make_timestamp_ntz", bindMakeTimestamp<MakeKind::kNtz>},
    {"make_ym_interval", bindRows<"|ii", "Y", &makeYearMonthRows>},
    {"now", bindCurrentTimestamp},
    {"timestamp_micros", bindRows<"l", "T", &fromUnitsRows<1>>},
    {"timestamp_millis", bindRows<"l", "T", &fromUnitsRows<1000>>},
    {"timestamp_seconds", bindTimestampSeconds},
    {"try_make_interval", bindTryMakeInterval},
    {"try_make_timestamp", bindMakeTimestamp<MakeKind::kTryTimestamp>},
    {"try_make_timestamp_ltz", bindMakeTimestamp<MakeKind::kTryTimestamp>},
    {"try_make_timestamp_ntz", bindMakeTimestamp<MakeKind::kTryNtz>},
    {"unix_date", bindRows<"D", "i", &unixDateRows>},
    {"unix_micros", bindRows<"T", "l", &unixRows<1>>},
    {"unix_millis", bindRows<"T", "l", &unixRows<1000>>},
    {"unix_seconds", bindRows<"T", "l", &unixRows<kMicrosPerSecond>>},
};

}  // namespace

std::span<const ScalarFunction> datetimeMakeFunctions() { return kFunctions; }

}  // namespace spate
