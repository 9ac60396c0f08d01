#pragma once

#include <span>
#include <string>
#include <string_view>

#include "spate/functions/Function.h"

/// Spark's errors that several families raise, with class, SQLSTATE, parameters and text.
namespace spate {

/// A quoted text as Spark puts expressions and types into messages: "\"(a + 1)\"".
std::string quoted(std::string_view text);
/// The type as it stands in messages: "\"INT\"".
std::string quotedType(const DataType& type);

/// "name(arg, arg)".
std::string callText(std::string_view name, std::span<const Argument> arguments);

/// WRONG_NUM_ARGS.WITHOUT_SUGGESTION; `expected` is "1", "[1, 2]", "> 0".
Status wrongNumArgs(std::string_view name, std::string expected, size_t actual);
/// Ok when `least` <= count <= `most`; else wrongNumArgs.
Status checkArgumentCount(std::string_view name, size_t count, size_t least, size_t most);

/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE. `index` from 0; `required` as Spark has it in the text:
/// "\"NUMERIC\"", "(\"STRING\" or \"BINARY\")".
Status unexpectedInputType(std::string_view expression, size_t index, std::string required,
                           const Argument& input);
/// DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES and BINARY_OP_WRONG_TYPE.
Status binaryOpDiffTypes(std::string_view expression, const DataType& left, const DataType& right);
Status binaryOpWrongType(std::string_view expression, std::string required, const DataType& actual);
/// DATATYPE_MISMATCH.DATA_DIFF_TYPES: coalesce, array, greatest ... of types that have no common
/// one.
Status dataDiffTypes(std::string_view name, std::string_view expression,
                     std::span<const Argument> arguments);
/// DATATYPE_MISMATCH.NON_FOLDABLE_INPUT.
Status nonFoldableInput(std::string_view expression, std::string_view inputName,
                        const Argument& input);
/// DATATYPE_MISMATCH.INVALID_ORDERING_TYPE.
Status invalidOrderingType(std::string_view functionName, std::string_view expression,
                           const DataType& type);

/// ARITHMETIC_OVERFLOW; `alternative` is the hint's function: "try_add", or empty.
Status arithmeticOverflow(std::string_view message, std::string_view alternative = {});
Status divideByZero();
/// BINARY_ARITHMETIC_OVERFLOW: of bytes and shorts.
Status binaryArithmeticOverflow(std::string_view left, std::string_view symbol,
                                std::string_view right, std::string_view function);

}  // namespace spate
