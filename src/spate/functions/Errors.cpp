#include "spate/functions/Errors.h"

#include <iterator>
#include <utility>

namespace spate {
namespace {

Status mismatch(std::string_view kind, std::string_view expression, const std::string& text,
                std::map<std::string, std::string> parameters) {
  parameters["sqlExpr"] = quoted(expression);
  return Status::invalidArgument("Cannot resolve " + quoted(expression) +
                                 " due to data type mismatch: " + text)
      .withErrorClass("DATATYPE_MISMATCH." + std::string(kind), "42K09", std::move(parameters));
}

std::string ordinal(size_t index) {
  constexpr std::string_view kNames[] = {"first", "second",  "third",  "fourth", "fifth",
                                         "sixth", "seventh", "eighth", "ninth",  "tenth"};
  if (index < std::size(kNames)) return std::string(kNames[index]);
  return std::to_string(index + 1) + "th";
}

}  // namespace

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }
std::string quotedType(const DataType& type) { return quoted(type.sql()); }

std::string callText(std::string_view name, std::span<const Argument> arguments) {
  std::string text(name);
  text += '(';
  const char* separator = "";
  for (const Argument& argument : arguments) {
    text += separator + argument.sql;
    separator = ", ";
  }
  return text + ')';
}

Status wrongNumArgs(std::string_view name, std::string expected, size_t actual) {
  const std::string function = "`" + std::string(name) + "`";
  return Status::invalidArgument("The " + function + " requires " + expected +
                                 " parameters but the actual number is " + std::to_string(actual) +
                                 ".")
      .withErrorClass("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
                      {{"functionName", function},
                       {"expectedNum", expected},
                       {"actualNum", std::to_string(actual)},
                       {"docroot", "https://spark.apache.org/docs/latest"}});
}

Status checkArgumentCount(std::string_view name, size_t count, size_t least, size_t most) {
  if (count >= least && count <= most) return {};
  std::string expected;
  if (least == most) {
    expected = std::to_string(least);
  } else if (most == SIZE_MAX) {
    expected = "> " + std::to_string(least - 1);
  } else {
    expected = "[";
    for (size_t i = least; i <= most; ++i) expected += (i > least ? ", " : "") + std::to_string(i);
    expected += ']';
  }
  return wrongNumArgs(name, std::move(expected), count);
}

Status unexpectedInputType(std::string_view expression, size_t index, std::string required,
                           const Argument& input) {
  return mismatch("UNEXPECTED_INPUT_TYPE", expression,
                  "The " + ordinal(index) + " parameter requires the " + required +
                      " type, however " + quoted(input.sql) + " has the type " +
                      quotedType(input.type) + ".",
                  {{"paramIndex", ordinal(index)},
                   {"requiredType", required},
                   {"inputSql", quoted(input.sql)},
                   {"inputType", quotedType(input.type)}});
}

Status binaryOpDiffTypes(std::string_view expression, const DataType& left, const DataType& right) {
  return mismatch("BINARY_OP_DIFF_TYPES", expression,
                  "the left and right operands of the binary operator have incompatible types (" +
                      quotedType(left) + " and " + quotedType(right) + ").",
                  {{"left", quotedType(left)}, {"right", quotedType(right)}});
}

Status binaryOpWrongType(std::string_view expression, std::string required,
                         const DataType& actual) {
  return mismatch("BINARY_OP_WRONG_TYPE", expression,
                  "the binary operator requires the input type " + required + ", not " +
                      quotedType(actual) + ".",
                  {{"inputType", required}, {"actualDataType", quotedType(actual)}});
}

Status dataDiffTypes(std::string_view name, std::string_view expression,
                     std::span<const Argument> arguments) {
  std::string types = "(";
  for (const Argument& argument : arguments) {
    if (types.size() > 1) types += " or ";
    types += quotedType(argument.type);
  }
  types += ')';
  const std::string function = "`" + std::string(name) + "`";
  return mismatch("DATA_DIFF_TYPES", expression,
                  "Input to " + function + " should all be the same type, but it's " + types + ".",
                  {{"functionName", function}, {"dataType", types}});
}

Status nonFoldableInput(std::string_view expression, std::string_view inputName,
                        const Argument& input) {
  const std::string name = "`" + std::string(inputName) + "`";
  return mismatch("NON_FOLDABLE_INPUT", expression,
                  "the input " + name + " should be a foldable " + quotedType(input.type) +
                      " expression; however, got " + quoted(input.sql) + ".",
                  {{"inputName", name},
                   {"inputType", quotedType(input.type)},
                   {"inputExpr", quoted(input.sql)}});
}

Status invalidOrderingType(std::string_view functionName, std::string_view expression,
                           const DataType& type) {
  const std::string function = "`" + std::string(functionName) + "`";
  return mismatch(
      "INVALID_ORDERING_TYPE", expression,
      "The " + function + " does not support ordering on type " + quotedType(type) + ".",
      {{"functionName", function}, {"dataType", quotedType(type)}});
}

Status arithmeticOverflow(std::string_view message, std::string_view alternative) {
  const std::string hint =
      alternative.empty()
          ? ""
          : " Use '" + std::string(alternative) + "' to tolerate overflow and return NULL instead.";
  const std::string config = "\"spark.sql.ansi.enabled\"";
  return Status::invalidArgument(std::string(message) + "." + hint + " If necessary set " + config +
                                 " to \"false\" to bypass this error.")
      .withErrorClass(
          "ARITHMETIC_OVERFLOW", "22003",
          {{"message", std::string(message)}, {"alternative", hint}, {"config", config}});
}

Status binaryArithmeticOverflow(std::string_view left, std::string_view symbol,
                                std::string_view right, std::string_view function) {
  const std::string name = "`" + std::string(function) + "`";
  return Status::invalidArgument(std::string(left) + " " + std::string(symbol) + " " +
                                 std::string(right) + " caused overflow. Use " + name +
                                 " to ignore overflow problem and return NULL.")
      .withErrorClass("BINARY_ARITHMETIC_OVERFLOW", "22003",
                      {{"value1", std::string(left)},
                       {"symbol", std::string(symbol)},
                       {"value2", std::string(right)},
                       {"functionName", name}});
}

Status divideByZero() {
  const std::string config = "\"spark.sql.ansi.enabled\"";
  return Status::invalidArgument(
             "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL "
             "instead. If necessary set " +
             config + " to \"false\" to bypass this error.")
      .withErrorClass("DIVIDE_BY_ZERO", "22012", {{"config", config}});
}

}  // namespace spate
