#include <arrow/array/array_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/buffer_builder.h>
#include <arrow/datum.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/Families.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

bool isTimestamp(const DataType& type) {
  return type.is(TypeKind::kTimestamp) || type.is(TypeKind::kTimestampNtz);
}

/// A struct as window() makes it: start and end of one timestamp type.
bool isWindow(const DataType& type) {
  return type.is(TypeKind::kStruct) && type.fields().size() == 2 &&
         type.fields()[0].name == "start" && type.fields()[1].name == "end" &&
         isTimestamp(type.fields()[1].type);
}

Result<int64_t> durationOf(std::string_view name, std::span<const Argument> arguments, size_t index,
                           std::string_view inputName) {
  const Argument& argument = arguments[index];
  if (argument.constant) {
    if (const auto* micros = argument.constant->as<int64_t>()) return *micros;
    if (const auto* micros = argument.constant->as<int32_t>()) return int64_t{*micros};
  }
  const auto text = constantText(argument);
  if (!text) return failure(nonFoldableInput(name, arguments, index, inputName, "STRING"));
  const auto interval = parseCalendarInterval(*text);
  if (!interval) {
    return failure(
        Status::invalidArgument(
            fmt::format("Unable to parse '{}'. Please ensure that the value provided is in a valid "
                        "format for defining an interval. You can reference the documentation for "
                        "the correct format. If the issue persists, please double check that the "
                        "input value is not null or empty and try again.",
                        *text))
            .withErrorClass("CANNOT_PARSE_INTERVAL", "22006",
                            {{"intervalString", "'" + *text + "'"}}));
  }
  if (interval->months != 0) {
    return failure(
        Status::invalidArgument("Intervals greater than a month is not supported (" + *text + ").")
            .withErrorClass("_LEGACY_ERROR_TEMP_3231", "", {{"interval", *text}}));
  }
  return interval->days * kMicrosPerDay + interval->micros;
}

struct WindowShape {
  int64_t size = 0;
  int64_t slide = 0;
  int64_t start = 0;
  /// Windows that hold an instant, at most.
  int64_t overlapping() const { return (size + slide - 1) / slide; }
  /// The start of the last window that holds an instant.
  int64_t lastStart(int64_t micros) const {
    const int64_t remainder = (micros - start) % slide;
    return micros - (remainder < 0 ? remainder + slide : remainder);
  }
};

Status outOfRange(std::string_view name, std::span<const Argument> arguments,
                  std::string_view parameter, int64_t value) {
  const std::string id = fmt::format("`{}`", parameter);
  const std::string range = fmt::format("(0, {}L]", INT64_MAX);
  const std::string current = fmt::format("{}L", value);
  return dataTypeMismatch(
      "VALUE_OUT_OF_RANGE", name, arguments,
      fmt::format("The {} must be between {} (current value = {}).", id, range, current),
      {{"exprName", id}, {"valueRange", range}, {"currentValue", current}});
}

Status violates(std::string_view name, std::span<const Argument> arguments, std::string_view left,
                int64_t leftValue, std::string_view constraint, std::string_view right,
                int64_t rightValue) {
  const std::string leftId = fmt::format("`{}`", left);
  const std::string rightId = fmt::format("`{}`", right);
  return dataTypeMismatch("PARAMETER_CONSTRAINT_VIOLATION", name, arguments,
                          fmt::format("The {}({}L) must be {} the {}({}L).", leftId, leftValue,
                                      constraint, rightId, rightValue),
                          {{"leftExprName", leftId},
                           {"leftExprValue", fmt::format("{}L", leftValue)},
                           {"constraint", std::string(constraint)},
                           {"rightExprName", rightId},
                           {"rightExprValue", fmt::format("{}L", rightValue)}});
}

