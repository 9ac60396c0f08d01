#include <arrow/array/builder_decimal.h>
#include <fmt/core.h>

#include <array>
#include <string>
#include <utility>

#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/DatetimeNames.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

enum class Field : uint8_t {
  kYear,
  kYearOfWeek,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDayOfWeek,
  kIsoDayOfWeek,
  kWeekday,
  kDayOfYear,
  kHour,
  kMinute,
  kSecond,
  kSecondWithFraction
};

int64_t isoWeekYear(int64_t days) {
  // The week belongs to the year of its Thursday.
  return LocalTime::ofDays(days + 4 - LocalTime::weekdayOf(days)).year;
}

int32_t dateField(Field field, int64_t days) {
  switch (field) {
    case Field::kYear: return static_cast<int32_t>(LocalTime::ofDays(days).year);
    case Field::kYearOfWeek: return static_cast<int32_t>(isoWeekYear(days));
    case Field::kQuarter: return (LocalTime::ofDays(days).month - 1) / 3 + 1;
    case Field::kMonth: return LocalTime::ofDays(days).month;
    case Field::kWeek: {
      const int64_t thursday = days + 4 - LocalTime::weekdayOf(days);
      return (LocalTime::ofDays(thursday).dayOfYear() - 1) / 7 + 1;
    }
    case Field::kDay: return LocalTime::ofDays(days).day;
    case Field::kDayOfWeek: return LocalTime::weekdayOf(days) % 7 + 1;
    case Field::kIsoDayOfWeek: return LocalTime::weekdayOf(days);
    case Field::kWeekday: return LocalTime::weekdayOf(days) - 1;
    case Field::kDayOfYear: return LocalTime::ofDays(days).dayOfYear();
    default: return 0;
  }
}

int64_t timeOfDay(int64_t local) {
  return local - LocalTime::dayOfMicros(local) * LocalTime::kMicrosPerDay;
}

int32_t timeField(Field field, int64_t local) {
  const int64_t seconds = timeOfDay(local) / LocalTime::kMicrosPerSecond;
  switch (field) {
    case Field::kHour: return static_cast<int32_t>(seconds / 3600);
    case Field::kMinute: return static_cast<int32_t>(seconds / 60 % 60);
    default: return static_cast<int32_t>(seconds % 60);
  }
}

template <Field kField>
Result<arrow::Datum> dateRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return dateField(kField, in[0].get<int32_t>(i));
  });
}

template <Field kField>
Result<arrow::Datum> timeRows(EvalContext& context, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                       LocalClock::make(*arguments[0].type(), context.settings));
  return forEachInt(arguments, rows, [&](const ArgumentColumns& in, int64_t i) {
    return timeField(kField, clock.toLocal(in[0].get<int64_t>(i)));
  });
}

Result<arrow::Datum> daynameRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const int weekday = LocalTime::weekdayOf(in[0].get<int32_t>(i));
    out = kWeekdayNames[static_cast<size_t>(weekday - 1)].substr(0, 3);
  });
}

Result<arrow::Datum> monthnameRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const int month = LocalTime::ofDays(in[0].get<int32_t>(i)).month;
    out = kMonthNames[static_cast<size_t>(month - 1)].substr(0, 3);
  });
}

