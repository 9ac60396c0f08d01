#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "spate/types/DataType.h"

namespace spate {

/// The column format of a Spark type: TIMESTAMP is timestamp[us, UTC], TIMESTAMP_NTZ
/// timestamp[us], DECIMAL decimal128, STRING, CHAR and VARCHAR utf8, DAY TO SECOND duration[us],
/// YEAR TO MONTH month_interval, INTERVAL month_day_nano_interval. The length of a CHAR and the
/// units of an interval are not kept.
///
/// Errors kUnsupported with UNSUPPORTED_DATATYPE: VARIANT
Result<std::shared_ptr<arrow::DataType>> toArrowType(const DataType& type);

/// The same for the columns of a struct. A field's metadata is kept under the key
/// "SPARK:metadata", as its JSON text.
Result<std::shared_ptr<arrow::Schema>> toArrowSchema(const DataType& structType);

/// The Spark type of a column that came from a file or a client. Every width of utf8, binary and
/// list is read as the plain one, timestamps and durations of any unit as Spark's; the values must
/// be cast to toArrowType() of the result where the two differ.
///
/// Errors kUnsupported with UNSUPPORTED_ARROWTYPE: unsigned integers, half floats, times of day,
///        unions, run-end encoding, wider decimals, anything nested deeper than kMaxDepth
Result<DataType> fromArrowType(const arrow::DataType& type);

Result<DataType> fromArrowSchema(const arrow::Schema& schema);

}  // namespace spate
