#include "spate/functions/IntervalArithmetic.h"

#include <arrow/datum.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "spate/functions/Errors.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"
#include "spate/types/TimeZone.h"

namespace spate {
namespace {

using Kind = TypeKind;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool isInterval(const DataType& type) {
  return type.is(Kind::kDayTimeInterval) || type.is(Kind::kYearMonthInterval) ||
         type.is(Kind::kCalendarInterval);
}

bool isDatetime(const DataType& type) {
  return type.is(Kind::kDate) || type.is(Kind::kTimestamp) || type.is(Kind::kTimestampNtz);
}

/// The date some months later; the last day of the month where the day does not exist.
bool addMonths(int64_t days, int64_t months, int64_t& result) {
  const CivilDate date = civilFromDays(days);
  const int64_t total = date.year * 12 + date.month - 1 + months;
  const int64_t year = floorDivide(total, 12);
  const int64_t month = total - year * 12 + 1;
  for (int day = date.day; day > 27; --day) {
    if (const auto found = daysFromCivil(year, month, day)) {
      result = *found;
      return true;
    }
  }
  const auto found = daysFromCivil(year, month, date.day);
  if (found) result = *found;
  return found.has_value();
}

/// A local or UTC timestamp plus months and days of the calendar, and time.
bool addToTimestamp(int64_t micros, const CalendarInterval& interval, const TimeZone* zone,
                    int64_t& result) {
  result = micros;
  if (interval.months != 0 || interval.days != 0) {
    const int64_t local = zone != nullptr ? zone->toLocal(micros) : micros;
    int64_t days = floorDivide(local, kMicrosPerDay);
    const int64_t timeOfDay = local - days * kMicrosPerDay;
    if (interval.months != 0 && !addMonths(days, interval.months, days)) return false;
    days += interval.days;
    if (__builtin_mul_overflow(days, kMicrosPerDay, &result) ||
        __builtin_add_overflow(result, timeOfDay, &result)) {
      return false;
    }
    if (zone != nullptr) result = zone->toUtc(result);
  }
  return !__builtin_add_overflow(result, interval.micros, &result);
}

Status datetimeOverflow() {
  return Status::invalidArgument("Datetime operation overflow.")
      .withErrorClass("DATETIME_OVERFLOW", "22008", {{"operation", "add an interval"}});
}

Status intervalOverflow(bool hasTry) {
  const std::string text = hasTry ? "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION"
                                  : "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION";
  return Status::invalidArgument(
             "Integer overflow while operating with intervals. Try devising "
             "appropriate values for the interval parameters.")
      .withErrorClass(text, "22015");
}

struct Binding {
  DataType type;
  std::vector<DataType> argumentTypes;
  Kernel kernel;
};

template <class Out, class A, class B, class F, class E>
Kernel checkedKernel(const DataType& type, bool isTry, F f, E error) {
  return [=](EvalContext&, std::span<const arrow::Datum> values,
             int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
    return mapChecked<Out, A, B>(arrowType, values, rows, f, isTry ? nullptr : &error);
  };
}

/// The interval as months, days and time, whatever its type.
template <class T>
CalendarInterval calendarOf(T value, int sign) {
  if constexpr (std::is_same_v<T, CalendarInterval>) {
    return {static_cast<int32_t>(value.months * sign), static_cast<int32_t>(value.days * sign),
            value.micros * sign};
  } else if constexpr (std::is_same_v<T, int32_t>) {
    return {static_cast<int32_t>(value * sign), 0, 0};
  } else {
    const int64_t signedValue = value * sign;
    const int64_t days = signedValue / kMicrosPerDay;
    return {0, static_cast<int32_t>(days), signedValue - days * kMicrosPerDay};
  }
}

/// date or timestamp + sign * interval.
template <class T>
Binding addInterval(const DataType& datetime, const DataType& interval, int sign, bool isTry,
                    bool intervalFirst, std::shared_ptr<const TimeZone> zone) {
  const auto error = [](auto, auto) { return datetimeOverflow(); };
  // What is smaller than a day makes a timestamp of a date.
  const bool wholeDays =
      interval.is(Kind::kYearMonthInterval) ||
      (interval.is(Kind::kDayTimeInterval) && interval.endUnit() == IntervalUnit::kDay) ||
      interval.is(Kind::kCalendarInterval);
  Binding bound;
  if (datetime.is(Kind::kDate) && wholeDays) {
    const auto add = [sign](int32_t days, T value, int32_t& out) {
      const CalendarInterval parts = calendarOf(value, sign);
      int64_t result = days;
      if (parts.months != 0 && !addMonths(days, parts.months, result)) return false;
      result += parts.days;
      out = static_cast<int32_t>(result);
      return result == out && parts.micros == 0;
    };
    bound.type = datetime;
    if (intervalFirst) {
      const auto turned = [add](T value, int32_t days, int32_t& out) {
        return add(days, value, out);
      };
      bound.kernel = checkedKernel<int32_t, T, int32_t>(bound.type, isTry, turned, error);
    } else {
      bound.kernel = checkedKernel<int32_t, int32_t, T>(bound.type, isTry, add, error);
    }
    bound.argumentTypes = {datetime, interval};
  } else {
    bound.type = datetime.is(Kind::kDate) ? DataType::timestampType() : datetime;
    if (bound.type.is(Kind::kTimestampNtz)) zone = nullptr;
    const auto add = [sign, zone](int64_t micros, T value, int64_t& out) {
      return addToTimestamp(micros, calendarOf(value, sign), zone.get(), out);
    };
    if (intervalFirst) {
      const auto turned = [add](T value, int64_t micros, int64_t& out) {
        return add(micros, value, out);
      };
      bound.kernel = checkedKernel<int64_t, T, int64_t>(bound.type, isTry, turned, error);
    } else {
      bound.kernel = checkedKernel<int64_t, int64_t, T>(bound.type, isTry, add, error);
    }
    bound.argumentTypes = {bound.type, interval};
  }
  if (intervalFirst) std::swap(bound.argumentTypes[0], bound.argumentTypes[1]);
  return bound;
}

template <class T>
Binding addIntervals(const DataType& type, bool isAdd, bool isTry) {
  const auto error = [](auto, auto) { return intervalOverflow(true); };
  const auto add = [isAdd](T a, T b, T& out) {
    if constexpr (std::is_same_v<T, CalendarInterval>) {
      const int sign = isAdd ? 1 : -1;
      const CalendarInterval other = calendarOf(b, sign);
      return !__builtin_add_overflow(a.months, other.months, &out.months) &&
             !__builtin_add_overflow(a.days, other.days, &out.days) &&
             !__builtin_add_overflow(a.micros, other.micros, &out.micros);
    } else {
      return isAdd ? !__builtin_add_overflow(a, b, &out) : !__builtin_sub_overflow(a, b, &out);
    }
  };
  return {type, {type, type}, checkedKernel<T, T, T>(type, isTry, add, error)};
}

/// interval * or / number, by way of double; the integral part of months and microseconds counts.
template <class T>
Binding scaleInterval(const DataType& type, bool multiplies, bool isTry, bool intervalFirst) {
  const auto error = [multiplies](auto a, auto b) {
    (void)a;
    (void)b;
    return multiplies ? intervalOverflow(true)
                      : Status::invalidArgument(
                            "Division by zero. Use `try_divide` to tolerate "
                            "divisor being 0 and return NULL instead.")
                            .withErrorClass("INTERVAL_DIVIDED_BY_ZERO", "22012");
  };
  const auto scale = [multiplies](T value, double by, T& out) {
    if (!multiplies && by == 0) return false;
    const double exact =
        multiplies ? static_cast<double>(value) * by : static_cast<double>(value) / by;
    const double rounded = std::round(exact);
    if (!(std::fabs(rounded) < (sizeof(T) == 4 ? 2147483648.0 : 9.2233720368547758e18))) {
      return false;
    }
    out = static_cast<T>(rounded);
    return true;
  };
  if (intervalFirst) {
    return {type,
            {type, DataType::doubleType()},
            checkedKernel<T, T, double>(type, isTry, scale, error)};
  }
  const auto turned = [scale](double by, T value, T& out) { return scale(value, by, out); };
  return {type,
          {DataType::doubleType(), type},
          checkedKernel<T, double, T>(type, isTry, turned, error)};
}

std::optional<Binding> bindDates(std::string_view op, const DataType& left, const DataType& right,
                                 bool isTry) {
  const auto error = [](auto, auto) { return datetimeOverflow(); };
  const auto isDays = [](const DataType& type) {
    return type.is(Kind::kInteger) || type.is(Kind::kShort) || type.is(Kind::kByte);
  };
  const DataType date = DataType::dateType();
  const DataType integer = DataType::integerType();
  if (op == "+" &&
      ((left.is(Kind::kDate) && isDays(right)) || (isDays(left) && right.is(Kind::kDate)))) {
    const auto add = [](int32_t a, int32_t b, int32_t& out) {
      return !__builtin_add_overflow(a, b, &out);
    };
    const bool dateFirst = left.is(Kind::kDate);
    return Binding{date,
                   {dateFirst ? date : integer, dateFirst ? integer : date},
                   checkedKernel<int32_t, int32_t, int32_t>(date, isTry, add, error)};
  }
  if (op != "-") return std::nullopt;
  if (left.is(Kind::kDate) && isDays(right)) {
    const auto subtract = [](int32_t a, int32_t b, int32_t& out) {
      return !__builtin_sub_overflow(a, b, &out);
    };
    return Binding{date,
                   {date, integer},
                   checkedKernel<int32_t, int32_t, int32_t>(date, isTry, subtract, error)};
  }
  if (left.is(Kind::kDate) && right.is(Kind::kDate)) {
    const DataType days = DataType::dayTimeIntervalType(IntervalUnit::kDay, IntervalUnit::kDay);
    const auto subtract = [](int32_t a, int32_t b, int64_t& out) {
      return !__builtin_mul_overflow(int64_t{a} - b, kMicrosPerDay, &out);
    };
    return Binding{
        days, {date, date}, checkedKernel<int64_t, int32_t, int32_t>(days, isTry, subtract, error)};
  }
  if (isDatetime(left) && isDatetime(right)) {
    const DataType type = *tightestCommonType(left, right, true);
    const DataType interval = DataType::dayTimeIntervalType();
    const auto subtract = [](int64_t a, int64_t b, int64_t& out) {
      return !__builtin_sub_overflow(a, b, &out);
    };
    return Binding{interval,
                   {type, type},
                   checkedKernel<int64_t, int64_t, int64_t>(interval, isTry, subtract, error)};
  }
  return std::nullopt;
}

Result<std::optional<Binding>> bindTypes(std::string_view op, const DataType& left,
                                         const DataType& right, bool isTry,
                                         const SessionSettings& settings) {
  const bool isAdd = op == "+";
  const bool adds = isAdd || op == "-";
  if (auto dates = bindDates(op, left, right, isTry)) return dates;
  const bool intervalFirst = isInterval(left) && isDatetime(right) && isAdd;
  if (adds && ((isDatetime(left) && isInterval(right)) || intervalFirst)) {
    SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(settings.timeZone));
    const DataType& datetime = intervalFirst ? right : left;
    const DataType& interval = intervalFirst ? left : right;
    const int sign = isAdd ? 1 : -1;
    if (interval.is(Kind::kCalendarInterval)) {
      return addInterval<CalendarInterval>(datetime, interval, sign, isTry, intervalFirst, zone);
    }
    if (interval.is(Kind::kYearMonthInterval)) {
      return addInterval<int32_t>(datetime, interval, sign, isTry, intervalFirst, zone);
    }
    return addInterval<int64_t>(datetime, interval, sign, isTry, intervalFirst, zone);
  }
  if (adds && isInterval(left) && isInterval(right)) {
    const auto type = tightestCommonType(left, right, true);
    if (!type) return std::nullopt;
    if (type->is(Kind::kCalendarInterval)) {
      return addIntervals<CalendarInterval>(*type, isAdd, isTry);
    }
    if (type->is(Kind::kYearMonthInterval)) return addIntervals<int32_t>(*type, isAdd, isTry);
    return addIntervals<int64_t>(*type, isAdd, isTry);
  }
  const bool multiplies = op == "*";
  const bool first = isInterval(left) && (right.isNumeric() || right.isText());
  const bool second = multiplies && isInterval(right) && (left.isNumeric() || left.isText());
  if ((multiplies || op == "/") && (first || second)) {
    const DataType& interval = first ? left : right;
    if (interval.is(Kind::kYearMonthInterval)) {
      return scaleInterval<int32_t>(DataType::yearMonthIntervalType(), multiplies, isTry, first);
    }
    if (interval.is(Kind::kDayTimeInterval)) {
      return scaleInterval<int64_t>(DataType::dayTimeIntervalType(), multiplies, isTry, first);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Result<BoundFunction>> bindIntervalArithmetic(std::string_view op, bool isTry,
                                                            const std::string& sql,
                                                            std::span<const Argument> arguments,
                                                            const SessionSettings& settings) {
  DataType left = arguments[0].type;
  DataType right = arguments[1].type;
  const auto concerns = [](const DataType& type) { return isInterval(type) || isDatetime(type); };
  if (!concerns(left) && !concerns(right)) return std::nullopt;
  // A null or a text takes the type of the other side, where that has an operation with itself.
  if (left.is(Kind::kNull) || (left.isText() && isDatetime(right))) left = right;
  if (right.is(Kind::kNull) || (right.isText() && isDatetime(left))) right = left;
  auto bound = bindTypes(op, left, right, isTry, settings);
  if (!bound) return failure(std::move(bound).error());
  if (!*bound) return failure(binaryOpDiffTypes(sql, arguments[0].type, arguments[1].type));
  Binding& binding = **bound;
  // Spark shows a date and a number as a call, a moment and an interval without parentheses.
  std::string shown = sql;
  const bool isFirst = isDatetime(arguments[0].type);
  const Argument& moment = arguments[isFirst ? 0 : 1];
  const Argument& distance = arguments[isFirst ? 1 : 0];
  if (isDatetime(binding.type) && (op == "+" || op == "-") && !isTry) {
    if (moment.type.is(Kind::kDate) && distance.type.isIntegral()) {
      shown = (op == "+" ? "date_add(" : "date_sub(") + moment.sql + ", " + distance.sql + ")";
    } else if (sql.starts_with('(') && sql.ends_with(')')) {
      shown = sql.substr(1, sql.size() - 2);
    }
  }
  return BoundFunction{.type = binding.type,
                       .nullable = arguments[0].nullable || arguments[1].nullable || isTry,
                       .argumentTypes = std::move(binding.argumentTypes),
                       .kernel = std::move(binding.kernel),
                       .sql = std::move(shown)};
}

}  // namespace spate