Result<WindowShape> shapeOf(std::string_view name, std::span<const Argument> arguments) {
  WindowShape shape;
  SPATE_ASSIGN_OR_FAIL(shape.size, durationOf(name, arguments, 1, "window_duration"));
  shape.slide = shape.size;
  if (arguments.size() > 2) {
    SPATE_ASSIGN_OR_FAIL(shape.slide, durationOf(name, arguments, 2, "slide_duration"));
  }
  if (arguments.size() > 3) {
    SPATE_ASSIGN_OR_FAIL(shape.start, durationOf(name, arguments, 3, "start_time"));
  }
  if (shape.size <= 0) return failure(outOfRange(name, arguments, "window_duration", shape.size));
  if (shape.slide <= 0) return failure(outOfRange(name, arguments, "slide_duration", shape.slide));
  if (shape.slide > shape.size) {
    return failure(violates(name, arguments, "slide_duration", shape.slide, "<=", "window_duration",
                            shape.size));
  }
  if (std::abs(shape.start) >= shape.slide) {
    return failure(violates(name, arguments, "abs(start_time)", std::abs(shape.start), "<",
                            "slide_duration", shape.slide));
  }
  return shape;
}

/// The instants of the time column: of a window, its last microsecond.
Result<ArrayPtr> instantsOf(const arrow::Datum& time, bool ofWindow) {
  const ArgumentColumn column(time);
  if (!ofWindow) return column.shared();
  const auto& windows = static_cast<const arrow::StructArray&>(column.array());
  auto ends = windows.GetFlattenedField(1);
  if (!ends.ok()) return failure(fromArrow(ends.status()));
  const ArgumentColumn end(std::move(ends).ValueUnsafe());
  const int64_t rows = end.array().length();
  arrow::TimestampBuilder builder(end.array().type(), arrow::default_memory_pool());
  if (const auto reserved = builder.Reserve(rows); !reserved.ok())
    return failure(fromArrow(reserved));
  for (int64_t i = 0; i < rows; ++i) {
    if (end.isNull(i)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(end.get<int64_t>(i) - 1);
    }
  }
  return ArrayPtr(builder.Finish().ValueOrDie());
}

ArrayPtr timestamps(std::vector<int64_t> micros, const std::shared_ptr<arrow::DataType>& type) {
  const auto size = static_cast<int64_t>(micros.size());
  return std::make_shared<arrow::TimestampArray>(type, size,
                                                 arrow::Buffer::FromVector(std::move(micros)));
}

/// One struct for each row; of a null time, a struct of nulls, as Spark makes it.
Result<ArrayPtr> tumblingWindows(const ArgumentColumn& times, const WindowShape& shape,
                                 const std::shared_ptr<arrow::DataType>& windowType) {
  const int64_t rows = times.array().length();
  SPATE_ASSIGN_OR_FAIL(auto starts, ColumnWriter<int64_t>::make(rows));
  SPATE_ASSIGN_OR_FAIL(auto ends, ColumnWriter<int64_t>::make(rows));
  // Times that follow each other mostly lie in one window, and a division is slow.
  int64_t start = shape.lastStart(0);
  const auto size = static_cast<uint64_t>(shape.size);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t time = times.isNull(i) ? start : times.get<int64_t>(i);
    // Below the start, the difference is a huge one.
    if (static_cast<uint64_t>(time) - static_cast<uint64_t>(start) >= size)
      start = shape.lastStart(time);
    starts.set(i, start);
    ends.set(i, start + shape.size);
  }
  Validity validity;
  if (times.hasNulls()) {
    arrow::TypedBufferBuilder<bool> bits;
    for (int64_t i = 0; i < rows; ++i)
      if (const auto appended = bits.Append(!times.isNull(i)); !appended.ok())
        return failure(fromArrow(appended));
    auto finished = bits.Finish();
    if (!finished.ok()) return failure(fromArrow(finished.status()));
    validity.bitmap = std::move(finished).ValueUnsafe();
  }
  const auto& type = times.array().type();
  SPATE_ASSIGN_OR_FAIL(auto startColumn, std::move(starts).finish(type, validity));
  SPATE_ASSIGN_OR_FAIL(auto endColumn, std::move(ends).finish(type, validity));
  return ArrayPtr(std::make_shared<arrow::StructArray>(
      windowType, rows, arrow::ArrayVector{std::move(startColumn), std::move(endColumn)}));
}

