#include "spate/functions/Sequence.h"

#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

constexpr int64_t kMaxLength = 2'147'483'632;

struct Step {
  int64_t months = 0;
  int64_t days = 0;
  /// Microseconds, or the step of numbers.
  int64_t rest = 0;
  bool isPositive() const { return months > 0 || days > 0 || rest > 0; }
  bool isZero() const { return months == 0 && days == 0 && rest == 0; }
};

Step stepOf(const ArgumentColumn& column, int64_t i) {
  switch (column.array().type_id()) {
    case arrow::Type::INTERVAL_MONTHS: return {column.get<int32_t>(i), 0, 0};
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: {
      const auto value = column.get<arrow::MonthDayNanoIntervalType::MonthDayNanos>(i);
      return {value.months, value.days, value.nanoseconds / 1000};
    }
    case arrow::Type::DURATION: {
      const int64_t micros = column.get<int64_t>(i);
      return {0, micros / LocalTime::kMicrosPerDay, micros % LocalTime::kMicrosPerDay};
    }
    default: return {0, 0, column.get<int64_t>(i)};
  }
}

Status illegalBoundaries(int64_t start, int64_t stop, int64_t step) {
  return Status::invalidArgument(
             fmt::format("Illegal sequence boundaries: {} to {} by {}.", start, stop, step))
      .withErrorClass("ILLEGAL_SEQUENCE_BOUNDARIES", "22023",
                      {{"start", std::to_string(start)},
                       {"stop", std::to_string(stop)},
                       {"step", std::to_string(step)}});
}

Status tooLong(int64_t length) {
  return Status::invalidArgument(
             fmt::format("Can't create array with {} elements which exceeding the array size limit "
                         "{}, unsuccessful try to create arrays when evaluating `sequence`.",
                         length, kMaxLength))
      .withErrorClass("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER", "54000",
                      {{"numberOfElements", std::to_string(length)},
                       {"maxRoundedArrayLength", std::to_string(kMaxLength)},
                       {"functionName", "`sequence`"},
                       {"parameter", "`count`"}});
}

Status appendNumbers(int64_t start, int64_t stop, int64_t step, std::vector<int64_t>& values) {
  if (start == stop) {
    values.push_back(start);
    return Status::OK();
  }
  if (step == 0 || (step > 0) != (stop > start)) return illegalBoundaries(start, stop, step);
  const Int128 count = (Int128{stop} - start) / step + 1;
  if (count > kMaxLength) return tooLong(static_cast<int64_t>(count));
  Int128 value = start;
  for (int64_t n = 0; n < static_cast<int64_t>(count); ++n, value += step)
    values.push_back(static_cast<int64_t>(value));
  return Status::OK();
}

/// Of microseconds of the local clock; months count from the start each time, so that the day of
/// the month is kept where it can be.
Status appendMoments(int64_t start, int64_t stop, const Step& step, const LocalClock& clock,
                     std::vector<int64_t>& values) {
  if (start == stop) {
    values.push_back(start);
    return Status::OK();
  }
  if (step.isZero() || step.isPositive() != (stop > start))
    return illegalBoundaries(start, stop, step.months != 0 ? step.months : step.rest);
  const int64_t local = clock.toLocal(start);
  const int64_t day = LocalTime::dayOfMicros(local);
  const int64_t timeOfDay = local - day * LocalTime::kMicrosPerDay;
  for (int64_t n = 0;; ++n) {
    int64_t value = start;
    if (n > 0 && step.months == 0 && step.days == 0) {
      value = start + n * step.rest;
    } else if (n > 0) {
      const int64_t days = LocalTime::addMonths(day, n * step.months) + n * step.days;
      value = clock.fromLocal(days * LocalTime::kMicrosPerDay + timeOfDay) + n * step.rest;
    }
    if (step.isPositive() ? value > stop : value < stop) return Status::OK();
    values.push_back(value);
  }
}

enum class SequenceOf : uint8_t { kNumbers, kDates, kTimestamps };

template <class Builder>
Result<std::shared_ptr<arrow::Array>> narrowed(const std::vector<int64_t>& values,
                                               const std::shared_ptr<arrow::DataType>& type) {
  Builder builder(type, arrow::default_memory_pool());
  if (const auto reserved = builder.Reserve(static_cast<int64_t>(values.size())); !reserved.ok())
    return failure(fromArrow(reserved));
  for (const int64_t value : values)
    builder.UnsafeAppend(static_cast<typename Builder::value_type>(value));
  return std::shared_ptr<arrow::Array>(builder.Finish().ValueOrDie());
}

Result<std::shared_ptr<arrow::Array>> elementsFrom(const std::vector<int64_t>& values,
                                                   const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::INT8: return narrowed<arrow::Int8Builder>(values, type);
    case arrow::Type::INT16: return narrowed<arrow::Int16Builder>(values, type);
    case arrow::Type::INT32: return narrowed<arrow::Int32Builder>(values, type);
    case arrow::Type::DATE32: return narrowed<arrow::Date32Builder>(values, type);
    case arrow::Type::TIMESTAMP: return narrowed<arrow::TimestampBuilder>(values, type);
    default: return narrowed<arrow::Int64Builder>(values, type);
  }
}

