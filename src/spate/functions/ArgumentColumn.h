#pragma once

#include <arrow/array/array_base.h>
#include <arrow/datum.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/types/ArrowValues.h"

namespace spate {

/// One argument of a call, read by row: a column, or a scalar that is the same in each row and is
/// not stretched.
///
/// Threads: immutable
class ArgumentColumn {
 public:
  explicit ArgumentColumn(const arrow::Datum& datum);
  explicit ArgumentColumn(std::shared_ptr<arrow::Array> array);

  bool isConstant() const { return stride_ == 0; }
  /// The column; of a scalar, an array of one value.
  const arrow::Array& array() const { return *array_; }
  const std::shared_ptr<arrow::Array>& shared() const { return array_; }
  /// The place of a row in array().
  int64_t at(int64_t row) const { return row * stride_; }

  bool isNull(int64_t row) const {
    const int64_t i = offset_ + row * stride_;
    if (validity_ != nullptr) return (validity_[i >> 3] >> (i & 7) & 1) == 0;
    return isNullType_;
  }
  bool hasNulls() const { return validity_ != nullptr || isNullType_; }

  /// A value of a fixed width: T must be the column's C type.
  template <class T>
  T get(int64_t row) const {
    return static_cast<const T*>(values_)[offset_ + row * stride_];
  }
  bool boolean(int64_t row) const {
    const int64_t i = offset_ + row * stride_;
    return (static_cast<const uint8_t*>(values_)[i >> 3] >> (i & 7) & 1) != 0;
  }
  /// A STRING or BINARY.
  std::string_view text(int64_t row) const {
    const int64_t i = offset_ + row * stride_;
    const auto* offsets = static_cast<const int32_t*>(values_);
    return {data_ + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])};
  }
  /// The first element, and the one behind the last, of a list or map in its child array.
  int32_t begin(int64_t row) const {
    return static_cast<const int32_t*>(values_)[offset_ + row * stride_];
  }
  int32_t end(int64_t row) const {
    return static_cast<const int32_t*>(values_)[offset_ + row * stride_ + 1];
  }
  int32_t size(int64_t row) const { return end(row) - begin(row); }

 private:
  void open();

  std::shared_ptr<arrow::Array> array_;
  int64_t stride_ = 1;
  int64_t offset_ = 0;
  const uint8_t* validity_ = nullptr;
  const void* values_ = nullptr;
  const char* data_ = nullptr;
  bool isNullType_ = false;
};

std::vector<ArgumentColumn> argumentColumns(std::span<const arrow::Datum> arguments);

/// No argument is an array, so that one value stands for all rows.
bool areAllScalar(std::span<const arrow::Datum> arguments);

/// The array itself, or the scalar that it holds when `isScalar`.
Result<arrow::Datum> datumOf(std::shared_ptr<arrow::Array> array, bool isScalar);

/// The rows of `array` at int64 `indices`; a null index gives null.
Result<std::shared_ptr<arrow::Array>> takeRows(const std::shared_ptr<arrow::Array>& array,
                                               const std::shared_ptr<arrow::Array>& indices);

/// The argument stretched to `rows` values.
Result<std::shared_ptr<arrow::Array>> stretched(const arrow::Datum& argument, int64_t rows);

}  // namespace spate
