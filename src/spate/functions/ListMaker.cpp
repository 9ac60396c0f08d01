#include "spate/functions/ListMaker.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/type.h>

#include <utility>

#include "spate/functions/ArgumentColumn.h"
#include "spate/types/ArrowStatus.h"

namespace spate {

ListMaker::ListMaker(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {
  keep(arrow::MakeBuilder(arrow::default_memory_pool(), type_->field(0)->type(), &elements_));
}

void ListMaker::keep(const arrow::Status& status) {
  if (!status.ok() && failed_.ok()) failed_ = fromArrow(status);
}

void ListMaker::append(const arrow::Array& values, int64_t from, int64_t count) {
  if (failed_.ok() && count > 0) keep(elements_->AppendArraySlice(*values.data(), from, count));
}

void ListMaker::appendNullElements(int64_t count) {
  if (failed_.ok()) keep(elements_->AppendNulls(count));
}

void ListMaker::endRow() {
  if (!failed_.ok()) return;
  offsets_.push_back(static_cast<int32_t>(elements_->length()));
  valid_.push_back(true);
}

void ListMaker::endNullRow() {
  endRow();
  if (!failed_.ok()) return;
  valid_.back() = false;
  hasNulls_ = true;
}

Result<std::shared_ptr<arrow::Array>> ListMaker::finish() {
  if (!failed_.ok()) return failure(failed_);
  auto elements = elements_->Finish();
  if (!elements.ok()) return failure(fromArrow(elements.status()));
  return listColumn(type_, std::move(offsets_), *elements, validityOf(valid_, hasNulls_));
}

Result<std::shared_ptr<arrow::Array>> ListPicker::finish() {
  SPATE_ASSIGN_OR_FAIL(const auto taken, takeRows(elements_, placeColumn(std::move(places_))));
  return listColumn(type_, std::move(offsets_), taken, validityOf(valid_, hasNulls_));
}

std::shared_ptr<arrow::Array> listColumn(const std::shared_ptr<arrow::DataType>& type,
                                         std::vector<int32_t> offsets,
                                         const std::shared_ptr<arrow::Array>& elements,
                                         std::shared_ptr<arrow::Buffer> validity) {
  const auto rows = static_cast<int64_t>(offsets.size()) - 1;
  // The fields of the wanted type may differ from the elements' in their names.
  auto child = elements->data();
  if (child->type->id() == arrow::Type::STRUCT) {
    child = child->Copy();
    child->type = type->field(0)->type();
  }
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, rows, {std::move(validity), arrow::Buffer::FromVector(std::move(offsets))},
      {std::move(child)}));
}

std::shared_ptr<arrow::Buffer> validityOf(const std::vector<bool>& valid, bool hasNulls) {
  if (!hasNulls) return nullptr;
  std::vector<uint8_t> bits((valid.size() + 7) / 8);
  for (size_t i = 0; i < valid.size(); ++i)
    if (valid[i]) bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | 1U << i % 8);
  return arrow::Buffer::FromVector(std::move(bits));
}

std::shared_ptr<arrow::Array> placeColumn(std::vector<int64_t> places) {
  const auto size = static_cast<int64_t>(places.size());
  return std::make_shared<arrow::Int64Array>(size, arrow::Buffer::FromVector(std::move(places)));
}

}  // namespace spate
