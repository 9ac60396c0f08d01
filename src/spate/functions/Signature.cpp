#include "spate/functions/Signature.h"

#include <arrow/datum.h>
#include <fmt/core.h>

#include <utility>

namespace spate {
namespace {

DataType typeOfLetter(char letter, const DataType& given) {
  switch (letter) {
    case 's': return DataType::stringType();
    case 'x': return DataType::binaryType();
    case 't': return DataType::booleanType();
    case 'i': return DataType::integerType();
    case 'l': return DataType::longType();
    case 'd': return DataType::doubleType();
    case 'D': return DataType::dateType();
    case 'T': return DataType::timestampType();
    case 'N': return DataType::timestampNtzType();
    case 'Y': return DataType::yearMonthIntervalType();
    case 'E': return DataType::dayTimeIntervalType();
    case 'C': return DataType::calendarIntervalType();
    case 'A': return given.is(TypeKind::kTimestampNtz) ? given : DataType::timestampType();
    case 'z': return given.is(TypeKind::kBinary) ? given : DataType::stringType();
    default: return given;
  }
}

/// Whether Spark's implicit casts could make one of the other; the caller of the function casts,
/// and refuses what is left.
bool mayBeCast(const DataType& given, const DataType& wanted) {
  if (given.is(TypeKind::kNull) || given.kind() == wanted.kind()) return true;
  if (given.isNested() || wanted.isNested()) return false;
  if (given.is(TypeKind::kCalendarInterval) || wanted.is(TypeKind::kCalendarInterval)) return false;
  if (given.isText()) return true;
  if (wanted.isText()) return true;
  if (wanted.is(TypeKind::kBinary) || given.is(TypeKind::kBinary)) return false;
  const auto isTime = [](const DataType& type) {
    return type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTimestamp ||
           type.kind() == TypeKind::kTimestampNtz;
  };
  return (given.isNumeric() && wanted.isNumeric()) || (isTime(given) && isTime(wanted));
}

constexpr const char* kOrdinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                     "sixth", "seventh", "eighth", "ninth",  "tenth"};

std::string ordinal(size_t index) {
  return index < std::size(kOrdinals) ? kOrdinals[index] : std::to_string(index + 1) + "th";
}

}  // namespace

bool anyNullable(std::span<const Argument> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const Argument& argument) { return argument.nullable; });
}

Status checkArgumentCount(std::string_view name, std::span<const Argument> arguments,
                          size_t minimum, size_t maximum) {
  const size_t actual = arguments.size();
  if (actual >= minimum && actual <= maximum) return Status::OK();
  std::string expected;
  if (maximum == kAnyCount) {
    expected = fmt::format("> {}", minimum == 0 ? 0 : minimum - 1);
  } else if (minimum == maximum) {
    expected = std::to_string(minimum);
  } else {
    for (size_t count = minimum; count <= maximum; ++count)
      expected += (count == minimum ? "[" : ", ") + std::to_string(count);
    expected += "]";
  }
  const std::string quoted = fmt::format("`{}`", name);
  const std::string docroot = "https://spark.apache.org/docs/latest";
  return Status::invalidArgument(
             fmt::format("The {} requires {} parameters but the actual number is {}. Please, refer "
                         "to '{}/sql-ref-functions.html' for a fix.",
                         quoted, expected, actual, docroot))
      .withErrorClass("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
                      {{"functionName", quoted},
                       {"expectedNum", expected},
                       {"actualNum", std::to_string(actual)},
                       {"docroot", docroot}});
}

Status dataTypeMismatch(std::string_view subclass, std::string_view name,
                        std::span<const Argument> arguments, std::string message,
                        std::map<std::string, std::string> parameters) {
  const std::string sql = "\"" + callText(name, arguments) + "\"";
  parameters["sqlExpr"] = sql;
  return Status::invalidArgument(
             fmt::format("Cannot resolve {} due to data type mismatch: {}", sql, message))
      .withErrorClass(fmt::format("DATATYPE_MISMATCH.{}", subclass), "42K09",
                      std::move(parameters));
}

Status unexpectedInputType(std::string_view name, std::span<const Argument> arguments, size_t index,
                           std::string_view required) {
  const Argument& argument = arguments[index];
  const std::string input = "\"" + argument.sql + "\"";
  const std::string type = quotedType(argument.type);
  return dataTypeMismatch(
      "UNEXPECTED_INPUT_TYPE", name, arguments,
      fmt::format("The {} parameter requires the {} type, however {} has the type {}.",
                  ordinal(index), required, input, type),
      {{"paramIndex", ordinal(index)},
       {"requiredType", std::string(required)},
       {"inputSql", input},
       {"inputType", type}});
}

Status nonFoldableInput(std::string_view name, std::span<const Argument> arguments, size_t index,
                        std::string_view inputName, std::string_view inputType) {
  const std::string quotedName = fmt::format("`{}`", inputName);
  const std::string quotedInputType = fmt::format("\"{}\"", inputType);
  const std::string input = "\"" + arguments[index].sql + "\"";
  return dataTypeMismatch(
      "NON_FOLDABLE_INPUT", name, arguments,
      fmt::format("the input {} should be a foldable {} expression; however, got {}.", quotedName,
                  quotedInputType, input),
      {{"inputName", quotedName}, {"inputType", quotedInputType}, {"inputExpr", input}});
}

Status invalidParameterValue(std::string_view subclass, std::string_view parameter,
                             std::string_view function, std::string message,
                             std::map<std::string, std::string> more) {
  const std::string quotedParameter = fmt::format("`{}`", parameter);
  const std::string quotedFunction = fmt::format("`{}`", function);
  more["parameter"] = quotedParameter;
  more["functionName"] = quotedFunction;
  return Status::invalidArgument(fmt::format("The value of parameter(s) {} in {} is invalid: {}",
                                             quotedParameter, quotedFunction, message))
      .withErrorClass(fmt::format("INVALID_PARAMETER_VALUE.{}", subclass), "22023",
                      std::move(more));
}

std::optional<std::string> constantText(const Argument& argument) {
  if (!argument.constant) return std::nullopt;
  const auto* text = argument.constant->as<std::string>();
  if (text == nullptr) return std::nullopt;
  return *text;
}

Result<BoundFunction> bindSignature(std::string_view name, std::span<const Argument> arguments,
                                    std::string_view parameters, std::string_view result,
                                    RowsKernel kernel) {
  const bool repeats = parameters.ends_with('+');
  if (repeats) parameters.remove_suffix(1);
  const size_t bar = parameters.find('|');
  std::string letters(parameters);
  if (bar != std::string_view::npos) letters.erase(bar, 1);
  size_t minimum = bar == std::string_view::npos ? letters.size() : bar;
  if (repeats) --minimum;
  SPATE_FAIL_IF_ERROR(
      checkArgumentCount(name, arguments, minimum, repeats ? kAnyCount : letters.size()));

  BoundFunction bound;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const char letter = letters[std::min(i, letters.size() - 1)];
    DataType wanted = typeOfLetter(letter, arguments[i].type);
    if (!mayBeCast(arguments[i].type, wanted)) {
      const std::string required =
          letter == 'z' ? "(\"STRING\" or \"BINARY\")" : quotedType(wanted);
      return failure(unexpectedInputType(name, arguments, i, required));
    }
    bound.argumentTypes.push_back(std::move(wanted));
  }
  bound.type = typeOfLetter(
      result[0], bound.argumentTypes.empty() ? DataType::stringType() : bound.argumentTypes[0]);
  bound.nullable = result.ends_with('?') || anyNullable(arguments);
  bound.kernel = kernel;
  return bound;
}

}  // namespace spate
