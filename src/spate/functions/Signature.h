#pragma once

#include <arrow/type_fwd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spate/functions/Errors.h"
#include "spate/functions/Function.h"

namespace spate {

/// What a plain function takes and gives, one letter for each type:
///
///     s STRING  x BINARY  t BOOLEAN  i INT  l BIGINT  d DOUBLE  D DATE  T TIMESTAMP
///     N TIMESTAMP_NTZ  Y INTERVAL YEAR TO MONTH  E INTERVAL DAY TO SECOND  C INTERVAL
///     * any type, as it is     z STRING or BINARY as it is, otherwise STRING
///     A TIMESTAMP_NTZ as it is, otherwise TIMESTAMP
///
/// "ss|i": two texts, then an INT that may be left out. "s+": the last one any number of times,
/// also none. A result "s?" may be null although no argument is.
template <size_t N>
struct SignatureLetters {
  char letters[N] = {};
  constexpr SignatureLetters(const char (&text)[N]) {  // NOLINT: meant to be implicit
    std::copy_n(text, N, letters);
  }
  constexpr std::string_view view() const { return {letters, N - 1}; }
};

using RowsKernel = Result<arrow::Datum> (*)(EvalContext& context,
                                            std::span<const arrow::Datum> arguments, int64_t rows);

/// Binds by letters. Errors: WRONG_NUM_ARGS, DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE
Result<BoundFunction> bindSignature(std::string_view name, std::span<const Argument> arguments,
                                    std::string_view parameters, std::string_view result,
                                    RowsKernel kernel);

/// For the tables: {"upper", bindRows<"s", "s", &upperRows>}.
template <SignatureLetters kParameters, SignatureLetters kResult, RowsKernel kKernel>
Result<BoundFunction> bindRows(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& /*settings*/) {
  return bindSignature(name, arguments, kParameters.view(), kResult.view(), kKernel);
}

/// WRONG_NUM_ARGS.WITHOUT_SUGGESTION unless minimum <= arguments <= maximum.
Status checkArgumentCount(std::string_view name, std::span<const Argument> arguments,
                          size_t minimum, size_t maximum);
inline constexpr size_t kAnyCount = SIZE_MAX;

/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE; `required` is Spark's text: "\"ARRAY\"".
Status unexpectedInputType(std::string_view name, std::span<const Argument> arguments, size_t index,
                           std::string_view required);

/// DATATYPE_MISMATCH.<subclass>: `message` is what follows "due to data type mismatch: ".
Status dataTypeMismatch(std::string_view subclass, std::string_view name,
                        std::span<const Argument> arguments, std::string message,
                        std::map<std::string, std::string> parameters);

/// DATATYPE_MISMATCH.NON_FOLDABLE_INPUT: the argument has to be a constant.
Status nonFoldableInput(std::string_view name, std::span<const Argument> arguments, size_t index,
                        std::string_view inputName, std::string_view inputType);

/// INVALID_PARAMETER_VALUE.<subclass> of a value seen while rows are computed.
Status invalidParameterValue(std::string_view subclass, std::string_view parameter,
                             std::string_view function, std::string message,
                             std::map<std::string, std::string> more = {});

/// Any argument may be null.
bool anyNullable(std::span<const Argument> arguments);

/// The text of a constant STRING argument; empty optional: null or not a constant text.
std::optional<std::string> constantText(const Argument& argument);

}  // namespace spate