constexpr std::pair<std::string_view, Field> kFieldNames[] = {
    {"YEAR", Field::kYear},
    {"Y", Field::kYear},
    {"YEARS", Field::kYear},
    {"YR", Field::kYear},
    {"YRS", Field::kYear},
    {"YEAROFWEEK", Field::kYearOfWeek},
    {"QUARTER", Field::kQuarter},
    {"QTR", Field::kQuarter},
    {"MONTH", Field::kMonth},
    {"MON", Field::kMonth},
    {"MONS", Field::kMonth},
    {"MONTHS", Field::kMonth},
    {"WEEK", Field::kWeek},
    {"W", Field::kWeek},
    {"WEEKS", Field::kWeek},
    {"DAY", Field::kDay},
    {"D", Field::kDay},
    {"DAYS", Field::kDay},
    {"DAYOFWEEK", Field::kDayOfWeek},
    {"DOW", Field::kDayOfWeek},
    {"DAYOFWEEK_ISO", Field::kIsoDayOfWeek},
    {"DOW_ISO", Field::kIsoDayOfWeek},
    {"DOY", Field::kDayOfYear},
    {"HOUR", Field::kHour},
    {"H", Field::kHour},
    {"HOURS", Field::kHour},
    {"HR", Field::kHour},
    {"HRS", Field::kHour},
    {"MINUTE", Field::kMinute},
    {"M", Field::kMinute},
    {"MIN", Field::kMinute},
    {"MINS", Field::kMinute},
    {"MINUTES", Field::kMinute},
    {"SECOND", Field::kSecondWithFraction},
    {"S", Field::kSecondWithFraction},
    {"SEC", Field::kSecondWithFraction},
    {"SECONDS", Field::kSecondWithFraction},
    {"SECS", Field::kSecondWithFraction},
};

std::optional<Field> fieldNamed(std::string_view name) {
  std::string upper(name);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  for (const auto& [text, field] : kFieldNames)
    if (text == upper) return field;
  return std::nullopt;
}

bool isTimeField(Field field) { return field >= Field::kHour; }

/// Seconds with six digits behind the point, of a time of day or of an interval.
Result<arrow::Datum> secondsRows(Arguments arguments, int64_t rows, const auto& microsOf) {
  return forEachRow<arrow::Decimal128Builder>(
      arguments, rows, arrow::decimal128(8, 6),
      [&](const ArgumentColumns& in, int64_t i, arrow::Decimal128Builder& out) {
        out.UnsafeAppend(arrow::Decimal128(microsOf(in[1].get<int64_t>(i))));
      });
}

Result<BoundFunction> bindExtractOfInterval(BoundFunction bound, Field field, bool isYearMonth) {
  constexpr int64_t kMinute = 60 * LocalTime::kMicrosPerSecond;
  if (isYearMonth) {
    bound.type = field == Field::kYear ? DataType::integerType() : DataType::byteType();
    bound.kernel = [field](EvalContext&, Arguments arguments,
                           int64_t rows) -> Result<arrow::Datum> {
      if (field == Field::kYear) {
        return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
          return in[1].get<int32_t>(i) / 12;
        });
      }
      return forEachRow<arrow::Int8Builder>(
          arguments, rows, arrow::int8(),
          [](const ArgumentColumns& in, int64_t i, arrow::Int8Builder& out) {
            out.UnsafeAppend(static_cast<int8_t>(in[1].get<int32_t>(i) % 12));
          });
    };
    return bound;
  }
  if (field == Field::kSecondWithFraction) {
    bound.type = DataType::decimalType(8, 6);
    bound.kernel = [](EvalContext&, Arguments arguments, int64_t rows) {
      return secondsRows(arguments, rows, [](int64_t micros) { return micros % kMinute; });
    };
    return bound;
  }
  if (field == Field::kDay) {
    bound.type = DataType::integerType();
    bound.kernel = [](EvalContext&, Arguments arguments, int64_t rows) {
      return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
        return static_cast<int32_t>(in[1].get<int64_t>(i) / LocalTime::kMicrosPerDay);
      });
    };
    return bound;
  }
  bound.type = DataType::byteType();
  const int64_t unit = field == Field::kHour ? 60 * kMinute : kMinute;
  const int64_t count = field == Field::kHour ? 24 : 60;
  bound.kernel = [unit, count](EvalContext&, Arguments arguments, int64_t rows) {
    return forEachRow<arrow::Int8Builder>(
        arguments, rows, arrow::int8(),
        [&](const ArgumentColumns& in, int64_t i, arrow::Int8Builder& out) {
          out.UnsafeAppend(static_cast<int8_t>(in[1].get<int64_t>(i) / unit % count));
        });
  };
  return bound;
}

