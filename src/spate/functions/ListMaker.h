#pragma once

#include <arrow/array/builder_base.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// Builds a column of arrays (or maps) out of elements of other columns.
///
///     lists.append(values, from, count); ...; lists.endRow();
///
/// Errors: the first one of Arrow is kept and comes out of finish()
class ListMaker {
 public:
  /// `type` is an Arrow list or map type; of a map, the elements are structs of key and value.
  explicit ListMaker(std::shared_ptr<arrow::DataType> type);

  /// Elements of a column of the element type.
  void append(const arrow::Array& values, int64_t from, int64_t count = 1);
  void appendNullElements(int64_t count = 1);
  void endRow();
  /// A row that is null; what was appended for it must be nothing.
  void endNullRow();

  Result<std::shared_ptr<arrow::Array>> finish();

 private:
  void keep(const arrow::Status& status);

  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<arrow::ArrayBuilder> elements_;
  std::vector<int32_t> offsets_ = {0};
  std::vector<bool> valid_;
  bool hasNulls_ = false;
  Status failed_;
};

/// Builds a column of arrays whose elements all come from one column, by their places in it.
class ListPicker {
 public:
  ListPicker(std::shared_ptr<arrow::DataType> type, std::shared_ptr<arrow::Array> elements)
      : type_(std::move(type)), elements_(std::move(elements)) {}

  void pick(int64_t place) { places_.push_back(place); }
  void endRow() { end(true); }
  void endNullRow() { end(false); }
  Result<std::shared_ptr<arrow::Array>> finish();

 private:
  void end(bool valid) {
    offsets_.push_back(static_cast<int32_t>(places_.size()));
    valid_.push_back(valid);
    hasNulls_ = hasNulls_ || !valid;
  }

  std::shared_ptr<arrow::DataType> type_;
  std::shared_ptr<arrow::Array> elements_;
  std::vector<int64_t> places_;
  std::vector<int32_t> offsets_ = {0};
  std::vector<bool> valid_;
  bool hasNulls_ = false;
};

/// A column of arrays or maps of these elements.
std::shared_ptr<arrow::Array> listColumn(const std::shared_ptr<arrow::DataType>& type,
                                         std::vector<int32_t> offsets,
                                         const std::shared_ptr<arrow::Array>& elements,
                                         std::shared_ptr<arrow::Buffer> validity = nullptr);

/// A bitmap; null when all are valid.
std::shared_ptr<arrow::Buffer> validityOf(const std::vector<bool>& valid, bool hasNulls);

/// A column of these 64-bit numbers.
std::shared_ptr<arrow::Array> placeColumn(std::vector<int64_t> places);

}  // namespace spate
