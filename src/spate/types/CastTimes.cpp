#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <cmath>
#include <limits>

#include "spate/types/ArrowTypes.h"
#include "spate/types/CastKernels.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

Result<ArrayPtr> arrayOf(Result<arrow::Datum> datum) {
  if (!datum) return failure(std::move(datum).error());
  return datum->make_array();
}

/// Midnight of a date. Dates beyond the timestamps wrap round, as nulls may hold any bits.
int64_t midnight(int32_t days) {
  return static_cast<int64_t>(static_cast<uint64_t>(int64_t{days}) *
                              static_cast<uint64_t>(kMicrosPerDay));
}

/// What an interval of a single unit counts when it is cast to a number.
int64_t unitSize(const DataType& type) {
  switch (type.endUnit()) {
    case IntervalUnit::kYear: return 12;
    case IntervalUnit::kMonth: return 1;
    case IntervalUnit::kDay: return kMicrosPerDay;
    case IntervalUnit::kHour: return 3600 * kMicrosPerSecond;
    case IntervalUnit::kMinute: return 60 * kMicrosPerSecond;
    case IntervalUnit::kSecond: return kMicrosPerSecond;
  }
  return 1;
}

template <class Out, class In, class F>
Result<ArrayPtr> map(const ArrayPtr& value, const CastContext& context, F f) {
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  return arrayOf(mapColumns<Out, In>(type, arguments, value->length(), f));
}

/// A timestamp or interval to a number by way of long.
Result<ArrayPtr> throughLong(const ArrayPtr& longs, const CastContext& context) {
  if (context.to.is(TypeKind::kLong)) return longs;
  const DataType bigint = DataType::longType();
  return castNumber(longs, CastContext{context.policy, context.zone, bigint, context.to});
}

template <class From>
Result<ArrayPtr> numberToInterval(const ArrayPtr& value, const CastContext& context) {
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int64_t size = unitSize(context.to);
  const auto error = [&](From v) {
    return castOverflow(std::to_string(v), context.from, context.to);
  };
  if (context.to.is(TypeKind::kYearMonthInterval)) {
    return arrayOf(mapChecked<int32_t, From>(
        type, arguments, value->length(),
        [size](From v, int32_t& out) {
          return !__builtin_mul_overflow(static_cast<int64_t>(v), size, &out);
        },
        &error));
  }
  return arrayOf(mapChecked<int64_t, From>(
      type, arguments, value->length(),
      [size](From v, int64_t& out) {
        return !__builtin_mul_overflow(static_cast<int64_t>(v), size, &out);
      },
      &error));
}

Result<ArrayPtr> fromTimestamp(const ArrayPtr& value, const CastContext& context) {
  const TimeZone& zone = *context.zone;
  switch (context.to.kind()) {
    case TypeKind::kDate:
      return map<int32_t, int64_t>(value, context, [&zone](int64_t micros) {
        return static_cast<int32_t>(floorDivide(zone.toLocal(micros), kMicrosPerDay));
      });
    case TypeKind::kTimestampNtz:
      return map<int64_t, int64_t>(value, context,
                                   [&zone](int64_t micros) { return zone.toLocal(micros); });
    case TypeKind::kDouble:
    case TypeKind::kFloat: {
      const DataType real = DataType::doubleType();
      SPATE_ASSIGN_OR_FAIL(auto seconds,
                           (map<double, int64_t>(
                               value, CastContext{context.policy, context.zone, context.from, real},
                               [](int64_t micros) { return static_cast<double>(micros) / 1e6; })));
      if (context.to.is(TypeKind::kDouble)) return seconds;
      return castNumber(seconds, CastContext{context.policy, context.zone, real, context.to});
    }
    case TypeKind::kDecimal: {
      const DataType exact = DataType::decimalType(20, 6);
      SPATE_ASSIGN_OR_FAIL(
          auto seconds, (map<Int128, int64_t>(
                            value, CastContext{context.policy, context.zone, context.from, exact},
                            [](int64_t micros) { return Int128{micros}; })));
      return castNumber(seconds, CastContext{context.policy, context.zone, exact, context.to});
    }
    default: break;
  }
  const DataType bigint = DataType::longType();
  SPATE_ASSIGN_OR_FAIL(
      const auto seconds,
      (map<int64_t, int64_t>(value, CastContext{context.policy, context.zone, context.from, bigint},
                             [&](int64_t micros) {
                               if (context.to.is(TypeKind::kBoolean)) return micros;
                               return floorDivide(micros, kMicrosPerSecond);
                             })));
  return throughLong(seconds, context);
}

Result<ArrayPtr> fromDate(const ArrayPtr& value, const CastContext& context) {
  const TimeZone& zone = *context.zone;
  if (context.to.is(TypeKind::kTimestamp)) {
    return map<int64_t, int32_t>(value, context,
                                 [&zone](int32_t days) { return zone.toUtc(midnight(days)); });
  }
  return map<int64_t, int32_t>(value, context, midnight);
}