/// An array for each row with the windows that hold its time, the last one first.
Result<ArrayPtr> slidingWindows(const ArgumentColumn& times, const WindowShape& shape,
                                const std::shared_ptr<arrow::DataType>& listType) {
  const int64_t rows = times.array().length();
  const auto& windowType = static_cast<const arrow::ListType&>(*listType).value_type();
  std::vector<int64_t> starts;
  std::vector<int64_t> ends;
  std::vector<int32_t> offsets = {0};
  for (int64_t i = 0; i < rows; ++i) {
    if (!times.isNull(i)) {
      const int64_t time = times.get<int64_t>(i);
      const int64_t last = shape.lastStart(time);
      for (int64_t k = 0; k < shape.overlapping(); ++k) {
        const int64_t start = last - k * shape.slide;
        if (start + shape.size <= time) continue;
        starts.push_back(start);
        ends.push_back(start + shape.size);
      }
    }
    offsets.push_back(static_cast<int32_t>(starts.size()));
  }
  const auto& type = times.array().type();
  const auto count = static_cast<int64_t>(starts.size());
  auto windows = std::make_shared<arrow::StructArray>(
      windowType, count,
      arrow::ArrayVector{timestamps(std::move(starts), type), timestamps(std::move(ends), type)});
  return ArrayPtr(std::make_shared<arrow::ListArray>(
      listType, rows, arrow::Buffer::FromVector(std::move(offsets)), std::move(windows)));
}

Result<BoundFunction> bindWindow(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 4));
  const DataType& given = arguments[0].type;
  const bool ofWindow = isWindow(given);
  DataType time = ofWindow ? given.fields()[1].type : given;
  if (given.isText() || given.is(TypeKind::kDate) || given.is(TypeKind::kNull))
    time = DataType::timestampType();
  if (!isTimestamp(time)) {
    return failure(unexpectedInputType(
        name, arguments, 0,
        "(\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\" or \"STRUCT<start: TIMESTAMP, end: "
        "TIMESTAMP>\")"));
  }
  SPATE_ASSIGN_OR_FAIL(const WindowShape shape, shapeOf(name, arguments));

  const DataType window = DataType::structOf({{"start", time, true}, {"end", time, true}});
  const bool isTumbling = shape.size == shape.slide;
  BoundFunction bound;
  bound.type = isTumbling ? window : DataType::arrayOf(window, false);
  bound.nullable = false;
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  bound.argumentTypes[0] = ofWindow ? given : time;
  bound.sql = "window";
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(bound.type));
  bound.kernel = [=](EvalContext&, std::span<const arrow::Datum> values,
                     int64_t) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(ArrayPtr instants, instantsOf(values[0], ofWindow));
    const ArgumentColumn times(std::move(instants));
    SPATE_ASSIGN_OR_FAIL(ArrayPtr windows, isTumbling ? tumblingWindows(times, shape, arrowType)
                                                      : slidingWindows(times, shape, arrowType));
    return datumOf(std::move(windows), values[0].is_scalar());
  };
  return bound;
}

Result<BoundFunction> bindWindowTime(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  if (!isWindow(arguments[0].type))
    return failure(unexpectedInputType(name, arguments, 0, "\"STRUCT\""));
  BoundFunction bound;
  bound.type = arguments[0].type.fields()[1].type;
  bound.argumentTypes = {arguments[0].type};
  bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                    int64_t) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(ArrayPtr instants, instantsOf(values[0], true));
    return datumOf(std::move(instants), values[0].is_scalar());
  };
  return bound;
}

Result<BoundFunction> bindSessionWindow(std::string_view, std::span<const Argument>,
                                        const SessionSettings&) {
  return failure(Status::unsupported("The feature is not supported: session_window.")
                     .withErrorClass("UNSUPPORTED_FEATURE.SESSION_WINDOW", "0A000"));
}

constexpr ScalarFunction kFunctions[] = {
    {"session_window", bindSessionWindow},
    {"window", bindWindow},
    {"window_time", bindWindowTime},
};

}  // namespace

std::span<const ScalarFunction> windowTimeFunctions() { return kFunctions; }

}  // namespace spate
