#include "spate/functions/ArgumentColumn.h"

#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <utility>

#include "spate/types/ArrowStatus.h"

namespace spate {

ArgumentColumn::ArgumentColumn(const arrow::Datum& datum) {
  if (datum.is_scalar()) {
    stride_ = 0;
    // Cannot fail for the types of toArrowType(): a value of any of them fits an array.
    array_ = arrow::MakeArrayFromScalar(*datum.scalar(), 1).ValueOrDie();
  } else {
    array_ = datum.make_array();
  }
  open();
}

ArgumentColumn::ArgumentColumn(std::shared_ptr<arrow::Array> array) : array_(std::move(array)) {
  open();
}

void ArgumentColumn::open() {
  const arrow::ArrayData& data = *array_->data();
  offset_ = data.offset;
  isNullType_ = data.type->id() == arrow::Type::NA;
  if (isNullType_) return;
  if (!data.buffers.empty() && data.buffers[0] != nullptr && array_->null_count() != 0)
    validity_ = data.buffers[0]->data();
  if (data.buffers.size() > 1 && data.buffers[1] != nullptr) values_ = data.buffers[1]->data();
  if (data.buffers.size() > 2 && data.buffers[2] != nullptr)
    data_ = reinterpret_cast<const char*>(data.buffers[2]->data());
}

std::vector<ArgumentColumn> argumentColumns(std::span<const arrow::Datum> arguments) {
  std::vector<ArgumentColumn> columns;
  columns.reserve(arguments.size());
  for (const arrow::Datum& argument : arguments) columns.emplace_back(argument);
  return columns;
}

bool areAllScalar(std::span<const arrow::Datum> arguments) {
  for (const arrow::Datum& argument : arguments)
    if (!argument.is_scalar()) return false;
  return true;
}

Result<arrow::Datum> datumOf(std::shared_ptr<arrow::Array> array, bool isScalar) {
  if (!isScalar) return arrow::Datum(std::move(array));
  auto scalar = array->GetScalar(0);
  if (!scalar.ok()) return failure(fromArrow(scalar.status()));
  return arrow::Datum(std::move(scalar).ValueUnsafe());
}

Result<std::shared_ptr<arrow::Array>> takeRows(const std::shared_ptr<arrow::Array>& array,
                                               const std::shared_ptr<arrow::Array>& indices) {
  static const arrow::Status initialized = arrow::compute::Initialize();
  if (!initialized.ok()) return failure(fromArrow(initialized));
  auto taken = arrow::compute::Take(*array, *indices, arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok()) return failure(fromArrow(taken.status()));
  return std::move(taken).ValueUnsafe();
}

Result<std::shared_ptr<arrow::Array>> stretched(const arrow::Datum& argument, int64_t rows) {
  if (!argument.is_scalar()) return argument.make_array();
  auto array = arrow::MakeArrayFromScalar(*argument.scalar(), rows);
  if (!array.ok()) return failure(fromArrow(array.status()));
  return std::move(array).ValueUnsafe();
}

}  // namespace spate