Result<ArrayPtr> fromTimestampNtz(const ArrayPtr& value, const CastContext& context) {
  const TimeZone& zone = *context.zone;
  if (context.to.is(TypeKind::kTimestamp)) {
    return map<int64_t, int64_t>(value, context,
                                 [&zone](int64_t micros) { return zone.toUtc(micros); });
  }
  return map<int32_t, int64_t>(value, context, [](int64_t micros) {
    return static_cast<int32_t>(floorDivide(micros, kMicrosPerDay));
  });
}

Result<ArrayPtr> fromInterval(const ArrayPtr& value, const CastContext& context) {
  if (context.to.kind() == context.from.kind()) return value;
  const int64_t size = unitSize(context.from);
  const DataType bigint = DataType::longType();
  const CastContext toLong{context.policy, context.zone, context.from, bigint};
  ArrayPtr counts;
  if (context.from.is(TypeKind::kYearMonthInterval)) {
    SPATE_ASSIGN_OR_FAIL(
        counts,
        (map<int64_t, int32_t>(value, toLong, [size](int32_t months) { return months / size; })));
  } else {
    SPATE_ASSIGN_OR_FAIL(
        counts,
        (map<int64_t, int64_t>(value, toLong, [size](int64_t micros) { return micros / size; })));
  }
  return throughLong(counts, context);
}

/// Seconds since the epoch.
Result<ArrayPtr> numberToTimestamp(const ArrayPtr& value, const CastContext& context) {
  const DataType& from = context.from;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  if (from.is(TypeKind::kFloat) || from.is(TypeKind::kDouble)) {
    ArrayPtr doubles = value;
    const DataType real = DataType::doubleType();
    if (from.is(TypeKind::kFloat)) {
      SPATE_ASSIGN_OR_FAIL(
          doubles, castNumber(value, CastContext{context.policy, context.zone, from, real}));
    }
    const arrow::Datum arguments[] = {arrow::Datum(doubles)};
    const auto error = [&](double v) {
      std::string text;
      appendJavaNumber(v, text);
      return castInvalidInput(text + "D", real, context.to);
    };
    const auto convert = [](double v, int64_t& out) {
      if (std::isnan(v) || std::isinf(v)) return false;
      const double micros = v * 1e6;
      out = micros >= 9.2233720368547758e18   ? INT64_MAX
            : micros < -9.2233720368547758e18 ? INT64_MIN
                                              : static_cast<int64_t>(micros);
      return true;
    };
    return arrayOf(mapChecked<int64_t, double>(type, arguments, doubles->length(), convert,
                                               context.fails() ? &error : nullptr));
  }
  if (from.is(TypeKind::kDecimal)) {
    const int scale = from.scale();
    return map<int64_t, Int128>(value, context, [scale](Int128 v) {
      return scale >= 6 ? static_cast<int64_t>(v / powerOfTen(scale - 6))
                        : static_cast<int64_t>(v * powerOfTen(6 - scale));
    });
  }
  const DataType bigint = DataType::longType();
  ArrayPtr longs = value;
  if (!from.is(TypeKind::kLong)) {
    SPATE_ASSIGN_OR_FAIL(
        longs, castNumber(value, CastContext{context.policy, context.zone, from, bigint}));
  }
  // TRUE is one microsecond, a number counts seconds.
  const int64_t factor = from.is(TypeKind::kBoolean) ? 1 : kMicrosPerSecond;
  return map<int64_t, int64_t>(longs, context, [factor](int64_t seconds) {
    int64_t micros = 0;
    if (__builtin_mul_overflow(seconds, factor, &micros)) {
      return seconds > 0 ? std::numeric_limits<int64_t>::max()
                         : std::numeric_limits<int64_t>::min();
    }
    return micros;
  });
}

}  // namespace

Result<ArrayPtr> castTime(const ArrayPtr& value, const CastContext& context) {
  switch (context.from.kind()) {
    case TypeKind::kTimestamp: return fromTimestamp(value, context);
    case TypeKind::kDate: return fromDate(value, context);
    case TypeKind::kTimestampNtz: return fromTimestampNtz(value, context);
    case TypeKind::kDayTimeInterval:
    case TypeKind::kYearMonthInterval: return fromInterval(value, context);
    default: break;
  }
  if (context.to.is(TypeKind::kTimestamp)) return numberToTimestamp(value, context);
  switch (context.from.kind()) {
    case TypeKind::kByte: return numberToInterval<int8_t>(value, context);
    case TypeKind::kShort: return numberToInterval<int16_t>(value, context);
    case TypeKind::kInteger: return numberToInterval<int32_t>(value, context);
    default: return numberToInterval<int64_t>(value, context);
  }
}

}  // namespace spate