/// extract(field, source): the field is a constant text.
Result<BoundFunction> bindExtract(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const auto text = constantText(arguments[0]);
  if (!text) return failure(nonFoldableInput(name, arguments, 0, "field", "STRING"));
  const auto field = fieldNamed(*text);
  const DataType& given = arguments[1].type;
  const bool isYearMonth = given.is(TypeKind::kYearMonthInterval);
  const bool isDayTime = given.is(TypeKind::kDayTimeInterval);
  const bool fits = field && !given.is(TypeKind::kCalendarInterval) &&
                    (!isYearMonth || *field == Field::kYear || *field == Field::kMonth) &&
                    (!isDayTime || *field == Field::kDay || isTimeField(*field));
  if (!fits) {
    const std::string shown = "`" + *text + "`";
    const std::string source = "\"" + arguments[1].sql + "\"";
    return failure(Status::invalidArgument(fmt::format("Cannot extract {} from {}.", shown, source))
                       .withErrorClass("INVALID_EXTRACT_FIELD", "42601",
                                       {{"field", shown}, {"expr", source}}));
  }
  BoundFunction bound;
  bound.nullable = arguments[1].nullable;
  bound.argumentTypes = {DataType::stringType(), given};
  if (name == "extract") bound.sql = fmt::format("extract({} FROM {})", *text, arguments[1].sql);
  if (isYearMonth || isDayTime) return bindExtractOfInterval(std::move(bound), *field, isYearMonth);

  bound.type = DataType::integerType();
  if (!isTimeField(*field)) {
    bound.argumentTypes[1] = DataType::dateType();
    bound.kernel = [kind = *field](EvalContext&, Arguments values, int64_t rows) {
      return forEachInt(values, rows, [kind](const ArgumentColumns& in, int64_t i) {
        return dateField(kind, in[1].get<int32_t>(i));
      });
    };
    return bound;
  }
  if (!given.is(TypeKind::kTimestampNtz)) bound.argumentTypes[1] = DataType::timestampType();
  if (*field == Field::kSecondWithFraction) bound.type = DataType::decimalType(8, 6);
  bound.kernel = [kind = *field](EvalContext& context, Arguments values,
                                 int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                         LocalClock::make(*values[1].type(), context.settings));
    if (kind == Field::kSecondWithFraction) {
      return secondsRows(values, rows, [&](int64_t micros) {
        return timeOfDay(clock.toLocal(micros)) % (60 * LocalTime::kMicrosPerSecond);
      });
    }
    return forEachInt(values, rows, [&](const ArgumentColumns& in, int64_t i) {
      return timeField(kind, clock.toLocal(in[1].get<int64_t>(i)));
    });
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"date_part", bindExtract},
    {"datepart", bindExtract},
    {"day", bindRows<"D", "i", &dateRows<Field::kDay>>},
    {"dayname", bindRows<"D", "s", &daynameRows>},
    {"dayofmonth", bindRows<"D", "i", &dateRows<Field::kDay>>},
    {"dayofweek", bindRows<"D", "i", &dateRows<Field::kDayOfWeek>>},
    {"dayofyear", bindRows<"D", "i", &dateRows<Field::kDayOfYear>>},
    {"extract", bindExtract},
    {"hour", bindRows<"A", "i", &timeRows<Field::kHour>>},
    {"minute", bindRows<"A", "i", &timeRows<Field::kMinute>>},
    {"month", bindRows<"D", "i", &dateRows<Field::kMonth>>},
    {"monthname", bindRows<"D", "s", &monthnameRows>},
    {"quarter", bindRows<"D", "i", &dateRows<Field::kQuarter>>},
    {"second", bindRows<"A", "i", &timeRows<Field::kSecond>>},
    {"weekday", bindRows<"D", "i", &dateRows<Field::kWeekday>>},
    {"weekofyear", bindRows<"D", "i", &dateRows<Field::kWeek>>},
    {"year", bindRows<"D", "i", &dateRows<Field::kYear>>},
};

}  // namespace

std::span<const ScalarFunction> datetimeFieldFunctions() { return kFunctions; }

}  // namespace spate