int64_t numberAt(const ArgumentColumn& column, int64_t i) {
  switch (column.array().type_id()) {
    case arrow::Type::INT8: return column.get<int8_t>(i);
    case arrow::Type::INT16: return column.get<int16_t>(i);
    case arrow::Type::INT32:
    case arrow::Type::DATE32: return column.get<int32_t>(i);
    default: return column.get<int64_t>(i);
  }
}

Result<arrow::Datum> sequenceRows(EvalContext& context, Arguments arguments, int64_t rows,
                                  const std::shared_ptr<arrow::DataType>& type, SequenceOf kind) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns in = argumentColumns(arguments);
  const auto elementType = type->field(0)->type();
  SPATE_ASSIGN_OR_FAIL(
      const LocalClock clock,
      LocalClock::make(kind == SequenceOf::kTimestamps ? *elementType
                                                       : *arrow::timestamp(arrow::TimeUnit::MICRO),
                       context.settings));
  std::vector<int64_t> values;
  std::vector<int32_t> offsets = {0};
  std::vector<bool> valid;
  bool hasNulls = false;
  for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
    bool isNull = false;
    for (const ArgumentColumn& column : in) isNull = isNull || column.isNull(i);
    if (!isNull) {
      const int64_t start = numberAt(in[0], i);
      const int64_t stop = numberAt(in[1], i);
      if (kind == SequenceOf::kNumbers) {
        const int64_t step = in.size() > 2 ? numberAt(in[2], i) : (start <= stop ? 1 : -1);
        SPATE_FAIL_IF_ERROR(appendNumbers(start, stop, step, values));
      } else {
        const int64_t unit = kind == SequenceOf::kDates ? LocalTime::kMicrosPerDay : 1;
        Step step{0, start <= stop ? 1 : -1, 0};
        if (in.size() > 2) step = stepOf(in[2], i);
        const size_t from = values.size();
        SPATE_FAIL_IF_ERROR(appendMoments(start * unit, stop * unit, step, clock, values));
        for (size_t k = from; k < values.size() && unit > 1; ++k)
          values[k] = LocalTime::floorDivide(values[k], unit);
      }
      if (values.size() > static_cast<size_t>(kMaxLength))
        return failure(tooLong(static_cast<int64_t>(values.size())));
    }
    offsets.push_back(static_cast<int32_t>(values.size()));
    valid.push_back(!isNull);
    hasNulls = hasNulls || isNull;
  }
  SPATE_ASSIGN_OR_FAIL(const auto elements, elementsFrom(values, elementType));
  return datumOf(listColumn(type, std::move(offsets), elements, validityOf(valid, hasNulls)),
                 isScalar);
}

}  // namespace

Result<BoundFunction> bindSequence(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  const auto common = commonType(arguments[0].type, arguments[1].type, settings);
  const bool isNumber = common && common->isIntegral();
  const bool isDate = common && common->is(TypeKind::kDate);
  const bool isTimestamp =
      common && (common->is(TypeKind::kTimestamp) || common->is(TypeKind::kTimestampNtz));
  if (!isNumber && !isDate && !isTimestamp) {
    return failure(dataTypeMismatch(
        "SEQUENCE_WRONG_INPUT_TYPES", name, arguments,
        "`sequence` uses the wrong parameter type. The parameter type must conform to:\n"
        "1. The start and stop expressions must resolve to the same type.\n"
        "2. Otherwise, if start and stop expressions resolve to the \"INTEGRAL\" type, then the "
        "step expression must resolve to the same type.",
        {{"functionName", "`sequence`"}, {"startType", "(\"TIMESTAMP\" or \"DATE\")"}}));
  }
  BoundFunction bound;
  DataType element = *common;
  if (arguments.size() > 2 && isNumber) {
    const auto wider = commonType(element, arguments[2].type, settings);
    if (!wider || !wider->isIntegral())
      return failure(unexpectedInputType(name, arguments, 2, quotedType(element)));
    element = *wider;
  }
  bound.argumentTypes = {element, element};
  if (arguments.size() > 2) {
    const DataType& step = arguments[2].type;
    const bool isInterval = step.is(TypeKind::kCalendarInterval) ||
                            step.is(TypeKind::kDayTimeInterval) ||
                            step.is(TypeKind::kYearMonthInterval);
    if (!isNumber && !isInterval)
      return failure(unexpectedInputType(name, arguments, 2, "\"INTERVAL\""));
    bound.argumentTypes.push_back(isNumber ? element : step);
  }
  bound.type = DataType::arrayOf(element, false);
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  const SequenceOf kind = isNumber ? SequenceOf::kNumbers
                          : isDate ? SequenceOf::kDates
                                   : SequenceOf::kTimestamps;
  bound.kernel = [type, kind](EvalContext& context, Arguments values, int64_t rows) {
    return sequenceRows(context, values, rows, type, kind);
  };
  return bound;
}

}  // namespace spate
