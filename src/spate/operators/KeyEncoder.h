#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spate/types/DataType.h"

namespace spate {

/// One column of a key: its values, type and, for sorting, its direction.
struct KeyColumn {
  std::shared_ptr<arrow::Array> values;
  DataType type;
  bool ascending = true;
  bool nullsFirst = true;
};

/// The keys of all rows as bytes that compare (memcmp) as Spark orders the values: nulls as the
/// column says, NaN above all numbers, -0.0 equal to 0.0, texts by their bytes, structs and arrays
/// part by part. So equal bytes mean equal keys, too.
///
/// Errors  kUnsupported (DATATYPE_MISMATCH.INVALID_ORDERING_TYPE): maps, variants, intervals with
///         months
class KeyEncoder {
 public:
  static Status check(const DataType& type);

  /// Appends the key of `row` to `out`.
  static void encode(std::span<const KeyColumn> columns, int64_t row, std::string& out);
};

}  // namespace spate
