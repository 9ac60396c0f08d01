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

/// Rows as bytes, one behind the other: what encodeAll() made of them last.
class EncodedRows {
 public:
  std::span<const std::string_view> views() const { return views_; }
  std::string_view operator[](size_t row) const { return views_[row]; }

 private:
  friend class StateRows;
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<std::string_view> views_;
};

/// Columns to and from the UnsafeRows that state stores keep.
class StateRows {
 public:
  static Result<StateRows> make(std::vector<StructField> fields);

  const DataType& type() const { return codec_.type(); }

  /// The row `row` of the columns.
  Status encode(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                std::string& out) const;
  /// `count` rows from `begin` on.
  Status encodeAll(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t begin,
                   int64_t count, EncodedRows& out) const;
  /// One column per field, a row per text.
  Result<std::vector<std::shared_ptr<arrow::Array>>> decode(
      std::span<const std::string_view> rows) const;

 private:
  explicit StateRows(UnsafeRowCodec codec);
  Status encodeAny(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                   std::string& out) const;
  void encodePlain(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                   std::string& out) const;

  UnsafeRowCodec codec_;
  /// Longs and texts only, the most of all state: they go without the way over Datums.
  bool isPlain_ = true;
};

/// The event time in a column that has one: the timestamp itself, or the end of a window; empty for
/// null.
std::optional<int64_t> eventTimeAt(const arrow::Array& column, const DataType& type, int64_t row);

/// The same in field `field` of an UnsafeRow of `fields` fields.
std::optional<int64_t> eventTimeInRow(std::string_view row, size_t fields, size_t field,
                                      const DataType& type);

}  // namespace spate
