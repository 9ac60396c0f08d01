#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// One value of a column as a Datum. The column must be of toArrowType(type); `row` in range.
Datum valueAt(const arrow::Array& column, int64_t row, const DataType& type);

/// A column of toArrowType(type) from Datums; null is taken in any place.
///
/// Errors  kInvalidArgument: a value of another type. kUnsupported: VARIANT
Result<std::shared_ptr<arrow::Array>> columnOf(std::span<const Datum> values, const DataType& type);

/// The value as a scalar of toArrowType(type), and back.
Result<std::shared_ptr<arrow::Scalar>> scalarOf(const Datum& value, const DataType& type);
Datum valueOf(const arrow::Scalar& scalar, const DataType& type);

/// Appends one value to a builder that was made for toArrowType(type).
Status appendValue(const Datum& value, const DataType& type, arrow::ArrayBuilder& builder);

}  // namespace spate
