#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"

namespace spate {

/// What a cast does with a value that does not fit: kAnsi fails, kTry gives null, kLegacy gives
/// null for texts and wraps integers round.
enum class CastPolicy : uint8_t { kAnsi, kLegacy, kTry };

/// Whether there is a cast at all; Spark's rules differ with ANSI mode.
bool canCast(const DataType& from, const DataType& to, bool ansi);

/// DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION or one of its kin, for a cast that canCast() denies.
/// `expression` is the text of the cast: "CAST(a AS INT)".
Status castMismatch(const DataType& from, const DataType& to, CastPolicy policy,
                    std::string_view expression);

/// Casts a column or a scalar of toArrowType(from) to one of toArrowType(to).
///
/// Out     an array for an array, a scalar for a scalar; the value itself when nothing changes
/// Errors  CAST_INVALID_INPUT, CAST_OVERFLOW, NUMERIC_VALUE_OUT_OF_RANGE (kAnsi only);
///         INVALID_TIMEZONE; castMismatch() where canCast() is false
/// Threads any
Result<arrow::Datum> castColumn(const arrow::Datum& value, const DataType& from, const DataType& to,
                                CastPolicy policy, std::string_view timeZone);

}  // namespace spate
