#pragma once

#include <arrow/type_fwd.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spate/types/DataType.h"
#include "spate/types/UnsafeRow.h"

namespace spate {

/// Columns to and from the UnsafeRows that state stores keep.
class StateRows {
 public:
  static Result<StateRows> make(std::vector<StructField> fields);

  const DataType& type() const { return codec_.type(); }

  /// The row `row` of the columns.
  Status encode(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                std::string& out) const;
  /// One column per field, a row per text.
  Result<std::vector<std::shared_ptr<arrow::Array>>> decode(
      std::span<const std::string_view> rows) const;

 private:
  explicit StateRows(UnsafeRowCodec codec) : codec_(std::move(codec)) {}

  UnsafeRowCodec codec_;
};

/// The event time in a column that has one: the timestamp itself, or the end of a window; empty for
/// null.
std::optional<int64_t> eventTimeAt(const arrow::Array& column, const DataType& type, int64_t row);

/// The same in field `field` of an UnsafeRow of `fields` fields.
std::optional<int64_t> eventTimeInRow(std::string_view row, size_t fields, size_t field,
                                      const DataType& type);

}  // namespace spate
